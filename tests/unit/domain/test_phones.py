import json
import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from regua.domain.errors import InvalidInput
from regua.domain.phones import (
    MAX_TEXT,
    RULES,
    Phone,
    PhoneKind,
    parse_phone,
    same_whatsapp,
    whatsapp_key,
)
from regua.domain.time_zones import UF_OF_DDD
from tests.shared_data import shared_data_path

KIND_OF_TYPE = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED,
    PhoneNumberType.TOLL_FREE: PhoneKind.TOLL_FREE,
    PhoneNumberType.SHARED_COST: PhoneKind.SHARED_COST,
}
ddds = st.sampled_from(sorted(UF_OF_DDD))
mobiles = st.builds("{}9{:08d}".format, ddds, st.integers(0, 99_999_999))
fixed = st.builds("{}{}{:07d}".format, ddds, st.integers(2, 5), st.integers(0, 9_999_999))
nationals = st.one_of(mobiles, fixed)
SPELLINGS = (
    "{n}",
    "+55{n}",
    "55{n}",
    "0{n}",
    "015{n}",
    "+55 ({d}) {a}-{b}",
    "({d}) {a}-{b}",
    "(0{d}) {a}.{b}",
    "0 15 {d} {a}-{b}",
    "0 21 ({d}) {a} {b}",
    "(+55) {d} {a} {b}",
    "  {d}.{a}.{b}  ",
    "+55 0{d} {a}-{b}",
)


