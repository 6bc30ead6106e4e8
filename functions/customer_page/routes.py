"""Which page answers which request: sessions, forms, and what an act or its refusal leads to."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import NamedTuple

from regua.adapters.page_texts import Texts
from regua.adapters.tracking_links import TrackingKeyring
from regua.application.customer_page.acts import Acting, ActKind
from regua.application.customer_page.identify import Refused
from regua.application.customer_page.page import CustomerPage
from regua.application.customer_page.views import Landing, PageView, Question
from regua.application.manage_page import ShowLook
from regua.application.ports import CreditorDirectory
from regua.domain.document_digits import LENGTH
from regua.domain.errors import Conflict, InvalidInput, NotFound
from regua.domain.ids import DispatchId
from regua.domain.page_session import (
    NONCE_BYTES,
    SESSION_LASTS,
    Expired,
    Session,
    form_value,
    is_form_value,
    read_page_token,
    read_session,
    sign_session,
)
from regua.domain.payoff import business_date
from regua.domain.source_port import source_port
from regua.domain.tokens import HitKind, TrackingKeys, verify
from regua.runtime.bodies import TooLarge, Unreadable
from regua.runtime.public_http import NOT_STORED, PAGE_COOKIE, Response, response

from . import pages, simulator
from .forms import KINDS, read_act
from .frame import Frame
from .pages import Simulation, Trouble
from .request import Form, Visit

Answer = tuple[str, Response]
"""What became of a request, as its metric is named, and the answer."""
_IDENTIFY, _OPEN, _SETTLE, _RECEIPT = "identify", "abrir", "acordo", "comprovante/"
_NOTHING = Form({})


class Wired(NamedTuple):
    """What the page works with."""

    page: CustomerPage
    looks: ShowLook
    directory: CreditorDirectory
    keyring: TrackingKeyring
    page_days: int
    allow_as_of: bool
    random: Callable[[int], bytes] = secrets.token_bytes
    base_path: str = ""
    """What goes before ``/p/`` in a browser's address, as on the local cloud."""


def answer(wired: Wired, visit: Visit, log: Callable[[DispatchId], None]) -> Answer:
    """Answer one request; ``log`` is told which message it is about."""
    keys = wired.keyring.keys_for(visit.token)
    token = verify(visit.token, keys)
    if token is not None and token.kind is HitKind.PREVIEW:
        return _preview(wired, visit, token.dispatch_id)
    found = read_page_token(visit.token, keys, visit.caller.at, wired.page_days)
    is_over = isinstance(found, Expired)
    dispatch_id = found.dispatch_id if isinstance(found, Expired) else found
    landing = None if dispatch_id is None else wired.page.land(dispatch_id)
    if dispatch_id is None or landing is None:
        return "page_token_invalid", no_page(visit, HTTPStatus.NOT_FOUND, "none.not_found")
    log(dispatch_id)
    session, is_new = _session(wired, visit, dispatch_id, keys)
    request = _Request(wired, visit, keys, landing, session)
    if is_over:
        return "page_expired", request.words(HTTPStatus.GONE, "none.expired")
    outcome, page = _routed(request)
    if is_new and visit.method == "GET":
        page.setdefault("cookies", [_cookie(wired, visit.token, session.text)])
    return outcome, page


def no_page(visit: Visit, status: HTTPStatus, key: str) -> Response:
    """Say one thing without naming anybody: there is no message, or it cannot be read."""
    return pages.words(_bare(visit), status, key)


def unavailable(visit: Visit) -> Response:
    """Ask for another try in a moment."""
    return pages.unavailable(_bare(visit))


def _bare(visit: Visit) -> Frame:
    return Frame(visit.language, Texts(visit.language), query=visit.query)


