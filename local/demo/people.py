"""Invented customers: names, addresses on reserved domains, habits; telephones are in `phones`.

The domain is `example.com.br`, invented companies have a subdomain of it, and the addresses of
the SES mailbox simulator stand for the mailboxes that bounce or complain.
"""

import random
import unicodedata

from local.demo.documents import cnpj_from, cpf_from
from local.demo.model import Behaviour, Customer, Payer, Reader
from local.demo.seeds import rng
from regua.domain.time_zones import UF_OF_DDD

DOMAIN = "example.com.br"
SIMULATOR = "simulator.amazonses.com"

_FIRST = (  # noqa: SIM905 - words read as words
    "Adriana Alice Ana Antônio Beatriz Benedita Bruno Caio Camila Carlos Cecília Cláudia Daniel "
    "Davi Débora Diego Eduardo Elaine Elisa Fábio Fernanda Flávia Francisca Gabriel Gilberto "
    "Heloísa Hugo Igor Inês Isabel Jéssica João José Júlia Kátia Larissa Léo Letícia Luís Luzia "
    "Marcos Maria Marta Mateus Nair Natália Otávio Patrícia Paulo Priscila Rafael Raimundo "
    "Regina Renata Rita Roberto Rosa Sandra Sebastião Sérgio Simone Sônia Tânia Tereza Tiago "
    "Valéria Vera Vicente Vitória Wagner Yara Zélia"
).split()
_LAST = (  # noqa: SIM905 - words read as words
    "Almeida Alves Araújo Assunção Barbosa Batista Borges Brito Campos Cardoso Carvalho Castro "
    "Conceição Correia Costa Cunha Dias Duarte Esteves Farias Fernandes Ferreira Fonseca Freitas "
    "Gomes Gonçalves Guimarães Leite Lima Lopes Macedo Machado Magalhães Marques Martins Melo "
    "Mendes Miranda Monteiro Morais Moreira Nascimento Nogueira Nunes Oliveira Pacheco Pereira "
    "Pinto Queirós Ramos Reis Ribeiro Rocha Rodrigues Sales Santana Santos Silva Siqueira Souza "
    "Tavares Teixeira Vasconcelos Vieira Xavier"
).split()
_TRADES = (  # noqa: SIM905 - words read as words
    "Padaria;Mercearia;Oficina Mecânica;Distribuidora;Papelaria;Clínica Veterinária;Construtora;"
    "Transportes;Confecções;Farmácia;Restaurante;Marcenaria;Autopeças;Materiais Elétricos;"
    "Escola;Gráfica;Laticínios;Metalúrgica;Floricultura;Contabilidade"
).split(";")
_MARKS = (  # noqa: SIM905 - words read as words
    "Aurora do Vale;Serra Clara;Ponte Nova Azul;Três Ipês;Rio Manso;Boa Colheita;Estrela do Campo;"
    "Pedra Redonda;Vento Leste;Lagoa Serena;Jacarandá;Canto da Mata;Porto Sereno;Alto da Figueira;"
    "Manacá;Sol de Inverno;Vila das Palmas;Ribeirão Doce;Quatro Folhas;Horizonte Largo"
).split(";")
_SUFFIXES = ("Ltda", "S.A.", "Eireli", "ME", "EPP")

# How often each state appears: roughly by population, and every state at least once in 300.
_UF_WEIGHT = {"SP": 22, "MG": 10, "RJ": 8, "BA": 7, "PR": 6, "RS": 6, "PE": 5, "CE": 5, "SC": 4}
_UFS = sorted(set(UF_OF_DDD.values()))

_COMPANY_SHARE = 0.42
_ALPHANUMERIC_SHARE = 0.2
_BOUNCING, _COMPLAINING, _WITHOUT_EMAIL = 0.02, 0.007, 0.03
_UNSUBSCRIBING, _STOPPING = 0.02, 0.05


