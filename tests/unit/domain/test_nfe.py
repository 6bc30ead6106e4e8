import json
import re
from collections.abc import Iterator
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.br import cnpj

from regua.domain import nfe, nfe_key, nfe_xml
from regua.domain.errors import InvalidInput
from regua.domain.money import Money
from regua.domain.nfe import Duplicata, NfeDuplicatas, NoReceivables, parse_nfe, parse_nfes
from regua.domain.nfe_key import parse_access_key
from regua.domain.nfe_xml import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT, NAMESPACE
from regua.domain.tax_ids import document_check_digit
from tests.shared_data import shared_data_path

ISSUER = "11222333000181"
RECIPIENT = "52998224725"
SECRETS = (RECIPIENT, "Ana Souza", "ana@example.com.br", "11987654321")


def key_of(issuer: str = ISSUER, number: int = 42, *, model: str = "55", series: int = 1) -> str:
    body = f"352608{issuer:0>14}{model}{series:03d}{number:09d}112345678"
    return body + document_check_digit(body, 9)


def dup(number: str = "001", due: str = "2026-09-10", amount: str = "100.00") -> str:
    return f"<dup><nDup>{number}</nDup><dVenc>{due}</dVenc><vDup>{amount}</vDup></dup>"


def whole(**changes: str) -> bytes:
    """An invented NF-e with its protocol; a change replaces the part of that name."""
    key = changes.get("key", key_of())
    parts = {
        "head": '<?xml version="1.0" encoding="UTF-8"?>\n',
        "id": f"NFe{key}",
        "ide": (
            "<mod>55</mod><serie>1</serie><nNF>42</nNF><dhEmi>2026-08-10T10:00:00-03:00</dhEmi>"
            "<tpNF>1</tpNF><tpAmb>1</tpAmb><finNFe>1</finNFe>"
        ),
        "emit": f"<CNPJ>{ISSUER}</CNPJ><xNome>ACME LTDA</xNome>",
        "dest": (
            f"<CPF>{RECIPIENT}</CPF><xNome>Ana Souza</xNome>"
            "<enderDest><UF>SP</UF><fone>11987654321</fone></enderDest>"
            "<email>ana@example.com.br</email>"
        ),
        "total": "<vNF>200.00</vNF>",
        "cobr": (
            "<cobr><fat><nFat>42</nFat><vOrig>200.00</vOrig><vDesc>0.00</vDesc>"
            f"<vLiq>200.00</vLiq></fat>{dup()}{dup('002', '2026-10-10')}</cobr>"
        ),
        "prot": f"<chNFe>{key}</chNFe><cStat>100</cStat>",
    } | changes
    protocol = f"<protNFe><infProt>{parts['prot']}</infProt></protNFe>" if parts["prot"] else ""
    return (
        f'{parts["head"]}<nfeProc xmlns="{NAMESPACE}" versao="4.00"><NFe>'
        f'<infNFe versao="4.00" Id="{parts["id"]}"><ide>{parts["ide"]}</ide>'
        f"<emit>{parts['emit']}</emit><dest>{parts['dest']}</dest>"
        f"<total><ICMSTot>{parts['total']}</ICMSTot></total>{parts['cobr']}</infNFe>"
        '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
        f"</NFe>{protocol}</nfeProc>"
    ).encode()


def problems(data: bytes) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse_nfe(data)
    told = str(caught.value)
    assert not any(secret in told for secret in SECRETS), "a reason holds personal data"
    return {problem.path: problem.reason for problem in caught.value.problems}


def test_a_whole_document_says_who_owes_what_to_whom_and_when() -> None:
    read = parse_nfe(whole())
    key = key_of()
    assert read.key.text == key
    assert (read.key.issuer, read.key.model, read.key.series, read.key.number) == (
        ISSUER,
        "55",
        1,
        42,
    )
    assert read.issued_at == datetime.fromisoformat("2026-08-10T13:00:00+00:00")
    assert read.total == Money(20000)
    assert read.issuer == nfe.Issuer(ISSUER, "ACME LTDA")
    assert read.recipient == nfe.Recipient(
        RECIPIENT, "Ana Souza", "ana@example.com.br", "11987654321", "SP"
    )
    assert read.authorisation == "100"
    assert read.billing == nfe.Billing("42", Money(20000), Money(0), Money(20000))
    assert read.duplicatas == (
        Duplicata("001", date(2026, 9, 10), Money(10000), f"{key}:001"),
        Duplicata("002", date(2026, 10, 10), Money(10000), f"{key}:002"),
    )
    assert read.why_none is None
    assert read.warnings == ()