@dataclass(frozen=True, slots=True)
class _Request:
    """One request about one message, in its session."""

    wired: Wired
    visit: Visit
    keys: TrackingKeys
    landing: Landing
    session: Session

    @property
    def dispatch_id(self) -> DispatchId:
        """The message whose page it is."""
        return self.landing.dispatch_id

    @property
    def frame(self) -> Frame:
        """What stands around this message's pages."""
        creditor_id = self.landing.creditor_id
        return Frame(
            language=self.visit.language,
            texts=Texts(self.visit.language, self.wired.directory.get(creditor_id).texts),
            asked_language=self.visit.asked_language,
            token=self.visit.token,
            depth=self.visit.depth,
            sender=self.landing.sender,
            look=self.wired.looks.look(creditor_id),
            query=self.visit.query,
            form_value=lambda act: form_value(self.session, act, self.keys),
        )

    @property
    def acting(self) -> Acting:
        """Who sent it."""
        caller = self.visit.caller
        return Acting(
            ip=caller.ip,
            user_agent=caller.user_agent,
            headers=caller.headers,
            port=source_port(caller.ip, caller.headers),
            request_id=caller.request_id,
        )

    def view(self) -> PageView | None:
        """Return the details, for who answered the question in this session."""
        if not self.session.is_identified:
            return None
        return self.wired.page.show(self.dispatch_id, now=self.visit.caller.at)

    def is_ours(self, form: Form, act: str) -> bool:
        """Tell whether a form was shown in this session, for this act."""
        return is_form_value(form.get("csrf"), self.session, act, self.keys)

    def words(self, status: HTTPStatus, key: str) -> Response:
        """Say one thing."""
        return pages.words(self.frame, status, key)

    def led_to(self, rest: str = "", fragment: str = "") -> Response:
        """Lead to another page of this link's."""
        address = self.frame.href(rest) + (f"#{fragment}" if fragment else "")
        return response(HTTPStatus.SEE_OTHER, {**NOT_STORED, "location": address}, "")


def _routed(request: _Request) -> Answer:
    method = request.visit.method
    if method == "GET":
        return _shown(request)
    if method == "POST":
        return _posted(request)
    return "page_method_unknown", pages.not_allowed(request.frame)


# What is shown ----------------------------------------------------------------------------------


def _shown(request: _Request) -> Answer:
    rest = request.visit.rest
    if not rest:
        return _main(request)
    if rest == _SETTLE:
        return _simulated(request)
    if rest.startswith(_RECEIPT):
        return _receipt(request, rest.removeprefix(_RECEIPT))
    if rest in KINDS or rest == _OPEN:
        return "page_led_back", request.led_to(fragment=rest)
    return "page_unknown", request.words(HTTPStatus.NOT_FOUND, "none.unknown")


def _main(request: _Request) -> Answer:
    view = request.view()
    if view is None:
        return "page_landed", pages.land(request.frame, request.landing)
    return "page_shown", pages.show(request.frame, view)


def _simulated(request: _Request) -> Answer:
    view = request.view()
    if view is None:
        return "page_landed", pages.land(request.frame, request.landing)
    simulation = _simulation(request, view, request.visit.query)
    return "page_simulated", pages.settle(request.frame, view, simulation)


def _simulation(request: _Request, view: PageView, fields: Mapping[str, str]) -> Simulation | None:
    """Return what is simulated; None when nothing is offered, or no longer."""
    if view.offer is None:
        return None
    choice, is_adjusted = simulator.chosen(view.offer, fields)
    now = request.visit.caller.at
    try:
        deal = request.wired.page.simulate(request.dispatch_id, choice, now=now)
    except Conflict:
        return None
    return Simulation(choice, deal, is_adjusted)


def _receipt(request: _Request, protocol: str) -> Answer:
    """Show a receipt to who answered the question; that of a wrong person to anybody."""
    found = request.wired.page.receipt(request.dispatch_id, protocol)
    is_identified = request.session.is_identified
    if found is not None and (is_identified or found.act == ActKind.NOT_ME):
        shown = pages.receipt(request.frame, found, is_identified=is_identified)
        return "page_receipt_shown", shown
    if not is_identified or request.landing.question is None:
        return "page_landed", pages.land(request.frame, request.landing)
    return "page_unknown", request.words(HTTPStatus.NOT_FOUND, "none.unknown")


# What is done -----------------------------------------------------------------------------------


def _posted(request: _Request) -> Answer:
    visit = request.visit
    if visit.is_from_elsewhere:
        return "page_foreign_form", request.words(HTTPStatus.FORBIDDEN, "none.refused")
    if visit.rest not in KINDS and visit.rest != _OPEN:
        return "page_unknown", _unknown(request)
    try:
        form = visit.form()
    except TooLarge:
        too_large = request.words(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "none.too_large")
        return "page_form_too_large", too_large
    except Unreadable:
        form = _NOTHING
    if visit.rest == _OPEN:
        return _identified(request, form)
    kind = KINDS[visit.rest]
    if not (request.session.is_identified or kind is ActKind.NOT_ME):
        over = pages.land(
            request.frame,
            request.landing,
            general="land.session_over",
            status=HTTPStatus.FORBIDDEN,
        )
        over["cookies"] = [_cookie(request.wired, visit.token, request.session.text)]
        return "page_session_over", over
    return _acted(request, kind, form)


def _unknown(request: _Request) -> Response:
    """Answer a form that is sent to where there is none."""
    if not request.visit.rest:
        return pages.not_allowed(request.frame)
    return request.words(HTTPStatus.NOT_FOUND, "none.unknown")


