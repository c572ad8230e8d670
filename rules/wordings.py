"""What do the replies of a rule book come to? Counted over the alerts of a rehearsal, and one book beside another."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

from rules.events import OrderKey
from rules.promises import Slot
from rules.record import Record
from rules.rehearsal import Alert
from rules.stages import Stage

SHOWN = 3
"""So many examples of each turn are kept."""


class Wording(NamedTuple):
    """What the card of an alert would have had for the customer: a text, or which facts it lacks."""

    template: str
    """Its name and its version: the same words, facts aside."""
    text: str | None
    is_long: bool = False
    """Whether a card does not show all of it."""
    promises: tuple[Slot, ...] = ()
    missing: tuple[str, ...] = ()
    """The facts for want of which there is no text; may be empty then as well."""


class ReplyTally(Record, frozen=True, kw_only=True, omit_defaults=False):
    """The replies of one rule book, over all alerts that people would have heard of."""

    alerts: int = 0
    drafted: int = 0
    """Those with a draft."""
    long: int = 0
    """Drafts that are longer than a card shows."""
    missing: Mapping[str, int] = {}
    """For want of which facts there was none, and how often; the most frequent first."""
    promises: Mapping[Slot, int] = {}
    """How many drafts promise what."""

    @property
    def undrafted(self) -> int:
        """Alerts whose card has no draft."""
        return self.alerts - self.drafted


class WordTurn(StrEnum):
    """What becomes of the reply of an alert that comes with both books."""

    SAME = "same"
    """It has the same words."""
    OTHER = "other"
    """It has other words."""
    GAINED = "gained"
    """There is a draft where there was none."""
    LOST = "lost"
    """There is no draft any more."""


class WordsTurned(Record, frozen=True, kw_only=True, omit_defaults=False):
    """An example; a text is None where there is no draft, and then `missing` has the facts that it lacks."""

    order: OrderKey
    stage: Stage
    at: datetime
    """When the rehearsed book raises it."""
    turn: WordTurn
    before: str | None
    after: str | None
    missing: tuple[str, ...] = ()


class WordComparison(Record, frozen=True, kw_only=True, omit_defaults=False):
    """The replies of two rule books to the alerts that both raise: the first of each run of a stage."""

    turns: Mapping[WordTurn, int] = {}
    examples: tuple[WordsTurned, ...] = ()
    """Some of each turn but SAME, newest first."""


class Replies(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What a rehearsal says of replies. `before` and `comparison` are None where one book was played alone."""

    after: ReplyTally
    before: ReplyTally | None = None
    comparison: WordComparison | None = None


Told = Sequence[tuple[Alert, Wording]]
"""The alerts of some orders that people would have heard of, and their replies."""


def replies_of(told: Sequence[Told]) -> Replies:
    """Put together what each book would have said: the one that is rehearsed, then the one it is held against, if any."""
    tallies = [_tally(one) for one in told]
    if len(told) == 1:
        return Replies(after=tallies[0])
    return Replies(after=tallies[0], before=tallies[1], comparison=_compared(told[1], told[0]))


def together(one: Replies, other: Replies) -> Replies:
    """Those of two parts of history."""
    before = None if one.before is None or other.before is None else _sum(one.before, other.before)
    comparison = (
        None
        if one.comparison is None or other.comparison is None
        else _joined(one.comparison, other.comparison)
    )
    return Replies(after=_sum(one.after, other.after), before=before, comparison=comparison)


def _tally(told: Told) -> ReplyTally:
    wordings = [wording for _, wording in told]
    drafted = [one for one in wordings if one.text is not None]
    return ReplyTally(
        alerts=len(wordings),
        drafted=len(drafted),
        long=sum(one.is_long for one in drafted),
        missing=_ranked(Counter(fact for one in wordings for fact in one.missing)),
        promises=_ranked(Counter(slot for one in drafted for slot in one.promises)),
    )


def _sum(one: ReplyTally, other: ReplyTally) -> ReplyTally:
    return ReplyTally(
        alerts=one.alerts + other.alerts,
        drafted=one.drafted + other.drafted,
        long=one.long + other.long,
        missing=_ranked(Counter(one.missing) + Counter(other.missing)),
        promises=_ranked(Counter(one.promises) + Counter(other.promises)),
    )


Name = TypeVar("Name", bound=str)


def _ranked(counts: Counter[Name]) -> dict[Name, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


# --- two books ----------------------------------------------------------------------


Place = tuple[OrderKey, Stage, str, int]


def _compared(before: Told, after: Told) -> WordComparison:
    firsts = _firsts(before)
    turned = [
        _turned(was, (alert, wording))
        for place, (alert, wording) in _firsts(after).items()
        if (was := firsts.get(place)) is not None
    ]
    return WordComparison(
        turns=_in_full(Counter(one.turn for one in turned)), examples=tuple(_examples(turned))
    )


def _joined(one: WordComparison, other: WordComparison) -> WordComparison:
    turns = Counter(one.turns) + Counter(other.turns)
    return WordComparison(turns=_in_full(turns), examples=tuple(_examples([*one.examples, *other.examples])))


def _firsts(told: Told) -> dict[Place, tuple[Alert, Wording]]:
    """The first alert of each run of each stage; those of an order come oldest first."""
    found: dict[Place, tuple[Alert, Wording]] = {}
    for alert, wording in told:
        found.setdefault((alert.order, alert.stage, alert.parcel, alert.run), (alert, wording))
    return found


def _turned(was: tuple[Alert, Wording], is_: tuple[Alert, Wording]) -> WordsTurned:
    before, (alert, after) = was[1], is_
    return WordsTurned(
        order=alert.order,
        stage=alert.stage,
        at=alert.raised_at,
        turn=_turn(before, after, at_once=was[0].raised_at == alert.raised_at),
        before=before.text,
        after=after.text,
        missing=before.missing or after.missing,
    )


def _turn(before: Wording, after: Wording, *, at_once: bool) -> WordTurn:
    """At different moments other times stand in a text: then the words are those of its template."""
    if before.text is None or after.text is None:
        if (before.text is None) is (after.text is None):
            return WordTurn.SAME
        return WordTurn.GAINED if before.text is None else WordTurn.LOST
    same = before.text == after.text if at_once else before.template == after.template
    return WordTurn.SAME if same else WordTurn.OTHER


def _in_full(turns: Mapping[WordTurn, int]) -> dict[WordTurn, int]:
    return {turn: turns.get(turn, 0) for turn in WordTurn}


def _examples(turned: Iterable[WordsTurned]) -> Iterable[WordsTurned]:
    newest = sorted(turned, key=lambda one: (one.at, one.order), reverse=True)
    for turn in WordTurn:
        if turn is not WordTurn.SAME:
            yield from [one for one in newest if one.turn is turn][:SHOWN]
