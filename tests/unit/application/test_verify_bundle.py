"""Whatever is changed in a bundle is found, however well the forger lists and chains it anew."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from local.carrier.tsa.authority import make
from regua.adapters import evidence_checks
from regua.application.bundle import MANIFEST, read_bundle
from regua.application.dossier import MessageDossier
from regua.application.verdict import Check, CheckCode, Conclusion, Outcome
from regua.application.verify_bundle import Anchors
from regua.domain.delivery import EventKind
from regua.domain.errors import InvalidInput
from regua.domain.evidence import canonical
from regua.domain.merkle import Head
from regua.domain.ruler import Channel
from tests.evidence_bundles import (
    DKIM_NAME,
    EMAIL,
    FIRST_SEAL,
    SEALED_AT,
    SMS,
    START,
    Fact,
    anchors,
    authority,
    certificates,
    chain,
    dkim_record,
    dossiers,
    email_facts,
    envelope,
    erased,
    failures,
    inclusion,
    judged,
    listing,
    mail,
    packed,
    public_pem,
    rechained,
    record,
    rows,
    seal,
    seal_key,
    sns_sha256,
    stamp,
    unpacked,
    with_rows,
    zipped,
)

FILES = unpacked(packed())
FIRST, SECOND = (f"seals/{number:012d}" for number in (FIRST_SEAL, FIRST_SEAL + 1))
PROOFS = f"messages/{EMAIL}/seals.json"
NOBODY_KNOWN = Anchors()

Files = dict[str, bytes]


def found(files: Mapping[str, bytes], known: Anchors | None = None) -> set[CheckCode]:
    """Return what fails when a forger has listed the files as they are now."""
    return failures(zipped(listing(files)), known)


def outcomes(data: bytes, code: CheckCode, known: Anchors | None = None) -> list[Outcome]:
    return [check.outcome for check in judged(data, known).checks if check.code is code]


# What is right ------------------------------------------------------------------------------------


def test_an_untouched_bundle_is_proven_but_for_what_is_not_sealed_yet() -> None:
    verdict = judged(packed())
    assert verdict.valid
    assert verdict.conclusion is Conclusion.PARTLY_PROVEN
    assert {check.code for check in verdict.of(Outcome.ABSENT)} == {
        CheckCode.MANIFEST,
        CheckCode.END,
        CheckCode.SEALED,
        CheckCode.ENVELOPES,
    }
    assert {check.code for check in verdict.of(Outcome.OK)} == set(CheckCode) - {
        CheckCode.CONTAINER,
        CheckCode.MANIFEST,
        CheckCode.END,
        CheckCode.PDF_SIGNATURE,
        CheckCode.PDF_KEY,
        CheckCode.PDF_SIGNER,
        CheckCode.PDF_STAMP,
    }


def test_a_bundle_whose_every_fact_is_sealed_is_proven_but_for_what_may_have_followed() -> None:
    (_, sms) = dossiers()
    verdict = judged(packed([sms]))
    assert verdict.conclusion is Conclusion.PARTLY_PROVEN
    assert CheckCode.SEALED not in {check.code for check in verdict.of(Outcome.ABSENT)}


def test_a_chain_that_is_cut_at_an_older_seal_is_not_called_whole() -> None:
    """It is genuine as far as it goes: nothing in the file tells that two facts followed."""
    email, _ = dossiers()
    data = packed([replace(email, entries=email.entries[:2], inclusions=email.inclusions[:1])])
    verdict = judged(data)
    assert outcomes(data, CheckCode.SEALED) == [Outcome.OK]
    assert outcomes(data, CheckCode.END) == [Outcome.ABSENT]
    assert verdict.valid
    assert verdict.conclusion is Conclusion.PARTLY_PROVEN
    assert "não podem ser excluídos" in next(
        check.sentence for check in verdict.checks if check.code is CheckCode.END
    )


def test_without_the_key_and_the_authority_from_elsewhere_nothing_is_proven() -> None:
    verdict = judged(packed(), NOBODY_KNOWN)
    assert verdict.valid
    assert verdict.conclusion is Conclusion.CONSISTENT
    unknown = [check.code for check in verdict.of(Outcome.ABSENT)]
    assert unknown.count(CheckCode.KEY) == unknown.count(CheckCode.AUTHORITY) == 2


def test_without_any_certificate_of_the_authority_the_stamp_is_said_to_be_unchecked() -> None:
    data = packed(certificates={})
    assert outcomes(data, CheckCode.STAMP, Anchors(public_pem(seal_key()))) == [Outcome.ABSENT] * 2
    assert judged(data, Anchors(public_pem(seal_key()))).conclusion is Conclusion.CONSISTENT


def test_a_message_without_a_seal_is_said_not_to_be_sealed() -> None:
    unsealed = [replace(each, inclusions=[]) for each in dossiers()]
    verdict = judged(packed(unsealed))
    assert verdict.valid
    assert verdict.conclusion is Conclusion.CONSISTENT
    assert [c.facts["count"] for c in verdict.checks if c.code is CheckCode.SEALED] == [5, 3]


def test_a_message_with_a_seal_does_not_speak_for_one_without() -> None:
    email, sms = dossiers()
    assert (
        judged(packed([replace(email, inclusions=[]), sms])).conclusion is Conclusion.PARTLY_PROVEN
    )


def test_a_message_that_was_never_made_has_no_chain_and_no_fault() -> None:
    email, sms = dossiers()
    verdict = judged(packed([replace(email, entries=[], inclusions=[]), sms]))
    assert [c.outcome for c in verdict.checks if c.code is CheckCode.CHAIN] == [
        Outcome.ABSENT,
        Outcome.OK,
    ]
    assert verdict.conclusion is Conclusion.PARTLY_PROVEN
    assert outcomes(packed([sms]), CheckCode.SEALED) == [Outcome.OK]


def test_a_bundle_without_a_message_proves_nothing() -> None:
    assert failures(packed([])) == {CheckCode.CHAIN}


def test_what_was_erased_is_proven_by_its_hashes() -> None:
    email, sms = dossiers()
    verdict = judged(packed([erased(email), erased(sms)]))
    assert verdict.valid
    assert verdict.conclusion is Conclusion.PARTLY_PROVEN
    gone = {
        (c.code, c.outcome): c.facts["count"]
        for c in verdict.checks
        if c.subject == EMAIL and c.code in {CheckCode.PRIVATE, CheckCode.EXACT}
    }
    assert gone == {
        (CheckCode.PRIVATE, Outcome.ABSENT): 4,
        (CheckCode.EXACT, Outcome.ABSENT): 2,
    }


def test_the_instants_of_the_stamps_are_told() -> None:
    assert judged(packed()).stamped_at[FIRST_SEAL] == SEALED_AT


def test_every_sentence_can_be_said() -> None:
    facts = dict.fromkeys(("count", "place", "domain", "stamped_at", "seal", "seq", "signer"), "x")
    spoken = [
        Check(code, "", outcome, facts).sentence
        for code in CheckCode
        for outcome in Outcome
        if (code, outcome) in _SAID
    ]
    assert all(sentence.endswith((".", "{signer}.")) or "x" in sentence for sentence in spoken)
    assert len(set(spoken)) == len(spoken)


_SAID = {
    (check.code, check.outcome)
    for data in (packed(), packed(certificates={}), packed([erased(d) for d in dossiers()]))
    for known in (anchors(), NOBODY_KNOWN)
    for check in judged(data, known).checks
}


# Facts ------------------------------------------------------------------------------------------

OTHER: Mapping[str, Any] = {
    "v": 2,
    "creditor_id": "outra",
    "dispatch_id": "33" * 16,
    "seq": 9,
    "kind": "clicked",
    "level": "E6",
    "at": "2026-11-01T00:00:00.000Z",
    "observed_at": "2026-11-01T00:00:00.000Z",
    "source": "aws.ses",
    "event_id": "other",
    "facts": {"smtp_response": "250 forged"},
    "private": "ab" * 32,
    "raw": {"sha256": "ab" * 32, "size": 1, "media_type": "text/html"},
    "prev": "ab" * 32,
}


def test_the_table_of_changes_has_every_field_of_an_entry() -> None:
    assert set(OTHER) == set(rows(FILES, EMAIL)[0]["entry"])


@pytest.mark.parametrize("place", [0, 1, 2, 3])
@pytest.mark.parametrize("field", sorted(OTHER))
def test_a_changed_field_breaks_the_chain(field: str, place: int) -> None:
    changed = rows(FILES, EMAIL)
    if changed[place]["entry"][field] == OTHER[field]:
        changed[place]["entry"][field] = None
    else:
        changed[place]["entry"][field] = OTHER[field]
    files = with_rows(FILES, EMAIL, changed)
    assert CheckCode.FILES in failures(zipped(files))
    assert {CheckCode.CHAIN, CheckCode.INCLUSION} <= found(files)


@pytest.mark.parametrize("place", [0, 1, 2, 3])
@pytest.mark.parametrize("field", sorted(set(OTHER) - {"seq", "prev", "dispatch_id"}))
def test_a_changed_field_that_is_chained_anew_is_not_what_was_sealed(
    field: str, place: int
) -> None:
    changed = rows(FILES, EMAIL)
    value = OTHER[field] if changed[place]["entry"][field] != OTHER[field] else "other"
    changed[place]["entry"][field] = value
    failed = found(with_rows(FILES, EMAIL, rechained(EMAIL, changed)))
    assert CheckCode.INCLUSION in failed


def test_a_sealed_fact_cannot_be_dropped() -> None:
    for place in range(4):
        changed = rows(FILES, EMAIL)
        del changed[place]
        kept = {row["raw"] for row in changed}
        files = {p: c for p, c in FILES.items() if f"{EMAIL}/raw/" not in p or p in kept}
        assert CheckCode.CHAIN in found(with_rows(files, EMAIL, changed))
        assert CheckCode.INCLUSION in found(with_rows(files, EMAIL, rechained(EMAIL, changed)))


def test_the_end_of_a_sealed_chain_cannot_be_cut_off() -> None:
    assert CheckCode.INCLUSION in found(with_rows(FILES, EMAIL, rows(FILES, EMAIL)[:3]))


def test_a_fact_cannot_be_put_in_between() -> None:
    changed = rows(FILES, EMAIL)
    changed.insert(1, {**changed[1]})
    assert CheckCode.CHAIN in found(with_rows(FILES, EMAIL, changed))
    assert CheckCode.INCLUSION in found(with_rows(FILES, EMAIL, rechained(EMAIL, changed)))


@pytest.mark.parametrize("first", [0, 1, 2])
def test_two_facts_cannot_change_places(first: int) -> None:
    changed = rows(FILES, EMAIL)
    changed[first], changed[first + 1] = changed[first + 1], changed[first]
    assert CheckCode.CHAIN in found(with_rows(FILES, EMAIL, changed))
    assert CheckCode.INCLUSION in found(with_rows(FILES, EMAIL, rechained(EMAIL, changed)))


def test_a_fact_after_the_last_seal_can_be_forged_and_is_said_not_to_be_sealed() -> None:
    """What nothing has sealed yet, nothing can prove: the verdict says so."""
    changed = rows(FILES, EMAIL)
    changed[4]["entry"]["facts"] = {"label": "person", "forged": "yes"}
    verdict = judged(zipped(listing(with_rows(FILES, EMAIL, rechained(EMAIL, changed)))))
    assert verdict.conclusion is Conclusion.PARTLY_PROVEN
    assert outcomes(zipped(FILES), CheckCode.SEALED)[0] is Outcome.ABSENT


def test_a_seal_that_covers_facts_before_the_break_still_proves_them() -> None:
    changed = rows(FILES, EMAIL)
    changed[2]["entry"]["facts"] = {}
    data = zipped(listing(with_rows(FILES, EMAIL, changed)))
    assert outcomes(data, CheckCode.INCLUSION)[:2] == [Outcome.OK, Outcome.FAILED]


def test_messages_cannot_be_swapped() -> None:
    email, sms = rows(FILES, EMAIL), rows(FILES, SMS)
    for row in (*email, *sms):
        row["raw"] = None
    bare = {p: c for p, c in FILES.items() if "/raw/" not in p}
    swapped = with_rows(with_rows(bare, EMAIL, sms), SMS, email)
    assert {CheckCode.CHAIN, CheckCode.INCLUSION} <= found(swapped)
    forged = with_rows(with_rows(bare, EMAIL, rechained(EMAIL, sms)), SMS, rechained(SMS, email))
    assert CheckCode.INCLUSION in found(forged)


def test_another_creditor_cannot_claim_the_message() -> None:
    creditor = {**json.loads(FILES[MANIFEST])["creditor"], "creditor_id": "outra"}
    assert CheckCode.CHAIN in failures(zipped(listing(FILES, creditor=creditor)))


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "unheard-of"},
        {"level": "E9"},
        {"at": "ontem"},
        {"at": "2026-11-10T12:00:00"},
        {"at": "2026-11-10T12:00:00Z"},
        {"facts": []},
        {"facts": {"n": 1}},
        {"raw": "x"},
        {"raw": {"sha256": "x"}},
        {"raw": {"sha256": "x", "size": 1, "media_type": "text/plain"}},
        {"raw": {"sha256": "ab" * 32, "size": "1", "media_type": "text/plain"}},
        {"raw": {"sha256": "ab" * 32, "size": 1, "media_type": None}},
        {"private": 1},
        {"source": None},
        {"event_id": 1},
        {"more": 1},
        {"v": "1"},
    ],
)
def test_a_fact_in_another_form_is_found_though_it_is_chained(broken: dict[str, Any]) -> None:
    changed = rows(FILES, EMAIL)
    changed[4]["entry"] |= broken
    assert CheckCode.ENTRIES in found(with_rows(FILES, EMAIL, rechained(EMAIL, changed)))


# Personal facts and exact bytes -------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda private: {**private, "nonce": "00" * 32},
        lambda private: {**private, "facts": {**private["facts"], "recipient": "outra@x.example"}},
        lambda private: {**private, "facts": {}},
        lambda _: None,
    ],
)
def test_personal_facts_cannot_be_changed_or_left_out(change: Callable[[Any], Any]) -> None:
    changed = rows(FILES, EMAIL)
    changed[0]["private"] = change(changed[0]["private"])
    assert found(with_rows(FILES, EMAIL, changed)) == {CheckCode.PRIVATE}


def test_personal_facts_cannot_be_added_or_swapped() -> None:
    changed = rows(FILES, EMAIL)
    changed[1]["private"] = changed[0]["private"]
    assert found(with_rows(FILES, EMAIL, changed)) == {CheckCode.PRIVATE}
    changed = rows(FILES, EMAIL)
    changed[0]["private"], changed[3]["private"] = changed[3]["private"], changed[0]["private"]
    assert found(with_rows(FILES, EMAIL, changed)) == {CheckCode.PRIVATE}


def test_exact_bytes_cannot_be_swapped() -> None:
    first, third = (f"messages/{EMAIL}/raw/00000{name}" for name in ("1.eml", "3.json"))
    files = {**FILES, first: FILES[third], third: FILES[first]}
    assert CheckCode.EXACT in found(files)


def test_exact_bytes_cannot_be_left_out_or_added() -> None:
    path = f"messages/{EMAIL}/raw/000001.eml"
    changed = rows(FILES, EMAIL)
    changed[0]["raw"] = None
    without = {p: c for p, c in FILES.items() if p != path}
    assert CheckCode.EXACT in found(with_rows(without, EMAIL, changed))
    changed = rows(FILES, EMAIL)
    extra = f"messages/{EMAIL}/raw/000002.bin"
    changed[1]["raw"] = extra
    assert CheckCode.EXACT in found(with_rows({**FILES, extra: b"x"}, EMAIL, changed))


def test_another_message_under_the_same_name_is_found_by_hash_and_by_dkim() -> None:
    path = f"messages/{EMAIL}/raw/000001.eml"
    forged = FILES[path].replace(b"149,90", b"949,90")
    assert found({**FILES, path: forged}) == {CheckCode.EXACT, CheckCode.DKIM}
    assert found({**FILES, path: mail("Outra mensagem.")}) == {CheckCode.EXACT}


def test_a_key_of_another_name_for_the_mail_is_found() -> None:
    path = f"dkim/{DKIM_NAME}.txt"
    assert found({**FILES, path: b"v=DKIM1; k=rsa; p="}) == {CheckCode.DKIM}


def _dkim_of(facts: Mapping[str, str], **changes: Any) -> list[Outcome]:  # noqa: ANN401
    composed = replace(email_facts()[0], facts=facts)
    messages = dossiers({EMAIL: [composed, *email_facts()[1:]]})
    return outcomes(packed(messages, **changes), CheckCode.DKIM)


def test_a_key_archived_beside_the_message_serves_as_well() -> None:
    assert _dkim_of({}) == [Outcome.OK]
    assert _dkim_of({}, dkim_records={}) == [Outcome.ABSENT]
    assert _dkim_of({}, dkim_records={DKIM_NAME: "v=DKIM1; p=AAAA"}) == [Outcome.FAILED]
    assert _dkim_of({}, dkim_records={DKIM_NAME: "nonsense"}) == [Outcome.FAILED]
    assert _dkim_of({}, dkim_records={f"x.{DKIM_NAME}": dkim_record()}) == [Outcome.ABSENT]


@pytest.mark.parametrize(
    "raw", [b"", b"no header\r\n\r\n", b" folded\r\n", b"DKIM-Signature: x\r\n\r\n"]
)
def test_an_email_without_a_signature_is_said_to_have_none(raw: bytes) -> None:
    composed = replace(email_facts()[0], raw=raw)
    data = packed(dossiers({EMAIL: [composed]}))
    assert outcomes(data, CheckCode.DKIM) == [Outcome.ABSENT]


@pytest.mark.parametrize(
    ("blanks", "asks"),
    [
        (" " * 999, 1),
        (" " * 1000, 0),
        ("\t " * 500, 0),
        ("\r\n" * 500, 0),
        ((" " * 40 + "x" * 36 + "\r\n") * 10_000, 1),
        ((" " * 900 + "x") * 10, 0),
    ],
)
def test_an_email_with_a_long_run_of_blanks_is_none_of_ours(
    blanks: str, asks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks whether its signature holds: that takes the square of the run's length."""
    asked: list[bytes] = []

    def holds(message: bytes, *_: object) -> bool:
        asked.append(message)
        return True

    monkeypatch.setattr(evidence_checks, "_dkim_holds", holds)
    message = mail(f"a{blanks}b")
    found = evidence_checks.DkimSignatures().check(message, {DKIM_NAME: dkim_record()})
    assert found is not None
    assert found.holds is bool(asks)
    assert asked == [message] * asks


