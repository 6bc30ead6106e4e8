import io
import json
import string
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
import segno
import zxingcpp
from brcode import dynamic as starkbank_dynamic  # type: ignore[import-untyped]
from brcode import static as starkbank_static
from brcode.utils.brcodeId import jsonFromBrcode  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from regua.domain.errors import InvalidInput, Problem
from regua.domain.money import Money
from regua.domain.pix import tlv
from regua.domain.pix.br_code import (
    GUI,
    MAX_CODE,
    MAX_LOCATION,
    NO_TXID,
    RULES,
    BrCode,
    decode,
    encode,
)
from regua.domain.pix.folding import fold
from tests.shared_data import shared_data_path
from tests.unit.domain.pix.strategies import (
    ASCII,
    amounts,
    cities,
    codes,
    keys,
    locations,
    names,
    txids,
)

EVP = "123e4567-e12b-12d1-a456-426655440000"
PLAIN = BrCode(name="Fulano de Tal", city="BRASILIA", key=EVP)
OFFICIAL_STATIC = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
    "5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)
OFFICIAL_DYNAMIC = (
    "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4"
)
OFFICIAL_COMPOSITE = (
    "00020101021226760014br.gov.bcb.pix2554pix.example.com/qr/v2/8b3da2f39a4140d1a91abd93113bd441"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***80800014br.gov.bcb.pix2558"
    "pix.example.com/qr/v2/rec/94ed2badcbc04c15b0bb7fa35319489063047741"
)
FULL = BrCode(
    name="Companhia de Aguas & Cia",
    city="S. J. dos Campo",
    key="cobranca@example.com.br",
    description="Fatura 11/2026",
    amount=Money(14990),
    txid="RP1234567892019",
    postal_code="70074900",
    recurrence="pix.example.com/rec/94ed2badcbc04c15b0bb7fa353194890",
)


def sealed(body: str) -> str:
    """Close a hand-made code with the checksum it deserves."""
    return body + "6304" + tlv.crc(body + "6304")


def remade(old: str, new: str, text: str = OFFICIAL_STATIC) -> str:
    """Change a code and close it again, so that only the change itself can be refused."""
    assert old in text
    return sealed(text[:-8].replace(old, new))


