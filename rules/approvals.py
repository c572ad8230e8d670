"""What came of it, case by case, when somebody approved one thing for many cases together?"""

from enum import StrEnum

from rules.actions import Action
from rules.delivery import DeliveryState


class Result(StrEnum):
    """What it came to when it was to be done for one case."""

    DONE = "done"
    """It was done; of a message, that it was ordered: what became of it is its letter's to say."""
    BY_HAND = "by_hand"
    """No channel of ours reaches the customer: the words are there to be copied."""
    STALE = "stale"
    """Something that the words claim is not true any more."""
    BLOCKED = "blocked"
    """There were no words: something that they need is not known."""
    REFUSED = "refused"
    """Somebody was first, or the state does not permit it."""


class Upshot(StrEnum):
    """How it stands with one case, for those who look."""

    WAITING = "waiting"
    """It is about to be done."""
    UNDER_WAY = "under_way"
    """The message was ordered, and has no result yet."""
    SENT = "sent"
    """The message has reached the customer."""
    DONE = "done"
    """It was done."""
    FAILED = "failed"
    """The message has not reached the customer."""
    UNKNOWN = "unknown"
    """Nobody knows whether it has."""
    BY_HAND = "by_hand"
    """The words are to be copied."""
    STALE = "stale"
    """The words were not true any more, and were not sent."""
    BLOCKED = "blocked"
    """There are no words yet."""
    REFUSED = "refused"
    """Somebody was first, or it was not possible any more."""


OPEN = frozenset({Upshot.WAITING, Upshot.UNDER_WAY})
"""What has still to come to something."""
WELL = frozenset({Upshot.SENT, Upshot.DONE})
"""What came to what was wanted."""
_OF_LETTERS = {
    DeliveryState.SENT: Upshot.SENT,
    DeliveryState.FAILED: Upshot.FAILED,
    DeliveryState.BOUNCED: Upshot.FAILED,
    DeliveryState.UNKNOWN: Upshot.UNKNOWN,
}


def upshot_of(action: Action, result: Result | None, message: DeliveryState | None) -> Upshot:
    """How it stands with one case; `message` is the state of the message that was ordered for it."""
    if result is None:
        return Upshot.WAITING
    if result is not Result.DONE:
        return Upshot(result.value)
    if action is not Action.SEND:
        return Upshot.DONE
    return Upshot.UNDER_WAY if message is None else _OF_LETTERS.get(message, Upshot.UNDER_WAY)
