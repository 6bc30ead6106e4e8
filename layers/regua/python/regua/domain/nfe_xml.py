"""The few values of an NF-e that a receivable needs, out of XML that may be hostile.

The file is read once, front to back, in small pieces; only the wanted values are kept, so memory
does not follow the size of the file. A document type, entities, other charsets and processing
instructions have no place in an NF-e and end the reading where they stand, before anything in them
can act. What the values mean is `regua.domain.nfe`'s business.

Source: MOC, anexo I (layout 4.00): XML 1.0, UTF-8, namespace of Portal Fiscal.
"""

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from regua.domain.errors import InvalidInput

NAMESPACE: Final = "http://www.portalfiscal.inf.br/nfe"
MAX_BYTES = 2 * 1024 * 1024
"""Four times what SEFAZ itself accepts."""
MAX_DEPTH = 32
MAX_ELEMENTS = 200_000
"""An NF-e of 990 items, the most it can hold, has about half of that."""
MAX_TEXT = 1000
"""Per wanted value; the longest in the layout is 60 characters."""
_PIECE = 65536
"""The most that is read on after an error was found: expat ends its piece before it lets go."""
_WRAPPERS = ("nfeProc.", "NFe.")
_INVOICE = "infNFe"
_REPEATED = "infNFe.cobr.dup"
_ELSEWHERE = "*"
"""Stands for an element of another namespace, such as the signature: nothing wanted is below."""

_GROUPS = {
    "infNFe.ide": ("mod", "nNF", "dhEmi", "tpNF", "tpAmb", "finNFe"),
    "infNFe.emit": ("CNPJ", "CPF", "xNome"),
    "infNFe.dest": ("CNPJ", "CPF", "idEstrangeiro", "xNome", "email"),
    "infNFe.dest.enderDest": ("UF", "fone"),
    "infNFe.total.ICMSTot": ("vNF",),
    "infNFe.cobr.fat": ("nFat", "vOrig", "vDesc", "vLiq"),
    "infNFe.cobr.dup": ("nDup", "dVenc", "vDup"),
    "protNFe.infProt": ("chNFe", "cStat"),
}
WANTED = frozenset(f"{group}.{name}" for group, names in _GROUPS.items() for name in names)
"""Paths of the values that are kept, ``dup`` not counted."""

_OTHER_ROOTS = {
    "procEventoNFe": "an event of an NF-e, such as a cancellation",
    "retEnvEvento": "the answer to an event of an NF-e, such as a cancellation",
    "envEvento": "an event of an NF-e, such as a cancellation",
    "evento": "an event of an NF-e, such as a cancellation",
    "procCancNFe": "a cancellation of an NF-e",
    "cancNFe": "a cancellation of an NF-e",
    "retCancNFe": "a cancellation of an NF-e",
    "procInutNFe": "a void range of NF-e numbers",
    "inutNFe": "a void range of NF-e numbers",
    "resNFe": "the summary of an NF-e, without its instalments",
    "resEvento": "the summary of an event",
    "enviNFe": "a batch of NF-e on its way to SEFAZ",
    "cteProc": "a transport document (CT-e)",
    "CTe": "a transport document (CT-e)",
    "mdfeProc": "a cargo manifest (MDF-e)",
    "MDFe": "a cargo manifest (MDF-e)",
    "NFSe": "a service invoice (NFS-e), which has no instalments",
    "CompNfse": "a service invoice (NFS-e), which has no instalments",
    "DPS": "a service declaration (DPS), which has no instalments",
}


@dataclass(frozen=True, slots=True)
class NfeValues:
    """Wanted values by path (``infNFe.cobr.dup[2].vDup``, counted from 1), and how many ``dup``."""

    texts: dict[str, str]
    duplicatas: int


def read_values(data: bytes) -> NfeValues:
    """Read one file, and refuse what is no NF-e or not safe to read.

    Raises:
        InvalidInput: at the line and column where reading ended, or at the path of a value that
            is given twice, too long, or holds elements.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput.at("file", f"larger than {MAX_BYTES} bytes")
    _require_utf8(data)
    reader = _Reader()
    for start in range(0, len(data), _PIECE):
        reader.feed(data[start : start + _PIECE])
    reader.feed(b"", is_last=True)
    return NfeValues(reader.texts, reader.duplicatas)


def _require_utf8(data: bytes) -> None:
    """Refuse other charsets, whatever the file declares.

    A null byte is valid UTF-8, but in XML it only comes from UTF-16 or UTF-32, which expat would
    recognise by it and read, although it was told to expect UTF-8.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as exc:
        wrong = exc.start
    else:
        wrong = data.find(b"\0")
    if wrong >= 0:
        lines = data[:wrong].split(b"\n")
        where = f"line {len(lines)}, column {len(lines[-1]) + 1}"
        raise InvalidInput.at(where, "is not UTF-8, the charset of an NF-e")