def test_an_envelope_larger_than_any_is_not_taken_apart() -> None:
    signed = envelope({"x": 1}, START + timedelta(minutes=1))
    assert _envelope_of(signed + b" " * (1 << 20)) == [Outcome.FAILED]


def _envelope_of(raw: bytes, **changes: Any) -> list[Outcome]:  # noqa: ANN401 - any argument
    facts = {"signing_cert_sha256": sns_sha256()}
    fact = Fact(EventKind.DELIVERED, facts, "aws.ses", raw=raw)
    return outcomes(packed(dossiers({EMAIL: [fact]}), **changes), CheckCode.ENVELOPES)


def test_a_provider_envelope_is_checked_against_the_certificate_that_the_fact_names() -> None:
    signed = envelope({"x": 1}, START + timedelta(minutes=1))
    assert _envelope_of(signed) == [Outcome.OK]
    assert _envelope_of(signed, certificates={"tsa": authority().ca_pem}) == [Outcome.ABSENT]
    assert _envelope_of(signed, certificates={"x": "no PEM"}) == [Outcome.ABSENT]


def test_a_certificate_of_no_known_version_is_none() -> None:
    pem = certificates()["tsa"]
    der = bytearray(b64decode("".join(pem.split("-----")[2].split())))
    at = der.index(b"\xa0\x03\x02\x01\x02") + 4
    der[at] = 66
    odd = f"-----BEGIN CERTIFICATE-----\n{b64encode(der).decode()}\n-----END CERTIFICATE-----\n"
    signed = envelope({"x": 1}, START + timedelta(minutes=1))
    assert _envelope_of(signed, certificates={"x": odd}) == [Outcome.ABSENT]
    assert failures(packed(), Anchors(public_pem(seal_key()), odd)) == {CheckCode.STAMP}