def ascii_slug(text: str) -> str:
    """Return lower-case ASCII words joined by hyphens.

    >>> ascii_slug("Três Ipês S.A.")
    'tres-ipes-s-a'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def fate_of_mailbox(draw: float, label: str) -> str | None:
    """Return a simulator address for the few mailboxes that bounce or complain, else nothing.

    Args:
        draw: a number in [0, 1).
        label: makes the address unique; the simulator ignores what follows the plus sign.
    """
    if draw < _BOUNCING:
        return f"bounce+{label}@{SIMULATOR}"
    if draw < _BOUNCING + _COMPLAINING:
        return f"complaint+{label}@{SIMULATOR}"
    return None


def behaviour_of(dice: random.Random, *, payer: Payer | None = None) -> Behaviour:
    """Draw one customer's habits; ``payer`` fixes when they pay."""
    habits = (
        Payer.EARLY,
        Payer.ON_REMINDER,
        Payer.ON_DUE_DATE,
        Payer.AFTER_MESSAGES,
        Payer.PARTIALLY,
        Payer.NEVER,
    )
    readers = (
        Reader.PERSON,
        Reader.IMAGE_PROXY,
        Reader.PRIVACY_PREFETCH,
        Reader.CORPORATE_SCANNER,
        Reader.NOBODY,
    )
    drawn = dice.choices(habits, (14, 24, 22, 26, 5, 9))[0]
    return Behaviour(
        payer=payer or drawn,
        reader=dice.choices(readers, (38, 24, 14, 10, 14))[0],
        after_messages=dice.choices((1, 2, 3, 4), (4, 3, 2, 1))[0],
        clicks=dice.random() < 0.45,  # noqa: PLR2004 - a rate that has no other name
        unsubscribes=dice.random() < _UNSUBSCRIBING,
        pays_by=dice.choices(("pix", "boleto", "transfer"), (55, 40, 5))[0],
        stops=dice.random() < _STOPPING,
    )


def _uf(serial: int, dice: random.Random) -> str:
    if serial < len(_UFS):
        return _UFS[serial]
    return dice.choices(_UFS, [_UF_WEIGHT.get(uf, 1) for uf in _UFS])[0]


def _emails(serial: int, local_part: str, host: str, dice: random.Random) -> tuple[str, ...]:
    draw = dice.random()
    simulated = fate_of_mailbox(draw, f"c{serial:04d}")
    if simulated:
        return (simulated,)
    if draw > 1 - _WITHOUT_EMAIL:
        return ()
    return (f"{local_part}@{host}",)


def invented_customer(seed: int, serial: int) -> Customer:
    """Return the ``serial``-th customer of a seed; each has addresses and papers of their own."""
    dice = rng(seed, "customer", serial)
    external_id, uf = f"CLI-{serial + 1:04d}", _uf(serial, dice)
    if dice.random() < _COMPANY_SHARE:
        name = f"{dice.choice(_TRADES)} {dice.choice(_MARKS)} {dice.choice(_SUFFIXES)}"
        host = f"{ascii_slug(name)}-{serial + 1}.{DOMAIN}"
        kind, local_part = "company", "financeiro"
        document = cnpj_from(external_id, alphanumeric=dice.random() < _ALPHANUMERIC_SHARE)
    else:
        first, last = dice.choice(_FIRST), dice.choice(_LAST)
        name = f"{first} {dice.choice(_LAST)} {last}"
        host = dice.choice((DOMAIN, f"correio.{DOMAIN}", f"webmail.{DOMAIN}"))
        kind, local_part = "person", f"{ascii_slug(first)}.{ascii_slug(last)}{serial + 1}"
        document = cpf_from(external_id)
    return Customer(
        external_id=external_id,
        name=name,
        document=document,
        kind=kind,
        emails=_emails(serial, local_part, host, dice),
        uf=uf,
        behaviour=behaviour_of(dice),
    )