def test_a_document_without_protocol_is_read_and_says_so() -> None:
    bare = whole(prot="").decode()
    inner = bare[bare.index("<NFe>") : bare.index("</nfeProc>")]
    data = inner.replace("<NFe>", f'<NFe xmlns="{NAMESPACE}">', 1).encode()
    for one in (data, whole(prot="")):
        read = parse_nfe(one)
        assert read.authorisation is None
        assert len(read.duplicatas) == 2


@pytest.mark.shared_data
def test_the_published_samples() -> None:
    known = json.loads(shared_data_path("nfe_duplicatas.json").read_text())["vectors"]
    assert len(known) == 5
    for row in known:
        read = parse_nfe(shared_data_path(row["file"]).read_bytes())
        assert read.key.number == int(row["nNF"])
        assert read.issued_at == datetime.fromisoformat(row["dhEmi"])
        assert read.total == Money.parse(row["vNF"])
        assert read.billing
        assert read.billing.number == row["fat"]["nFat"]
        assert read.billing.net == Money.parse(row["fat"]["vLiq"])
        found = [(d.number, d.due_date.isoformat(), d.amount) for d in read.duplicatas]
        expected = [(d["nDup"], d["dVenc"], Money.parse(d["vDup"])) for d in row["dup"]]
        assert found == expected, row["file"]
        assert [d.import_key for d in read.duplicatas] == [
            f"{read.key.text}:{d['nDup']}" for d in row["dup"]
        ]
        assert read.authorisation == "100"
        # One sample had its issuer replaced after it was signed; the access key shows it.
        is_altered = row["file"] == "nfe/nfe_reforma_tributaria.xml"
        assert [w.path for w in read.warnings] == (["infNFe.emit"] if is_altered else [])


@pytest.mark.shared_data
def test_the_published_samples_survive_being_cut_and_changed_anywhere() -> None:
    data = shared_data_path("nfe/42220575277525000178550030000292481295366801-procNFe.xml")
    whole_file = data.read_bytes()
    for end in range(0, len(whole_file), 211):
        check_read_or_refused(whole_file[:end])
        check_read_or_refused(whole_file[:end] + b"<" + whole_file[end:])


@pytest.mark.parametrize(
    ("changes", "why_none"),
    [
        ({"cobr": ""}, NoReceivables.NO_DUPLICATAS),
        ({"cobr": "<cobr><fat><vLiq>200.00</vLiq></fat></cobr>"}, NoReceivables.NO_DUPLICATAS),
        ({"ide": "<tpNF>0"}, NoReceivables.INCOMING),
        ({"ide": "<finNFe>4"}, NoReceivables.CREDIT),
        ({"ide": "<finNFe>5"}, NoReceivables.CREDIT),
        ({"ide": "<tpAmb>2"}, NoReceivables.TEST),
        ({"prot": "<cStat>101</cStat>"}, NoReceivables.NOT_AUTHORISED),
        ({"prot": "<cStat>302</cStat>"}, NoReceivables.NOT_AUTHORISED),
        ({"prot": "<cStat></cStat>"}, NoReceivables.NOT_AUTHORISED),
    ],
)
def test_a_document_that_gives_no_receivables_says_why(
    changes: dict[str, str], why_none: NoReceivables
) -> None:
    if "ide" in changes:
        tag = changes["ide"][: changes["ide"].index(">") + 1]
        ide = whole().decode()
        ide = ide[ide.index("<ide>") + 5 : ide.index("</ide>")]
        changes = {"ide": ide.replace(f"{tag}1", changes["ide"])}
    read = parse_nfe(whole(**changes))
    assert read.why_none is why_none
    assert read.duplicatas == ()


def test_late_authorisation_is_authorisation() -> None:
    assert len(parse_nfe(whole(prot="<cStat>150</cStat>")).duplicatas) == 2