def refusal(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        decode(text)
    (problem,) = caught.value.problems
    assert problem.path.startswith("position ")
    return f"{problem.path}: {problem.reason}"


# The checksum


def test_the_checksum_is_the_published_one() -> None:
    """Check value of CRC-16/CCITT-FALSE; a table-free second implementation says the same."""
    assert tlv.crc("123456789") == "29B1"
    for text in ("", "A", "BRASÍLIA", OFFICIAL_STATIC):
        register = 0xFFFF
        for byte in text.encode():
            register ^= byte << 8
            for _ in range(8):
                register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
            register &= 0xFFFF
        assert tlv.crc(text) == f"{register:04X}"


def test_a_checksum_keeps_its_leading_zeros() -> None:
    texts = [encode(replace(PLAIN, txid=f"T{n}")) for n in range(100)]
    assert any(text[-4] == "0" for text in texts)
    assert all(text[-8:-4] == "6304" for text in texts)


# Writing


@pytest.mark.parametrize(
    ("code", "official"),
    [
        (PLAIN, OFFICIAL_STATIC),
        (
            BrCode(
                name="Fulano de Tal",
                city="BRASILIA",
                location="pix.example.com/8b3da2f39a4140d1a91abd93113bd441",
                single_use=True,
            ),
            OFFICIAL_DYNAMIC,
        ),
        (
            BrCode(
                name="Fulano de Tal",
                city="BRASILIA",
                location="pix.example.com/qr/v2/8b3da2f39a4140d1a91abd93113bd441",
                recurrence="pix.example.com/qr/v2/rec/94ed2badcbc04c15b0bb7fa353194890",
                single_use=True,
            ),
            OFFICIAL_COMPOSITE,
        ),
    ],
)
def test_the_central_banks_examples_come_out_byte_for_byte(code: BrCode, official: str) -> None:
    assert encode(code) == official
    assert decode(official) == code


@given(keys, names, cities, st.none() | amounts, txids)
def test_static_codes_are_those_of_an_independent_library(
    key: str, name: str, city: str, amount: Money | None, txid: str
) -> None:
    theirs = starkbank_static.fromJson(
        {
            "key": key,
            "name": name,
            "city": city,
            "txid": txid,
            "amount": amount.centavos if amount else 0,
        }
    )
    assert encode(BrCode(key=key, name=name, city=city, amount=amount, txid=txid)) == theirs


@given(locations, names, cities, txids)
def test_dynamic_codes_are_those_of_an_independent_library(
    location: str, name: str, city: str, txid: str
) -> None:
    theirs = starkbank_dynamic.fromJson({"url": location, "name": name, "city": city, "txid": txid})
    ours = BrCode(location=location, name=name, city=city, txid=txid, single_use=True)
    assert encode(ours) == theirs


@given(codes)
def test_what_is_written_is_read_back_as_it_was(code: BrCode) -> None:
    text = encode(code)
    assert decode(text) == code
    assert decode(text).deviations == ()
    assert text.isascii()
    assert len(text) <= MAX_CODE


@given(codes)
def test_an_independent_library_reads_the_same_fields(code: BrCode) -> None:
    fields = jsonFromBrcode(encode(code))
    account = fields["26"]
    assert account["00"] == GUI
    assert (account.get("01"), account.get("25")) == (code.key, code.location)
    assert (fields["59"], fields["60"], fields["62"]["05"]) == (code.name, code.city, code.txid)
    assert ("54" in fields) is (code.amount is not None)
    if code.amount is not None:
        assert Money.parse(fields["54"]) == code.amount
    assert fields.get("80", {}).get("25") == code.recurrence


@pytest.mark.parametrize("code", [PLAIN, FULL, decode(OFFICIAL_COMPOSITE)])
def test_a_reader_of_qr_codes_sees_the_same_text(code: BrCode) -> None:
    text = encode(code)
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=3, border=4)
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    assert found.text == text
    assert decode(found.text) == code


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("São José", "Sao Jose"),
        ("Sa\u0303o Jose\u0301", "Sao Jose"),
        ("AÇÃO Nº 1ª", "ACAO No 1a"),
        ("Loja d\u2019\u00c1gua \u2014 \u201cNova\u201d", 'Loja d\'Agua - "Nova"'),
        ("Sem\u00a0espa\u00e7o duro", "Sem espaco duro"),
        ("ﬁlial…", "filial..."),
        ("  aparado  ", "aparado"),
    ],
)
def test_accents_and_typography_fold_to_ascii(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("text", "position", "why"),
    [
        ("Curso 🎓", 7, "an emoji"),
        ("Straße", 5, "a letter without decomposition"),
        ("a\tb", 2, "a tabulator"),
        ("a\nb", 2, "a line break"),
        ("株式会社", 1, "another script"),
        ("a\u200bb", 2, "an invisible character"),
        ("a\ud800", 2, "half a surrogate pair"),
        ("½", 1, "its decomposition is not ASCII either"),
        ("x" * 513, 513, "longer than any code"),
    ],
)
def test_what_has_no_ascii_form_is_refused_where_it_stands(
    text: str, position: int, why: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        fold(text)
    assert caught.value.problems[0].path == f"position {position}", why


@given(st.text(max_size=60), st.integers(1, 30))
def test_folding_ends_in_short_printable_ascii_or_a_refusal(text: str, limit: int) -> None:
    try:
        folded = fold(text, limit)
    except InvalidInput:
        return
    assert folded.isascii()
    assert folded.isprintable() or not folded
    assert len(folded) <= limit
    assert fold(folded, limit) == folded


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "N" * 26}, "name"),
        ({"name": "Curso 🎓"}, "name"),
        ({"city": "C" * 16}, "city"),
        ({"city": "京都"}, "city"),
        ({"key": "61912345678"}, "key"),
        ({"key": None}, "key"),
        ({"location": "pix.example.com/1"}, "key"),
        ({"key": None, "location": "https://pix.example.com/1"}, "location"),
        ({"key": None, "location": "pix.example.com"}, "location"),
        ({"key": None, "location": "pix.example.com/" + "a" * 62}, "location"),
        ({"recurrence": "https://pix.example.com/1"}, "recurrence"),
        ({"description": "d" * 38}, "description"),
        ({"description": "🎓"}, "description"),
        ({"amount": Money(0)}, "amount"),
        ({"amount": Money(-1)}, "amount"),
        ({"amount": Money(10**12)}, "amount"),
        ({"txid": ""}, "txid"),
        ({"txid": "A" * 26}, "txid"),
        ({"txid": "RP-1"}, "txid"),
        ({"txid": "\uff11"}, "txid"),
        ({"txid": "**"}, "txid"),
        ({"postal_code": "70074-900"}, "postal_code"),
        ({"category": "12"}, "category"),
        ({"others": (("27", "x"),)}, "others"),
    ],
)
def test_a_limit_passed_is_refused_by_its_attribute(change: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        encode(replace(PLAIN, **change))
    assert [problem.path for problem in caught.value.problems] == [path]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "N" * 25, "city": "C" * 15},
        {"description": "d" * 37},
        {"key": f"{'k' * 65}@example.com"},
        {"key": None, "location": "pix.example.com/" + "a" * (MAX_LOCATION - 16)},
        {"amount": Money(999_999_999_999), "txid": "A" * 25},
    ],
)
def test_every_limit_itself_is_allowed(change: dict[str, Any]) -> None:
    """Among them the template of exactly 99 characters, where a third digit would break TLV."""
    code = replace(PLAIN, **change)
    assert decode(encode(code)) == code