@pytest.mark.parametrize(
    "change",
    [
        lambda e: {**e, "Message": "{}"},
        lambda e: {**e, "Timestamp": "2027-12-01T00:00:00.000Z"},
        lambda e: {**e, "Timestamp": None},
        lambda e: {**e, "Signature": "AAAA"},
        lambda e: {**e, "Signature": "?"},
        lambda e: {**e, "SignatureVersion": "3"},
        lambda e: {**e, "Type": "Other"},
        lambda _: {},
        lambda _: [],
    ],
)
def test_a_changed_provider_envelope_is_found(change: Callable[[Any], Any]) -> None:
    signed = json.loads(envelope({"x": 1}, START + timedelta(minutes=1)))
    assert _envelope_of(json.dumps(change(signed)).encode()) == [Outcome.FAILED]


# Seals ------------------------------------------------------------------------------------------


def _proof(**change: object) -> Files:
    proofs = json.loads(FILES[PROOFS])
    proofs[0] |= change
    return {**FILES, PROOFS: b"[" + b",".join(canonical(each) for each in proofs) + b"]"}


@pytest.mark.parametrize(
    "change",
    [
        {"index": 0},
        {"index": 99},
        {"seq": 0},
        {"seq": 1},
        {"seq": 3},
        {"seq": 99},
        {"seal": 2},
        {"seal": 3},
        {"path": []},
        {"path": ["00" * 32] * 3},
    ],
)
def test_a_changed_proof_proves_nothing(change: dict[str, object]) -> None:
    assert CheckCode.INCLUSION in found(_proof(**change))


