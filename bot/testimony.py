"""What does a history file bear witness to, and what is stored that it speaks against?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.channels.wire import message_id
from bot.witness import Seen, Sighting
from handlers.laws import Law, Violation, Why
from handlers.outbox import Letter, LetterKind, Medium
from rules.delivery import DeliveryState

CARDS = frozenset(
    {
        LetterKind.CASE_CARD,
        LetterKind.INCIDENT_CARD,
        LetterKind.FEED_CARD,
        LetterKind.TASK_CARD,
        LetterKind.OVERFLOW,
    }
)


@dataclass(slots=True)
class Testimony:
    """What was seen so far, and not yet been matched."""

    watching_since: datetime | None = None
    accepted: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    """The recipients of each card and message that WeCom took, by task_id or msgid."""
    clicks: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """When each tap was acknowledged, by its response_code."""
    leases: dict[str, int] = field(default_factory=dict[str, int])
    """The highest version of each."""

    def hear(self, line: Sighting) -> Iterator[Violation]:
        """Take in a line; what it contradicts of those before."""
        match line.seen:
            case Seen.WATCHING:
                self.watching_since = min(self.watching_since or line.at, line.at)
            case Seen.CARD_ACCEPTED | Seen.CUSTOMER_ACCEPTED:
                self.accepted.setdefault(line.id, Counter())[line.to] += 1
            case Seen.CLICK_ACKED:
                self.clicks[line.id] = line.at
            case Seen.LEASE:
                yield from self.hear_of_lease(line.id, line.version)
            case Seen.EVENT_ACKED:
                pass  # asked of the database at once, so that a long history needs no memory

    def hear_of_lease(self, name: str, version: int) -> Iterator[Violation]:
        """The version of a lease at a later moment than all before."""
        highest = self.leases.get(name, version)
        self.leases[name] = max(highest, version)
        if version < highest:
            detail = f"{version} < {highest}"
            yield Violation(law=Law.LEASES, why=Why.WENT_BACK, about=name, detail=detail)

    def of_letter(self, letter: Letter, heard_at: datetime) -> Iterator[Violation]:
        """What the testimony, complete at `heard_at`, has against a letter; what speaks for it is used up."""
        ident = _name_outside(letter)
        if ident is None:
            return
        taken = self.accepted.pop(ident, None)
        if taken is not None:
            yield from _of_accepted(letter, taken)
        elif self._was_watched(letter) and letter.done_at is not None and letter.done_at < heard_at:
            yield _of(letter, Why.SENT_UNACCEPTED)

    def _was_watched(self, letter: Letter) -> bool:
        """Whether it counts as sent, by an attempt that was watched."""
        since, at = self.watching_since, letter.attempted_at
        return letter.state is DeliveryState.SENT and since is not None and at is not None and at >= since

    def of_nobody(self) -> Iterator[Violation]:
        """What was accepted, and belongs to none of the letters."""
        for ident in self.accepted:
            yield Violation(law=Law.ACCEPTED, why=Why.ACCEPTED_UNKNOWN, about=ident)

    def of_no_tap(self, since: datetime) -> Iterator[Violation]:
        """What was acknowledged at `since` or later, and was never taken in."""
        for ident, at in self.clicks.items():
            if at >= since:
                yield Violation(law=Law.TAPS, why=Why.TAP_LOST, about=ident)


def _name_outside(letter: Letter) -> str | None:
    """What WeCom knows a card or a message by; None for lines, changes and notices, which have no name there."""
    if letter.kind is LetterKind.CUSTOMER:
        return message_id(letter) if letter.medium is Medium.KF else letter.remote_id
    return letter.id if letter.kind in CARDS and letter.medium is not Medium.WEBHOOK else None


def _of_accepted(letter: Letter, taken: Counter[str]) -> Iterator[Violation]:
    yield from (_of(letter, Why.ACCEPTED_TWICE) for count in taken.values() if count > 1)
    if letter.kind is LetterKind.CUSTOMER and letter.state is DeliveryState.FAILED:
        yield _of(letter, Why.ACCEPTED_AND_FAILED)


def _of(letter: Letter, why: Why) -> Violation:
    return Violation(law=Law.ACCEPTED, why=why, about=letter.id, detail=f"{letter.medium} {letter.state}")
