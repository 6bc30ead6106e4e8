"""OpenSSL and a page of plain Python are asked as well: they take what we take, and no more."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regua.application.how_to_verify import how_to_verify
from regua.application.verdict import CheckCode, Outcome
from tests.evidence_bundles import (
    EMAIL,
    SEALED_AT,
    dossiers,
    judged,
    listing,
    packed,
    rechained,
    rows,
    unpacked,
    with_rows,
    zipped,
)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs OpenSSL")

FILES = unpacked(packed())
SEAL = "seals/000000000001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    extract(FILES, tmp_path)
    return tmp_path


def extract(files: dict[str, bytes], into: Path) -> None:
    for path, content in files.items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(content)


def commands(program: str) -> list[str]:
    """Return the commands that the page in the bundle shows."""
    page = FILES["COMO-VERIFICAR.txt"].decode()
    return [line.strip() for line in page.splitlines() if line.startswith(f"  {program} ")]


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command.split(), cwd=folder, capture_output=True, text=True, check=False, timeout=30
    )


def test_every_command_of_the_page_works_as_it_is_printed(folder: Path) -> None:
    listed = json.loads(FILES["manifest.json"])["files"]
    for command in commands("sha256sum"):
        digest, path = shell(command, folder).stdout.split()
        assert digest == listed[path]
    answers = {command: shell(command, folder) for command in commands("openssl")}
    assert len(answers) == 6
    for command, done in answers.items():
        assert done.returncode == 0, done.stderr
        if " dgst " in command:
            assert done.stdout.strip() == "Verified OK"
        elif " -verify " in command:
            assert done.stdout.strip() == "Verification: OK"
        else:
            assert "Time stamp: Nov 10 1" in done.stdout


def test_a_stamp_can_be_checked_as_of_its_own_date(folder: Path) -> None:
    command = next(each for each in commands("openssl") if "ts -verify" in each)
    seconds = int(SEALED_AT.timestamp())
    assert shell(f"{command} -attime {seconds}", folder).stdout.strip() == "Verification: OK"
    late = seconds + 40 * 365 * 86_400
    assert shell(f"{command} -attime {late}", folder).returncode != 0


def test_the_page_has_no_commands_for_seals_that_are_not_there() -> None:
    page = how_to_verify((f"messages/{EMAIL}/entries.jsonl",))
    assert "  openssl " not in page
    assert "ainda não foram abrangidas por um selo" in page


def test_without_the_authority_enclosed_the_page_asks_for_it() -> None:
    page = how_to_verify((f"{SEAL}/statement.json",))
    assert "-CAfile CERTIFICADO-DA-AUTORIDADE.pem" in page
    assert "certificates/tsa.pem" not in page


# A flipped bit, for OpenSSL and for us -----------------------------------------------------------


@pytest.mark.parametrize("part", ["statement.json", "signature.der", "timestamp.tsr"])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_openssl_refuses_what_we_refuse(part: str, folder: Path, at: int, bit: int) -> None:
    path = f"{SEAL}/{part}"
    changed = bytearray(FILES[path])
    changed[at % len(changed)] ^= 1 << bit
    (folder / path).write_bytes(bytes(changed))
    signature = next(c for c in commands("openssl") if "dgst" in c and SEAL in c)
    stamp = next(c for c in commands("openssl") if "ts -verify" in c and SEAL in c)
    ours = {
        check.code: check.outcome is Outcome.OK
        for check in judged(zipped(listing({**FILES, path: bytes(changed)}))).checks
        if check.subject == SEAL
    }
    theirs = {
        CheckCode.SIGNATURE: shell(signature, folder).returncode == 0,
        CheckCode.STAMP: shell(stamp, folder).returncode == 0,
    }
    assert ours[CheckCode.SIGNATURE] == theirs[CheckCode.SIGNATURE]
    if part == "signature.der":
        assert ours[CheckCode.STAMP] == theirs[CheckCode.STAMP]
    elif ours[CheckCode.STAMP]:
        assert theirs[CheckCode.STAMP], "we take a stamp that OpenSSL refuses"


# The program in the page --------------------------------------------------------------------------


def run_program(folder: Path) -> subprocess.CompletedProcess[str]:
    page = (folder / "COMO-VERIFICAR.txt").read_text(encoding="utf-8")
    program = page.partition("--8<-- conferir.py\n")[2].partition("--8<--")[0]
    (folder / "conferir.py").write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "conferir.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"PYTHONUTF8": "1"},
    )


def test_the_program_in_the_page_takes_what_is_right(folder: Path) -> None:
    done = run_program(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.rpartition(", ")[2] for line in done.stdout.splitlines()] == ["5 fatos", "3 fatos"]


def test_the_program_in_the_page_takes_an_erased_message(tmp_path: Path) -> None:
    from tests.evidence_bundles import erased  # noqa: PLC0415 - one use

    extract(unpacked(packed([erased(each) for each in dossiers()])), tmp_path)
    assert run_program(tmp_path).returncode == 0


def forgeries() -> dict[str, dict[str, bytes]]:
    """Return bundles that were changed and listed anew."""
    changed = rows(FILES, EMAIL)
    changed[2]["entry"]["facts"] = {"smtp_response": "250 forged"}
    private = rows(FILES, EMAIL)
    private[0]["private"]["facts"] = {"recipient": "outra@cliente.example.com.br"}
    swapped = rows(FILES, EMAIL)
    swapped[1], swapped[3] = swapped[3], swapped[1]
    proofs = json.loads(FILES[f"messages/{EMAIL}/seals.json"])
    proofs[0]["path"].reverse()
    proof = json.dumps(proofs, sort_keys=True, separators=(",", ":")).encode()
    raw = f"messages/{EMAIL}/raw/000001.eml"
    return {
        "fact": with_rows(FILES, EMAIL, changed),
        "fact, chained": with_rows(FILES, EMAIL, rechained(EMAIL, changed)),
        "order, chained": with_rows(FILES, EMAIL, rechained(EMAIL, swapped)),
        "last fact missing": with_rows(FILES, EMAIL, rows(FILES, EMAIL)[:3]),
        "personal facts": with_rows(FILES, EMAIL, private),
        "exact bytes": {**FILES, raw: FILES[raw].replace(b"149,90", b"949,90")},
        "proof": {**FILES, f"messages/{EMAIL}/seals.json": proof},
    }


@pytest.mark.parametrize("name", sorted(forgeries()))
def test_the_program_in_the_page_refuses_what_we_refuse(name: str, tmp_path: Path) -> None:
    files = listing(forgeries()[name])
    assert not judged(zipped(files)).valid
    extract(files, tmp_path)
    done = run_program(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("NÃO CONFERE: mensagem ")


def test_the_program_in_the_page_refuses_a_file_that_is_not_as_listed(tmp_path: Path) -> None:
    path = f"{SEAL}/statement.json"
    extract({**FILES, path: FILES[path] + b" "}, tmp_path)
    assert run_program(tmp_path).stderr.strip() == f"NÃO CONFERE: {path}"
    assert hashlib.sha256(FILES[path]).hexdigest() in FILES["manifest.json"].decode()
