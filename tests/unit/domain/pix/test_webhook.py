import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.money import ZERO, Money
from regua.domain.pix.amounts import reais
from regua.domain.pix.webhook import (
    MAX_BODY,
    MAX_NOTE,
    MAX_PROBLEMS,
    RULES,
    Components,
    ReceivedPix,
    Refund,
    RefundNature,
    RefundStatus,
    read_notification,
)
from tests.shared_data import shared_data_path
from tests.unit.domain.pix.openapi import complaints, components
from tests.unit.domain.pix.strategies import ALPHANUMERIC

E2EID = "E12345678202611201505abcdef12345"
OTHER = "E12345678202611201506abcdef12345"
NOON = datetime(2026, 11, 20, 15, 5, 0, 358000, tzinfo=UTC)
ABSENT = object()


def a_pix(**changes: object) -> dict[str, Any]:
    """One Pix as a PSP writes it; ABSENT takes a field away."""
    pix = {
        "endToEndId": E2EID,
        "txid": "c3e0e7a4e7f1469a9f782d3d4999343c",
        "valor": "110.00",
        "horario": "2026-11-20T15:05:00.358Z",
        **changes,
    }
    return {name: value for name, value in pix.items() if value is not ABSENT}


def a_refund(**changes: object) -> dict[str, Any]:
    refund = {
        "id": "123ABC",
        "rtrId": "D12345678202611201221abcdf098765",
        "valor": "10.00",
        "horario": {"solicitacao": "2026-11-20T15:15:00.358Z"},
        "status": "EM_PROCESSAMENTO",
        **changes,
    }
    return {name: value for name, value in refund.items() if value is not ABSENT}


def read(document: object) -> tuple[tuple[ReceivedPix, ...], dict[str, str]]:
    received, problems = read_notification(json.dumps(document))
    return received, dict(problems)


def the_pix(**changes: object) -> ReceivedPix:
    """Read one Pix that must be without problems."""
    (pix,), problems = read({"pix": [a_pix(**changes)]})
    assert problems == {}
    return pix


def the_doubtful(**changes: object) -> tuple[ReceivedPix, dict[str, str]]:
    (pix,), problems = read({"pix": [a_pix(**changes)]})
    return pix, problems


# The central bank's own examples


@pytest.mark.shared_data
def test_the_central_banks_notification_is_read_whole() -> None:
    """Its first example has ``devolucoes`` as an object, which its own schema refuses."""
    examples = components()["examples"]
    body = {"pix": [examples["pixWebhook1"]["value"], examples["pixWebhook2"]["value"]]}
    received, problems = read(body)
    assert problems == {}
    instant = datetime(2020, 9, 9, 20, 15, 0, 358000, tzinfo=UTC)
    assert received == (
        ReceivedPix(
            end_to_end_id="E12345678202009091221kkkkkkkkkkk",
            amount=Money(11000),
            received_at=instant,
            txid="c3e0e7a4e7f1469a9f782d3d4999343c",
            note="0123456789",
            refunds=(
                Refund(
                    id="123ABC",
                    amount=Money(1000),
                    status=RefundStatus.IN_PROGRESS,
                    return_id="D12345678202009091221abcdf098765",
                    requested_at=instant,
                ),
            ),
        ),
        ReceivedPix(
            end_to_end_id="E87654321202009091221dfghi123456",
            amount=Money(11000),
            received_at=instant,
            txid="971122d8f37211eaadc10242ac120002",
            note="0123456789",
        ),
    )
    assert complaints("Pix", body["pix"][0]) == ["$.devolucoes"]
    assert complaints("Pix", body["pix"][1]) == []


@pytest.mark.shared_data
def test_the_reference_notification_and_the_bare_list_of_one_bank() -> None:
    reference = json.loads(shared_data_path("pix_api_examples.json").read_text())
    received, problems = read(reference["canonical_body"])
    assert (len(received), problems) == (2, {})
    received, problems = read(reference["variants"][0]["body"])
    assert ([pix.txid for pix in received], problems) == (["971122d8f37211eaadc10242ac120002"], {})