@dataclass(slots=True)
class _Reader:
    """Follows one document: where it is, what it has kept, what it has counted."""

    texts: dict[str, str] = field(default_factory=dict)
    duplicatas: int = 0
    _elements: int = 0
    _paths: list[str] = field(default_factory=list)
    _value: list[str] | None = None
    _parser: expat.XMLParserType = field(
        default_factory=lambda: expat.ParserCreate("utf-8", namespace_separator=" ")
    )

    def __post_init__(self) -> None:
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._on_declaration
        self._parser.StartDoctypeDeclHandler = self._on_doctype
        self._parser.ProcessingInstructionHandler = self._on_instruction
        self._parser.StartElementHandler = self._on_start
        self._parser.CharacterDataHandler = self._on_text
        self._parser.EndElementHandler = self._on_end

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Read on."""
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as exc:
            where = f"line {exc.lineno}, column {exc.offset + 1}"
            reason = f"is not well-formed XML: {expat.ErrorString(exc.code)}"
            raise InvalidInput.at(where, reason) from None

    def _refusal(self, reason: str) -> InvalidInput:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        return InvalidInput.at(f"line {line}, column {column}", reason)

    def _on_declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0":
            raise self._refusal("declares another version of XML than 1.0")
        if encoding is not None and encoding.lower() != "utf-8":
            raise self._refusal("declares another charset than UTF-8")

    def _on_doctype(self, *_: object) -> None:
        raise self._refusal("has a document type (DOCTYPE), which an NF-e has not")

    def _on_instruction(self, _target: str, _text: str) -> None:
        raise self._refusal("has a processing instruction, which an NF-e has not")

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise self._refusal(f"has more than {MAX_ELEMENTS} elements")
        if len(self._paths) == MAX_DEPTH:
            raise self._refusal(f"is nested more than {MAX_DEPTH} deep")
        if self._value is not None:
            raise InvalidInput.at(self._paths[-1], "has elements where a value belongs")
        namespace, _, local = name.rpartition(" ")
        if not self._paths:
            self._require_root(namespace, local)
        path = self._path(local if namespace == NAMESPACE else _ELSEWHERE)
        self._paths.append(path)
        if path == _INVOICE:
            self._keep(f"{_INVOICE}.Id", attributes.get("Id", ""))
        if path.replace(f"[{self.duplicatas}]", "") in WANTED:
            self._value = []

    def _require_root(self, namespace: str, local: str) -> None:
        if local in _OTHER_ROOTS:
            raise self._refusal(f"is no NF-e but {_OTHER_ROOTS[local]}")
        if local not in {"nfeProc", "NFe"}:
            raise self._refusal("is no NF-e: the root element is neither nfeProc nor NFe")
        if namespace != NAMESPACE:
            raise self._refusal("is no NF-e: the root element is not in its namespace")

    def _path(self, local: str) -> str:
        """Return where an element stands, counted below the wrappers ``nfeProc`` and ``NFe``."""
        path = f"{self._paths[-1]}.{local}" if self._paths else local
        for wrapper in _WRAPPERS:
            path = path.removeprefix(wrapper)
        if path == _REPEATED:
            self.duplicatas += 1
            return f"{path}[{self.duplicatas}]"
        return path

    def _on_text(self, text: str) -> None:
        if self._value is None:
            return
        self._value.append(text)
        if sum(map(len, self._value)) > MAX_TEXT:
            raise InvalidInput.at(self._paths[-1], f"is longer than {MAX_TEXT} characters")

    def _on_end(self, _name: str) -> None:
        path = self._paths.pop()
        if self._value is not None:
            self._keep(path, "".join(self._value).strip())
            self._value = None

    def _keep(self, path: str, text: str) -> None:
        if path in self.texts:
            raise InvalidInput.at(path, "is given more than once")
        self.texts[path] = text
