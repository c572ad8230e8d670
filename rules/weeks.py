"""How was the week? Its figures beside those of the week before, and when it is time to tell them."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo

from rules.dates import A_WEEK, monday_of
from rules.events import Attribute
from rules.evidence import Hit
from rules.golden import Share
from rules.intervals import Interval, difference
from rules.reasons import Reason
from rules.record import Record
from rules.shares import Picture
from rules.stages import Stage
from rules.standing import carrier_of

TOLD_AT = time(9)
"""On Monday."""
LATE_BY_AT_MOST = timedelta(days=2)
"""A service that was down on Monday tells it on Tuesday; later nobody asks for it any more."""
SMALLEST_CELL = 5
"""Fewer cases of one carrier in one region are no place to look at."""


class StageScore(Record, frozen=True, kw_only=True):
    """How the open orders of a stage were doing when the report was made."""

    stage: Stage
    score: int
    """0 to 100."""
    late: int
    total: int


class ReasonChange(Record, frozen=True, kw_only=True):
    """A reason, this week and the week before, of the cases that have one and did not heal by themselves."""

    reason: Reason
    share: Share
    before: Share

    @property
    def moved(self) -> Interval | None:
        """Between these lies the true difference of the shares."""
        return difference(*self.before, *self.share)


class Change(Record, frozen=True, kw_only=True):
    """A share, this week and the week before."""

    share: Share
    before: Share

    @property
    def moved(self) -> Interval | None:
        """Between these lies the true difference."""
        return difference(*self.before, *self.share)


class Cell(Record, frozen=True, kw_only=True):
    """Where it was worst: one carrier in one region."""

    carrier: str
    region: str
    cases: int
    of: int
    """All cases of which carrier and region are known."""


class OpenDecision(Record, frozen=True, kw_only=True):
    """A decision that nothing has ended."""

    number: int
    text: str
    owner: str
    due: bool
    """It is time to look back."""


class Report(Record, frozen=True, kw_only=True):
    """A week of all shops. Written once, and never reckoned anew."""

    week: str
    """`2026-W09`."""
    since: datetime
    until: datetime
    made_at: datetime
    scores: tuple[StageScore, ...]
    opened: int
    opened_before: int
    reasons: tuple[ReasonChange, ...]
    """Those of this week or the one before, the most frequent first."""
    unexplained: int
    within_ten: Change
    within_fifteen: Change
    healed: Change
    cell: Cell | None
    loss_low_fen: int
    loss_fen: int
    loss_high_fen: int
    cut: bool
    """Whether cell and loss are of the newest cases alone, because there were more than are looked at."""
    decisions: tuple[OpenDecision, ...]
    """The newest of them."""
    decisions_open: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: no case this week, nor the week before."""
        return not (self.opened or self.opened_before)


def week_of(day: date) -> str:
    """The week of a day, as ISO 8601 calls it."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def begin_of_week(week: str) -> date:
    """Its first day. Raises ValueError for what `week_of` does not give."""
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    if week_of(monday) != week:
        raise ValueError(f"a week is written 2026-W09, not {week!r}")
    return monday


def due_week(now: datetime, zone: tzinfo) -> date | None:
    """The Monday of the week that is to be told now: the one that is over, from Monday morning on; else None."""
    local = now.astimezone(zone)
    monday = monday_of(local.date())
    begins = datetime.combine(monday, TOLD_AT, zone)
    return monday - A_WEEK if begins <= local < begins + LATE_BY_AT_MOST else None


def changes_of(now: Picture, before: Picture) -> tuple[ReasonChange, ...]:
    """The reasons that either week had, the most frequent of this one first."""
    earlier = {part.reason: part.count for part in before.parts}
    found = [
        ReasonChange(
            reason=part.reason,
            share=Share(part.count, now.n),
            before=Share(earlier.get(part.reason, 0), before.n),
        )
        for part in now.parts
    ]
    return tuple(one for one in found if one.share.part or one.before.part)


def worst_cell(hits: Iterable[Hit]) -> Cell | None:
    """The carrier and region with most of the cases that did not heal by themselves; None where no place stands out."""
    places = Counter(place for case, order in hits if (place := _place(Hit(case, order))) is not None)
    if not places:
        return None
    (carrier, region), cases = min(places.items(), key=lambda one: (-one[1], one[0]))
    if cases < SMALLEST_CELL:
        return None
    return Cell(carrier=carrier, region=region, cases=cases, of=sum(places.values()))


def _place(hit: Hit) -> tuple[str, str] | None:
    case, order = hit
    carrier, region = carrier_of(case, order), order.text(Attribute.REGION)
    return None if case.self_healed or not carrier or not region else (carrier, region)
