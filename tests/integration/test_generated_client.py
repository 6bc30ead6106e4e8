"""A client made by an off-the-shelf generator from the published description tells the story."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.api.examples import examples
from tests.integration.conftest import World
from tests.integration.tour import AURORA, NOBODY, api_in_memory
from tests.shared_data import REPO_ROOT

pytestmark = pytest.mark.enable_socket
GENERATOR = Path(sys.executable).with_name("openapi-python-client")
_PACKAGE = "cliente_gerado"
_CONFIGURATION = """
post_hooks: []
content_type_overrides:
  application/pdf: application/octet-stream
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Generate the client, and let it be imported while these tests run."""
    place = tmp_path_factory.mktemp("cliente")
    (place / "config.yaml").write_text(_CONFIGURATION)
    done = subprocess.run(
        [
            GENERATOR,
            "generate",
            "--path",
            REPO_ROOT / "docs" / "openapi.json",
            "--output-path",
            place / _PACKAGE,
            "--meta",
            "none",
            "--config",
            place / "config.yaml",
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(place))
    yield _PACKAGE
    sys.path.remove(str(place))
    for name in [n for n in sys.modules if n.partition(".")[0] == _PACKAGE]:
        del sys.modules[name]


@pytest.fixture
def api_url(world: World) -> Iterator[str]:
    with api_in_memory(world) as gateway, gateway.served() as url:
        yield url


class Generated:
    """The generated functions by the names of their operations."""

    def __init__(self, package: str, api_url: str, token: str) -> None:
        self._package = package
        client = importlib.import_module(f"{package}.client")
        self._client = client.AuthenticatedClient(base_url=api_url, token=token)
        self.models = importlib.import_module(f"{package}.models")

    def __call__(self, tag: str, operation: str, *path: str, **given: Any) -> Any:  # noqa: ANN401
        module = importlib.import_module(f"{self._package}.api.{tag}.{operation}")
        return module.sync_detailed(*path, client=self._client, **given)

    def body(self, model: str, operation: str) -> Any:  # noqa: ANN401 - a generated class
        """Return the first documented body of an operation, as the generated class has it."""
        shown = next(e for e in examples() if e.operation == operation and e.body is not None)
        return getattr(self.models, model).from_dict(shown.body)


def test_the_story_is_told_by_a_generated_client(package: str, api_url: str) -> None:
    call = Generated(package, api_url, AURORA)
    body = call.body("InvoiceBody", "put_invoice")
    issued = call("invoices", "put_invoice", "fat-2026-118", body=body)
    assert (issued.status_code, issued.parsed.amount_centavos) == (201, 14990)
    assert issued.headers["etag"]
    again = call("invoices", "put_invoice", "fat-2026-118", body=body, if_none_match="*")
    assert (again.status_code, again.parsed.status) == (412, 412)

    page = call("invoices", "get_invoices", limit=20)
    assert [each.external_id for each in page.parsed.invoices] == ["fat-2026-118"]
    money = call.body("PaymentBody", "post_payment")
    paid = call("invoices", "post_payment", "fat-2026-118", body=money, idempotency_key="pag-5501")
    assert (paid.status_code, str(paid.parsed.status)) == (201, "settled")
    replayed = call(
        "invoices", "post_payment", "fat-2026-118", body=money, idempotency_key="pag-5501"
    )
    assert (replayed.status_code, replayed.headers["idempotency-replayed"]) == (201, "true")

    timeline = call("invoices", "get_timeline", "fat-2026-118").parsed.timeline
    assert "payment" in {line.type_ for line in timeline}
    why = call("invoices", "get_invoice_explanation", "fat-2026-118").parsed
    assert str(why.silence) == "settled"
    ruler = call.body("RulerDocument", "put_ruler")
    assert call("rulers", "put_ruler", "consumo", body=ruler).parsed.version == 1
    assert call("customers", "get_customer", "cli-204").parsed.name == "Marina Prado"


def test_it_reads_every_kind_of_refusal(package: str, api_url: str) -> None:
    """A problem document or the gateway's own words: neither is an exception in the client."""
    unknown = Generated(package, api_url, AURORA)("invoices", "get_invoice", "fat-9999")
    assert (unknown.status_code, unknown.parsed.title) == (404, "Not Found")
    nobody = Generated(package, api_url, NOBODY)("invoices", "get_invoice", "fat-9999")
    assert (nobody.status_code, nobody.parsed.title) == (403, "Forbidden")
    forged = Generated(package, api_url, "inventado")("invoices", "get_invoice", "fat-9999")
    assert (forged.status_code, forged.parsed.message) == (401, "Unauthorized")