@pytest.mark.parametrize(
    ("numbers", "keys", "why"),
    [
        (("001", "002"), ("001", "002"), "the usual"),
        (("47428/1-1", "47428/1-2"), ("47428/1-1", "47428/1-2"), "free text"),
        (("", ""), ("[1]", "[2]"), "none given"),
        (("001", "001"), ("[1]", "[2]"), "twice the same"),
        (("[2]", "x#1"), ("[1]", "[2]"), "what could be mistaken for a place or divide a key"),
        (("1%2", "é1"), ("[1]", "[2]"), "what an address would mangle"),
        (("1" * 61, "2"), ("[1]", "2"), "longer than the layout allows"),
    ],
)
def test_the_import_key_names_one_instalment_for_good(
    numbers: tuple[str, str], keys: tuple[str, str], why: str
) -> None:
    data = whole(cobr=f"<cobr>{dup(numbers[0])}{dup(numbers[1])}</cobr>")
    found = tuple(d.import_key.removeprefix(f"{key_of()}:") for d in parse_nfe(data).duplicatas)
    assert found == keys, why
    assert parse_nfe(data) == parse_nfe(data)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"total": "<vNF>250.00</vNF>"}, None),
        ({"cobr": f"<cobr>{dup()}</cobr>"}, "infNFe.cobr"),
        ({"cobr": f"<cobr><fat><vLiq>99.00</vLiq></fat>{dup()}</cobr>"}, "infNFe.cobr"),
        ({"cobr": f"<cobr><fat><nFat>1</nFat></fat>{dup(amount='200.00')}</cobr>"}, None),
        ({"emit": "<CNPJ>33000167000101</CNPJ><xNome>OUTRA SA</xNome>"}, "infNFe.emit"),
        ({"key": key_of(number=43)}, "infNFe.ide.nNF"),
    ],
)
def test_what_disagrees_within_a_document_is_told_and_not_refused(
    changes: dict[str, str], path: str | None
) -> None:
    read = parse_nfe(whole(**changes))
    assert read.duplicatas
    assert [warning.path for warning in read.warnings] == ([path] if path else [])


def test_a_foreigner_owes_without_a_document_and_without_a_state() -> None:
    dest = (
        "<idEstrangeiro>A123</idEstrangeiro><xNome>Jane Doe</xNome>"
        "<enderDest><UF>EX</UF></enderDest>"
    )
    assert parse_nfe(whole(dest=dest)).recipient == nfe.Recipient(
        None, "Jane Doe", None, None, None
    )