def test_steps_of_a_proof_cannot_be_swapped_or_added() -> None:
    path = json.loads(FILES[PROOFS])[0]["path"]
    assert CheckCode.INCLUSION in found(_proof(path=path[::-1]))
    assert CheckCode.INCLUSION in found(_proof(path=[*path, path[-1]]))


STATEMENT: Mapping[str, Any] = {
    "type": "regua.seal.v2",
    "seal": 9,
    "root": "ab" * 32,
    "count": 8,
    "leaves_sha256": "ab" * 32,
    "previous": "ab" * 32,
    "key_sha256": "ab" * 32,
    "sealed_at": "2026-01-01T00:00:00.000Z",
}


@pytest.mark.parametrize("field", sorted(STATEMENT))
def test_a_changed_statement_is_not_what_was_signed(field: str) -> None:
    statement = json.loads(FILES[f"{FIRST}/statement.json"])
    assert set(statement) == set(STATEMENT)
    changed = canonical({**statement, field: STATEMENT[field]})
    assert CheckCode.SIGNATURE in found({**FILES, f"{FIRST}/statement.json": changed})


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"{}", b"[" * 100_000],
)
def test_a_statement_that_is_none_is_found(content: bytes) -> None:
    failed = found({**FILES, f"{FIRST}/statement.json": content})
    assert {CheckCode.STATEMENT, CheckCode.SIGNATURE, CheckCode.INCLUSION} <= failed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", "7"),
        ("count", 0),
        ("count", 1.5),
        ("root", "AB" * 32),
        ("root", 1),
        ("sealed_at", "2026-11-10T13:00:00"),
        ("sealed_at", 1),
        ("seal", FIRST_SEAL + 5),
        ("more", 1),
    ],
)
def test_a_statement_in_another_form_is_found_though_it_is_signed(
    field: str, value: object
) -> None:
    statement = json.loads(FILES[f"{FIRST}/statement.json"])
    changed = canonical({**statement, field: value})
    assert CheckCode.STATEMENT in found({**FILES, f"{FIRST}/statement.json": changed})


