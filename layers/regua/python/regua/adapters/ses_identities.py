"""Domains in Amazon SES that are signed with keys of ours (BYODKIM).

Source: "Provide your own DKIM authentication token (BYODKIM)", Amazon SES Developer Guide: the key
is RSA of 1024 to 2048 bits, sent as the base64 of a PEM without its first and last line.
"""

from typing import TYPE_CHECKING, Final

from regua.application.admin_ports import IdentityState
from regua.application.ports import Dkim
from regua.application.sender_domains import SELECTORS
from regua.domain.errors import Conflict, ProviderThrottled

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import GetEmailIdentityResponseTypeDef

_OURS: Final = "EXTERNAL"
_SHOWN = "SUCCESS"


class SesIdentities:
    """The provider's identities, all of them under our configuration set."""

    def __init__(self, client: "SESV2Client", configuration_set: str) -> None:
        self._client = client
        self._configuration_set = configuration_set
        self.region = client.meta.region_name

    def establish(self, dkim: Dkim, private_key: str, return_path: str) -> None:
        """Make a domain an identity that is signed with a key of ours, or give it this key."""
        busy = self._client.exceptions
        try:
            self._sign(dkim, private_key)
            self._client.put_email_identity_mail_from_attributes(
                EmailIdentity=dkim.domain,
                MailFromDomain=return_path,
                BehaviorOnMxFailure="USE_DEFAULT_VALUE",
            )
            self._client.put_email_identity_feedback_attributes(
                EmailIdentity=dkim.domain, EmailForwardingEnabled=False
            )
        except (busy.TooManyRequestsException, busy.ConcurrentModificationException) as exc:
            raise ProviderThrottled("the e-mail provider is busy") from exc

    def _sign(self, dkim: Dkim, private_key: str) -> None:
        """Give the identity its key; the one that it has already is left, and its state with it."""
        found = self._find(dkim.domain)
        key = "".join(private_key.strip().splitlines()[1:-1])
        if found is None:
            self._client.create_email_identity(
                EmailIdentity=dkim.domain,
                DkimSigningAttributes={
                    "DomainSigningSelector": dkim.selector,
                    "DomainSigningPrivateKey": key,
                },
                ConfigurationSetName=self._configuration_set,
            )
        elif not any(each.startswith(SELECTORS) for each in _selectors(found)):
            raise Conflict("this domain is set up by somebody else")
        elif not _is_signed_with(found, dkim):
            self._client.put_email_identity_dkim_signing_attributes(
                EmailIdentity=dkim.domain,
                SigningAttributesOrigin=_OURS,
                SigningAttributes={
                    "DomainSigningSelector": dkim.selector,
                    "DomainSigningPrivateKey": key,
                },
            )

    def state(self, dkim: Dkim) -> IdentityState:
        """Tell whether the domain's DNS shows this very key."""
        found = self._find(dkim.domain)
        if found is None or not _is_signed_with(found, dkim):
            return IdentityState(is_verified=False, is_return_path_verified=False)
        signing, bounces = found["DkimAttributes"], found.get("MailFromAttributes", {})
        return IdentityState(
            is_verified=found["VerifiedForSendingStatus"] and signing.get("Status") == _SHOWN,
            is_return_path_verified=bounces.get("MailFromDomainStatus") == _SHOWN,
        )

    def _find(self, domain: str) -> "GetEmailIdentityResponseTypeDef | None":
        try:
            return self._client.get_email_identity(EmailIdentity=domain)
        except self._client.exceptions.NotFoundException:
            return None


def _is_signed_with(found: "GetEmailIdentityResponseTypeDef", dkim: Dkim) -> bool:
    return _selectors(found) == [dkim.selector]


def _selectors(found: "GetEmailIdentityResponseTypeDef") -> list[str]:
    """Return the selectors of an identity that is signed with keys of its owner's, or none."""
    signing = found.get("DkimAttributes", {})
    is_own = signing.get("SigningAttributesOrigin") == _OURS
    return list(signing.get("Tokens", [])) if is_own else []