def test_issuers_may_be_a_person_or_have_letters_in_their_cnpj() -> None:
    letters = "12ABC34501DE35"
    read = parse_nfe(
        whole(key=key_of(letters), emit=f"<CNPJ>{letters}</CNPJ><xNome>NOVA LTDA</xNome>")
    )
    assert (read.key.issuer, read.issuer.document, read.warnings) == (letters, letters, ())
    producer = key_of(RECIPIENT, series=920)
    read = parse_nfe(whole(key=producer, emit=f"<CPF>{RECIPIENT}</CPF><xNome>PRODUTOR</xNome>"))
    assert (read.key.issuer, read.warnings) == (RECIPIENT, ())


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"id": ""}, "infNFe.Id", "missing"),
        ({"id": "NFe123"}, "infNFe.Id", "44 characters, not 3"),
        ({"id": f"NFe{key_of()[:-1]}9"}, "infNFe.Id", "check digit"),
        ({"id": "NFe" + "é" * 44}, "infNFe.Id", "digits"),
        ({"key": key_of(model="65")}, "infNFe.ide.mod", "NFC-e"),
        ({"key": key_of(model="57")}, "infNFe.ide.mod", "not model 55"),
        ({"prot": f"<chNFe>{key_of(number=7)}</chNFe>"}, "protNFe.infProt.chNFe", "another NF-e"),
        ({"emit": "<xNome>ACME</xNome>"}, "infNFe.emit", "names no CNPJ or CPF"),
        ({"emit": f"<CNPJ>{ISSUER}</CNPJ>"}, "infNFe.emit.xNome", "missing"),
        ({"emit": "<CNPJ>11222333000182</CNPJ>"}, "infNFe.emit.CNPJ", "not a valid CNPJ"),
        ({"dest": ""}, "infNFe.dest", "names no CNPJ or CPF"),
        ({"dest": "<CPF>52998224726</CPF>"}, "infNFe.dest.CPF", "not a valid CPF"),
        ({"dest": f"<CPF>{RECIPIENT}</CPF><CNPJ/>"}, "infNFe.dest", "two documents"),
        ({"total": ""}, "infNFe.total.ICMSTot.vNF", "missing"),
        ({"total": "<vNF>1.234,56</vNF>"}, "infNFe.total.ICMSTot.vNF", "not an amount"),
        ({"total": "<vNF>-1.00</vNF>"}, "infNFe.total.ICMSTot.vNF", "not an amount"),
        ({"total": "<vNF>1e9</vNF>"}, "infNFe.total.ICMSTot.vNF", "not an amount"),
        ({"total": "<vNF>NaN</vNF>"}, "infNFe.total.ICMSTot.vNF", "not an amount"),
        ({"total": "<vNF>\u0661</vNF>"}, "infNFe.total.ICMSTot.vNF", "not an amount"),
        ({"total": "<vNF>1</vNF><vNF>2</vNF>"}, "infNFe.total.ICMSTot.vNF", "more than once"),
        ({"total": "<vNF><a/>1</vNF>"}, "infNFe.total.ICMSTot.vNF", "elements where a value"),
        ({"total": f"<vNF>{'9' * 2000}</vNF>"}, "infNFe.total.ICMSTot.vNF", "longer than 1000"),
        ({"cobr": f"<cobr>{dup(due='')}</cobr>"}, "infNFe.cobr.dup[1].dVenc", "missing"),
        (
            {"cobr": f"<cobr>{dup()}{dup(due='10/09/2026')}</cobr>"},
            "infNFe.cobr.dup[2].dVenc",
            "not a date",
        ),
        (
            {"cobr": f"<cobr>{dup(due='2026-02-30')}</cobr>"},
            "infNFe.cobr.dup[1].dVenc",
            "not a day of the calendar",
        ),
        (
            {"cobr": f"<cobr>{dup(due='0001-01-01')}</cobr>"},
            "infNFe.cobr.dup[1].dVenc",
            "not between 2000 and 2100",
        ),
        (
            {"cobr": f"<cobr>{dup()}{dup(amount='12.3')}</cobr>"},
            "infNFe.cobr.dup[2].vDup",
            "not an amount",
        ),
        ({"cobr": f"<cobr>{dup(amount='0.00')}</cobr>"}, "infNFe.cobr.dup[1].vDup", "zero"),
        ({"cobr": "<cobr><dup/></cobr>"}, "infNFe.cobr.dup[1].vDup", "missing"),
        ({"ide": "<mod>55</mod>"}, "infNFe.ide.dhEmi", "missing"),
        ({"ide": "<mod>55</mod><tpNF>x</tpNF>"}, "infNFe.ide.tpNF", "code of one digit"),
        ({"ide": "<mod>55</mod><nNF>4x</nNF>"}, "infNFe.ide.nNF", "at most nine digits"),
        (
            {"ide": "<mod>55</mod><dhEmi>2026-08-10T10:00:00</dhEmi>"},
            "infNFe.ide.dhEmi",
            "not an instant",
        ),
        (
            {"ide": "<mod>55</mod><dhEmi>2026-08-10T25:00:00-03:00</dhEmi>"},
            "infNFe.ide.dhEmi",
            "not a time of the calendar",
        ),
    ],
)
def test_a_wrong_value_is_named_by_its_element(
    changes: dict[str, str], path: str, said: str
) -> None:
    assert said in problems(whole(**changes))[path]


def test_all_problems_of_a_document_are_told_at_once() -> None:
    found = problems(whole(total="", cobr=f"<cobr>{dup(due='x', amount='y')}{dup(due='')}</cobr>"))
    assert list(found) == [
        "infNFe.total.ICMSTot.vNF",
        "infNFe.cobr.dup[1].dVenc",
        "infNFe.cobr.dup[1].vDup",
        "infNFe.cobr.dup[2].dVenc",
    ]


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><lolz>&j;</lolz>"
)
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]><x>{"&a;" * 10_000}</x>'


