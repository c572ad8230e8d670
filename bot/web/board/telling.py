"""How is what is known put as it is shown? Times with the merchant's offset, texts masked, ages counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import overload

from bot.web.board.order_shape import Fact, Moment
from replies.masking import free, masked, plain
from rules import orders
from rules.events import Attribute, FactValue

IDENTIFIERS = frozenset({Attribute.TRACKING_NO, Attribute.PAYMENT_REF})
"""Facts whose digits are no phone number, whatever they look like."""


@dataclass(frozen=True, slots=True)
class Telling:
    """At which moment, and for which zone."""

    now: datetime
    zone: tzinfo

    @overload
    def local(self, at: datetime) -> datetime: ...
    @overload
    def local(self, at: None) -> None: ...
    @overload
    def local(self, at: datetime | None) -> datetime | None: ...
    def local(self, at: datetime | None) -> datetime | None:
        """The time with the merchant's offset."""
        return None if at is None else at.astimezone(self.zone)

    def age(self, at: datetime) -> int:
        """Seconds since then; none for what a source's clock puts ahead."""
        return max(int((self.now - at).total_seconds()), 0)

    def fact(self, facts: Mapping[Attribute, orders.Fact], attribute: Attribute) -> Fact | None:
        """A fact, or None when no source gave it."""
        known = facts.get(attribute)
        return None if known is None else self.known(known, shown(known.value, attribute))

    def known(self, fact: orders.Fact, value: FactValue) -> Fact:
        """The fact with its value as it may be shown."""
        return Fact(
            value=value, source=masked(fact.source), at=self.local(fact.at), age_seconds=self.age(fact.at)
        )

    def moment(self, at: datetime, fact: orders.Fact) -> Moment:
        """A time that a source gave."""
        return Moment(
            value=self.local(at),
            source=masked(fact.source),
            at=self.local(fact.at),
            age_seconds=self.age(fact.at),
        )


def shown(value: FactValue, attribute: Attribute) -> FactValue:
    """The value of a fact, fit to be shown."""
    if isinstance(value, str):
        return plain(value) if attribute in IDENTIFIERS else free(value)
    return tuple(map(free, value)) if isinstance(value, tuple) else value


def said(text: str | None) -> str | None:
    """What somebody typed, fit to be shown; None when that is nothing."""
    return free(text or "") or None


def lines(text: str) -> str:
    """The same of several lines."""
    return "\n".join(map(free, text.splitlines()))