def test_parts_of_two_seals_cannot_be_mixed() -> None:
    for part in ("statement.json", "signature.der", "timestamp.tsr"):
        mixed = {**FILES, f"{FIRST}/{part}": FILES[f"{SECOND}/{part}"]}
        assert found(mixed), part


def test_a_seal_that_is_not_tied_to_the_one_before_is_found() -> None:
    email, sms = dossiers()
    head = Head(SMS, 3, sms.entries[2].recorded_hash)
    loose = seal(FIRST_SEAL, [head], SEALED_AT, previous="ab" * 32)
    data = packed([replace(sms, inclusions=[inclusion(loose, [head], SMS)])])
    assert failures(data) == {CheckCode.ORDER}
    head = Head(SMS, 3, sms.entries[2].recorded_hash)
    after = seal(FIRST_SEAL + 1, [head], SEALED_AT, previous="ab" * 32)
    only_first = replace(email, inclusions=email.inclusions[:1])
    tied = replace(sms, inclusions=[inclusion(after, [head], SMS)])
    assert failures(packed([only_first, tied])) == {CheckCode.ORDER}


def _forged(key: ec.EllipticCurvePrivateKey | None = None, **changes: Any) -> MessageDossier:  # noqa: ANN401
    """Return a message that somebody made up and sealed."""
    entries = chain(SMS, [Fact(EventKind.DELIVERED, {"forged": "yes"})])
    head = Head(SMS, 1, entries[0].recorded_hash)
    made = seal(FIRST_SEAL, [head], SEALED_AT, previous="0" * 64, key=key)
    made = replace(made, **{name: change(made) for name, change in changes.items()})
    return MessageDossier(record(SMS, Channel.SMS), entries, [inclusion(made, [head], SMS)])