@pytest.mark.shared_data
def test_the_central_banks_answers_to_get_pix_are_read_too() -> None:
    """One of them has an endToEndId of 33 characters: its own schema refuses it, and so do we."""
    examples = components()["examples"]
    for name, agrees in (("pixResponse1", True), ("pixResponse2", False)):
        value = examples[name]["value"]
        received, problems = read({"parametros": {}, "pix": [value]})
        assert bool(received) is agrees
        assert bool(complaints("Pix", value)) is not agrees
        assert list(problems) == ([] if agrees else ["pix[0].endToEndId"])


# Shapes


@pytest.mark.parametrize(
    ("wrap", "path"),
    [
        (lambda pix: {"pix": [pix]}, "pix[0]"),
        (lambda pix: {"pix": pix}, "pix"),
        (lambda pix: [pix], "[0]"),
        (lambda pix: pix, "$"),
        (lambda pix: {"pix": [pix], "novidade": {"a": 1}}, "pix[0]"),
    ],
)
def test_every_known_shape_is_read_and_names_the_place_of_a_problem(wrap: Any, path: str) -> None:  # noqa: ANN401
    received, problems = read(wrap(a_pix(novidade=[1, 2])))
    assert [pix.end_to_end_id for pix in received] == [E2EID]
    assert problems == {}
    received, problems = read(wrap(a_pix(valor="abc")))
    assert received == ()
    assert list(problems) == [f"{path}.valor"]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "$"),
        ({"evento": "teste_webhook"}, "$"),
        (None, "$"),
        (5, "$"),
        ("pix", "$"),
        ({"pix": None}, "pix"),
        ({"pix": "x"}, "pix"),
        ({"pix": [None]}, "pix[0]"),
        ([[a_pix()]], "[0]"),
    ],
)
def test_json_without_a_pix_is_one_problem_and_no_error(document: object, path: str) -> None:
    received, problems = read(document)
    assert (received, list(problems)) == ((), [path])


@pytest.mark.parametrize("document", [[], {"pix": []}])
def test_an_empty_notification_is_nothing(document: object) -> None:
    assert read(document) == ((), {})


def test_bytes_and_text_are_the_same_with_or_without_a_mark() -> None:
    text = json.dumps({"pix": [a_pix(infoPagador="São João")]}, ensure_ascii=False)
    expected = read_notification(text)
    assert expected.received[0].note == "São João"
    for body in (text.encode(), b"\xef\xbb\xbf" + text.encode(), "\ufeff" + text):
        assert read_notification(body) == expected


