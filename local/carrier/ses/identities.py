"""The domains that SES sends from: made with a key of the caller's own, and verified at once.

There is no DNS to look at here: whatever is claimed is proven. What a caller may get wrong, a key
that is none or a MAIL FROM domain of somebody else's, is refused as SES refuses it.

Source: the service model of `sesv2` in botocore; "Provide your own DKIM authentication token
(BYODKIM)" and "Using a custom MAIL FROM domain", Amazon SES Developer Guide.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from local.carrier.aws_model import WrongTypeError, input_violations
from local.carrier.ses.errors import SesError, bad_request
from local.carrier.web import Request, Response, Route, json_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICE = "sesv2"
KEY_BITS = range(1024, 2049)
OWN_KEY = "EXTERNAL"
SEEN = "SUCCESS"
_ONE = r"/v2/email/identities/(?P<identity>[^/]+)"


@dataclass(slots=True)
class Identity:
    """A domain, what signs its mail and where its bounces go."""

    selector: str
    configuration_set: str | None = None
    mail_from: str | None = None
    behavior: str = "USE_DEFAULT_VALUE"
    forwards_feedback: bool = True

    def document(self) -> dict[str, Any]:
        """Return what `GetEmailIdentity` answers."""
        bounces = {"BehaviorOnMxFailure": self.behavior}
        if self.mail_from:
            bounces |= {"MailFromDomain": self.mail_from, "MailFromDomainStatus": SEEN}
        return {
            "IdentityType": "DOMAIN",
            "VerifiedForSendingStatus": True,
            "VerificationStatus": SEEN,
            "FeedbackForwardingStatus": self.forwards_feedback,
            "ConfigurationSetName": self.configuration_set,
            "DkimAttributes": self.signing(),
            "MailFromAttributes": bounces,
        }

    def signing(self) -> dict[str, Any]:
        """Return what is said of its signature."""
        return {
            "SigningEnabled": True,
            "Status": SEEN,
            "Tokens": [self.selector],
            "SigningAttributesOrigin": OWN_KEY,
        }


@dataclass(slots=True)
class SesIdentities:
    """The identities of the account, kept in a file."""

    path: Path
    identities: dict[str, Identity] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def at(cls, path: Path) -> SesIdentities:
        """Return the identities of a file, none when there is no file."""
        known = json.loads(path.read_text()) if path.exists() else {}
        return cls(path, {name: Identity(**document) for name, document in known.items()})

    def routes(self) -> list[Route]:
        """Return what SES answers to about identities."""
        return [
            Route("POST", re.compile("/v2/email/identities"), self.create),
            Route("GET", re.compile(_ONE), self.get),
            Route("PUT", re.compile(f"{_ONE}/dkim/signing"), self.sign),
            Route("PUT", re.compile(f"{_ONE}/mail-from"), self.put_mail_from),
            Route("PUT", re.compile(f"{_ONE}/feedback"), self.put_feedback),
        ]

    def create(self, request: Request) -> Response:
        """Make an identity."""
        return self._answered(lambda: self._create(_read(request, "CreateEmailIdentity")))

    def _create(self, call: dict[str, Any]) -> dict[str, Any]:
        name = call["EmailIdentity"].lower()
        if "@" in name:
            raise bad_request("The carrier plays identities of domains only.")
        if name in self.identities:
            raise SesError("AlreadyExistsException", f"Email identity {name} already exists.")
        selector = _selector(call.get("DkimSigningAttributes"))
        made = Identity(selector, call.get("ConfigurationSetName"))
        self.identities[name] = made
        shown = ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")
        return {key: made.document()[key] for key in shown}

    def get(self, request: Request, identity: str) -> Response:  # noqa: ARG002 - a handler's
        """Tell about an identity."""
        return self._answered(lambda: self._known(identity).document())

    def sign(self, request: Request, identity: str) -> Response:
        """Give an identity another key."""

        def signed() -> dict[str, Any]:
            call = _read(request, "PutEmailIdentityDkimSigningAttributes", identity)
            known = self._known(identity)
            if call["SigningAttributesOrigin"] != OWN_KEY:
                raise bad_request("The carrier plays keys of the caller's own only.")
            known.selector = _selector(call.get("SigningAttributes"))
            return {"DkimStatus": SEEN, "DkimTokens": [known.selector]}

        return self._answered(signed)

    def put_mail_from(self, request: Request, identity: str) -> Response:
        """Say where an identity's bounces go."""

        def put() -> dict[str, Any]:
            call = _read(request, "PutEmailIdentityMailFromAttributes", identity)
            known, domain = self._known(identity), call.get("MailFromDomain")
            if domain and not domain.endswith(f".{identity.lower()}"):
                raise bad_request(f"Provided MAIL-FROM domain {domain} is not subdomain of it.")
            known.mail_from = domain
            known.behavior = call.get("BehaviorOnMxFailure", known.behavior)
            return {}

        return self._answered(put)

    def put_feedback(self, request: Request, identity: str) -> Response:
        """Say whether bounces are forwarded by e-mail, too."""

        def put() -> dict[str, Any]:
            call = _read(request, "PutEmailIdentityFeedbackAttributes", identity)
            self._known(identity).forwards_feedback = call.get("EmailForwardingEnabled", False)
            return {}

        return self._answered(put)

    def _known(self, identity: str) -> Identity:
        known = self.identities.get(identity.lower())
        if known is None:
            raise SesError("NotFoundException", f"Email identity {identity} does not exist.")
        return known

    def _answered(self, answer: Callable[[], dict[str, Any]]) -> Response:
        """Answer one call at a time, and keep what it changed."""
        with self._lock:
            try:
                told = answer()
            except SesError as error:
                return error.response()
            documents = {name: asdict(each) for name, each in self.identities.items()}
            self.path.write_text(json.dumps(documents))
        return json_response(told)


def _read(request: Request, operation: str, identity: str | None = None) -> dict[str, Any]:
    """Return a call's members, those of the path among them, checked against SES's own model."""
    try:
        call = json.loads(request.body or b"{}")
    except ValueError as exc:
        raise SesError("SerializationException", "The request body is not valid JSON.") from exc
    if not isinstance(call, dict):
        raise SesError("SerializationException", "The request body is not a structure.")
    if identity is not None:
        call["EmailIdentity"] = identity
    try:
        violations = input_violations(SERVICE, operation, call)
    except WrongTypeError as exc:
        raise SesError("SerializationException", str(exc)) from exc
    if violations:
        raise bad_request("; ".join(map(str, violations)))
    return call


def _selector(signing: dict[str, Any] | None) -> str:
    """Return the selector of a key that can sign."""
    from cryptography.hazmat.primitives.asymmetric.rsa import (  # noqa: PLC0415 - few calls need it
        RSAPrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - as above
        load_der_private_key,
    )

    told = signing or {}
    selector, text = told.get("DomainSigningSelector"), told.get("DomainSigningPrivateKey")
    if not (selector and text):
        raise bad_request("The carrier plays keys of the caller's own only.")
    try:
        key = load_der_private_key(base64.b64decode(text, validate=True), None)
    except (binascii.Error, ValueError, TypeError) as exc:
        raise bad_request("The private key cannot be read.") from exc
    if not isinstance(key, RSAPrivateKey) or key.key_size not in KEY_BITS:
        raise bad_request("The private key must be RSA of 1024 to 2048 bits.")
    return str(selector)
