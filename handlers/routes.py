"""THE table: who handles what. A message without a line here is an error that says so."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from handlers import (
    approvals,
    chasing,
    clicks,
    commands,
    dutytalk,
    escalation,
    incident_clicks,
    incident_ladder,
    keeping,
    overdue,
    standstill,
)
from handlers.clicks import Tapped
from handlers.commands import Command
from handlers.incident_clicks import TappedIncident
from handlers.messages import Due, DueKind
from handlers.scribe import Scribe
from replies.cards import Tap
from rules.anomalies import Anomaly
from rules.orders import Order

WHEN_DUE: Mapping[DueKind, Callable[[Due, Order, Sequence[Anomaly], Scribe], list[Anomaly]]] = {
    DueKind.LIMIT: overdue.raise_overdue,
    DueKind.LADDER: escalation.climb,
    DueKind.TASK: chasing.chase,
    DueKind.INCIDENT: incident_ladder.climb,
    DueKind.STANDSTILL: standstill.nudge,
    DueKind.PROMISE: keeping.keep_promise,
    DueKind.APPROVED: approvals.carry_out,
    DueKind.RESULTS: approvals.tell_results,
}

TAPS: Mapping[Tap, Callable[[Tapped], Awaitable[None]]] = {
    Tap.SEND: clicks.send,
    Tap.AGAIN: clicks.send,
    Tap.CLAIM: clicks.claim,
    Tap.ESCALATE: clicks.escalate,
    Tap.SNOOZE: clicks.snooze,
    Tap.REASON: clicks.show_reasons,
    Tap.SUBMIT_REASON: clicks.submit_reason,
    Tap.MARK_DONE: clicks.mark_done,
    Tap.DONE_AGAIN: clicks.done_again,
    Tap.CALL: clicks.call,
    Tap.CALLED: clicks.called,
    Tap.REFRESH: clicks.refresh,
    Tap.TASK_RESULT: clicks.submit_result,
    Tap.ACKNOWLEDGE: clicks.acknowledge,
}

INCIDENT_TAPS: Mapping[Tap, Callable[[TappedIncident], Awaitable[None]]] = {
    Tap.SEND: incident_clicks.send,
    Tap.CLAIM: incident_clicks.claim,
    Tap.ESCALATE: incident_clicks.escalate,
    Tap.SNOOZE: incident_clicks.snooze,
    Tap.REASON: incident_clicks.show_reasons,
    Tap.SUBMIT_REASON: incident_clicks.submit_reason,
    Tap.REFRESH: incident_clicks.refresh,
}
"""The buttons of an incident's card: each is for all of its cases."""

COMMANDS: Mapping[str, Callable[[Command], Awaitable[None]]] = {
    "订单": commands.show_order,
    "待办": commands.show_mine,
    "P1": commands.show_urgent,
    "今日": commands.show_today,
    "值班": dutytalk.duty,
    "原因": commands.reason,
    "认领": commands.claim,
    "稍后": commands.snooze,
    "帮助": commands.help_,
}
