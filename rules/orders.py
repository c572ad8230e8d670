"""What is known of an order? The frozen state that folding its events gives."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import field

from rules.events import Attribute, Customer, EventKey, FactValue, Item, OrderKey, Position
from rules.record import Record
from rules.stages import ORDER_STAGES, PARCEL_STAGES, STAGES, Stage

WHOLE_ORDER = ""
"""The parcel of the stages that are kept once for the order."""
DEFAULT_PARCEL = "1"
"""The parcel's name while no source has named one."""
MISSING_PARCEL = "?"
"""Stands for the parcels that are expected and that no source has named yet."""


NOBODY_YET = Customer()
"""The customer of an order that no source has named one for."""


class OrderState(StrEnum):
    """Where the order stands as a whole."""

    OPEN = "open"
    """Under way."""
    CANCELLED = "cancelled"
    """Cancelled; all clocks stand still."""
    COMPLETED = "completed"
    """Every stage of every parcel is done."""


class Fact(Record, frozen=True, kw_only=True):
    """A value, who gave it and when it became true there."""

    value: FactValue
    source: str
    at: datetime


class Run(Record, frozen=True, kw_only=True):
    """One attempt at a stage. A failed or reopened stage gets the next number."""

    stage: Stage
    parcel: str = WHOLE_ORDER
    number: int = 1
    opened_at: datetime | None = None
    """When a failure or a reopening began this run; None for the first."""
    started_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    inferred: bool = False
    """Whether the completion was concluded from news of a later stage."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been heard of this run."""
        return self.updated_at is None and self.completed_at is None


class Parcel(Record, frozen=True, kw_only=True):
    """What is known of one parcel beside its stages."""

    name: str
    facts: Mapping[Attribute, Fact] = field(default_factory=dict[Attribute, Fact])


class Shortage(Record, frozen=True, kw_only=True):
    """Goods of the order that the warehouse does not have."""

    at: datetime
    source: str
    sku: str | None
    qty: int


class Contact(Record, frozen=True, kw_only=True):
    """The customer's latest word to the shop, before we reached them."""

    at: datetime
    channel: str


class Refund(Record, frozen=True, kw_only=True):
    """The customer asks for money back; `fen` is None when the source did not say how much."""

    at: datetime
    fen: int | None


class Operation(Record, frozen=True, kw_only=True):
    """Who touched the order last, in which system."""

    at: datetime
    system: str
    action: str
    operator: str | None = None
    note: str | None = None


class Order(Record, frozen=True, kw_only=True):
    """The order as its events tell it."""

    key: OrderKey
    created_at: datetime | None = None
    facts: Mapping[Attribute, Fact] = field(default_factory=dict[Attribute, Fact])
    items: tuple[Item, ...] = ()
    customer: Customer = NOBODY_YET
    not_before: datetime | None = None
    skip: tuple[Stage, ...] = ()
    runs: tuple[Run, ...] = ()
    """In the order of stages, then of parcels by name; blank first runs are left out."""
    parcels: tuple[Parcel, ...] = ()
    """The parcels heard of in the present runs, by name."""
    first_parcel: str | None = None
    """The name a source gave to the parcel first known as DEFAULT_PARCEL; "1" can be such a name."""
    cancelled_at: datetime | None = None
    resumed_at: datetime | None = None
    shortages: tuple[Shortage, ...] = ()
    """What is short now, at most one entry for each SKU, oldest first."""
    contact: Contact | None = None
    refund: Refund | None = None
    last_operation: Operation | None = None
    last_position: Position | None = None
    """The newest event folded in; an older one calls for folding afresh."""
    retracted: tuple[EventKey, ...] = ()
    """The events that were taken back, arrived or not."""
    observed_at: datetime | None = None
    """The latest arrival among the events."""

    def value(self, attribute: Attribute) -> FactValue | None:
        """The value of a fact, or None."""
        fact = self.facts.get(attribute)
        return None if fact is None else fact.value

    def text(self, attribute: Attribute) -> str | None:
        """The value of a fact that is text, or None."""
        fact = self.facts.get(attribute)
        return fact.value if fact is not None and isinstance(fact.value, str) else None

    def parcel_text(self, parcel: str, attribute: Attribute) -> str | None:
        """The text that is true of a parcel: its own, else the order's unless that is another parcel's; or None."""
        known = {one.name: one.facts.get(attribute) for one in self.parcels}
        own, general = known.get(parcel), self.facts.get(attribute)
        fact = None if own is None and general in known.values() else own or general
        return fact.value if fact is not None and isinstance(fact.value, str) else None

    def run(self, stage: Stage, parcel: str = WHOLE_ORDER) -> Run:
        """The present run of a stage, blank when nothing was heard of it."""
        for run in self.runs:
            if run.stage is stage and run.parcel == parcel:
                return run
        return Run(stage=stage, parcel=parcel)

    @property
    def shortage(self) -> Shortage | None:
        """The latest of the shortages, or None."""
        return self.shortages[-1] if self.shortages else None

    @property
    def default_parcel(self) -> str:
        """What the parcel that had no name at first is called now."""
        return self.first_parcel or DEFAULT_PARCEL

    @property
    def expected_parcels(self) -> int:
        """How many parcels a source announced; 1 when none did."""
        value = self.value(Attribute.PARCELS)
        return value if isinstance(value, int) and value > 0 else 1

    @property
    def parcel_names(self) -> tuple[str, ...]:
        """The parcels to watch: those known, and one stand-in while fewer are known than expected."""
        known = tuple(parcel.name for parcel in self.parcels)
        if not known:
            return (self.default_parcel,)
        return known if len(known) >= self.expected_parcels else (*known, MISSING_PARCEL)

    def present_runs(self) -> Iterator[Run]:
        """One run for each stage of the order and of each parcel, blank ones included."""
        for stage in ORDER_STAGES:
            yield self.run(stage)
        for stage in PARCEL_STAGES:
            for parcel in self.parcel_names:
                yield self.run(stage, parcel)

    def progress(self, skip: Collection[Stage] = ()) -> tuple[Stage, OrderState]:
        """The earliest stage that is not done, the last one when all are; and where the order stands as a whole.

        Neither the stages in `skip` count, such as a lane's, nor those that the order itself leaves out.
        """
        undone = self._undone(skip)
        stage = STAGES[-1] if undone is None else undone
        if self.cancelled_at is not None:
            return stage, OrderState.CANCELLED
        return stage, OrderState.COMPLETED if undone is None else OrderState.OPEN

    def _undone(self, skip: Collection[Stage]) -> Stage | None:
        done = {(run.stage, run.parcel) for run in self.runs if run.completed_at is not None}
        for stage in ORDER_STAGES:
            if (stage, WHOLE_ORDER) not in done and stage not in skip and stage not in self.skip:
                return stage
        parcels = self.parcel_names
        for stage in PARCEL_STAGES:
            if stage not in skip and stage not in self.skip:
                for parcel in parcels:
                    if (stage, parcel) not in done:
                        return stage
        return None