def test_the_longest_code_of_ours_is_far_from_the_limit() -> None:
    place = "pix.example.com/" + "a" * (MAX_LOCATION - 16)
    longest = BrCode(
        name="N" * 25,
        city="C" * 15,
        location=place,
        recurrence=place,
        amount=Money(999_999_999_999),
        txid="A" * 25,
        single_use=True,
        postal_code="0" * 8,
    )
    assert len(encode(longest)) == 357


def test_every_problem_of_a_code_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        encode(replace(PLAIN, name="N" * 26, city="", txid="-", amount=Money(0)))
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["name", "city", "txid", "amount"]


def test_where_the_money_goes_and_to_whom_stays_out_of_the_representation() -> None:
    assert "example.com.br" not in repr(FULL)
    assert FULL.name not in repr(FULL)


def test_a_code_cannot_be_changed_and_its_deviations_do_not_make_it_another() -> None:
    with pytest.raises(FrozenInstanceError):
        PLAIN.city = "NATAL"  # type: ignore[misc]
    assert replace(PLAIN, deviations=(Problem("position 1", "odd"),)) == PLAIN


# Reading


@pytest.mark.shared_data
def test_every_valid_string_of_the_reference_is_read_and_one_is_too_long() -> None:
    rows = _reference()["valid"]
    too_long = [row["brcode"] for row in rows if len(row["brcode"]) > MAX_CODE]
    for row in rows:
        if row["brcode"] in too_long:
            assert refusal(row["brcode"]).startswith("position 513")
            continue
        code = decode(row["brcode"])
        if "mai" not in row:
            assert row["brcode"] == OFFICIAL_DYNAMIC
            continue
        account = row["mai"]
        assert (code.key, code.location) == (account.get("01"), account.get("25")), row
        assert code.recurrence == row.get("rec_url"), row
        assert code.txid == row["txid"], row
        tags = row["tags"]
        assert (code.name, code.city, code.category) == (tags["59"], tags["60"], tags["52"]), row
        assert (code.amount is None) is (row["amount"] is None), row
    # A made-up sample with every tag and two templates of filler, one character past the 512 of
    # pixCopiaECola in API Pix; starkbank's reader refuses it too.
    assert [len(text) for text in too_long] == [MAX_CODE + 1]
    with pytest.raises(ValueError, match="more than 512"):
        jsonFromBrcode(too_long[0])


