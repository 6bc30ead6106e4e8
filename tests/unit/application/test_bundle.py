"""A bundle is the same bytes for the same evidence, and nothing odd in a file is ever read."""

import json
import stat
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.application import bundle as module
from regua.application.bundle import MANIFEST, read_bundle
from regua.domain.errors import InvalidInput
from tests.evidence_bundles import (
    DKIM_NAME,
    EMAIL,
    ISSUED_AT,
    REPORT,
    SMS,
    dkim_record,
    dossiers,
    listing,
    mail,
    packed,
    rows,
    unpacked,
    with_rows,
    zipped,
)

FILES = unpacked(packed())


def reason_for(data: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        read_bundle(data)
    return str(refused.value)


def test_the_same_evidence_is_the_same_file_in_any_order() -> None:
    messages = dossiers()
    assert packed(messages) == packed(list(reversed(messages)))


def test_names_are_sorted_dates_are_fixed_and_nothing_is_compressed() -> None:
    with zipfile.ZipFile(BytesIO(packed())) as archive:
        members = archive.infolist()
    assert [m.filename for m in members] == sorted(m.filename for m in members)
    assert {m.date_time for m in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {m.compress_type for m in members} == {zipfile.ZIP_STORED}
    assert {stat.filemode(m.external_attr >> 16) for m in members} == {"-rw-r--r--"}


def test_what_was_written_is_read_back() -> None:
    messages = dossiers()
    bundle = read_bundle(packed(messages))
    assert (bundle.report, bundle.issued_at, bundle.creditor_id) == (REPORT, ISSUED_AT, "aurora")
    assert bundle.creditor_name == "Aurora Energia Ltda"
    assert [m.dispatch_id for m in bundle.messages] == [EMAIL, SMS]
    for written, read in zip(messages, bundle.messages, strict=True):
        assert [e.document for e in read.entries] == [k.entry.document() for k in written.entries]
        assert [e.recorded_hash for e in read.entries] == [k.recorded_hash for k in written.entries]
        assert [(e.private, e.nonce, e.raw, e.erased) for e in read.entries] == [
            (k.private, k.nonce, k.raw, k.erased) for k in written.entries
        ]
        assert [(i.seal, i.seq, i.index, list(i.path)) for i in read.inclusions] == [
            (i.seal.statement.seal, i.seq, i.index, list(i.path)) for i in written.inclusions
        ]
    for number, sealed in bundle.seals.items():
        (original,) = {
            i.seal for m in messages for i in m.inclusions if i.seal.statement.seal == number
        }
        assert sealed.statement == original.statement.signed_bytes
        assert (sealed.signature, sealed.timestamp) == (original.signature, original.timestamp)
    assert bundle.dkim_records == {DKIM_NAME: dkim_record()}
    assert not bundle.repacked


def test_exact_bytes_keep_a_name_that_opens_them() -> None:
    assert FILES[f"messages/{EMAIL}/raw/000001.eml"][-20:] == mail()[-20:]
    assert f"messages/{SMS}/raw/000001.txt" in FILES
    assert f"messages/{SMS}/raw/000002.json" in FILES


def test_a_bundle_that_was_zipped_again_is_read_and_said_to_be() -> None:
    assert read_bundle(zipped(FILES)).repacked
    assert read_bundle(zipped(FILES)).files == read_bundle(packed()).files


@pytest.mark.parametrize("report", [None, "LD-2026-ZZZZZZZZ"])
def test_a_bundle_may_have_no_report(report: str | None) -> None:
    assert read_bundle(packed(report=report)).report == report


@pytest.mark.parametrize(
    "name",
    [
        "../manifest.json",
        "/etc/passwd",
        "messages/../manifest.json",
        f"messages/{EMAIL}/raw/../../../x.eml",
        f"messages/{EMAIL}/raw/000001.exe",
        f"messages/{EMAIL}/raw/",
        "messages\\x",
        "C:manifest.json",
        "MANIFEST.JSON",
        "manifest.json ",
        "manifest.json\n",
        "dkim/..txt",
        "dkim/a..b.txt",
        "dkim/../x.txt",
        "certificates/.pem",
        "certificates/tsa.pem/x",
        "seals/1/statement.json",
        f"seals/{chr(0x660) * 12}/statement.json",
        "x" * 400,
    ],
)
def test_a_file_of_another_name_is_refused(name: str) -> None:
    assert "is not the name of a file that a bundle holds" in reason_for(
        zipped({**FILES, name: b"x"})
    )


def test_a_file_that_is_there_twice_is_refused() -> None:
    data = BytesIO(packed())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(data, "a") as archive:
        archive.writestr(MANIFEST, b"{}")
    assert reason_for(data.getvalue()) == f"{MANIFEST}: is there twice"


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_missing_file_is_named(path: str) -> None:
    reason = reason_for(zipped({p: c for p, c in FILES.items() if p != path}))
    assert reason.startswith(f"{path}: is ")
    assert "missing" in reason


def test_a_file_that_is_not_listed_is_named() -> None:
    extra = f"messages/{EMAIL}/raw/000009.bin"
    assert reason_for(zipped({**FILES, extra: b"x"})) == (f"{extra}: is not listed in the manifest")
    assert reason_for(zipped(listing({**FILES, extra: b"x"}))) == (
        f"{extra}: belongs to no message of the bundle"
    )


def test_a_message_that_is_not_named_in_the_manifest_is_refused() -> None:
    reason = reason_for(zipped(listing(FILES, messages=[EMAIL])))
    assert reason.startswith(f"messages/{SMS}/")
    assert reason.endswith("belongs to no message of the bundle")


def test_exact_bytes_that_are_not_there_are_refused() -> None:
    changed = rows(FILES, EMAIL)
    changed[0]["raw"] = f"messages/{SMS}/raw/000001.txt"
    reason = reason_for(zipped(listing(with_rows(FILES, EMAIL, changed))))
    assert "names exact bytes that are not there" in reason


def test_exact_bytes_that_two_facts_share_are_refused() -> None:
    changed = rows(FILES, EMAIL)
    changed[1]["raw"] = changed[0]["raw"]
    reason = reason_for(zipped(listing(with_rows(FILES, EMAIL, changed))))
    assert "names the same exact bytes twice" in reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v", 2),
        ("type", "regua.evidence.v2"),
        ("report", 7),
        ("issued_at", "2026-11-10T15:00:00Z"),
        ("issued_at", "2026-11-10T15:00:00.000"),
        ("issued_at", None),
        ("creditor", {"creditor_id": "aurora", "name": "x"}),
        ("creditor", {"creditor_id": "aurora", "name": "x", "document": 1}),
        ("creditor", None),
        ("messages", [SMS, EMAIL]),
        ("messages", [EMAIL, EMAIL, SMS]),
        ("messages", ["../x"]),
        ("messages", "x"),
        ("files", []),
        ("files", {"COMO-VERIFICAR.txt": "x"}),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(field: str, value: object) -> None:
    assert reason_for(zipped(listing(FILES, **{field: value}))).startswith(MANIFEST)


@pytest.mark.parametrize(
    "spelling",
    [
        b"",
        b"null",
        b"not json",
        b'{"a":1,"a":1}',
        b'{"b":1, "a":2}',
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        b"\xff\xfe",
        b'{"a":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("path", [MANIFEST, f"messages/{EMAIL}/seals.json"])
def test_json_in_any_other_spelling_is_refused(spelling: bytes, path: str) -> None:
    files = {**FILES, path: spelling}
    data = zipped(files if path == MANIFEST else listing(files))
    assert path in reason_for(data)


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "x"},
        {"hash": 1},
        {"entry": []},
        {"private": []},
        {"private": {"nonce": "00" * 31, "facts": {}}},
        {"private": {"nonce": "00" * 32, "facts": []}},
        {"raw": 1},
        {"raw": "manifest.json"},
        {"erased": 0},
        {"more": 1},
    ],
)
def test_a_line_that_says_something_else_is_refused(change: dict[str, object]) -> None:
    changed = rows(FILES, EMAIL)
    changed[2] |= change
    reason = reason_for(zipped(listing(with_rows(FILES, EMAIL, changed))))
    assert f"messages/{EMAIL}/entries.jsonl: line 3" in reason


@pytest.mark.parametrize(
    "change",
    [
        {"seal": -1},
        {"seal": 10**12},
        {"seq": True},
        {"index": "0"},
        {"index": 0.0},
        {"path": "00"},
        {"path": ["00"]},
        {"path": [None]},
        {"more": 1},
    ],
)
def test_a_proof_that_says_something_else_is_refused(change: dict[str, object]) -> None:
    path = f"messages/{EMAIL}/seals.json"
    proofs = json.loads(FILES[path])
    proofs[0] |= change
    spelled = json.dumps(proofs, sort_keys=True, separators=(",", ":")).encode()
    assert reason_for(zipped(listing({**FILES, path: spelled}))).startswith(path)


def test_text_that_is_no_text_is_refused() -> None:
    path = "certificates/tsa.pem"
    assert reason_for(zipped(listing({**FILES, path: b"\xff"}))) == f"{path}: is not plain text"


def test_a_chain_without_its_last_line_end_is_refused() -> None:
    path = f"messages/{EMAIL}/entries.jsonl"
    assert path in reason_for(zipped(listing({**FILES, path: FILES[path][:-1]})))


# Bombs ------------------------------------------------------------------------------------------


def _bomb(size: int) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(MANIFEST, b"\0" * size)
    return data.getvalue()


def test_a_file_that_grows_too_large_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = _bomb(module.MAX_FILE_BYTES + 1)
    assert len(bomb) < 100_000

    def never(*_: object) -> bytes:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(module, "_read_member", never)
    assert reason_for(bomb) == f"{MANIFEST}: is larger than {module.MAX_FILE_BYTES} bytes"


def test_a_file_that_hides_how_large_it_is_is_read_no_further_than_it_says() -> None:
    """The directory says 10 bytes where there are a million."""
    bomb = _bomb(1_000_000)
    size = (1_000_000).to_bytes(4, "little")
    assert bomb.count(size) == 2
    reason = reason_for(bomb.replace(size, (10).to_bytes(4, "little")))
    assert "damaged" in reason or "size" in reason


def test_too_many_files_are_refused() -> None:
    many = {f"messages/{n:032x}/seals.json": b"[]" for n in range(module.MAX_FILES + 1)}
    assert reason_for(zipped(many)) == f": has more than {module.MAX_FILES} files"


def test_too_much_in_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed()
    monkeypatch.setattr(module, "MAX_BUNDLE_BYTES", len(data) - 1)
    assert reason_for(data) == f": is larger than {len(data) - 1} bytes"
    with pytest.raises(InvalidInput):
        packed()
    deflated = BytesIO()
    with zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, b"\0" * len(data))
    assert "holds more than" in reason_for(deflated.getvalue())


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_without_limits_is_refused(kind: int) -> None:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", kind) as archive:
        archive.writestr(MANIFEST, b"{}")
    assert "compressed in a way that is not read" in reason_for(data.getvalue())


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(zipped({MANIFEST: b"{}"}))
    for start in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[start] |= 1
    assert "encrypted" in reason_for(bytes(data))