def test_a_seal_by_another_key_is_found_when_the_key_is_known() -> None:
    data = packed([_forged(ec.generate_private_key(ec.SECP256R1()))])
    assert failures(data) == {CheckCode.KEY}
    assert judged(data, NOBODY_KNOWN).conclusion is Conclusion.CONSISTENT


def test_a_stamp_by_another_authority_is_found_when_the_authority_is_known() -> None:
    stranger = make(START)
    forged = _forged(timestamp=lambda s: stamp(s.signature, SEALED_AT, stranger))
    data = packed([forged], certificates={**certificates(), "tsa": stranger.ca_pem})
    assert failures(data) == {CheckCode.STAMP}
    assert judged(data, NOBODY_KNOWN).conclusion is Conclusion.CONSISTENT


def test_a_stamp_over_something_else_is_found() -> None:
    for other in (b"\0", b"other"):
        data = packed([_forged(timestamp=lambda _, other=other: stamp(other, SEALED_AT))])
        assert failures(data) == {CheckCode.STAMP}


def test_a_key_of_another_kind_is_no_key() -> None:
    p384 = public_pem(ec.generate_private_key(ec.SECP384R1()))
    for pem in (p384, "", "no PEM", authority().ca_pem):
        data = packed([_forged(public_key_pem=lambda _, pem=pem: pem)])
        assert failures(data) == {CheckCode.SIGNATURE, CheckCode.KEY}


