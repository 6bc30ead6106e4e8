"""What a verification found: checks with a code for machines and a sentence for people."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self


class Outcome(StrEnum):
    """What became of a check."""

    OK = "ok"
    FAILED = "failed"
    ABSENT = "absent"
    """There is nothing to check, or nothing to check it against: said, and no fault."""


class CheckCode(StrEnum):
    """What is checked."""

    FILES = "files"
    CONTAINER = "container"
    MANIFEST = "manifest"
    ENTRIES = "entries"
    CHAIN = "chain"
    PRIVATE = "private_facts"
    EXACT = "exact_bytes"
    DKIM = "dkim"
    ENVELOPES = "provider_signatures"
    STATEMENT = "seal_statement"
    SIGNATURE = "seal_signature"
    KEY = "seal_key"
    STAMP = "time_stamp"
    AUTHORITY = "time_stamp_authority"
    ORDER = "seal_order"
    INCLUSION = "seal_inclusion"
    SEALED = "sealed"
    END = "end"
    TIMES = "times"
    PDF_SIGNATURE = "pdf_signature"
    PDF_KEY = "pdf_key"
    PDF_SIGNER = "pdf_signer"
    PDF_STAMP = "pdf_time_stamp"


_O = Outcome
_C = CheckCode
_SENTENCES: Mapping[tuple[CheckCode, Outcome], str] = {
    (_C.FILES, _O.OK): "Arquivos iguais ao SHA-256 relacionado no índice: {count}.",
    (_C.FILES, _O.FAILED): "O arquivo foi alterado: seu SHA-256 não é o relacionado no índice.",
    (_C.CONTAINER, _O.ABSENT): (
        "O arquivo zip foi reempacotado depois de emitido. Isso não prejudica a verificação, feita"
        " arquivo por arquivo."
    ),
    (_C.MANIFEST, _O.OK): (
        "O índice (número, data de emissão e nome do credor) está protegido pela assinatura do"
        " laudo em PDF."
    ),
    (_C.MANIFEST, _O.ABSENT): (
        "O número, a data de emissão e o nome do credor constam apenas do índice, que não é"
        " assinado: quem os comprova é a assinatura do laudo em PDF."
    ),
    (_C.ENTRIES, _O.OK): "Fatos escritos na forma prevista: {count}.",
    (_C.ENTRIES, _O.FAILED): "O fato nº {place} não está escrito na forma prevista.",
    (_C.CHAIN, _O.OK): "Sequência sem lacuna nem alteração, na ordem, até o fato nº {count}.",
    (_C.CHAIN, _O.FAILED): (
        "A sequência de fatos está rompida no nº {place}: um fato foi alterado, retirado, incluído"
        " ou trocado de lugar."
    ),
    (_C.CHAIN, _O.ABSENT): "Nenhum fato foi registrado para esta mensagem.",
    (_C.PRIVATE, _O.OK): "Dados pessoais iguais aos registrados na época. Fatos: {count}.",
    (_C.PRIVATE, _O.FAILED): "Os dados pessoais do fato nº {place} não são os registrados.",
    (_C.PRIVATE, _O.ABSENT): (
        "Dados pessoais eliminados (LGPD); os resumos continuam a comprovar a história."
        " Fatos: {count}."
    ),
    (_C.EXACT, _O.OK): "Conteúdo exato igual ao resumo registrado. Fatos: {count}.",
    (_C.EXACT, _O.FAILED): "O conteúdo exato do fato nº {place} não é o registrado.",
    (_C.EXACT, _O.ABSENT): (
        "Conteúdo exato eliminado (LGPD); os resumos permanecem. Fatos: {count}."
    ),
    (_C.DKIM, _O.OK): "A assinatura DKIM do e-mail é válida (domínio {domain}).",
    (_C.DKIM, _O.FAILED): "A assinatura DKIM do e-mail não é válida (domínio {domain}).",
    (_C.DKIM, _O.ABSENT): "O e-mail não traz assinatura DKIM com chave arquivada aqui.",
    (_C.ENVELOPES, _O.OK): (
        "Assinaturas do provedor válidas pelo certificado arquivado no recebimento; confira se é da"
        " Amazon: {count}."
    ),
    (_C.ENVELOPES, _O.FAILED): "A assinatura do provedor no aviso do fato nº {place} não é válida.",
    (_C.ENVELOPES, _O.ABSENT): (
        "Avisos do provedor sem assinatura que se possa conferir aqui: {count}."
    ),
    (
        _C.STATEMENT,
        _O.OK,
    ): "A declaração do selo está na forma prevista. Mensagens seladas: {count}.",
    (_C.STATEMENT, _O.FAILED): "A declaração do selo não está na forma prevista.",
    (_C.SIGNATURE, _O.OK): "A assinatura do selo é válida (ECDSA P-256, SHA-256).",
    (_C.SIGNATURE, _O.FAILED): "A assinatura do selo não é válida.",
    (_C.KEY, _O.OK): "A chave que assinou o selo é a do emissor, informada por fora do arquivo.",
    (
        _C.KEY,
        _O.FAILED,
    ): "A chave que assinou o selo não é a que a declaração ou o emissor informa.",
    (_C.KEY, _O.ABSENT): (
        "A chave que assinou o selo veio no próprio arquivo; informe a chave do emissor para"
        " comprovar quem assinou."
    ),
    (_C.STAMP, _O.OK): "O carimbo do tempo é válido: {stamped_at}.",
    (_C.STAMP, _O.FAILED): "O carimbo do tempo não é válido para a assinatura deste selo.",
    (_C.STAMP, _O.ABSENT): (
        "O carimbo do tempo não pôde ser conferido: não há certificado da autoridade de carimbo."
    ),
    (_C.AUTHORITY, _O.OK): (
        "O carimbo do tempo é da autoridade cujo certificado foi informado por fora do arquivo."
    ),
    (_C.AUTHORITY, _O.ABSENT): (
        "O certificado da autoridade de carimbo veio no próprio arquivo; informe o dela para"
        " comprovar quem carimbou."
    ),
    (_C.ORDER, _O.OK): "O selo está ligado ao anterior.",
    (_C.ORDER, _O.FAILED): "O selo não está ligado ao anterior: um deles foi trocado.",
    (_C.INCLUSION, _O.OK): "O selo nº {seal} abrange os fatos de 1 a {seq} (prova de Merkle).",
    (_C.INCLUSION, _O.FAILED): "A prova de que o selo nº {seal} abrange a mensagem não confere.",
    (_C.SEALED, _O.OK): "Todos os fatos estão selados.",
    (_C.SEALED, _O.ABSENT): (
        "Fatos ainda não selados: {count}. O selo é aplicado periodicamente; peça nova emissão mais"
        " tarde."
    ),
    (_C.END, _O.OK): ("O laudo assinado fixa o fim da sequência na data da emissão ({issued})."),
    (_C.END, _O.ABSENT): (
        "Fatos posteriores ao último aqui incluído não podem ser excluídos por este arquivo; o"
        " laudo assinado os fixa na data da emissão."
    ),
    (_C.TIMES, _O.OK): "Nenhum fato selado tem data posterior à do carimbo do tempo.",
    (_C.TIMES, _O.FAILED): "O fato nº {place} tem data posterior à do carimbo do tempo que o sela.",
    (_C.PDF_SIGNATURE, _O.OK): (
        "A assinatura do laudo em PDF é válida e abrange o arquivo inteiro, anexos incluídos."
    ),
    (_C.PDF_SIGNATURE, _O.FAILED): (
        "A assinatura do laudo em PDF não é válida, ou o arquivo mudou depois de assinado."
    ),
    (_C.PDF_KEY, _O.OK): "O laudo foi assinado com a chave do emissor ({signer}).",
    (_C.PDF_KEY, _O.FAILED): (
        "O laudo não foi assinado com a chave do emissor, mas com a de {signer}: não foi este"
        " emissor quem o assinou."
    ),
    (_C.PDF_KEY, _O.ABSENT): (
        "O certificado de quem assinou o laudo ({signer}) veio no próprio arquivo; informe a chave"
        " do emissor para comprovar quem assinou."
    ),
    (_C.PDF_SIGNER, _O.OK): "O certificado do signatário do laudo é da cadeia informada: {signer}.",
    (_C.PDF_SIGNER, _O.FAILED): (
        "O certificado do signatário do laudo ({signer}) não é da cadeia informada, ou não valia"
        " quando assinou."
    ),
    (_C.PDF_STAMP, _O.OK): "O carimbo do tempo da assinatura do laudo é válido: {signed_at}.",
    (_C.PDF_STAMP, _O.FAILED): (
        "A assinatura do laudo não traz carimbo do tempo válido da autoridade informada: não se"
        " comprova quando foi feita."
    ),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what of, on what, and what became of it."""

    code: CheckCode
    subject: str
    """A path, a message (``dispatch_id``), or a seal (its folder); empty for the whole file."""
    outcome: Outcome
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Say it in Portuguese."""
        return _SENTENCES[self.code, self.outcome].format_map(self.facts)

    def document(self) -> dict[str, str]:
        """Return the check as JSON values."""
        return {
            "code": self.code.value,
            "subject": self.subject,
            "outcome": self.outcome.value,
            "sentence": self.sentence,
        }


class Conclusion(StrEnum):
    """What all checks come to."""

    PROVEN = "proven"
    """Nothing failed, every message is sealed, the issuer's signature says that nothing is left out
    at the end, and who sealed, stamped and signed is known from outside the file."""
    PARTLY_PROVEN = "partly_proven"
    """As proven, but for facts or messages that are not sealed yet, or facts that may have come
    after the last one in the file."""
    CONSISTENT = "consistent"
    """Nothing failed, but nothing is sealed yet, or who sealed or signed it only the file says."""
    INVALID = "invalid"


_PROOF = frozenset({CheckCode.KEY, CheckCode.STAMP, CheckCode.AUTHORITY, CheckCode.PDF_KEY})
"""What a seal or a laudo is worth nothing without, to somebody who does not trust the file."""

HEADLINES = {
    Conclusion.PROVEN: "Evidências íntegras e comprovadas.",
    Conclusion.PARTLY_PROVEN: ("Evidências íntegras e comprovadas, com as ressalvas assinaladas."),
    Conclusion.CONSISTENT: (
        "Evidências íntegras, mas ainda sem comprovação independente: veja os itens assinalados."
    ),
    Conclusion.INVALID: "Evidências inválidas: há alteração, falta ou troca de conteúdo.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every check, and when what was sealed existed at the latest."""

    checks: tuple[Check, ...]
    stamped_at: Mapping[int, datetime] = field(default_factory=dict)
    """The valid time stamps' own instants, by seal."""

    @property
    def valid(self) -> bool:
        """Whether no check failed."""
        return not self.of(Outcome.FAILED)

    @property
    def conclusion(self) -> Conclusion:
        """What it comes to."""
        if not self.valid:
            return Conclusion.INVALID
        ok, absent = self.of(Outcome.OK), self.of(Outcome.ABSENT)
        messages = {check.subject for check in ok if check.code is CheckCode.CHAIN}
        sealed = {check.subject for check in ok if check.code is CheckCode.INCLUSION}
        open_questions = {check.code for check in absent} & _PROOF
        if open_questions or not sealed:
            return Conclusion.CONSISTENT
        has_rest = any(check.code in {CheckCode.SEALED, CheckCode.END} for check in absent)
        is_whole = messages <= sealed and not has_rest
        return Conclusion.PROVEN if is_whole else Conclusion.PARTLY_PROVEN

    @property
    def headline(self) -> str:
        """Say what it comes to, in one Portuguese sentence."""
        return HEADLINES[self.conclusion]

    def of(self, outcome: Outcome) -> tuple[Check, ...]:
        """Return the checks with an outcome."""
        return tuple(check for check in self.checks if check.outcome is outcome)

    def with_checks(self, more: Iterable[Check], *, instead_of: Collection[CheckCode] = ()) -> Self:
        """Return the verdict with checks from elsewhere before its own."""
        kept = tuple(check for check in self.checks if check.code not in instead_of)
        return type(self)((*more, *kept), self.stamped_at)
