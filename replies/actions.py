"""Which buttons does a card show now? Those that would have an effect, at most six, in a fixed order."""

from datetime import timedelta

from replies.cards import Button, Option, Selector, Tap, Weight
from replies.situation import Situation
from rules.actions import ALLOWED, Action
from rules.anomalies import State
from rules.delivery import DeliveryState
from rules.reasons import Reason
from rules.tasks import ANSWERS, TaskKind, TaskResult

SNOOZE = "snooze"
"""The question of the selector 稍后."""
REASON = "reason"
"""The question of the reason form."""
RESULT = "result"
"""The question of a task."""
SNOOZES = (5, 10, 30)
DEFAULT_SNOOZE = 10
"""Minutes."""

UNDER_WAY = frozenset({DeliveryState.READY, DeliveryState.SENDING, DeliveryState.PENDING})
LOST = frozenset({DeliveryState.FAILED, DeliveryState.BOUNCED})

_SEND = Button(tap=Tap.SEND, text="发送回复", weight=Weight.PRIMARY)
_SEND_NEWS = Button(tap=Tap.AGAIN, text="发送回复", weight=Weight.PRIMARY)
"""To a customer who has been answered, or still to one whose answer was stopped when the order moved: a round of its
own, which only a person can open."""
_AGAIN = Button(tap=Tap.AGAIN, text="再次联系", weight=Weight.PRIMARY)
_DONE = Button(tap=Tap.MARK_DONE, text="已处理")
_CLAIM = Button(tap=Tap.CLAIM, text="认领")
_ESCALATE = Button(tap=Tap.ESCALATE, text="升级", weight=Weight.DANGER)
_SNOOZE = Button(tap=Tap.SNOOZE, text="稍后")
_REASON = Button(tap=Tap.REASON, text="记录原因")
SUBMIT_REASON = Button(tap=Tap.SUBMIT_REASON, text="提交", weight=Weight.PRIMARY)
SUBMIT_RESULT = Button(tap=Tap.TASK_RESULT, text="提交", weight=Weight.PRIMARY)
ACKNOWLEDGE = Button(tap=Tap.ACKNOWLEDGE, text="知道了")
_COPIED = Button(tap=Tap.MARK_DONE, text="已处理", weight=Weight.PRIMARY)
_COPIED_AGAIN = Button(tap=Tap.DONE_AGAIN, text="已处理", weight=Weight.PRIMARY)
_CALL = Button(tap=Tap.CALL, text="改电话")
CALLED = Button(tap=Tap.CALLED, text="已处理", weight=Weight.PRIMARY)
"""Under what is to be said by phone."""
REFRESH = Button(tap=Tap.REFRESH, text="刷新")


def buttons(situation: Situation) -> tuple[Button, ...]:
    """The buttons of a case's card; none once it is closed."""
    untaken = situation.anomaly.state is State.OPEN and situation.last_round not in UNDER_WAY
    return (*contact_buttons(situation), *case_buttons(situation, taken=not untaken))


def contact_buttons(situation: Situation) -> tuple[Button, ...]:
    """How to reach the customer, in view of how the last message fared."""
    anomaly, last = situation.anomaly, situation.last_round
    if anomaly.state is State.CLOSED:
        return ()
    if last in UNDER_WAY:
        return (REFRESH,)
    if is_lost(situation) or (last is DeliveryState.UNKNOWN and anomaly.reached_at is None):
        still = anomaly.state is State.RECOVERED and last is DeliveryState.FAILED
        again = _SEND_NEWS if still else _AGAIN
        return (again,) if anomaly.reached_at else (again, _CALL, _DONE)
    if anomaly.state is State.REPLIED:
        return () if situation.pledge is None else (_AGAIN,)
    answered = anomaly.reached_at is not None or anomaly.waived_by is not None or anomaly.send_round > 0
    return (_SEND_NEWS if answered else _SEND,)


def is_lost(situation: Situation) -> bool:
    """Whether the latest message did not arrive, and nobody has reached the customer since it was ordered."""
    anomaly = situation.anomaly
    since = anomaly.reached_at is not None and anomaly.reached_at >= (anomaly.sent_at or anomaly.opened_at)
    return situation.last_round in LOST and not since


def copied_button(situation: Situation) -> Button:
    """已处理 under words to be copied: this round has reached the customer, whether it was the first or not."""
    return _COPIED if situation.anomaly.reached_at is None else _COPIED_AGAIN


def case_buttons(situation: Situation, *, taken: bool) -> tuple[Button, ...]:
    """What else can be done with the case: what its state permits and nobody has done yet.

    `taken` when somebody's name is on it, if only because they are sending a reply.
    """
    anomaly = situation.anomaly
    may = ALLOWED[anomaly.state]
    wanted = (
        (_CLAIM, not taken),
        (_ESCALATE, Action.ESCALATE in may and anomaly.escalated_at is None),
        (_SNOOZE, Action.SNOOZE in may),
        (_REASON, Action.REASON in may and taken and not anomaly.is_explained),
    )
    return tuple(button for button, valid in wanted if valid)


def deeds(situation: Situation, *, drafted: bool) -> tuple[Action, ...]:
    """What can be done with a case on its page: what its state permits and nobody has done yet.

    SEND takes words of ours and a channel that the bot can write to; MARK_DONE is there again for each further
    round that goes by hand.
    """
    anomaly, may = situation.anomaly, ALLOWED[situation.anomaly.state]
    by_hand = not situation.route.by_bot
    fits = {
        Action.SEND: drafted and not by_hand and situation.last_round not in UNDER_WAY,
        Action.CLAIM: anomaly.owner is None,
        Action.ESCALATE: anomaly.escalated_at is None,
        Action.SNOOZE: True,
        Action.REASON: not anomaly.is_explained,
        Action.MARK_DONE: anomaly.reached_at is None or by_hand,
        Action.WAIVE: anomaly.reached_at is None and anomaly.waived_by is None,
    }
    return tuple(action for action in Action if action in may and fits[action])


def without_draft(shown: tuple[Button, ...], situation: Situation) -> tuple[Button, ...]:
    """The buttons when there is no text to send: the agent writes in person, and says so."""
    sending = {Tap.SEND, Tap.AGAIN}
    if sending.isdisjoint(button.tap for button in shown):
        return shown
    kept = (button for button in shown if button.tap not in sending | {Tap.MARK_DONE})
    done = () if situation.anomaly.reached_at else (_DONE,)
    return (*done, *kept, REFRESH)


def snooze_selector(shown: tuple[Button, ...]) -> Selector | None:
    """The choice that 稍后 needs; None when the button is not there."""
    if _SNOOZE not in shown:
        return None
    options = tuple(Option(id=str(minutes), text=f"{minutes} 分钟") for minutes in SNOOZES)
    return Selector(id=SNOOZE, title="稍后提醒", options=options, selected=str(DEFAULT_SNOOZE))


def snooze_of(option: str | None) -> timedelta:
    """How long to wait, from what was chosen; the default for anything else."""
    minutes = {str(choice): choice for choice in SNOOZES}.get(option or "", DEFAULT_SNOOZE)
    return timedelta(minutes=minutes)


def result_of(kind: TaskKind, option: str | None) -> TaskResult | None:
    """The answer to a task of this kind that was chosen; None for anything else."""
    return next((result for result in ANSWERS[kind] if result == option), None)


def reason_of(option: str | None) -> Reason | None:
    """The reason that was chosen; None for anything else."""
    return next((reason for reason in Reason if reason == option), None)