def test_an_anchor_that_is_none_is_never_taken_for_the_key() -> None:
    assert failures(packed(), Anchors("no PEM", authority().ca_pem)) == {CheckCode.KEY}
    assert failures(packed(), Anchors(public_pem(seal_key()), "no PEM")) == {CheckCode.STAMP}
    assert failures(packed(), Anchors(public_pem(seal_key()), "")) == {CheckCode.STAMP}


def test_a_fact_from_after_the_stamp_is_found() -> None:
    entries = chain(SMS, [Fact(EventKind.DELIVERED, {})])
    head = Head(SMS, 1, entries[0].recorded_hash)
    for early, expected in (
        (timedelta(minutes=2), set[CheckCode]()),
        (timedelta(minutes=7), {CheckCode.TIMES}),
    ):
        at = entries[0].entry.observed_at - early
        made = seal(FIRST_SEAL, [head], at, previous="0" * 64)
        dossier = MessageDossier(record(SMS, Channel.SMS), entries, [inclusion(made, [head], SMS)])
        assert failures(packed([dossier])) == expected


def test_a_statement_from_after_its_stamp_is_found() -> None:
    entries = chain(SMS, [Fact(EventKind.DELIVERED, {})])
    head = Head(SMS, 1, entries[0].recorded_hash)
    made = seal(
        FIRST_SEAL,
        [head],
        SEALED_AT,
        previous="0" * 64,
        stamped_at=SEALED_AT - timedelta(minutes=6),
    )
    dossier = MessageDossier(record(SMS, Channel.SMS), entries, [inclusion(made, [head], SMS)])
    assert failures(packed([dossier])) == {CheckCode.STAMP}


# Any byte ---------------------------------------------------------------------------------------

