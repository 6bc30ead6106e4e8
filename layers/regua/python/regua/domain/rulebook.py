"""Every rule the domain holds to, chapter by chapter: what docs/rules.md is written from."""

from collections.abc import Mapping

from regua.domain import (
    block_lists,
    calendar,
    consent,
    contact_hours,
    contact_policy,
    contact_results,
    document_digits,
    holds,
    identification,
    interest,
    late_charges,
    listing,
    nfe,
    nfe_key,
    page_rules,
    payment_receipts,
    phones,
    plans,
    prescription,
    protest,
    same_money,
    state_holidays,
    tax_ids,
    time_zones,
    whatsapp_templates,
    wording,
)
from regua.domain.boleto import (
    bank_boleto,
    bank_code,
    barcode,
    due_factor,
    nosso_numero,
    utility_bill,
)
from regua.domain.cnab import fields, interest_codes, layouts, occurrences, retorno
from regua.domain.negotiation import carry, life, offers
from regua.domain.pix import (
    asked,
    br_code,
    charge,
    charge_check,
    entries,
    keys,
    today_code,
    webhook,
)
from regua.domain.rules import Rule

CHAPTERS: Mapping[str, tuple[Rule, ...]] = {
    "Late charges and payoff": (*late_charges.RULES, *interest.RULES),
    "Calendars and clocks": (*calendar.RULES, *state_holidays.RULES, *time_zones.RULES),
    "Identifiers": (*tax_ids.RULES, *phones.RULES, *nfe_key.RULES),
    "Pix": (
        *keys.RULES,
        *br_code.RULES,
        *charge.RULES,
        *charge_check.RULES,
        *asked.RULES,
        *today_code.RULES,
        *webhook.RULES,
        *entries.RULES,
        *same_money.RULES,
    ),
    "Boleto": (
        *barcode.RULES,
        *bank_boleto.RULES,
        *utility_bill.RULES,
        *due_factor.RULES,
        *bank_code.RULES,
        *nosso_numero.RULES,
    ),
    "CNAB return files": (
        *retorno.RULES,
        *layouts.RULES,
        *fields.RULES,
        *occurrences.RULES,
        *interest_codes.RULES,
    ),
    "NF-e": nfe.RULES,
    "Recurring plans": plans.RULES,
    "Holds, promises and human contact": (*holds.RULES, *contact_results.RULES),
    "Settlements": (*offers.RULES, *life.RULES, *carry.RULES),
    "Customer's page": document_digits.RULES,
    "Contact": (
        *contact_policy.RULES,
        *consent.RULES,
        *contact_hours.RULES,
        *block_lists.RULES,
        *payment_receipts.RULES,
    ),
    "What is said": (*identification.RULES, *wording.RULES, *whatsapp_templates.RULES),
    "A creditor's own look and words": page_rules.RULES,
    "Until when, and listing": (*prescription.RULES, *listing.RULES, *protest.RULES),
}
