"""What does the timeline of a case say of a change? Read off the facts before and after."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from handlers.outbox import Letter, LetterKind
from handlers.records import Entry, ShownCard, What
from rules.anomalies import Anomaly
from rules.events import UserId


def appeared(old: object, new: object) -> bool:
    """Whether a fact is there now that was not there before."""
    return old is None and new is not None


@dataclass(frozen=True, slots=True)
class _Line:
    """A kind of line: when it is due, what it says, and whose doing it was."""

    what: What
    happened: Callable[[Anomaly, Anomaly], bool]
    detail: Callable[[Anomaly], str] = lambda _: ""
    actor: Callable[[Anomaly], UserId | None] = lambda _: None


_LINES = (
    _Line(What.BREACHED, lambda old, new: new.breaches > old.breaches, lambda new: new.kind),
    _Line(What.HELD, lambda old, new: appeared(old.held_by, new.held_by)),
    _Line(What.RELEASED, lambda old, new: appeared(new.held_by, old.held_by)),
    _Line(
        What.CONTACTED, lambda old, new: new.priority < old.priority and new.escalated_at == old.escalated_at
    ),
    _Line(
        What.CLAIMED,
        lambda old, new: appeared(old.owner, new.owner) and not new.is_given,
        actor=lambda new: new.owner,
    ),
    _Line(
        What.HANDED_OVER,
        lambda old, new: new.owner != old.owner and (old.owner is not None or new.is_given),
        lambda new: new.owner or "",
    ),
    _Line(What.SENT, lambda old, new: new.send_round > old.send_round, actor=lambda new: new.sent_by),
    _Line(
        What.REACHED,
        lambda old, new: appeared(old.reached_at, new.reached_at),
        lambda new: new.reached_how or "",
        actor=lambda new: new.reached_by or new.sent_by,
    ),
    _Line(
        What.WAIVED,
        lambda old, new: appeared(old.waived_by, new.waived_by),
        lambda new: new.waived_text or new.waived_why or "",
        lambda new: new.waived_by,
    ),
    _Line(
        What.ESCALATED,
        lambda old, new: old.escalated_at != new.escalated_at,
        actor=lambda new: new.escalated_by,
    ),
    _Line(
        What.SNOOZED,
        lambda old, new: old.snoozed_until != new.snoozed_until,
        lambda new: new.snoozed_until.isoformat() if new.snoozed_until else "",
    ),
    _Line(
        What.REASON_GIVEN,
        lambda old, new: (
            new.reason is not None and (old.reason, old.reason_at) != (new.reason, new.reason_at)
        ),
        lambda new: new.reason.text or new.reason.reason if new.reason else "",
        lambda new: new.reason_by,
    ),
    _Line(
        What.ENDED,
        lambda old, new: appeared(old.ended_at, new.ended_at),
        lambda new: new.ended_how or "",
    ),
    _Line(What.ALIVE_AGAIN, lambda old, new: appeared(new.ended_at, old.ended_at)),
    _Line(What.REOPENED, lambda old, new: appeared(new.closed_at, old.closed_at)),
    _Line(What.CLOSED, lambda old, new: appeared(old.closed_at, new.closed_at)),
)


def entries(before: Anomaly | None, after: Anomaly, now: datetime) -> Iterator[Entry]:
    """The lines that a change adds to a timeline. A round of sending has one line, whatever happens."""
    if before is None:
        yield _entry(after, now, What.OPENED, f"{What.OPENED}", f"{after.stage}.{after.kind}", None)
        return
    for line in _LINES:
        if line.happened(before, after):
            number = after.send_round if line.what is What.SENT else after.version
            yield _entry(
                after, now, line.what, f"{line.what}:{number}", line.detail(after), line.actor(after)
            )


def refusal(of: Anomaly | ShownCard, actor: UserId, why: str, now: datetime) -> Entry:
    """The line of an act that had no effect, on a case or on a card of one."""
    case = of.id if isinstance(of, Anomaly) else of.case
    return Entry(case=case, order=of.order, at=now, what=What.REFUSED, actor=actor, detail={"why": why})


def with_losses(timeline: Iterable[Entry], letters: Iterable[Letter], case: Anomaly) -> list[Entry]:
    """The timeline of a case with those of its letters in it that the team never got, oldest first."""
    lost = (letter for letter in letters if letter.is_lost and letter.kind is not LetterKind.CUSTOMER)
    return sorted([*timeline, *(_loss(letter, case) for letter in lost)], key=_position)


def _position(entry: Entry) -> tuple[datetime, int]:
    """What happened at one instant is told in the order in which a case goes on: it closes last."""
    return entry.at, _COURSE.index(entry.what)


_COURSE = tuple(What)


def _loss(letter: Letter, case: Anomaly) -> Entry:
    detail = {"detail": f"{letter.medium}.{letter.note}"}
    key = f"{What.LETTER_LOST}:{letter.id}"
    at = letter.done_at or letter.due_at
    return Entry(case=case.id, order=case.order, at=at, what=What.LETTER_LOST, key=key, detail=detail)


def _entry(case: Anomaly, now: datetime, what: What, key: str, detail: str, actor: UserId | None) -> Entry:
    words = {"detail": detail} if detail else {}
    return Entry(case=case.id, order=case.order, at=now, what=what, key=key, actor=actor, detail=words)
