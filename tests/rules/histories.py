"""What can happen to an order, and in which order the news of it can arrive, drawn by hypothesis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.events import Attribute, Customer, EventKey, EventType, Item, OrderEvent
from rules.fold import advance, fold
from rules.orders import Order
from rules.stages import PARCEL_STAGES, Stage, Status
from tests.builders import (
    HOUR,
    MINUTE,
    ORDER,
    an_event,
    at,
    cancelled,
    contacted,
    created,
    refund,
    resumed,
    short,
    staged,
)

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
"""What hypothesis is not to mind: a history is long."""
SOURCES = ("/erp", "/tms", "/wms")
NINE = at("09:00")
PARCELS = (None, "A", "B", "1")


@dataclass
class Teller:
    """Writes a history down: each event has its place in time, and a key by its number."""

    draw: st.DrawFn
    clock: datetime = NINE
    events: list[OrderEvent] = field(default_factory=list[OrderEvent])

    def pick(self, strategy: st.SearchStrategy[Any]) -> Any:
        return self.draw(strategy)

    def wait(self) -> None:
        """Time passes, or none at all: events of one instant are told apart by source and id."""
        self.clock += self.draw(st.sampled_from((0, 0, 1, 7, 50))) * MINUTE

    def tell(self, event: OrderEvent) -> None:
        """It happened now; the news arrived at once, early by the source's clock, or late."""
        late = self.draw(st.sampled_from((timedelta(), timedelta(), -3 * MINUTE, 2 * HOUR)))
        key = EventKey(self.draw(st.sampled_from(SOURCES)), f"{len(self.events):02}")
        self.events.append(replace(event, key=key, observed_at=event.occurred_at + late))

    def stage(self, stage: Stage, status: Status, parcel: str | None = None, **parts: Any) -> None:
        self.wait()
        self.tell(staged(stage, status, self.clock, parcel if stage.per_parcel else None, **parts))


# --- chapters --------------------------------------------------------------------


def _placed(teller: Teller) -> None:
    items = (Item(sku="A"), Item(sku="B"))
    teller.tell(created(teller.clock, items=items, customer=Customer(name="王女士")))


def _paid(teller: Teller) -> None:
    """The payment fails some times and is tried again; in the end it comes through, or not."""
    for _ in range(teller.pick(st.integers(0, 2))):
        teller.stage(Stage.PAYMENT, Status.STARTED)
        teller.stage(Stage.PAYMENT, Status.FAILED)
    teller.stage(Stage.PAYMENT, teller.pick(st.sampled_from((Status.STARTED, Status.COMPLETED))))


def _confirmed(teller: Teller) -> None:
    teller.stage(Stage.CONFIRM, Status.COMPLETED)


def _picked(teller: Teller) -> None:
    teller.stage(Stage.PICKING, Status.STARTED)
    teller.stage(Stage.PICKING, Status.COMPLETED)


def _picked_again(teller: Teller) -> None:
    """Something was packed that should not have been."""
    teller.stage(Stage.PACKING, Status.STARTED, teller.pick(st.sampled_from(PARCELS)))
    teller.stage(Stage.PICKING, Status.REOPENED)
    teller.stage(Stage.PICKING, teller.pick(st.sampled_from(Status)))


def _on_its_way(teller: Teller) -> None:
    """News of a later stage, from which the earlier ones follow; a parcel may be named only now."""
    stage = teller.pick(st.sampled_from(PARCEL_STAGES))
    parcel = teller.pick(st.sampled_from(PARCELS))
    teller.stage(stage, teller.pick(st.sampled_from(Status)), parcel)


def _two_parcels(teller: Teller) -> None:
    """Two are announced; the first is delivered before anything is heard of the second."""
    teller.stage(Stage.TRANSIT, Status.COMPLETED, "A", attributes={Attribute.PARCELS: 2})
    teller.stage(Stage.PICKUP, Status.UPDATED, teller.pick(st.sampled_from(("B", None))))


def _said_late(teller: Teller) -> None:
    """The exact time of something that happened a while ago."""
    stage, parcel = teller.pick(st.sampled_from(Stage)), teller.pick(st.sampled_from(PARCELS))
    when = teller.clock - teller.pick(st.sampled_from((5, 30))) * MINUTE
    teller.tell(staged(stage, Status.COMPLETED, when, parcel if stage.per_parcel else None))


def _stopped(teller: Teller) -> None:
    teller.wait()
    teller.tell(cancelled(teller.clock))
    if teller.pick(st.booleans()):
        teller.wait()
        teller.tell(resumed(teller.clock))


def _asked_for_money(teller: Teller) -> None:
    teller.tell(refund(teller.clock, teller.pick(st.sampled_from((None, 9900)))))


def _was_short(teller: Teller) -> None:
    sku = teller.pick(st.sampled_from(("A", "B", None)))
    teller.wait()
    teller.tell(short(teller.clock, sku, teller.pick(st.sampled_from((0, 2)))))


def _called(teller: Teller) -> None:
    teller.wait()
    teller.tell(contacted(teller.clock, "kf", open_kfid="kf1", external_userid="u1"))


def _changed(teller: Teller) -> None:
    region = teller.pick(st.sampled_from(("华东", "华南")))
    parts: dict[str, Any] = teller.pick(
        st.sampled_from(({}, {"skip": (Stage.PAYMENT,)}, {"skip": ()}, {"not_before": at("12:00")}))
    )
    teller.tell(an_event(when=teller.clock, attributes={Attribute.REGION: region}, **parts))


def _taken_back(teller: Teller) -> None:
    """Something that was said was wrong; or what will be said, or was never said here."""
    teller.wait()
    number: int = teller.pick(st.integers(0, len(teller.events) + 3))
    unheard_of = EventKey(SOURCES[0], f"{number:02}")
    wrong = teller.events[number].key if number < len(teller.events) else unheard_of
    teller.tell(an_event(EventType.RETRACTED, teller.clock, report=wrong))


CHAPTERS = (
    _placed, _paid, _confirmed, _picked, _picked_again, _on_its_way, _on_its_way, _two_parcels, _said_late,
    _stopped, _asked_for_money, _was_short, _called, _changed, _taken_back,
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[OrderEvent]:
    """The events of one order, as they happened; from none to some thirty."""
    teller = Teller(draw)
    for chapter in draw(st.lists(st.sampled_from(CHAPTERS), max_size=9)):
        chapter(teller)
    return teller.events


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[OrderEvent]]:
    """A history as it arrives: in any order, some of it more than once, in batches of any size."""
    events = draw(histories())
    repeats = draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    later = [replace(event, observed_at=event.observed_at + HOUR) for event in repeats[::2]]
    arrived = draw(st.permutations([*events, *repeats, *later]))
    cuts = sorted(draw(st.sets(st.integers(0, len(arrived)), max_size=6)))
    return [arrived[start:end] for start, end in pairwise([0, *cuts, len(arrived)])]


def take_in(batches: Iterable[Sequence[OrderEvent]]) -> Order:
    """The order after the batches: each is added, or, when something came late, all is folded afresh."""
    order, stored = fold(ORDER, []), list[OrderEvent]()
    for batch in batches:
        stored += batch
        order = advance(order, batch) or fold(ORDER, stored)
    return order