def _identified(request: _Request, form: Form) -> Answer:
    if not request.is_ours(form, _IDENTIFY):
        return "page_form_refused", _landed_again(request)
    wired, now = request.wired, request.visit.caller.at
    found = wired.page.identify(request.dispatch_id, form.get("digits"), request.acting, now=now)
    if isinstance(found, Refused):
        again = pages.refused(request.frame, request.landing, found)
        return f"page_digits_{found.kind.value}", again
    text = sign_session(
        request.dispatch_id, now, wired.random(NONCE_BYTES), request.keys, is_identified=True
    )
    opened = request.led_to()
    opened["cookies"] = [_cookie(wired, request.visit.token, text)]
    return "page_identified", opened


def _acted(request: _Request, kind: ActKind, form: Form) -> Answer:
    if not request.is_ours(form, kind):
        again = _again(request, Trouble(kind, general="error.csrf"), form, HTTPStatus.BAD_REQUEST)
        return "page_form_refused", again
    now = request.visit.caller.at
    try:
        act = read_act(kind, form)
        done = request.wired.page.act(request.dispatch_id, act, request.acting, now=now)
    except InvalidInput as exc:
        names = {p.path.rpartition(".")[2]: p.reason for p in exc.problems}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return "page_act_invalid", _again(request, Trouble(kind, names), form, status)
    except (Conflict, NotFound):
        general = "error.key" if kind is ActKind.SETTLE else "error.conflict"
        again = _again(request, Trouble(kind, general=general), form, HTTPStatus.CONFLICT)
        return "page_act_conflict", again
    return f"page_{kind.value}", request.led_to(f"{_RECEIPT}{done.protocol}")


def _landed_again(
    request: _Request, general: str = "error.csrf", status: HTTPStatus = HTTPStatus.BAD_REQUEST
) -> Response:
    """Show the question once more, with a session that its form can be sent in."""
    again = pages.land(request.frame, request.landing, general=general, status=status)
    again["cookies"] = [_cookie(request.wired, request.visit.token, request.session.text)]
    return again


def _again(request: _Request, trouble: Trouble, form: Form, status: HTTPStatus) -> Response:
    """Show the page that the form stood on, with what is wrong and what was typed."""
    view = request.view()
    if view is None:
        return _landed_again(request, trouble.general or "error.form", status)
    trouble = replace(trouble, typed=form.fields)
    if trouble.act is ActKind.SETTLE:
        fields = {name: form.get(name) for name in form.fields}
        simulation = _simulation(request, view, fields)
        return pages.settle(request.frame, view, simulation, trouble, status)
    return pages.show(request.frame, view, trouble, status)


# Sessions and previews --------------------------------------------------------------------------


def _session(
    wired: Wired, visit: Visit, dispatch_id: DispatchId, keys: TrackingKeys
) -> tuple[Session, bool]:
    """Return the session that a request came in, or a new one; an identified one goes first."""
    now = visit.caller.at
    sent = (read_session(text, dispatch_id, now, keys) for text in visit.cookies)
    known = sorted((s for s in sent if s), key=lambda s: s.is_identified)
    if known:
        return known[-1], False
    text = sign_session(dispatch_id, now, wired.random(NONCE_BYTES), keys, is_identified=False)
    return Session(dispatch_id, is_identified=False, at=now, text=text), True


def _cookie(wired: Wired, token: str, value: str) -> str:
    path, seconds = f"{wired.base_path}/p/{token}", int(SESSION_LASTS.total_seconds())
    return f"{PAGE_COOKIE}={value}; Path={path}; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax"


def _preview(wired: Wired, visit: Visit, draft_id: str) -> Answer:
    """Show a creditor its draft, on the page of a customer who does not exist."""
    now = visit.caller.at
    try:
        draft = wired.looks.draft(draft_id, on=business_date(now), now=now)
    except NotFound:
        return "page_preview_over", no_page(visit, HTTPStatus.NOT_FOUND, "none.not_found")
    frame = Frame(
        language=visit.language,
        texts=Texts(visit.language, draft.creditor.texts),
        asked_language=visit.asked_language,
        token=visit.token,
        depth=visit.depth,
        sender=draft.creditor.sender,
        look=draft.look,
        query=visit.query,
        is_preview=True,
    )
    if visit.method != "GET":
        refused = pages.words(frame, HTTPStatus.FORBIDDEN, "none.preview")
        return "page_preview_refused", refused
    if visit.rest == _OPEN:
        landing = replace(draft.view.landing, question=Question("cpf", LENGTH))
        return "page_preview_shown", pages.land(frame, landing)
    return "page_preview_shown", pages.show(frame, draft.view)