@pytest.mark.parametrize(
    ("data", "where", "said"),
    [
        (b"", "line 1, column 1", "no element found"),
        (b"not xml", "line 1, column 1", "not well-formed"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "line 2, column 2", "not UTF-8"),
        (b"PK\x03\x04", "line 1, column 3", "not well-formed"),
        (BILLION_LAUGHS.encode(), None, "document type"),
        (QUADRATIC.encode(), None, "document type"),
        (
            b'<!DOCTYPE x SYSTEM "http://example.com/x.dtd"><x/>',
            None,
            "document type",
        ),
        (
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///x">]><x>&e;</x>',
            None,
            "document type",
        ),
        (
            b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.com/p">%p;]><x/>',
            None,
            "document type",
        ),
        (
            b'<?xml-stylesheet href="http://example.com/x.xsl"?><NFe/>',
            "line 1, column 1",
            "processing instruction",
        ),
        (
            whole(cobr="<?php x?>"),
            None,
            "processing instruction",
        ),
        (whole().decode().encode("utf-16"), "line 1, column 1", "not UTF-8"),
        (whole().decode().encode("utf-16-le"), "line 1, column 2", "not UTF-8"),
        (whole().decode().encode("utf-16-be"), "line 1, column 1", "not UTF-8"),
        (whole().decode().encode("utf-32"), "line 1, column 1", "not UTF-8"),
        (
            whole(head='<?xml version="1.0" encoding="ISO-8859-1"?>'),
            "line 1, column 1",
            "declares another charset",
        ),
        (
            whole(head='<?xml version="1.0" encoding="utf-7"?>'),
            "line 1, column 1",
            "declares another charset",
        ),
        (
            whole(emit=f"<CNPJ>{ISSUER}</CNPJ><xNome>JOSÉ LTDA</xNome>").decode().encode("latin-1"),
            None,
            "not UTF-8",
        ),
        (whole(head='<?xml version="1.1"?>'), "line 1, column 1", "version of XML"),
        (whole()[:-40], None, "not well-formed"),
        (whole() + b"<x/>", None, "junk after document element"),
        (whole(cobr="</cobr>"), None, "mismatched tag"),
        (whole(cobr="&unknown;"), None, "undefined entity"),
        (whole(cobr="&#0;"), None, "invalid character"),
        (whole(cobr="\x00"), None, "not UTF-8"),
        (whole(cobr="\x01"), None, "invalid token"),
        (whole(cobr="<a>" * 1000 + "</a>" * 1000), None, f"nested more than {MAX_DEPTH}"),
        (whole(cobr="<a/>" * (MAX_ELEMENTS + 1)), None, f"more than {MAX_ELEMENTS} elements"),
        (whole(cobr="x:y" * 10 + "<x:y/>"), None, "unbound prefix"),
        (whole(cobr='<a b="1" b="2"/>'), None, "duplicate attribute"),
        (b" " * (MAX_BYTES + 1), "file", f"larger than {MAX_BYTES} bytes"),
    ],
)
def test_hostile_and_broken_xml_is_refused_where_it_stands(
    data: bytes, where: str | None, said: str
) -> None:
    ((path, reason),) = problems(data).items()
    assert said in reason
    assert path == where or (where is None and re.fullmatch(r"line [12], column \d+", path))


@pytest.mark.parametrize(
    ("filler", "path"),
    [
        (f"<!--{'x' * 1_900_000}-->", None),
        (f"<infAdic><infCpl>{'x' * 1_900_000}</infCpl></infAdic>", None),
        (f'<obs a="{"x" * 1_900_000}"/>', None),
        (f"<cobr><fat><nFat>{'x' * 1_900_000}</nFat></fat></cobr>", "infNFe.cobr.fat.nFat"),
        (f"<cobr><fat><nFat><![CDATA[{'<' * 5000}]]></nFat></fat></cobr>", "infNFe.cobr.fat.nFat"),
    ],
)
def test_huge_text_costs_little_and_is_kept_nowhere(filler: str, path: str | None) -> None:
    data = whole(cobr=filler)
    if path:
        assert problems(data) == {path: f"is longer than {MAX_TEXT} characters"}
    else:
        assert parse_nfe(data).why_none is NoReceivables.NO_DUPLICATAS


