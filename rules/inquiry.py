"""What is asked next about a message that a person has yet to send on, and what follows from the answer?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.delivery import DeliveryState
from rules.instants import instant

LIMIT = timedelta(hours=24)
"""So long a 群发 may wait for its employee; then it is taken back."""
GRACE = timedelta(hours=1)
"""How long after that an answer is still waited for."""
IN_HAND = timedelta(minutes=5)
"""How long an employee's client may take to tell what became of a message in the sidebar."""

LOOKS = (timedelta(seconds=10), timedelta(seconds=60))
"""When it is looked for, after nobody said whether it had arrived. Not there at any of them: it never arrived."""
GIVE_UP_LOOKING = timedelta(minutes=5)
REMINDERS = (timedelta(minutes=5), timedelta(minutes=20), timedelta(minutes=60))
"""When the employee is reminded. Three in 24 hours is as often as WeCom does it (remind_groupmsg_send)."""
CANCELS = 3
"""So often it is tried to take one back."""
SOON, RETRY = timedelta(minutes=1), timedelta(minutes=5)

_PAUSES = (
    (timedelta(minutes=1), timedelta(seconds=15)),
    (timedelta(minutes=5), timedelta(seconds=30)),
    (timedelta(hours=1), timedelta(minutes=2)),
    (timedelta(hours=4), timedelta(minutes=10)),
)
"""Up to which age of the message it is asked about how often."""
_LONGEST_PAUSE = timedelta(minutes=30)


class Ask(StrEnum):
    """What is asked, or asked for."""

    LOOK = "look"
    """Whether the other side has it at all."""
    RESULT = "result"
    """Whether the employee has sent it."""
    REMIND = "remind"
    """To remind the employee."""
    CANCEL = "cancel"
    """To take it back."""


class Found(StrEnum):
    """What an answer says."""

    THERE = "there"
    """The other side has it."""
    ABSENT = "absent"
    """The other side does not have it."""
    UNSENT = "unsent"
    """The employee has not sent it."""
    SENT = "sent"
    """The employee has sent it."""
    NOT_A_FRIEND = "not_a_friend"
    """The customer is not among the employee's contacts any more."""
    CAPPED = "capped"
    """The customer may not get any more of them for now."""
    DONE = "done"
    """What was asked for is done."""
    TOO_OFTEN = "too_often"
    """The employee has been reminded as often as may be."""
    REFUSED = "refused"
    """What was asked for cannot be done."""
    STOPPED = "stopped"
    """Somebody has taken it back over there."""
    UNASKED = "unasked"
    """The question did not get through: nothing was done."""
    NOTHING = "nothing"
    """No answer, or none that can be read."""


class Ending(StrEnum):
    """How it ends."""

    SENT = "sent"
    """The customer has it."""
    NOT_A_FRIEND = "not_a_friend"
    """The customer is not among the employee's contacts any more."""
    CAPPED = "capped"
    """The customer may not get any more of them for now."""
    UNCONFIRMED = "unconfirmed"
    """The employee did not send it in time; it was taken back."""
    STOPPED = "stopped"
    """Somebody took it back over there."""
    WITHDRAWN = "withdrawn"
    """Its words were no longer true, or the employee thought better of it: nobody sends it any more."""
    REFUSED = "refused"
    """The employee's client would not take it."""
    NEVER_THERE = "never_there"
    """It had not arrived: it may be tried again."""
    UNKNOWN = "unknown"
    """Nobody can tell."""


