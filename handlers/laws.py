"""What holds after every commit, whatever died on the way, and how can it be broken?"""

from dataclasses import dataclass
from enum import StrEnum


class Law(StrEnum):
    """What holds at every commit."""

    EVENTS = "events"
    """Every event that was acknowledged is stored."""
    FOLD = "fold"
    """The state of an order is what its stored events fold to."""
    TIMERS = "timers"
    """What comes next is armed, for its time, and nothing else is."""
    DETECTED = "detected"
    """No limit has passed without a case."""
    PUNCTUAL = "punctual"
    """No case came before its limit, and no time runs backwards."""
    OUTLOOKS = "outlooks"
    """Each watched open order has the outlook that its state and the rules give, and nothing else has one."""
    CASES = "cases"
    """One unclosed case at most in each place; closed means reached, ended and explained."""
    TASKS = "tasks"
    """Nobody is asked about a case that has ended, and nobody more often than the rules say."""
    CARDS = "cards"
    """The agents have been told of each case that is not silent, and of each further limit."""
    LETTERS = "letters"
    """Every letter is in a legal state, with its lease."""
    CUSTOMERS = "customers"
    """One message at most for each round, and whatever did not arrive was told to the agents."""
    TAPS = "taps"
    """Every tap that was taken in has had its one effect, or its one refusal."""
    ACCEPTED = "accepted"
    """What WeCom accepted is what we know of, once for each recipient; what we call sent it accepted."""
    ALERTS = "alerts"
    """Every alert was shown, digested, escalated or not needed any more, or waits: none vanished."""
    PROMISES = "promises"
    """Each time that a text states which a customer has, or may have, is on record once, judged by the events."""
    LEASES = "leases"
    """The fencing version of a lease never goes back."""


class Why(StrEnum):
    """How a law is broken. The words for people are in `bot/verdicts.py`."""

    EVENT_LOST = "event_lost"
    STATE_DIFFERS = "state_differs"
    TIMER_MISSING = "timer_missing"
    TIMER_WRONG = "timer_wrong"
    TIMER_NEEDLESS = "timer_needless"
    LIMIT_UNNOTICED = "limit_unnoticed"
    TOO_EARLY = "too_early"
    BACKWARDS = "backwards"
    OUTLOOK_MISSING = "outlook_missing"
    OUTLOOK_WRONG = "outlook_wrong"
    OUTLOOK_NEEDLESS = "outlook_needless"
    TWO_UNCLOSED = "two_unclosed"
    CLOSED_TOO_SOON = "closed_too_soon"
    TASK_OUTLIVED = "task_outlived"
    ASKED_TOO_OFTEN = "asked_too_often"
    NO_CARD = "no_card"
    NO_LEASE = "no_lease"
    ABANDONED = "abandoned"
    NEVER_ATTEMPTED = "never_attempted"
    NO_END = "no_end"
    ENDED_AND_WAITS = "ended_and_waits"
    NOT_FOR_AGENTS = "not_for_agents"
    OF_NO_ROUND = "of_no_round"
    LOSS_UNTOLD = "loss_untold"
    NOT_REACHED = "not_reached"
    TAP_LOST = "tap_lost"
    TAP_WAITS = "tap_waits"
    TAP_GIVEN_UP = "tap_given_up"
    TAP_TWICE = "tap_twice"
    TAP_UNANSWERED = "tap_unanswered"
    ACCEPTED_TWICE = "accepted_twice"
    ACCEPTED_UNKNOWN = "accepted_unknown"
    ACCEPTED_AND_FAILED = "accepted_and_failed"
    SENT_UNACCEPTED = "sent_unaccepted"
    OVERSTAYED = "overstayed"
    NOBODY_ASKS = "nobody_asks"
    ALERT_VANISHED = "alert_vanished"
    DIGEST_MISSING = "digest_missing"
    PROMISE_MISSING = "promise_missing"
    PROMISE_NEEDLESS = "promise_needless"
    PROMISE_MISJUDGED = "promise_misjudged"
    WENT_BACK = "went_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A law that does not hold."""

    law: Law
    why: Why
    about: str
    """What it is broken for: `main/DB1`, or the id of a letter, a tap, an event, a lease."""
    detail: str = ""
