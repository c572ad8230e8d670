"""What became of each alert? Shown, digested, escalated, not needed any more, or waiting: none vanishes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.outbox import NOT_NEEDED, Letter
from rules.delivery import DeliveryState


class Fate(StrEnum):
    """What became of an alert, the card of a case for a member or a group."""

    SHOWN = "shown"
    """Its reader has it."""
    DIGESTED = "digested"
    """A digest says it in its place."""
    ESCALATED = "escalated"
    """Its reader could not be given it, and somebody else got it instead."""
    NOT_NEEDED = "not_needed"
    """The case was over before anybody had to hear of it."""
    WAITING = "waiting"
    """It has yet to leave."""
    LOST = "lost"
    """It vanished: nobody got it, and nobody else was told. There is never one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the fate of an alert hangs on, beside its own state."""

    digest: Letter | None = None
    """The digest that it was folded into."""
    passed_on: bool = False
    """Whether somebody else was told in its place."""
    closed: bool = False
    """Whether its case is closed."""


def fate_of(alert: Letter, around: Surroundings) -> Fate:
    """What became of an alert; of a folded one, what became of its digest."""
    carrier = around.digest if alert.state is DeliveryState.FOLDED else alert
    if carrier is not None and carrier.state in _GOES_WELL:
        return Fate.DIGESTED if alert.state is DeliveryState.FOLDED else _GOES_WELL[carrier.state]
    if around.passed_on:
        return Fate.ESCALATED
    if around.closed or (carrier is not None and carrier.note == NOT_NEEDED):
        return Fate.NOT_NEEDED
    return Fate.LOST


_GOES_WELL: Mapping[DeliveryState, Fate] = {
    DeliveryState.READY: Fate.WAITING,
    DeliveryState.SENDING: Fate.WAITING,
    DeliveryState.PENDING: Fate.WAITING,
    DeliveryState.SENT: Fate.SHOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """How many alerts there were, counted by themselves, and how many came to each fate."""

    alerts: int
    fates: Mapping[Fate, int]

    @property
    def balances(self) -> bool:
        """Whether every alert is accounted for."""
        told = sum(self.fates.get(fate, 0) for fate in Fate if fate is not Fate.LOST)
        return self.alerts == told
