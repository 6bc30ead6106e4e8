"""What the routes about rulers answer, as types: versions, experiments, simulations."""

from datetime import date, datetime
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from regua.domain.ruler import Channel
from regua.domain.rulers import Backfill, InFlight

from .answers import Counts, DecimalText, ProblemAt


class RulerVersion(TypedDict):
    """One version of a ruler, as it was written; version 0 came with the creditor."""

    name: str
    version: int
    at: datetime | None
    in_flight: InFlight | None
    backfill: Backfill | None
    document: Annotated[
        dict[str, object], Field(description="The ruler document, exactly as it was written")
    ]


class WrittenRuler(RulerVersion):
    """The version that is in force now, and what is doubtful about it."""

    warnings: list[ProblemAt]


class RulerVersions(TypedDict):
    """Every version of a ruler, oldest first."""

    name: str
    versions: list[RulerVersion]


class Uplift(TypedDict):
    """How much more of an arm was settled than of its control, with a 95 % interval."""

    difference: float
    low: float
    high: float


class Arm(TypedDict):
    """One arm of an experiment."""

    arm: str
    exposed: int
    settled: int
    recovered_centavos: int
    uplift: Annotated[Uplift | None, Field(description="None for the control, and without counts")]


class Experiment(TypedDict):
    """What the arms of a step brought."""

    step_id: str
    control: str
    arms: list[Arm]


class Experiments(TypedDict):
    """The experiments of a ruler's steps."""

    name: str
    experiments: list[Experiment]


class WrittenAssignment(TypedDict):
    """Who follows which ruler, as it was written."""

    default_ruler: str
    segments: NotRequired[list[dict[str, object]]]
    hold_out_percent: NotRequired[str | float]
    backfill: NotRequired[Backfill]


class DayVolume(TypedDict):
    """Contacts of one day by one channel."""

    day: date
    channel: Channel
    contacts: int


class StepVolume(TypedDict):
    """Contacts of one step by one channel."""

    ruler: str
    step_id: str
    channel: Channel
    contacts: int


class Peak(TypedDict):
    """The day with the most contacts."""

    day: date
    contacts: int


class Simulation(TypedDict):
    """What a creditor's rulers would do in so many days."""

    start: date
    days: int
    accounts: int
    invoices: int
    contacts: int
    by_channel: dict[Channel, int]
    by_day: list[DayVolume]
    by_step: list[StepVolume]
    by_hour: Counts
    next_channels: int
    peak: Peak | None
    cost_centavos: DecimalText
    cost_centavos_by_channel: dict[Channel, DecimalText]
    price_centavos: dict[Channel, DecimalText]
    deferrals: Counts
    suppressions: Counts
    left_out: Counts
    accounts_contacted: int
    not_contacted: Counts
    most_contacts_per_customer: int
    contacts_per_customer: Counts
    rulers_ended: int


class SimulatedDifference(TypedDict):
    """The candidate's counts less those of the rulers in force."""

    contacts: int
    cost_centavos: DecimalText
    accounts_contacted: int
    rulers_ended: int
    by_channel: dict[Channel, int]
    by_day: Counts


class SimulatedContact(TypedDict):
    """One contact that the candidate would make."""

    on: date
    at: Annotated[str, Field(description="The hour and minute by the ruler's clock")]
    channel: Channel
    step_id: str
    customer_external_id: str
    invoices: list[str]


class SimulatedComparison(TypedDict):
    """Both simulations; counts of several calls add up."""

    current: Simulation
    candidate: Simulation
    difference: SimulatedDifference
    contacts: Annotated[list[SimulatedContact], Field(description="The candidate's first ones")]
    cursor: Annotated[str | None, Field(description="Where to go on; None when all was seen")]
