"""What becomes of something that was to be sent, after each attempt?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.instants import instant


class DeliveryState(StrEnum):
    """Where a leaving thing stands."""

    READY = "ready"
    """Waiting for its time."""
    SENDING = "sending"
    """A call is under way; committed before it began, so that a crash can be told."""
    PENDING = "pending"
    """The other side has it, or is being asked whether it does; a person has yet to send it on."""
    SENT = "sent"
    """The other side has accepted it."""
    FOLDED = "folded"
    """It was one too many for its addressee: a digest says it in its place."""
    FAILED = "failed"
    """The other side has refused it for good, or its time has passed."""
    UNKNOWN = "unknown"
    """It may or may not have arrived, and trying again could send it twice."""
    BOUNCED = "bounced"
    """Accepted first, and reported as undelivered later."""


class Outcome(StrEnum):
    """What one attempt came to."""

    ACCEPTED = "accepted"
    """The other side has it."""
    HANDED_OVER = "handed_over"
    """The other side has it, and a person has to send it on."""
    REFUSED = "refused"
    """The other side will not take it, now or later."""
    TOO_LATE = "too_late"
    """The other side takes it no more: the seconds in which a tap can be answered have passed."""
    HELD = "held"
    """It was not even tried: this way is closed for a while, because it was used too often."""
    BUSY = "busy"
    """The other side did not take it this time."""
    UNGREETED = "ungreeted"
    """The other side takes nothing until somebody there has spoken to us: nothing has arrived."""
    UNCLEAR = "unclear"
    """No answer, or the process died: it may have arrived."""
    BOUNCE = "bounce"
    """It was accepted, and could not be delivered after all."""


class Guarantee(StrEnum):
    """Which side we err on."""

    AT_LEAST_ONCE = "at_least_once"
    """Agents: better twice than never."""
    ONCE = "once"
    """Customers, where the channel refuses a key it has seen: try again under the same key."""
    AT_MOST_ONCE = "at_most_once"
    """Customers, where a repeat would be a second message: what may have arrived is not tried again."""
    LOOKED_FOR = "looked_for"
    """The same, where the other side can be asked what it has: that is found out before anything else."""
    NOW_OR_NEVER = "now_or_never"
    """The answer to a tap: worthless after a few seconds."""


TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.READY: frozenset(
        {
            DeliveryState.SENDING,
            DeliveryState.FOLDED,
            DeliveryState.FAILED,
            DeliveryState.UNKNOWN,
            DeliveryState.BOUNCED,
        }
    ),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.READY,
            DeliveryState.PENDING,
            DeliveryState.SENT,
            DeliveryState.FAILED,
            DeliveryState.UNKNOWN,
            DeliveryState.BOUNCED,
        }
    ),
    DeliveryState.PENDING: frozenset(
        {
            DeliveryState.READY,
            DeliveryState.SENT,
            DeliveryState.FAILED,
            DeliveryState.UNKNOWN,
            DeliveryState.BOUNCED,
        }
    ),
    DeliveryState.SENT: frozenset({DeliveryState.BOUNCED}),
    DeliveryState.FOLDED: frozenset(),
    DeliveryState.FAILED: frozenset(),
    DeliveryState.UNKNOWN: frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.BOUNCED}),
    DeliveryState.BOUNCED: frozenset(),
}
"""What may follow what; news that would lead elsewhere comes too late, such as a bounce reported twice."""

FINAL = frozenset(
    {
        DeliveryState.SENT,
        DeliveryState.FOLDED,
        DeliveryState.FAILED,
        DeliveryState.UNKNOWN,
        DeliveryState.BOUNCED,
    }
)

CUSTOMER_TRIES = 5
AGENT_TRIES = 240
"""With pauses of up to a minute, two to four hours; then it is a dead letter."""
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The state after an attempt; `due_at` says when to try again, and is None unless READY."""

    state: DeliveryState
    due_at: datetime | None = None


def after_attempt(
    outcome: Outcome,
    guarantee: Guarantee,
    *,
    attempts: int,
    now: datetime,
    jitter: float,
    retry_after: timedelta | None = None,
    unclear_before: bool = False,
) -> Verdict:
    """What follows from the outcome of attempt number `attempts`, from 1; `jitter` is from 0 to 1.

    `unclear_before` says that an earlier attempt under the same key had no clear result: then a refusal
    now does not tell that the customer has nothing.
    """
    if outcome is Outcome.HELD:
        return Verdict(state=DeliveryState.READY, due_at=instant(now + (retry_after or FIRST_PAUSE)))
    maybe_there = outcome is Outcome.UNCLEAR or unclear_before
    if outcome in _ARRIVED:
        return Verdict(state=_ARRIVED[outcome])
    if outcome is Outcome.UNCLEAR and guarantee is Guarantee.LOOKED_FOR:
        return Verdict(state=DeliveryState.PENDING)
    once_is_all = guarantee is Guarantee.AT_MOST_ONCE and maybe_there
    if outcome in _NEVER or once_is_all or attempts >= _TRIES[guarantee]:
        return Verdict(state=too_late(guarantee, unclear_before=maybe_there))
    pause = max(_pause(attempts, jitter), retry_after or timedelta())
    return Verdict(state=DeliveryState.READY, due_at=instant(now + pause))


def too_late(guarantee: Guarantee, *, unclear_before: bool) -> DeliveryState:
    """How something ends that is not tried any more; `unclear_before`: an attempt had no clear result."""
    unsure = unclear_before and guarantee in {Guarantee.ONCE, Guarantee.AT_MOST_ONCE, Guarantee.LOOKED_FOR}
    return DeliveryState.UNKNOWN if unsure else DeliveryState.FAILED


_NEVER = frozenset({Outcome.REFUSED, Outcome.TOO_LATE})
_ARRIVED = {
    Outcome.ACCEPTED: DeliveryState.SENT,
    Outcome.HANDED_OVER: DeliveryState.PENDING,
    Outcome.BOUNCE: DeliveryState.BOUNCED,
}

_TRIES = {
    Guarantee.AT_LEAST_ONCE: AGENT_TRIES,
    Guarantee.ONCE: CUSTOMER_TRIES,
    Guarantee.AT_MOST_ONCE: CUSTOMER_TRIES,
    Guarantee.LOOKED_FOR: CUSTOMER_TRIES,
    Guarantee.NOW_OR_NEVER: 2,
}


def _pause(attempts: int, jitter: float) -> timedelta:
    """Doubling from a second to a minute, spread over the upper half."""
    full = min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)
    return full / 2 + full / 2 * jitter