@given(st.binary(max_size=2000))
def test_whatever_is_no_bundle_is_refused_and_never_a_defect(data: bytes) -> None:
    reason_for(data)


@given(st.data())
def test_a_bundle_that_is_cut_off_is_refused(data: st.DataObject) -> None:
    whole = packed()
    cut = data.draw(st.integers(0, len(whole) - 1))
    reason_for(whole[:cut])


def _one_large_line(size: int) -> bytes:
    """Pack a chain whose one line is lists within a list: the worst that JSON does to memory."""
    lists = b"[]," * (size // 3)
    row = b'{"entry":{"a":[' + lists + b'[]]},"erased":false,"hash":"' + b"0" * 64
    row += b'","private":null,"raw":null}\n'
    files = {p: c for p, c in FILES.items() if f"{EMAIL}/raw/" not in p}
    return zipped(listing({**files, f"messages/{EMAIL}/entries.jsonl": row}))


def test_a_line_that_would_fill_the_memory_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain = f"messages/{EMAIL}/entries.jsonl"
    assert len(read_bundle(_one_large_line(250 << 10)).messages[0].entries) == 1
    data = _one_large_line(300 << 10)
    read = module._json
    asked: list[str] = []

    def noted(path: str, content: bytes) -> object:
        asked.append(path)
        return read(path, content)

    monkeypatch.setattr(module, "_json", noted)
    assert reason_for(data) == f"{chain}: line 1: is longer than 262144 bytes"
    assert asked == [MANIFEST]


def test_more_json_than_a_bundle_holds_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain = f"messages/{EMAIL}/entries.jsonl"
    limit = "and the other JSON files hold more than 8388608 bytes"
    data = _one_large_line(9 << 20)
    monkeypatch.setattr(module, "_read_member", None)
    assert reason_for(data) == f"{chain}: {limit}"
    halves = {f"messages/{each}/entries.jsonl": b"\n" * (5 << 20) for each in (EMAIL, SMS)}
    assert reason_for(zipped({**FILES, **halves})).endswith(limit)


def test_exact_bytes_are_not_counted_as_json() -> None:
    path = f"messages/{SMS}/raw/000002.json"
    large = {**FILES, path: b"x" * (9 << 20)}
    assert len(read_bundle(zipped(listing(large))).files[path]) == 9 << 20


def test_nothing_is_written_that_would_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, reason in (("MAX_LINE_BYTES", "line 1: is longer"), ("MAX_DOCUMENT_BYTES", "JSON")):
        with monkeypatch.context() as smaller:
            smaller.setattr(module, name, 100)
            with pytest.raises(InvalidInput, match=reason):
                packed()