@pytest.mark.shared_data
def test_the_dialects_of_the_reference_are_named() -> None:
    """What the strings accepted as valid do that some payers' apps refuse."""
    reasons: dict[str, int] = {}
    for row in _reference()["valid"]:
        if len(row["brcode"]) > MAX_CODE:
            continue
        code = decode(row["brcode"])
        for deviation in code.deviations:
            reasons[deviation.reason] = reasons.get(deviation.reason, 0) + 1
        if not code.deviations and not code.others:
            assert encode(code).lower() == row["brcode"].lower()
    assert reasons == {
        "a character outside ASCII": 2,  # BRASÍLIA, Brasília: CRC over UTF-8, lengths in characters
        "not a Pix key in canonical spelling": 2,  # 11111111111, nobody's CPF
        "not an amount above zero with two decimal places": 2,  # 100, 10.
        "not a postal code of eight digits": 1,  # nine of them
        "not host/path without a scheme": 2,  # https:// written out
    }


@pytest.mark.shared_data
def test_the_softly_invalid_strings_of_the_reference() -> None:
    """Accents in free text are read and listed; an emoji in a txid is no txid."""
    accent, another, emoji = _reference()["soft_invalid"]
    for text in (accent, another):
        (deviation,) = decode(text).deviations
        assert deviation.reason == "a character outside ASCII"
    assert "txid" in refusal(emoji)


@pytest.mark.shared_data
def test_every_invalid_string_of_the_reference_is_refused_where_it_breaks() -> None:
    rows = _reference()["invalid"]
    assert len(rows) == 46
    for row in rows:
        reason = refusal(row["brcode"])
        assert "last nibble" not in row["reason"] or "checksum" in reason, row


def _reference() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared_data_path("brcode.json").read_text())
    return found


@pytest.mark.parametrize("text", [OFFICIAL_STATIC, OFFICIAL_DYNAMIC, encode(FULL)])
def test_one_wrong_character_is_always_seen(text: str) -> None:
    """Exhaustive over ASCII: a checksum of 16 bits sees every burst of up to 16."""
    for at, right in enumerate(text):
        for wrong in ASCII:
            if wrong != right:
                with pytest.raises(InvalidInput):
                    decode(text[:at] + wrong + text[at + 1 :])


def test_two_neighbours_exchanged_are_always_seen() -> None:
    text = encode(FULL)
    for at in range(len(text) - 1):
        swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if swapped != text:
            with pytest.raises(InvalidInput):
                decode(swapped)


def test_a_lost_or_doubled_character_is_always_seen() -> None:
    for text in (OFFICIAL_STATIC, encode(FULL)):
        for at in range(len(text)):
            for changed in (text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]):
                with pytest.raises(InvalidInput):
                    decode(changed)


def test_a_truncated_code_is_always_seen() -> None:
    text = encode(FULL)
    for length in range(len(text)):
        with pytest.raises(InvalidInput):
            decode(text[:length])


def test_where_the_checksum_is_blind_the_deviation_speaks() -> None:
    """A character outside ASCII has more bytes than the one it replaces: a longer burst.

    One in 65,536 slips through. It can only stand in free text, and our codes have none there.
    """
    start = OFFICIAL_STATIC.index("Fulano")
    prefix, suffix = OFFICIAL_STATIC[:start], OFFICIAL_STATIC[start + 1 : -4]
    blind = (
        prefix + wrong + suffix + "1D3D"
        for wrong in map(chr, range(0x4E00, 0xD7A4))
        if tlv.crc(prefix + wrong + suffix) == "1D3D"
    )
    text = next(blind)
    assert decode(text).name != "Fulano de Tal"
    assert [d.path for d in decode(text).deviations] == [f"position {start + 1}"]