def reason(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        parse_phone(text, path="phones[2]")
    ((path, said),) = caught.value.problems
    assert path == "phones[2]"
    return said


def oracle(text: str) -> Phone | None:
    """What libphonenumber makes of a number, in our words; None when it holds it invalid."""
    try:
        number = phonenumbers.parse(text, "BR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.country_code != 55:
        return Phone(e164, PhoneKind.FOREIGN)
    kind = KIND_OF_TYPE[phonenumbers.number_type(number)]
    has_area = kind in {PhoneKind.MOBILE, PhoneKind.FIXED}
    return Phone(e164, kind, e164[3:5] if has_area else None)


def ours(text: str) -> Phone | None:
    try:
        return parse_phone(text)
    except InvalidInput:
        return None


@pytest.mark.shared_data
def test_the_reference_numbers_agree_one_by_one() -> None:
    rows = json.loads(shared_data_path("phones_br.json").read_text())["vectors"]
    assert len(rows) == 22
    for row in rows:
        read = ours(row["input"])
        assert (read is not None) is row["valid"], row
        if read:
            expected = (row["e164"], row["type"].removesuffix("_LINE").lower())
            assert (read.e164, read.kind.value) == expected, row
        assert read == oracle(row["input"]), row


@given(nationals, st.sampled_from(SPELLINGS))
def test_every_spelling_of_a_number_is_the_same_number(national: str, spelling: str) -> None:
    text = spelling.format(n=national, d=national[:2], a=national[2:-4], b=national[-4:])
    kind = PhoneKind.MOBILE if len(national) == 11 else PhoneKind.FIXED
    assert parse_phone(text) == Phone(f"+55{national}", kind, national[:2])


@given(nationals, st.sampled_from(("{n}", "+55{n}", "0{n}", "015{n}")))
def test_valid_numbers_agree_with_an_independent_library(national: str, spelling: str) -> None:
    text = spelling.format(n=national)
    assert parse_phone(text) == oracle(text)


@given(st.from_regex(r"[1-9][0-9]{9,10}", fullmatch=True))
@settings(max_examples=400)
def test_ten_or_eleven_digits_are_judged_as_an_independent_library_does(national: str) -> None:
    """But for the numbers of `test_where_we_differ`, none of which is drawn by chance in vain."""
    if re.fullmatch(r"\d\d7\d{7}|304\d{7}|[59]00\d{7}", national):
        return
    assert ours(national) == oracle(national)


@pytest.mark.parametrize(
    ("text", "we_read", "they_read", "why"),
    [
        ("1171234567", None, PhoneKind.MOBILE, "trunked radio (7…), switched off in 2018"),
        ("90 11 98765-4321", None, PhoneKind.MOBILE, "a collect call is no number"),
        ("11 98765-4321 ext. 5", None, PhoneKind.MOBILE, "an extension is dropped by them"),
        ("0304 123 4567", PhoneKind.SHARED_COST, None, "not in their metadata yet"),
        ("0 17 11 98765-4321", PhoneKind.MOBILE, None, "a carrier that is not in their list"),
        ("+55 (11) 98765-432\uff11", None, PhoneKind.MOBILE, "digits of other scripts"),
    ],
)
def test_where_we_differ(
    text: str, we_read: PhoneKind | None, they_read: PhoneKind | None, why: str
) -> None:
    read, theirs = ours(text), oracle(text)
    assert (read and read.kind) == we_read, why
    assert (theirs and theirs.kind) == they_read, why


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0800 123 4567", PhoneKind.TOLL_FREE),
        ("0800 123456", PhoneKind.TOLL_FREE),
        ("4004-1234", PhoneKind.SHARED_COST),
        ("4020-1234", PhoneKind.SHARED_COST),
        ("3003-1234", PhoneKind.SHARED_COST),
        ("0300 123 4567", PhoneKind.SHARED_COST),
        ("0303 123 4567", PhoneKind.SHARED_COST),
        ("+55 0800 123 4567", PhoneKind.TOLL_FREE),
        ("(67) 3321-1234", PhoneKind.FIXED),
    ],
)
def test_lines_that_no_message_can_reach_are_recognised(text: str, kind: PhoneKind) -> None:
    read = parse_phone(text)
    assert read.kind is kind
    assert not read.takes_messages
    assert parse_phone(read.e164) == read


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("+351 912 345 678", "+351912345678"),
        ("+1 (212) 555-0100", "+12125550100"),
        ("+12345678", "+12345678"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_foreign_numbers_are_taken_as_they_are(text: str, e164: str) -> None:
    read = parse_phone(text)
    assert read == Phone(e164, PhoneKind.FOREIGN)
    assert read.takes_messages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no digits"),
        ("   ", "has no digits"),
        ("+", "has no digits"),
        ("190", "short code"),
        ("10315", "short code"),
        ("98765-4321", "no area code (DDD)"),
        ("3456-7890", "no area code (DDD)"),
        ("11 8765-4321", "without its ninth digit"),
        ("11 6765-4321", "without its ninth digit"),
        ("11 0987-6543", "begins with 0 or 1"),
        ("11 1987-6543", "begins with 0 or 1"),
        ("11 88765-4321", "begin with 9"),
        ("20 98765-4321", "no area code 20"),
        ("+55 23 98765-4321", "no area code 23"),
        ("119876543210", "10 or 11 digits with its area code, not 12"),
        ("+5511987654321000", "10 or 11 digits with its area code, not 14"),
        ("00000000000", "international call"),
        ("0055 11 98765-4321", "international call"),
        ("0900 123 456", "premium-rate"),
        ("0500 123 4567", "premium-rate"),
        ("+1234567", "8 to 15 digits, not 7"),
        ("+1234567890123456", "8 to 15 digits, not 16"),
        ("+0123456789", "no country code begins with 0"),
        ("11 98765-4321 ramal 12", "letters or an extension"),
        ("11 98765-4321x12", "letters or an extension"),
        ("11 98765-4321#12", "letters or an extension"),
        ("11 98765-4321,12", "letters or an extension"),
        ("(0xx11) 3456-7890", "letters or an extension"),
        ("tel:+5511987654321", "letters or an extension"),
        ("\uff11\uff1198765-4321", "other than plain digits"),
        ("11\u00a098765-4321", "other than plain digits"),
        ("11 98765\u20114321", "other than plain digits"),
        ("11 9876\u0665-4321", "other than plain digits"),
        ("(11 98765-4321", "not written as one"),
        ("11) 98765-4321", "not written as one"),
        ("((11)) 98765-4321", "not written as one"),
        ("11+98765-4321", "not written as one"),
        ("++5511987654321", "not written as one"),
        ("1198765432.0", "ends in .0"),
        ("11987654321.0 ", "ends in .0"),
        ("1.1987654321E10", "letters or an extension"),
        ("11/98765-4321", "not written as one"),
        ("11 98765-4321\n11 98765-4322", "not written as one"),
        ("1" * (MAX_TEXT + 1), f"longer than {MAX_TEXT}"),
        ("9" * 100_000, f"longer than {MAX_TEXT}"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(text: str, said: str) -> None:
    assert said in reason(text)


@given(st.text(max_size=MAX_TEXT + 5))
@settings(max_examples=300)
def test_any_text_is_read_or_refused_and_the_reason_keeps_it_secret(text: str) -> None:
    _check_read_or_refused(text)


@given(nationals, st.integers(0, 13), st.text("0123456789+()-. xX#,;\n\u0665", max_size=4))
@settings(max_examples=300)
def test_any_change_to_a_number_gives_a_number_or_a_refusal(
    national: str, place: int, put: str
) -> None:
    _check_read_or_refused(national[:place] + put + national[place:])


def _check_read_or_refused(text: str) -> None:
    try:
        read = parse_phone(text)
    except InvalidInput as exc:
        ((path, said),) = exc.problems
        assert path == "phone"
        assert not re.search(r"\d{3}", said), "three digits in a row could be part of the number"
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{7,14}", read.e164)
        assert parse_phone(read.e164) == read


@pytest.mark.parametrize(
    ("one", "other", "is_same", "why"),
    [
        ("553187654321", "+5531987654321", True, "an id of before the ninth digit"),
        ("+5531987654321", "5531987654321", True, "the plus says nothing"),
        ("552164180266", "+5521964180266", True, "seen in 21 too, where a rule by DDD says no"),
        ("551141234567", "+5511941234567", False, "a fixed line and a mobile of other people"),
        ("553187654321", "+5532987654321", False, "another area"),
        ("5531987654321", "5531987654322", False, "another number"),
        ("351912345678", "+351912345678", True, "abroad there is no ninth digit"),
        ("5492187654321", "549287654321", False, "the nine of another country"),
        ("", "", False, "nothing is nobody's number"),
        ("abc", "abc", False, "no number"),
        ("+55 31 98765-4321", "5531987654321", False, "ids have no separators"),
        ("\uff15531987654321", "5531987654321", False, "digits of other scripts"),
    ],
)
def test_whatsapp_ids_match_with_and_without_the_ninth_digit(
    one: str,
    other: str,
    is_same: bool,  # noqa: FBT001 - a column of the table
    why: str,
) -> None:
    assert same_whatsapp(one, other) is is_same, why
    assert same_whatsapp(other, one) is is_same, why


@given(st.sampled_from(sorted(UF_OF_DDD)), st.sampled_from("6789"), st.integers(0, 9_999_999))
def test_both_forms_of_a_mobile_share_one_key(ddd: str, first: str, rest: int) -> None:
    short = f"55{ddd}{first}{rest:07d}"
    assert whatsapp_key(short) == whatsapp_key(f"+55{ddd}9{first}{rest:07d}") == short


@given(nationals, nationals)
def test_two_valid_numbers_are_one_account_only_when_they_are_equal(one: str, other: str) -> None:
    assert same_whatsapp(f"+55{one}", f"+55{other}") is (one == other)


@given(st.text(max_size=20))
def test_any_text_has_a_whatsapp_key_or_none(text: str) -> None:
    key = whatsapp_key(text)
    assert key is None or key.isdigit()


def test_rules_are_named_once() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("phone.") for code in codes)