STATES = {
    Ending.SENT: DeliveryState.SENT,
    Ending.NOT_A_FRIEND: DeliveryState.FAILED,
    Ending.CAPPED: DeliveryState.FAILED,
    Ending.UNCONFIRMED: DeliveryState.FAILED,
    Ending.STOPPED: DeliveryState.FAILED,
    Ending.WITHDRAWN: DeliveryState.FAILED,
    Ending.REFUSED: DeliveryState.FAILED,
    Ending.NEVER_THERE: DeliveryState.READY,
    Ending.UNKNOWN: DeliveryState.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What has been asked so far, and what is asked next."""

    ask: Ask
    since: datetime
    """When the other side was given it, or may have been."""
    tries: int = 0
    """How often this very thing was asked before."""
    reminders: int = 0
    cancels: int = 0
    """How often it could not be taken back."""
    is_false: bool = False
    """Whether its words have become untrue."""
    taken_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Ask this, not before `at`."""

    inquiry: Inquiry
    at: datetime


def begin(since: datetime, *, unclear: bool) -> Again:
    """What is asked first about a message that was handed over, or perhaps was."""
    ask, pause = (Ask.LOOK, LOOKS[0]) if unclear else (Ask.RESULT, _pause(timedelta()))
    return Again(inquiry=Inquiry(ask=ask, since=since), at=instant(since + pause))


def follow(inquiry: Inquiry, found: Found, now: datetime) -> Again | Ending:
    """What is asked next, or how it ends."""
    match found:
        case Found.SENT:
            return Ending.SENT
        case Found.NOT_A_FRIEND:
            return Ending.NOT_A_FRIEND
        case Found.CAPPED:
            return Ending.CAPPED
        case Found.STOPPED:
            return Ending.STOPPED
        case Found.THERE:
            return _ask(inquiry, Ask.RESULT, now)
        case Found.ABSENT:
            return _not_there(inquiry, now)
        case Found.UNSENT:
            return _unsent(inquiry, now)
        case Found.DONE | Found.TOO_OFTEN | Found.REFUSED:
            return _answered(inquiry, found, now)
        case Found.UNASKED | Found.NOTHING:
            return _unanswered(inquiry, found, now)


def _not_there(inquiry: Inquiry, now: datetime) -> Again | Ending:
    tries = inquiry.tries + 1
    if tries >= len(LOOKS):
        return Ending.NEVER_THERE
    return Again(inquiry=replace(inquiry, tries=tries), at=max(now, instant(inquiry.since + LOOKS[tries])))


def _unsent(inquiry: Inquiry, now: datetime) -> Again | Ending:
    if inquiry.taken_back:
        return Ending.WITHDRAWN if inquiry.is_false else Ending.UNCONFIRMED
    age = now - inquiry.since
    if inquiry.is_false or age >= LIMIT:
        return Ending.UNKNOWN if inquiry.cancels >= CANCELS else _ask(inquiry, Ask.CANCEL, now)
    if inquiry.reminders < len(REMINDERS) and age >= REMINDERS[inquiry.reminders]:
        return _ask(inquiry, Ask.REMIND, now)
    pause = _pause(age)
    if inquiry.reminders < len(REMINDERS):
        pause = min(pause, REMINDERS[inquiry.reminders] - age)
    return _ask(inquiry, Ask.RESULT, instant(now + min(pause, LIMIT - age)))


def _answered(inquiry: Inquiry, found: Found, now: datetime) -> Again | Ending:
    """A reminder was given, or the message taken back; or not."""
    if inquiry.ask is Ask.REMIND:
        reminders = inquiry.reminders + 1 if found is Found.DONE else len(REMINDERS)
        return _ask(replace(inquiry, reminders=reminders), Ask.RESULT, instant(now + SOON))
    if found is Found.DONE:
        return _ask(replace(inquiry, taken_back=True), Ask.RESULT, now)
    return _ask(replace(inquiry, cancels=inquiry.cancels + 1), Ask.RESULT, instant(now + SOON))


def _unanswered(inquiry: Inquiry, found: Found, now: datetime) -> Again | Ending:
    """A reminder that may have been given counts as one: three is the most."""
    age = now - inquiry.since
    if age >= LIMIT + GRACE or (inquiry.ask is Ask.LOOK and age >= GIVE_UP_LOOKING):
        return Ending.UNKNOWN
    if inquiry.ask is Ask.REMIND and found is Found.NOTHING:
        return _ask(replace(inquiry, reminders=inquiry.reminders + 1), Ask.RESULT, instant(now + SOON))
    return Again(inquiry=inquiry, at=instant(now + min(RETRY, _pause(age))))


def _ask(inquiry: Inquiry, ask: Ask, at: datetime) -> Again:
    return Again(inquiry=replace(inquiry, ask=ask, tries=0), at=at)


def _pause(age: timedelta) -> timedelta:
    """More and more seldom, the older it is."""
    return next((pause for until, pause in _PAUSES if age < until), _LONGEST_PAUSE)