WIDE = str.maketrans("0123456789", "".join(map(chr, range(0xFF10, 0xFF1A))))
"""ASCII digits to the full-width ones that ``str.isdigit`` takes for digits."""
END = len(OFFICIAL_STATIC)


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 1, "begins with tag 00"),
        ("0", 1, "a tag and a length"),
        ("hello", 1, "a tag and a length"),
        ("0002", 1, "longer than what is left"),
        ("00020", 1, "longer than what is left"),
        ("0000", 1, "empty"),
        ("000201", 3, "ends with 6304"),
        ("0002016304", 7, "longer than what is left"),
        ("x" * 513, 513, "longer than 512"),
        ("x" * 1_000_000, 513, "longer than 512"),
        ("000201".translate(WIDE), 1, "a tag and a length"),
        ("\ud800", 1, "control character"),
        ("00020\u200b1", 6, "control character"),
        (OFFICIAL_STATIC + "\n", END + 1, "control character"),
        (OFFICIAL_STATIC + " ", END + 1, "a tag and a length"),
        (" " + OFFICIAL_STATIC, 1, "a tag and a length"),
        (OFFICIAL_STATIC[:-4] + "1d3d", END - 3, "checksum"),
        (OFFICIAL_STATIC[:-4] + "0000", END - 3, "checksum"),
        (OFFICIAL_STATIC + "6404abcd", END + 5, "ends with 6304"),
        (OFFICIAL_STATIC + OFFICIAL_STATIC, END + 1, "tag 00 comes twice"),
        (sealed(OFFICIAL_STATIC[6:-8]), 1, "begins with tag 00"),
    ],
)
def test_a_broken_frame_is_refused_at_its_position(text: str, position: int, reason: str) -> None:
    said = refusal(text)
    assert said.startswith(f"position {position}:"), said
    assert reason in said


ACCOUNT = f"26580014{GUI}0136{EVP}"


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        ("000201", "000299", "99", "the version 01"),
        ("000201", "000201010213", "13", "11 or 12"),
        ("52040000", "", "", "a category of four digits"),
        ("52040000", "520400A0", "00A0", "a category of four digits"),
        ("5303986", "5303840", "840", "the currency 986"),
        ("5802BR", "5802AR", "AR", "the country BR"),
        ("5802BR", "", "", "the country BR"),
        ("5913Fulano de Tal", "", "", "a name of at most 25"),
        ("5913Fulano de Tal", f"5926{'N' * 26}", "NNN", "a name of at most 25"),
        ("6008BRASILIA", "", "", "a city of at most 15"),
        ("6008BRASILIA", f"6016{'C' * 16}", "CCC", "a city of at most 15"),
        ("62070503***", "", "", "a txid"),
        ("62070503***", "62080104abcd", "", "a txid"),
        ("62070503***", "62120508RP-12345", "RP-", "a txid"),
        ("62070503***", "62080504" + "1234".translate(WIDE), "\uff11", "a txid"),
        ("62070503***", "62070505***", "0505***", "longer than what is left"),
        ("62070503***", "62070 03***", "0 03***", "a tag and a length"),
        ("62070503***", "62110503***0500", "0500", "empty"),
        ("62070503***", "62140503***0503***", "0503***63", "comes twice"),
        ("5802BR", "54051,2,35802BR", "1,2,3", "an amount"),
        ("5802BR", "54051.2e15802BR", "1.2e1", "an amount"),
        ("5802BR", "5405-1.235802BR", "-1.23", "an amount"),
        ("5802BR", "54051.2345802BR", "1.234", "an amount"),
        ("5802BR", "541412345678901.235802BR", "12345678901.23", "an amount"),
        (GUI, "br.gov.bcb.pax", "", f"an account of {GUI}"),
        (ACCOUNT, f"80{ACCOUNT[2:]}", "", f"an account of {GUI}"),
        (ACCOUNT, f"26180014{GUI}", GUI, "neither key, nor location"),
        (ACCOUNT, f"26650014{GUI}0136{EVP}0205abc", "0205a", "longer than what is left"),
        (ACCOUNT, f"26790014{GUI}0136{EVP}2517pix.example.com/1", "pix.ex", "a key and a location"),
        (ACCOUNT, f"{ACCOUNT}27{ACCOUNT[2:]}", f"0014{GUI}0136{EVP}5204", "a second template"),
    ],
)
def test_broken_contents_are_refused_at_their_position(
    old: str, new: str, at: str, reason: str
) -> None:
    """``at`` begins where the problem is; empty for what is missing, noticed at the end."""
    text = remade(old, new)
    said = refusal(text)
    position = text.index(at) + 1 if at else len(text)
    assert said.startswith(f"position {position}:"), said
    assert reason in said


