"""What does one see of promises? Each with its times and how it stands, and how many were kept."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from bot.web.board.queries import Query
from bot.web.board.screens import Asked
from replies.masking import free, plain
from rules.honesty import Honest, Level
from rules.intervals import Interval
from rules.keeprates import Rate
from rules.promises import Promise, PromiseState, Slot
from rules.stages import Stage


class PromiseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One promise."""

    shop: str
    order_no: str
    anomaly: str
    slot: Slot
    stage: Stage
    state: PromiseState
    unsure: bool
    """Nobody knows whether the customer has the text; in no share."""
    promised_at: datetime
    due_at: datetime
    """The time that the text states."""
    warned_at: datetime | None
    kept_at: datetime | None
    broken_at: datetime | None
    followed_up: bool
    """Whether a later text has spoken to the customer."""
    agent: str | None
    template: str
    template_version: str
    carrier: str | None
    warehouse: str | None


class KeepRate(msgspec.Struct, frozen=True, kw_only=True):
    """How some promises fared. Shares are from 0 to 1, of those whose end is known."""

    sent: int
    kept: int
    broken: int
    open: int
    unsure: int
    n: int
    share: float | None
    low: float | None
    high: float | None
    """Between these the share lies, 95 times in a hundred."""


class HonestTime(msgspec.Struct, frozen=True, kw_only=True):
    """What history says of such orders: of how many, and how much alike they are."""

    level: Level
    carrier: str | None
    warehouse: str | None
    n: int
    within_seconds: int | None
    """The time within which it happened to 80 %; None where too few were watched for so long."""
    share: float
    """To which share it happens within the time that is promised."""
    low: float | None
    high: float | None


class TemplateRate(KeepRate, frozen=True, kw_only=True):
    """The promises of a template, in one version of it."""

    template: str
    version: str
    title: str | None
    """None for one that is not there any more."""
    slot: Slot
    promised_seconds: int | None
    """Within which time it promises; None for a version that is not the present one."""
    honest: HonestTime | None
    places: Sequence[HonestTime]
    """Carriers and warehouses with enough of their own, the slowest first."""


class NamedRate(KeepRate, frozen=True, kw_only=True):
    """The promises of a carrier or an agent; `name` is None where nobody has said which."""

    name: str | None


class PromiseView(msgspec.Struct, frozen=True, kw_only=True):
    """Promises, newest first, and how those of the whole range fared."""

    since: date
    until: date
    total: KeepRate
    templates: Sequence[TemplateRate]
    carriers: Sequence[NamedRate]
    agents: Sequence[NamedRate]
    items: Sequence[PromiseRow]
    next: str | None


def promise_row(promise: Promise, asked: Asked[Query]) -> PromiseRow:
    """A promise as it is shown."""
    return PromiseRow(
        shop=plain(promise.order.shop),
        order_no=plain(promise.order.order_no),
        anomaly=promise.case,
        slot=promise.slot,
        stage=promise.stage,
        state=promise.state,
        unsure=promise.unsure,
        promised_at=asked.local(promise.promised_at),
        due_at=asked.local(promise.due_at),
        warned_at=asked.local(promise.warned_at),
        kept_at=asked.local(promise.kept_at),
        broken_at=asked.local(promise.broken_at),
        followed_up=promise.followed_by is not None,
        agent=promise.agent,
        template=promise.template,
        template_version=promise.template_version,
        carrier=_said(promise.carrier),
        warehouse=_said(promise.warehouse),
    )


def promise_rows(promises: Iterable[Promise], asked: Asked[Query]) -> list[PromiseRow]:
    """The promises about an order or a case, by the times that they state."""
    return [
        promise_row(one, asked) for one in sorted(promises, key=lambda one: (one.due_at, one.promised_at))
    ]


def figures(rate: Rate) -> dict[str, Any]:
    """What every rate shows."""
    low, high = _fine(rate.interval)
    share = None if rate.share is None else round(rate.share, 4)
    return {
        "sent": rate.sent, "kept": rate.kept, "broken": rate.broken, "open": rate.open, "unsure": rate.unsure,
        "n": rate.n, "share": share, "low": low, "high": high,
    }  # fmt: skip


def honest_time(honest: Honest, promised_seconds: int) -> HonestTime:
    """What history says, beside what is promised."""
    promised = timedelta(seconds=promised_seconds)
    low, high = _fine(honest.curve.interval(promised))
    within = honest.within
    return HonestTime(
        level=honest.group.level,
        carrier=_said(honest.group.carrier),
        warehouse=_said(honest.group.warehouse),
        n=honest.curve.n,
        within_seconds=None if within is None else int(within.total_seconds()),
        share=round(honest.curve.within(promised), 4),
        low=low,
        high=high,
    )


def _said(text: str | None) -> str | None:
    return None if text is None else free(text)


def _fine(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (round(interval.low, 4), round(interval.high, 4))