def test_the_limits_leave_room_for_the_largest_document_there_can_be() -> None:
    item = "<det><prod>" + "<a>1</a>" * 80 + "</prod></det>"
    read = parse_nfe(whole(cobr=item * 990 + "<cobr>" + dup() * 120 + "</cobr>"))
    assert len(read.duplicatas) == 120


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (f'<procEventoNFe xmlns="{NAMESPACE}"/>', "cancellation"),
        (f'<envEvento xmlns="{NAMESPACE}"/>', "cancellation"),
        (f'<procCancNFe xmlns="{NAMESPACE}"/>', "cancellation"),
        (f'<resNFe xmlns="{NAMESPACE}"/>', "summary"),
        (f'<enviNFe xmlns="{NAMESPACE}"/>', "batch"),
        ('<cteProc xmlns="http://www.portalfiscal.inf.br/cte"/>', "transport document (CT-e)"),
        ('<NFSe xmlns="http://www.sped.fazenda.gov.br/nfse"/>', "service invoice (NFS-e)"),
        ("<html/>", "neither nfeProc nor NFe"),
        ("<nfeProc/>", "not in its namespace"),
        ('<NFe xmlns="http://example.com/nfe"/>', "not in its namespace"),
    ],
)
def test_documents_of_another_kind_are_refused_by_name(data: str, said: str) -> None:
    ((path, reason),) = problems(data.encode()).items()
    assert path == "line 1, column 1"
    assert said in reason


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (whole().replace(b"<NFe>", b"<NFe><infNFe Id='x'/>", 1), "infNFe.Id"),
        (whole().replace(b"</NFe>", b"</NFe><NFe><infNFe Id='x'/></NFe>", 1), "infNFe.Id"),
        (whole().replace(b"<ide>", b"<ide><mod>55</mod></ide><ide>", 1), "infNFe.ide.mod"),
        (whole().replace(b"<infProt>", b"<infProt><cStat>100</cStat>"), "protNFe.infProt.cStat"),
    ],
)
def test_nothing_is_read_from_a_document_that_says_two_things(data: bytes, path: str) -> None:
    assert problems(data) == {path: "is given more than once"}


@pytest.mark.parametrize(
    "hidden",
    [
        f'<x:cobr xmlns:x="http://example.com/x">{dup(amount="1.00")}</x:cobr>',
        f"<obs>{dup(amount='1.00')}</obs>",
        f'<S xmlns="http://example.com/"><cobr xmlns="{NAMESPACE}">{dup(amount="1.00")}</cobr></S>',
        f"<!-- <cobr>{dup(amount='1.00')}</cobr> -->",
    ],
)
def test_instalments_anywhere_but_in_their_place_are_not_read(hidden: str) -> None:
    assert parse_nfe(whole(cobr=hidden)).why_none is NoReceivables.NO_DUPLICATAS


def test_the_same_document_in_other_dress_is_the_same_document() -> None:
    plain = parse_nfe(whole())
    prefixed = whole().replace(b"<", b"<n:").replace(b"<n:/", b"</n:").replace(b"<n:?", b"<?")
    prefixed = prefixed.replace(b'xmlns="http://www.portal', b'xmlns:n="http://www.portal')
    assert parse_nfe(prefixed) == plain
    assert parse_nfe(b"\xef\xbb\xbf" + whole()) == plain
    assert parse_nfe(whole(head="")) == plain
    assert parse_nfe(whole().replace(b"><", b">\r\n  <!-- . --><")) == plain
    assert parse_nfe(whole().replace(b"100.00", b"<![CDATA[100.00]]>")) == plain
    assert parse_nfe(whole().replace(b"100.00", b"10&#48;.00")) == plain


def test_of_many_files_each_has_its_own_answer() -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        yield "good.xml", whole()
        yield "cut.xml", whole()[:100]
        yield "event.xml", f'<procEventoNFe xmlns="{NAMESPACE}"/>'.encode()
        yield "also-good.xml", whole(key=key_of(number=43))

    answers = dict(parse_nfes(files()))
    assert list(answers) == ["good.xml", "cut.xml", "event.xml", "also-good.xml"]
    assert [isinstance(answer, NfeDuplicatas) for answer in answers.values()] == [
        True,
        False,
        False,
        True,
    ]
    refused = answers["event.xml"]
    assert isinstance(refused, InvalidInput)
    assert "cancellation" in refused.problems[0].reason