@pytest.mark.parametrize(
    ("written", "amount", "deviates"),
    [
        ("5.80", 580, False),
        ("0.01", 1, False),
        ("9999999999.99", 999_999_999_999, False),
        ("100", 10000, True),
        ("10.", 1000, True),
        ("0.9", 90, True),
        ("5,80", 580, True),
        ("0.00", None, True),
        ("0", None, True),
    ],
)
def test_the_amounts_met_in_the_wild(
    written: str,
    amount: int | None,
    deviates: bool,  # noqa: FBT001 - a column of the table
) -> None:
    code = decode(remade("5802BR", f"54{len(written):02d}{written}5802BR"))
    assert code.amount == (None if amount is None else Money(amount))
    assert bool(code.deviations) is deviates


def test_the_arrangements_identifier_is_read_in_any_case() -> None:
    assert decode(remade(GUI, GUI.upper())) == PLAIN


def test_tags_may_come_in_any_order_between_the_first_and_the_last() -> None:
    fields = tlv.read(OFFICIAL_STATIC[:-8])
    middle = list(fields.items())[1:]
    turned = [*list(fields.items())[:1], *reversed(middle)]
    body = "".join(f"{tag}{len(value):02d}{value}" for tag, (value, _) in turned)
    assert decode(sealed(body)) == PLAIN


def test_what_is_not_understood_is_kept() -> None:
    text = remade("52040000", "2713Outro arranjo52040000")
    text = sealed(text[:-8].replace("62070503***", "62150503***0104loja"))
    text = sealed(text[:-8] + "8507xyz1234")
    assert decode(text) == replace(
        PLAIN, others=(("27", "Outro arranjo"), ("62.01", "loja"), ("85", "xyz1234"))
    )


def test_the_account_may_stand_under_another_tag_beside_another_arrangements() -> None:
    text = remade("26580014", "26120008br.outro27580014")
    code = decode(text)
    assert code.key == EVP
    assert code.others == (("26", "0008br.outro"),)


def test_a_template_of_another_arrangement_need_not_be_well_formed() -> None:
    assert decode(remade("52040000", "2705abcde52040000")).others == (("27", "abcde"),)


@given(st.text(max_size=600))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        decode(text)


@settings(max_examples=300)
@given(codes, st.data())
def test_a_sealed_mutation_is_read_or_refused_but_no_accident(
    code: BrCode, data: st.DataObject
) -> None:
    """The checksum is made good again, so that the layers behind it are reached."""
    body = encode(code)[:-8]
    at = data.draw(st.integers(0, len(body)))
    until = data.draw(st.integers(at, min(len(body), at + 12)))
    inserted = data.draw(st.text(string.digits + "*.é", max_size=8) | st.text(max_size=4))
    try:
        text = sealed(body[:at] + inserted + body[until:])
    except UnicodeEncodeError:
        text = body[:at] + inserted + body[until:]
    try:
        read = decode(text)
    except InvalidInput as refused:
        for problem in refused.problems:
            position = int(problem.path.removeprefix("position "))
            assert 1 <= position <= len(text) + 1
    else:
        assert read.key or read.location or read.recurrence
        assert read.txid == NO_TXID or read.txid.isalnum()


def test_no_reason_repeats_what_the_code_says() -> None:
    for old, new in (("0136", "0199"), ("5913Fulano", "5999Fulano"), ("5802BR", "5802AR")):
        said = refusal(remade(old, new))
        assert EVP not in said
        assert "Fulano" not in said


def test_the_rules_state_the_limits_of_the_code() -> None:
    limits = next(rule.says for rule in RULES if rule.code == "pix.br_code.limits")
    for limit in ("512", "99", "25", "15", "77", "9999999999.99"):
        assert limit in limits
