"""What is done for a new tenant, in which order, and what its operator is told."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from local import onboarding
from local.cli import main
from local.commands import creditor
from local.onboarding import SCOPES, Answer, Api, Wish, onboard
from local.place import LocalError
from regua.domain.access import TENANT_SCOPES

DOMAIN = "aurora.example.com.br"
DOCUMENT: Mapping[str, Any] = {"creditor_id": "aurora", "email": f"financeiro@{DOMAIN}"}
DKIM = {"selector": "regua-a", "domain": DOMAIN}
RECORD = {"type": "TXT", "name": f"regua-a._domainkey.{DOMAIN}", "value": "v=DKIM1; k=rsa; p=a"}
SECRET = {"client_id": "c1", "client_secret": "segredo"}
OWN = "this domain is the deployment's own and needs no identity"
CLAIM = f"PUT /v1/creditors/aurora/sender-identities/{DOMAIN}"
REGISTER = "PUT /v1/creditors/aurora"
CLIENT = "POST /v1/creditors/aurora/clients"
INVITE = "PUT /v1/creditors/aurora/users/ana%40aurora.example.com.br"


class Recorded:
    """An API that answers from a list and remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.bodies: dict[str, Any] = {}
        self.answers: dict[str, Answer] = {
            CLAIM: Answer(200, {"verified": True, "dkim": DKIM, "records": [RECORD]}),
            REGISTER: Answer(201, {}),
            CLIENT: Answer(201, SECRET),
            INVITE: Answer(201, {}),
            "GET /v1/creditor": Answer(200, {}),
        }

        def call(_: Api, method: str, path: str, body: object = None, **_more: Any) -> Answer:  # noqa: ANN401
            self.asked.append(f"{method} {path}")
            self.bodies[f"{method} {path}"] = body
            return self.answers[f"{method} {path}"]

        monkeypatch.setattr(Api, "call", call)
        monkeypatch.setattr(onboarding, "fetch_token", lambda *_: "token")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    return Recorded(monkeypatch)


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return the command, on a deployment whose secret is in the environment."""
    monkeypatch.setenv(creditor.SECRET_VARIABLE, "operator-secret")
    path = tmp_path / "aurora.yaml"
    path.write_text(json.dumps(DOCUMENT))
    deployment = ("--api", "https://api.example.com.br/", "--token-url", "https://t.example.com.br")
    return lambda *words: main(
        ["creditor", "add", str(path), *deployment, "--client-id", "operador", *words]
    )


CALLER = Api("https://api.example.com.br", "token")


def test_a_new_tenant_gets_its_domain_then_its_document_then_a_client(api: Recorded) -> None:
    done = onboard(CALLER, DOCUMENT, Wish(admin_email=f"ana@{DOMAIN}"))
    assert api.asked == [CLAIM, REGISTER, INVITE, CLIENT]
    assert api.bodies[REGISTER] == {**DOCUMENT, "dkim": DKIM}
    assert api.bodies[CLIENT] == {"name": "ERP", "scopes": list(SCOPES)}
    assert (done.is_registered, done.is_new, done.client) == (True, True, SECRET)


def test_no_secret_is_lost_because_somebody_cannot_be_invited(api: Recorded) -> None:
    api.answers[INVITE] = Answer(409, {"detail": "this person cannot be invited"})
    with pytest.raises(LocalError, match="cannot be invited"):
        onboard(CALLER, DOCUMENT, Wish(admin_email=f"ana@{DOMAIN}"))
    assert CLIENT not in api.asked


def test_nothing_is_registered_before_the_domain_is_proven(api: Recorded) -> None:
    api.answers[CLAIM] = Answer(200, {"verified": False, "dkim": DKIM, "records": [RECORD]})
    done = onboard(CALLER, DOCUMENT, Wish())
    assert api.asked == [CLAIM]
    assert (done.is_registered, done.records) == (False, [RECORD])


def test_the_deployments_own_domain_needs_no_claim(api: Recorded) -> None:
    api.answers[CLAIM] = Answer(409, {"detail": OWN})
    assert onboard(CALLER, DOCUMENT, Wish()).is_registered
    assert "dkim" not in api.bodies[REGISTER]


def test_a_claimed_domain_is_told_and_nothing_is_registered(api: Recorded) -> None:
    api.answers[CLAIM] = Answer(409, {"detail": "this domain is claimed by somebody else"})
    with pytest.raises(LocalError, match="claimed by somebody else"):
        onboard(CALLER, DOCUMENT, Wish())
    assert api.asked == [CLAIM]


def test_a_signature_of_the_documents_own_stays(api: Recorded) -> None:
    own = {"selector": "propria", "domain": DOMAIN}
    onboard(CALLER, {**DOCUMENT, "dkim": own}, Wish())
    assert api.bodies[REGISTER]["dkim"] == own


@pytest.mark.parametrize(("again", "clients"), [(False, 0), (True, 1)])
def test_a_creditor_that_there_is_gets_another_client_only_when_asked(
    api: Recorded, clients: int, *, again: bool
) -> None:
    api.answers[REGISTER] = Answer(200, {})
    onboard(CALLER, DOCUMENT, Wish(with_client=again))
    assert api.asked.count(CLIENT) == clients


def test_every_problem_is_a_line(api: Recorded) -> None:
    errors = [{"path": "body.name", "reason": "Field required"}, {"path": "body.x", "reason": "no"}]
    api.answers[REGISTER] = Answer(422, {"detail": "not valid", "errors": errors})
    with pytest.raises(LocalError) as caught:
        onboard(CALLER, DOCUMENT, Wish())
    assert str(caught.value).splitlines()[1:] == ["  body.name: Field required", "  body.x: no"]


def test_what_an_erp_gets_can_be_given_and_sets_nothing_up() -> None:
    assert set(SCOPES) <= TENANT_SCOPES
    assert set(SCOPES).isdisjoint({"clients.write", "users.write", "evidence.erase"})


def test_the_command_tells_the_secret_once_and_that_the_tenant_is_live(
    api: Recorded, add: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert add() == 0
    said = capsys.readouterr().out
    assert said.count("segredo") == 1
    assert "PUT https://api.example.com.br/v1/invoices/{external_id}" in said
    assert api.asked[-1] == "GET /v1/creditor", "the gateway knows the client already"


def test_the_command_says_what_to_publish(
    api: Recorded, add: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    api.answers[CLAIM] = Answer(200, {"verified": False, "dkim": DKIM, "records": [RECORD]})
    assert add() == creditor.EXIT_WAITS_FOR_DNS
    assert f"{RECORD['name']}  TXT  {RECORD['value']}" in capsys.readouterr().out


def test_the_first_ruler_goes_with_the_document(
    api: Recorded, add: Callable[..., int], tmp_path: Path
) -> None:
    ruler = tmp_path / "regua.yaml"
    ruler.write_text("{name: propria, steps: []}")
    assert add("--ruler", str(ruler)) == 0
    assert api.bodies[REGISTER]["ruler"] == {"name": "propria", "steps": []}


def test_the_command_says_what_it_needs_to_reach_an_api(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(json.dumps(DOCUMENT))
    assert main(["creditor", "add", str(path), "--api", "https://a.example"]) == 1
    said = capsys.readouterr().err
    assert all(name in said for name in ("--token-url", "--client-id", creditor.SECRET_VARIABLE))


def test_a_file_that_holds_no_document_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("[1]")
    assert main(["creditor", "add", str(path)]) == 1
    assert "no document" in capsys.readouterr().err
    assert main(["creditor", "add"]) == 1


def test_the_present_way_still_writes_on_the_local_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(json.dumps(DOCUMENT))
    seen: list[Any] = []

    def register(stack: object, document: object, client_id: str | None) -> str:
        seen.append((stack, document, client_id))
        return "aurora"

    monkeypatch.setattr(creditor, "load_stack", lambda: "stack")
    monkeypatch.setattr("local.creditors.register", register)
    assert main(["creditor", "add", "--file", str(path), "--client-id", "c9"]) == 0
    assert seen == [("stack", DOCUMENT, "c9")]
    assert "aurora is registered." in capsys.readouterr().out


def test_a_gateway_that_never_knows_the_client_is_told(
    api: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answers["GET /v1/creditor"] = Answer(401, {"message": "Unauthorized"})
    monkeypatch.setattr(onboarding, "ADMIT_SECONDS", 0.0)
    with pytest.raises(LocalError, match="does not take"):
        onboarding.admitted("https://a.example", "https://t.example", SECRET)