def test_a_bad_pix_does_not_lose_the_good_ones() -> None:
    received, problems = read(
        [a_pix(), {"endToEndId": 5}, a_pix(endToEndId=OTHER, valor="x"), 7, a_pix(endToEndId=OTHER)]
    )
    assert [pix.end_to_end_id for pix in received] == [E2EID, OTHER]
    assert list(problems) == [
        "[1].endToEndId",
        "[1].valor",
        "[1].horario",
        "[2].valor",
        "[3]",
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        "",
        "   ",
        b"\xff\xfe",
        '{"pix": ["S\xe3o"]}'.encode("latin-1"),
        json.dumps({"pix": [a_pix()]}).encode("utf-16"),
        b"{",
        '{"pix": [',
        "[" * 100_000,
        '{"a":' * 100_000,
        "1" * 10_000,
        "<xml/>",
        "\x00",
        "x" * (MAX_BODY + 1),
        b" " * (MAX_BODY + 1),
    ],
    ids=range(15),
)
def test_only_what_is_no_json_or_too_large_is_refused_whole(body: bytes | str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_notification(body)
    assert caught.value.problems[0].path == "body"
    assert len(str(caught.value)) < 60


def test_the_largest_body_is_read() -> None:
    text = json.dumps([a_pix()]).ljust(MAX_BODY)
    assert len(read_notification(text).received) == 1
    assert len(read_notification(text.encode()).received) == 1


def test_a_hostile_body_is_not_answered_at_length() -> None:
    received, problems = read_notification("[" + "5," * 300_000 + json.dumps(a_pix()) + "]")
    assert len(received) == 1
    assert len(problems) == MAX_PROBLEMS


# Amounts, instants, identities


@pytest.mark.parametrize(
    ("valor", "centavos", "why"),
    [
        ("110.00", 11000, "as specified"),
        ("0.01", 1, ""),
        ("9999999999.99", 999_999_999_999, "the largest"),
        ("140,45", 14045, "the specification's signed sample"),
        ("110.5", 11050, "one place"),
        (110.5, 11050, "a JSON number with a point"),
        (0.1, 10, "which no float may touch"),
        ("110", None, "could be centavos"),
        (110, None, "could be centavos"),
        ("1.234", None, "a thousand or three decimal places"),
        ("1.234,56", None, "separators of thousands"),
        ("1,234.56", None, "separators of thousands"),
        ("110.", None, ""),
        ("0.00", None, "no money"),
        ("-1.00", None, "a sign"),
        ("+1.00", None, "a sign"),
        ("1e2", None, "an exponent"),
        (1e22, None, "an exponent"),
        (float("nan"), None, "not a number"),
        (float("inf"), None, "not a number"),
        ("12345678901.00", None, "eleven digits"),
        ("\uff11.00", None, "a full-width digit"),
        ("R$ 1.00", None, "a currency"),
        (" 1.00", None, "a space"),
        (True, None, "a boolean"),
        (["1.00"], None, "a list"),
        ({"valor": "1.00"}, None, "an object"),
        (None, None, "null"),
        (ABSENT, None, "absent"),
    ],
)
def test_an_amount_has_one_reading_or_none(valor: object, centavos: int | None, why: str) -> None:
    received, problems = read([a_pix(valor=valor)])
    if centavos is None:
        assert (received, list(problems)) == ((), ["[0].valor"]), why
    else:
        assert (received[0].amount, problems) == (Money(centavos), {}), why


@pytest.mark.parametrize(
    ("horario", "instant"),
    [
        ("2026-11-20T15:05:00.358Z", NOON),
        ("2026-11-20T12:05:00.358-03:00", NOON),
        ("2026-11-20T12:05:00.358-0300", NOON),
        ("2026-11-20T15:05:00.358000+00:00", NOON),
        ("2026-11-20T15:05:00.358000999Z", NOON),
        ("2026-11-20T15:05:00Z", NOON.replace(microsecond=0)),
        ("2026-11-20 15:05:00Z", NOON.replace(microsecond=0)),
        ("2026-11-20T15:05:00.358", None),
        ("2026-11-20", None),
        ("20/11/2026 15:05:00", None),
        ("2026-02-30T00:00:00Z", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("\uff12026-11-20T15:05:00Z", None),
        ("2026-11-20T15:05:00Z" + " " * 1000, None),
        (1763651100, None),
        ("", None),
        (None, None),
        (ABSENT, None),
    ],
)
def test_an_instant_needs_its_offset(horario: object, instant: datetime | None) -> None:
    received, problems = read([a_pix(horario=horario)])
    if instant is None:
        assert (received, list(problems)) == ((), ["[0].horario"])
    else:
        assert (received[0].received_at, problems) == (instant, {})
        assert received[0].received_at.tzinfo is UTC


@pytest.mark.parametrize(
    "identity",
    ["", "E123", E2EID + "0", E2EID[:-1] + "-", E2EID[:-1] + "\uff11", E2EID[:-1] + "\n", 5, None],
)
def test_a_pix_without_a_well_formed_identity_is_none(identity: object) -> None:
    received, problems = read([a_pix(endToEndId=identity)])
    assert (received, list(problems)) == ((), ["[0].endToEndId"])


@pytest.mark.parametrize("txid", [ABSENT, None, "", "***"])
def test_a_pix_may_come_without_a_txid(txid: object) -> None:
    assert the_pix(txid=txid).txid is None


@pytest.mark.parametrize("txid", ["a", "A" * 25, "b" * 26, "c" * 35])
def test_a_txid_of_a_static_code_is_shorter(txid: str) -> None:
    assert the_pix(txid=txid).txid == txid


@pytest.mark.parametrize(
    ("changes", "path", "attribute"),
    [
        ({"txid": "c" * 36}, "pix[0].txid", "txid"),
        ({"txid": "a-b"}, "pix[0].txid", "txid"),
        ({"txid": 5}, "pix[0].txid", "txid"),
        ({"chave": "x" * 78}, "pix[0].chave", "key"),
        ({"chave": "çédille"}, "pix[0].chave", "key"),
        ({"chave": {}}, "pix[0].chave", "key"),
        ({"infoPagador": 5}, "pix[0].infoPagador", "note"),
        ({"componentesValor": []}, "pix[0].componentesValor", "components"),
        (
            {"componentesValor": {"original": {"valor": "109.00"}}},
            "pix[0].componentesValor",
            "components",
        ),
    ],
)
def test_a_malformed_ornament_is_reported_and_the_money_is_kept(
    changes: dict[str, object], path: str, attribute: str
) -> None:
    pix, problems = the_doubtful(**changes)
    assert list(problems) == [path]
    assert getattr(pix, attribute) is None
    assert pix.amount == Money(11000)


def test_the_payers_words_and_the_key_stay_out_of_the_representation() -> None:
    pix = the_pix(infoPagador="Aluguel da Joana", chave="joana@example.com.br")
    assert (pix.note, pix.key) == ("Aluguel da Joana", "joana@example.com.br")
    assert "Joana" not in repr(pix)
    assert "joana" not in repr(pix)


def test_a_key_may_have_77_characters() -> None:
    assert the_pix(chave="k" * 77).key == "k" * 77


def test_a_long_or_broken_note_is_cut_and_mended() -> None:
    assert the_pix(infoPagador="n" * 10_000).note == "n" * MAX_NOTE
    (pix,), _ = read_notification(
        json.dumps([a_pix()]).replace('"valor"', '"infoPagador": "a\\ud800b", "valor"')
    )
    assert pix.note == "a?b"


def test_no_problem_repeats_a_value() -> None:
    secret = "SEGREDO"
    document: list[object] = [dict.fromkeys(("endToEndId", "valor", "horario"), secret)]
    document += [a_pix(txid=secret * 9, chave=secret * 20, devolucoes=secret)]
    received, problems = read(document)
    assert len(received) == 1
    assert len(problems) == 6
    assert secret not in str(problems)


# What the amount is made of


@pytest.mark.parametrize(
    ("valor", "parts", "expected"),
    [
        ("100.00", {"original": "100.00"}, Components(original=Money(10000))),
        (
            "105.00",
            {"original": "100.00", "multa": "3.00", "juros": "2.00"},
            Components(original=Money(10000), fine=Money(300), interest=Money(200)),
        ),
        (
            "90.00",
            {"original": "100.00", "abatimento": "4.00", "desconto": "6.00"},
            Components(original=Money(10000), rebate=Money(400), discount=Money(600)),
        ),
        ("100.00", {"saque": "100.00"}, Components(withdrawal=Money(10000))),
        (
            "100.00",
            {"original": "80.00", "troco": "20.00"},
            Components(original=Money(8000), change=Money(2000)),
        ),
        (
            "100.00",
            {"original": "0.00", "saque": "100.00"},
            Components(withdrawal=Money(10000)),
        ),
        ("100.00", {"original": "100,00"}, Components(original=Money(10000))),
    ],
)
def test_the_parts_of_the_central_banks_examples(
    valor: str, parts: dict[str, str], expected: Components
) -> None:
    wrapped = {name: {"valor": value, "novidade": 1} for name, value in parts.items()}
    pix = the_pix(valor=valor, componentesValor=wrapped)
    assert pix.components == expected
    assert expected.total == pix.amount


def test_a_part_that_is_no_amount_is_named() -> None:
    parts = {"original": {"valor": "110.00"}, "juros": {"valor": "x"}}
    pix, problems = the_doubtful(componentesValor=parts)
    assert list(problems) == ["pix[0].componentesValor.juros.valor"]
    assert pix.components == Components(original=Money(11000))


# Refunds


def test_a_refund_that_ended_counts_and_one_under_way_does_not() -> None:
    pix = the_pix(
        devolucoes=[
            a_refund(id="a", status="DEVOLVIDO", valor="10.00"),
            a_refund(id="b", status="DEVOLVIDO", valor="0.50", natureza="MED_FRAUDE"),
            a_refund(id="c", status="EM_PROCESSAMENTO", valor="20.00"),
            a_refund(id="d", status="NAO_REALIZADO", valor="30.00"),
            a_refund(id="e", status="INVENTADO", valor="40.00", natureza="INVENTADA"),
        ]
    )
    assert pix.refunded == Money(1050)
    assert [refund.status.name for refund in pix.refunds] == [
        "SETTLED",
        "SETTLED",
        "IN_PROGRESS",
        "FAILED",
        "UNKNOWN",
    ]
    natures = [refund.nature for refund in pix.refunds]
    assert natures == [
        RefundNature.ORIGINAL,
        RefundNature.MED_FRAUD,
        RefundNature.ORIGINAL,
        RefundNature.ORIGINAL,
        RefundNature.UNKNOWN,
    ]
    assert the_pix().refunded == ZERO


@pytest.mark.shared_data
def test_every_status_and_nature_of_the_central_bank_is_known() -> None:
    schemas = components()["schemas"]
    natures = set(schemas["DevolucaoNatureza"]["enum"])
    statuses = set(schemas["Devolucao"]["properties"]["status"]["enum"])
    assert natures == set(RefundNature) - {RefundNature.UNKNOWN}
    assert statuses == set(RefundStatus) - {RefundStatus.UNKNOWN}


@pytest.mark.parametrize(
    ("devolucoes", "paths", "count"),
    [
        (ABSENT, [], 0),
        (None, [], 0),
        ([], [], 0),
        (a_refund(), [], 1),
        ([a_refund()], [], 1),
        ([a_refund(natureza=None)], [], 1),
        ([a_refund(horario=ABSENT, rtrId=ABSENT, status=ABSENT)], [], 1),
        ("x", ["pix[0].devolucoes"], 0),
        ([a_refund(id="")], ["pix[0].devolucoes[0].id"], 0),
        ([a_refund(id="a" * 36)], ["pix[0].devolucoes[0].id"], 0),
        ([a_refund(id=ABSENT), a_refund()], ["pix[0].devolucoes[0].id"], 1),
        ([a_refund(valor="0.00")], ["pix[0].devolucoes[0].valor"], 0),
        ([a_refund(rtrId="D1")], ["pix[0].devolucoes[0].rtrId"], 1),
        (
            [a_refund(horario={"liquidacao": "ontem"})],
            ["pix[0].devolucoes[0].horario.liquidacao"],
            1,
        ),
        ([a_refund(horario="2026-11-20T15:15:00Z")], [], 1),
        ([5, a_refund()], ["pix[0].devolucoes[0]"], 1),
    ],
)
def test_a_bad_refund_is_reported_alone(devolucoes: object, paths: list[str], count: int) -> None:
    pix, problems = the_doubtful(devolucoes=devolucoes)
    assert list(problems) == paths
    assert len(pix.refunds) == count


def test_the_times_of_a_refund_are_read() -> None:
    times = {"solicitacao": "2026-11-20T12:05:00.358-03:00", "liquidacao": NOON.isoformat()}
    (refund,) = the_pix(devolucoes=[a_refund(horario=times)]).refunds
    assert (refund.requested_at, refund.settled_at) == (NOON, NOON)


# Any body

identities = st.text(ALPHANUMERIC, min_size=32, max_size=32)
amounts = st.integers(1, 999_999_999_999).map(Money)
instants = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
refunds = st.builds(
    Refund,
    id=st.text(ALPHANUMERIC, min_size=1, max_size=35),
    amount=amounts,
    status=st.sampled_from([s for s in RefundStatus if s is not RefundStatus.UNKNOWN]),
    nature=st.sampled_from([n for n in RefundNature if n is not RefundNature.UNKNOWN]),
    return_id=identities,
    settled_at=st.none() | instants,
)
pixes = st.builds(
    ReceivedPix,
    end_to_end_id=identities,
    amount=amounts,
    received_at=instants,
    txid=st.none() | st.text(ALPHANUMERIC, min_size=1, max_size=35),
    key=st.none() | st.just("123e4567-e12b-12d1-a456-426655440000"),
    note=st.none() | st.text(max_size=MAX_NOTE).filter(lambda text: text.isprintable()),
    refunds=st.lists(refunds, max_size=3).map(tuple),
)


def written(pix: ReceivedPix) -> dict[str, Any]:
    """Write a Pix as the specification says."""
    body = {
        "endToEndId": pix.end_to_end_id,
        "valor": reais(pix.amount),
        "horario": pix.received_at.isoformat(),
        "txid": pix.txid,
        "chave": pix.key,
        "infoPagador": pix.note,
        "devolucoes": [
            {
                "id": refund.id,
                "rtrId": refund.return_id,
                "valor": reais(refund.amount),
                "natureza": refund.nature,
                "status": refund.status,
                "horario": {
                    "liquidacao": refund.settled_at.isoformat(),
                }
                if refund.settled_at
                else {},
            }
            for refund in pix.refunds
        ],
    }
    return {name: value for name, value in body.items() if value is not None}


@pytest.mark.shared_data
@given(st.lists(pixes, max_size=3))
def test_what_follows_the_central_banks_schema_is_read_whole(sent: list[ReceivedPix]) -> None:
    bodies = [written(pix) for pix in sent]
    assert [complaints("Pix", body) for body in bodies] == [[]] * len(bodies)
    assert read({"pix": bodies}) == (tuple(sent), {})


@settings(max_examples=300)
@given(st.lists(pixes, min_size=1, max_size=3), st.data())
def test_a_mutated_body_is_read_or_refused_and_never_an_accident(
    sent: list[ReceivedPix], data: st.DataObject
) -> None:
    body = json.dumps({"pix": [written(pix) for pix in sent]}).encode()
    at = data.draw(st.integers(0, len(body)))
    until = data.draw(st.integers(at, min(len(body), at + 20)))
    mutated = body[:at] + data.draw(st.binary(max_size=6) | st.just(b"null")) + body[until:]
    try:
        received, problems = read_notification(mutated)
    except InvalidInput:
        return
    assert received or problems
    for pix in received:
        assert pix.amount > ZERO
        assert pix.received_at.utcoffset() == timedelta()
        assert len(pix.end_to_end_id) == 32


_FIELDS = ["pix", "endToEndId", "valor", "horario", "txid", "devolucoes", "componentesValor", "id"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | identities,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*_FIELDS, "original", "status"]), inner, max_size=6)
        | st.builds(lambda changes: a_pix(**changes), st.dictionaries(st.just("txid"), inner))
        | st.builds(lambda value: a_pix(devolucoes=value, componentesValor=value), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(_JSON)
def test_any_json_is_read_and_never_an_accident(document: object) -> None:
    read_notification(json.dumps(document))


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_or_text_are_read_or_refused(body: bytes | str) -> None:
    paths = ["body"]
    try:
        read_notification(body)
    except InvalidInput as refused:
        paths = [problem.path for problem in refused.problems]
    assert paths == ["body"]


def test_the_rules_state_the_limits_of_the_code() -> None:
    assert any(str(MAX_BODY) in rule.says and str(MAX_PROBLEMS) in rule.says for rule in RULES)
