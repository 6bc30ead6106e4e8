"""The fields that a file may have, and the names that Brazilian systems give their columns."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from regua.domain.imports.dialect import UnreadableFileError

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
    "boleto_number",
    "boleto_line",
    "pix_copy_paste",
    "payment_url",
)
REQUIRED = ("due_date", "amount")
IDENTITY = ("external_id", "number")
OWNER = ("customer_id", "document", "customer_name")
LONGEST_ID = 120
"""Characters of an id, as the contract of events allows."""
ROW_COLUMN, REASON_COLUMN = "regua_linha", "regua_motivo"
"""What a file of errors adds; both are left out when it is sent again."""

ALIASES = {
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
    "boleto_number": "nosso_numero nosso_num nossonumero",
    "boleto_line": "linha_digitavel codigo_barras codigo_de_barras barcode",
    "pix_copy_paste": "pix copia_e_cola pix_copia_e_cola br_code qr_code",
    "payment_url": "link url link_pagamento link_de_pagamento url_pagamento link_boleto",
}
"""By field, the usual names, most telling first; accents, case and spaces do not count."""


def plain(text: str) -> str:
    """Return text as a comparable name: no accents, lower case, words joined by `_`.

    >>> plain("Data de Emissão ")
    'data_de_emissao'
    """
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "_".join("".join(c if c.isalnum() else " " for c in flat).split())


def as_id(text: str) -> str:
    """Return an identity as the contract allows it: `A#1` is told as `A_1`.

    >>> as_id("47428/1 A#1"), as_id("10%")
    ('47428/1 A_1', '10_')
    """
    return re.sub(r"[\x00-\x1f#%]", "_", text.strip())


def short_id(name: str) -> str:
    """Return an id that we make up, its tail hashed when it would be too long for an id.

    >>> short_id("boleto:341:1"), len(short_id("boleto:341:" + "1" * 200))
    ('boleto:341:1', 39)
    """
    if len(name) <= LONGEST_ID:
        return name
    kind, _, _ = name.partition(":")
    return f"{kind}:{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def usual_columns(header: Iterable[str]) -> dict[str, str]:
    """Return, by field, the columns of a header that have a usual name; each column once.

    >>> usual_columns(["Título", "Sacado", "Vencimento", "Valor"])["due_date"]
    'Vencimento'
    """
    by_plain_name: dict[str, str] = {}
    for name in header:
        by_plain_name.setdefault(plain(name), name)
    columns: dict[str, str] = {}
    for field in FIELDS:
        for alias in (field, *ALIASES[field].split()):
            name = by_plain_name.get(alias, "")
            if name and name not in columns.values():
                columns[field] = name
                break
    return columns


def require(columns: Mapping[str, str], header: Iterable[str]) -> None:
    """Check that the required fields have columns and that the columns exist.

    Raises:
        UnreadableFileError: listing what is missing and what the file has.
    """
    names = list(header)
    absent = [field for field in REQUIRED if field not in columns]
    if not set(IDENTITY) & set(columns):
        absent.append("external_id (ou number)")
    if not set(OWNER) & set(columns):
        absent.append("customer_id (ou document, ou customer_name)")
    unknown = [column for column in columns.values() if column not in names]
    if absent or unknown:
        raise UnreadableFileError(
            (f"sem coluna para: {', '.join(absent)}. " if absent else "")
            + (f"colunas que o arquivo não tem: {', '.join(unknown)}. " if unknown else "")
            + f"O arquivo tem: {', '.join(names)}."
        )
