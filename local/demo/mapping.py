"""Which column of a file is which field: a YAML document, or names we already know.

`local/portfolios/*.yaml` are tried in turn; a file whose header has all the columns of one of
them needs no option. `docs/demo.md` explains every key.
"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.demo.dialect import UnreadableFileError

PORTFOLIOS = Path(__file__).resolve().parents[1] / "portfolios"

FIELDS = (
    "external_id",
    "number",
    "description",
    "customer_id",
    "customer_name",
    "document",
    "email",
    "phone",
    "uf",
    "issue_date",
    "due_date",
    "amount",
    "paid_on",
    "paid_amount",
    "status",
)
REQUIRED = ("due_date", "amount")

_ALIASES = {
    "external_id": "id id_titulo id_fatura id_boleto codigo codigo_titulo nosso_numero invoice_id",
    "number": "numero numero_titulo titulo documento_fiscal nota nota_fiscal nf nfe fatura "
    "numero_documento num_titulo n_titulo duplicata invoice invoice_number",
    "description": "descricao historico produto servico memo",
    "customer_id": "id_cliente cod_cliente codigo_cliente id_pagador id_sacado customer",
    "customer_name": "cliente nome nome_cliente sacado pagador razao_social devedor name",
    "document": "cpf cnpj cpf_cnpj cnpj_cpf documento doc tax_id",
    "email": "e_mail emails email_cliente correio_eletronico",
    "phone": "telefone celular fone tel whatsapp phones mobile",
    "uf": "estado state",
    "issue_date": "emissao data_emissao dt_emissao data_de_emissao issued issue",
    "due_date": "vencimento data_vencimento dt_vencimento data_de_vencimento venc due",
    "amount": "valor valor_titulo valor_nominal vlr_nominal valor_original valor_total total saldo",
    "paid_on": "pagamento data_pagamento dt_pagamento data_de_pagamento data_baixa dt_baixa "
    "liquidacao data_liquidacao baixa paid_at paid_date",
    "paid_amount": "valor_pago vlr_pago valor_baixa vlr_baixa valor_recebido amount_paid",
    "status": "situacao estado_titulo tipo_baixa payment_status",
}


class StatusRules(BaseModel):
    """What the words of the status column mean; a word of no list is an error of its row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paid: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    withdrawn: dict[str, str] = Field(default_factory=dict)
    read: Literal["whole", "code"] = "whole"

    def meaning_of(self, cell: str) -> tuple[str, str] | None:
        """Return (`paid` | `withdrawn` | `open`, reason) or nothing for an unknown word."""
        word = cell.strip()
        if self.read == "code":
            word = word.split(" ", 1)[0]
        key = plain(word)
        if key in map(plain, self.paid):
            return "paid", ""
        for code, reason in self.withdrawn.items():
            if key == plain(code):
                return "withdrawn", reason
        return ("open", "") if key in map(plain, ("", *self.open)) else None


class Shift(BaseModel):
    """How the file's dates are moved to now: always by whole weeks, so weekdays hold.

    ``keep: bank_calendar`` looks for the next weeks in which the due dates also meet the same bank
    holidays; without it that is done when the file says who paid, so that lateness compares.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_due_to_day: int = Field(default=5, ge=1, le=365)
    keep: Literal["weekdays", "bank_calendar"] | None = None


class Mapping(BaseModel):
    """The mapping document."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    description: str = ""
    columns: dict[str, str]
    encoding: str | None = None
    delimiter: str | None = None
    decimal: Literal[",", "."] | None = None
    date_formats: tuple[str, ...] = ()
    defaults: dict[str, str] = Field(default_factory=dict)
    status: StatusRules = StatusRules(
        paid=("pago", "paga", "liquidado", "liquidada", "quitado", "quitada", "baixado", "paid"),
        open=(
            "aberto",
            "aberta",
            "em aberto",
            "pendente",
            "vencido",
            "vencida",
            "a vencer",
            "open",
        ),
        withdrawn={
            "cancelado": "título cancelado",
            "cancelada": "título cancelado",
            "cancelled": "título cancelado",
            "protestado": "enviado a protesto",
            "devolvido": "mercadoria devolvida",
        },
    )
    short_payment: Literal["keeps_balance", "settles"] = "keeps_balance"
    kind: Literal["person", "company"] | None = None
    generate_emails: bool = False
    generate_documents: bool = False
    shift: Shift = Shift()

    def misspelt(self) -> list[str]:
        """Return the names under `columns` and `defaults` that are not fields."""
        return sorted((set(self.columns) | set(self.defaults)) - set(FIELDS))


def plain(text: str) -> str:
    """Return text as a comparable name: no accents, lower case, words joined by `_`.

    >>> plain("Data de Emissão ")
    'data_de_emissao'
    """
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "_".join("".join(c if c.isalnum() else " " for c in flat).split())


def load_mapping(path: Path) -> Mapping:
    """Read and validate one mapping document.

    Raises:
        UnreadableFileError: naming every wrong key at once.
    """
    try:
        mapping = Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as exc:
        raise UnreadableFileError(f"não consegui ler o mapeamento {path}: {exc}") from exc
    except ValidationError as exc:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        raise UnreadableFileError(f"mapeamento {path.name} inválido: {wrong}") from exc
    if mapping.misspelt():
        raise UnreadableFileError(
            f"mapeamento {path.name}: campos desconhecidos {', '.join(mapping.misspelt())}; "
            f"os campos são {', '.join(FIELDS)}"
        )
    return mapping


def known_mappings(folder: Path = PORTFOLIOS) -> list[Mapping]:
    """Return the mappings that come with the project, sorted by file name."""
    return [load_mapping(path) for path in sorted(folder.glob("*.yaml"))]


def mapping_for(header: Iterable[str], known: Iterable[Mapping]) -> Mapping:
    """Return the mapping that fits a header: a known one, most columns first, or by usual names.

    Raises:
        UnreadableFileError: when a required field has no column.
    """
    names = tuple(header)
    fitting = [m for m in known if set(m.columns.values()) <= set(names)]
    if fitting:
        return max(fitting, key=lambda m: len(m.columns))
    return _by_usual_names(names)


def _by_usual_names(header: tuple[str, ...]) -> Mapping:
    by_plain_name: dict[str, str] = {}
    for name in header:
        by_plain_name.setdefault(plain(name), name)
    columns: dict[str, str] = {}
    for field in FIELDS:
        for alias in (field, *_ALIASES[field].split()):
            name = by_plain_name.get(alias, "")
            if name and name not in columns.values():
                columns[field] = name
                break
    require(columns, header)
    return Mapping(name="nomes usuais", columns=columns)


def require(columns: dict[str, str], header: Iterable[str]) -> None:
    """Check that the required fields have columns and that the columns exist.

    Raises:
        UnreadableFileError: listing what is missing and what the file has.
    """
    names = list(header)
    absent = [field for field in REQUIRED if field not in columns]
    if not {"external_id", "number"} & set(columns):
        absent.append("external_id (ou number)")
    if not {"customer_id", "document", "customer_name"} & set(columns):
        absent.append("customer_id (ou document, ou customer_name)")
    unknown = [column for column in columns.values() if column not in names]
    if absent or unknown:
        raise UnreadableFileError(
            (f"sem coluna para: {', '.join(absent)}. " if absent else "")
            + (f"colunas que o arquivo não tem: {', '.join(unknown)}. " if unknown else "")
            + f"O arquivo tem: {', '.join(names)}. Veja docs/demo.md, “A file of your own”."
        )