CLAIMED = ("report", "issued_at", "creditor.name", "creditor.document")
"""What only the manifest says and nothing proves: the verdict says that, and the PDF proves it."""

UNPROVEN_FILES = frozenset({"COMO-VERIFICAR.txt", "certificates/tsa.pem"})
"""Help for readers, and what is never trusted because it came with the file."""

ENVELOPE_CERTIFICATE = f"certificates/sns-{sns_sha256()}.pem"
"""When it is not the one that the fact names, the envelope's signature is said to be unchecked."""


def _flipped(content: bytes, at: int, bit: int) -> bytes:
    return content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :]


def _is_valid(data: bytes) -> bool:
    try:
        return judged(data).valid
    except InvalidInput:
        return False


flips = st.tuples(st.sampled_from(sorted(FILES)), st.integers(0, 10**9), st.integers(0, 7))


@settings(max_examples=400, deadline=None)
@given(flips)
def test_no_flipped_bit_of_any_file_goes_unnoticed(flip: tuple[str, int, int]) -> None:
    path, at, bit = flip
    changed = {**FILES, path: _flipped(FILES[path], at % len(FILES[path]), bit)}
    if not _is_valid(zipped(changed)):
        return
    assert path == MANIFEST
    assert _without_claims(changed) == _without_claims(FILES)


def _without_claims(files: Mapping[str, bytes]) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(files[MANIFEST])
    for name in CLAIMED:
        parent, _, field = name.rpartition(".")
        (manifest[parent] if parent else manifest).pop(field)
    return manifest


@settings(max_examples=400, deadline=None)
@given(flips)
def test_no_flipped_bit_that_is_listed_anew_goes_unnoticed(flip: tuple[str, int, int]) -> None:
    """Nobody signs the manifest: a forger lists the changed file with the hash it has now."""
    path, at, bit = flip
    if path == MANIFEST or path in UNPROVEN_FILES:
        return
    content = _flipped(FILES[path], at % len(FILES[path]), bit)
    data = zipped(listing({**FILES, path: content}))
    if not _is_valid(data):
        return
    if path == ENVELOPE_CERTIFICATE:
        assert Outcome.OK not in outcomes(data, CheckCode.ENVELOPES) or _same_der(path, content)
    elif path.endswith("public_key.pem"):
        assert _same_der(path, content)
    else:
        assert path.endswith("timestamp.tsr")
        assert judged(data).stamped_at == judged(packed()).stamped_at


def _same_der(path: str, content: bytes) -> bool:
    """Say whether two PEM files hold the same certificate or key: spelling is of no meaning."""
    lines = (FILES[path].split(b"-----")[2], content.split(b"-----")[2])
    first, second = (b"".join(text.split()).rstrip(b"=") for text in lines)
    return first[:-1] == second[:-1]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 7))
def test_no_flipped_bit_of_the_zip_itself_shows_other_content(at: int, bit: int) -> None:
    """A zip has padding of its own (dates, attributes): content that passes is the content."""
    data = packed()
    changed = _flipped(data, at % len(data), bit)
    if _is_valid(changed):
        files = unpacked(changed)
        rest = {path: content for path, content in files.items() if path != MANIFEST}
        assert rest == {path: content for path, content in FILES.items() if path != MANIFEST}
        assert _without_claims(files) == _without_claims(FILES)
        assert read_bundle(changed).repacked or files[MANIFEST] != FILES[MANIFEST]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(sorted(set(FILES) - UNPROVEN_FILES)))
def test_no_other_content_of_a_file_goes_unnoticed(content: bytes, path: str) -> None:
    if path in {MANIFEST, ENVELOPE_CERTIFICATE}:
        return
    assert not _is_valid(zipped(listing({**FILES, path: content})))


def test_a_hash_of_the_manifest_is_what_is_compared() -> None:
    path = "COMO-VERIFICAR.txt"
    changed = {**FILES, path: FILES[path] + b"x"}
    (check,) = judged(zipped(changed)).of(Outcome.FAILED)
    assert (check.code, check.subject) == (CheckCode.FILES, path)
    manifest = json.loads(FILES[MANIFEST])
    manifest["files"][path] = hashlib.sha256(changed[path]).hexdigest()
    assert judged(zipped({**changed, MANIFEST: canonical(manifest)})).valid