def check_read_or_refused(data: bytes) -> None:
    ((_, answer),) = parse_nfes([("file", data)])
    if isinstance(answer, InvalidInput):
        assert answer.problems
        assert not any(secret in str(answer) for secret in SECRETS)
    else:
        assert bool(answer.duplicatas) is (answer.why_none is None)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    check_read_or_refused(data)


WHOLE = whole()


@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 40),
    st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b"<", b">", b"&", b"]]>", b"<!--", b"<![CDATA[", b"<?", b"\x00", b"\xff"]),
    ),
)
@settings(max_examples=400)
def test_any_change_to_a_good_document_is_read_or_refused(
    start: int, length: int, put: bytes
) -> None:
    check_read_or_refused(WHOLE[:start] + put + WHOLE[start + length :])


@given(
    st.sampled_from(["ide", "emit", "dest", "total", "cobr", "prot", "id"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30),
)
@settings(max_examples=300)
def test_any_text_in_place_of_a_part_is_read_or_refused(part: str, text: str) -> None:
    check_read_or_refused(whole(**{part: text}))


@given(
    st.lists(
        st.tuples(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(1, 10**12)),
        min_size=1,
        max_size=8,
    )
)
def test_instalments_come_out_as_they_went_in(wanted: list[tuple[date, int]]) -> None:
    dups = "".join(
        dup(f"{n:03d}", due.isoformat(), f"{centavos // 100}.{centavos % 100:02d}")
        for n, (due, centavos) in enumerate(wanted, start=1)
    )
    read = parse_nfe(whole(cobr=f"<cobr>{dups}</cobr>"))
    assert [(d.due_date, d.amount.centavos) for d in read.duplicatas] == wanted
    assert len({d.import_key for d in read.duplicatas}) == len(wanted)


roots = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12)


@given(roots, st.integers(0, 999_999_999), st.integers(0, 889))
def test_access_keys_are_read_back(root: str, number: int, series: int) -> None:
    issuer = root + cnpj.calc_check_digits(root)
    key = parse_access_key(key_of(issuer, number, series=series))
    assert (key.issuer, key.number, key.series, key.model) == (issuer, number, series, "55")
    assert (key.state_code, key.year_month) == ("35", "2608")


@given(st.integers(0, 43), st.sampled_from("0123456789"))
def test_most_changed_digits_of_an_access_key_are_seen(place: int, to: str) -> None:
    """All but where the sum moves between the two remainders that share the check digit 0."""
    key = key_of()
    changed = key[:place] + to + key[place + 1 :]
    total = sum(int(c) * (2 + n % 8) for n, c in enumerate(reversed(changed[:-1])))
    expected = {0: "0", 1: "0"}.get(total % 11, str(11 - total % 11))
    try:
        parse_access_key(changed)
    except InvalidInput:
        assert changed[-1] != expected
    else:
        assert changed[-1] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "44 characters, not 0"),
        (key_of()[:-1], "44 characters, not 43"),
        (key_of().lower().replace("5", "a", 1), "digits, with capitals only in the CNPJ"),
        ("A" + key_of()[1:], "digits, with capitals only in the CNPJ"),
        (key_of()[:-2] + "\uff11" + key_of()[-1], "digits, with capitals only in the CNPJ"),
        (key_of()[:-1] + str((int(key_of()[-1]) + 1) % 10), "check digit"),
        ("9" * 1_000_000, "44 characters, not 1000000"),
    ],
)
def test_a_wrong_access_key_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_access_key(text, path="key")
    ((path, reason),) = caught.value.problems
    assert path == "key"
    assert said in reason


@given(st.text(max_size=50))
def test_any_text_is_an_access_key_or_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_access_key(text)


def test_rules_are_named_once() -> None:
    rules = nfe.RULES + nfe_key.RULES
    codes = [rule.code for rule in rules]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("nfe.") for code in codes)
    assert str(nfe_xml.MAX_BYTES) in " ".join(rule.says for rule in rules)
