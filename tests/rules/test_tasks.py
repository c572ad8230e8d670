"""What follows when somebody was asked to see to something: what they say, what the order says, or nothing at all."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.anomalies import AnomalyId, Ended
from rules.events import EventType, OrderEvent, ShortReport
from rules.stages import Stage, Status
from rules.tasks import (
    ANSWERS,
    DEFAULT_TASKS,
    Step,
    Task,
    TaskKind,
    TaskResult,
    TaskRules,
    TaskState,
    acknowledge,
    answer,
    asked,
    escalate,
    next_step,
    remind,
    result_at_end,
    result_of,
    settle_task,
)
from tests.builders import HOUR, LI, MINUTE, ORDER, WANG, an_event, at, short, staged

NOW = at("10:00")
KINDS = pytest.mark.parametrize("kind", list(TaskKind))


def a_task(kind: TaskKind = TaskKind.REMIND_CARRIER, when: datetime = NOW, **fields: Any) -> Task:
    task = Task(
        case=AnomalyId("a1"),
        kind=kind,
        order=ORDER,
        owner=LI,
        given_at=when,
        asked_at=when,
        due_at=when + DEFAULT_TASKS[kind].every,
    )
    return replace(task, **fields)


# --- nobody answers ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        (TaskKind.RECHECK_STOCK, 2),
        (TaskKind.REMIND_CARRIER, 3),
        (TaskKind.FOLLOW_WAREHOUSE, 2),
        (TaskKind.FOLLOW_PAYMENT, 2),
    ],
)
def test_the_owner_is_asked_so_often_and_then_it_is_the_duty_manager_s(kind: TaskKind, times: int) -> None:
    task, rules = a_task(kind), DEFAULT_TASKS[kind]
    steps: list[Step] = []
    while (step := next_step(task, rules)) is not None:
        steps.append(step)
        now = task.due_at + timedelta(milliseconds=1)
        task = remind(task, now, now + rules.every) if step is Step.REMIND else escalate(task, WANG, now)

    assert steps == [*[Step.REMIND] * (times - 1), Step.ESCALATE]
    assert (task.owner, task.times, task.state) == (WANG, times, TaskState.OVERDUE)


def test_with_nobody_above_them_it_stays_with_whoever_was_asked() -> None:
    task = escalate(a_task(), None, NOW + HOUR)
    assert (task.owner, task.asked_at, task.waits) == (LI, NOW, False)


@KINDS
def test_who_was_asked_once_has_time_and_who_was_asked_twice_is_overdue(kind: TaskKind) -> None:
    task = a_task(kind)
    assert task.state is TaskState.WAITING
    assert remind(task, NOW + HOUR, NOW + 2 * HOUR).state is TaskState.OVERDUE


# --- somebody does -----------------------------------------------------------------


def test_nothing_follows_once_somebody_sees_to_it() -> None:
    task = acknowledge(remind(a_task(), NOW + HOUR, NOW + 2 * HOUR), WANG, NOW + HOUR)
    assert (task.state, next_step(task, DEFAULT_TASKS[task.kind])) == (TaskState.ACKNOWLEDGED, None)


@KINDS
def test_nothing_follows_an_answer_but_for_a_carrier_who_gives_none(kind: TaskKind) -> None:
    for result in ANSWERS[kind]:
        task = answer(a_task(kind), result, LI, NOW + MINUTE, NOW + HOUR)
        goes_on = result is TaskResult.NO_ANSWER
        assert (task.done_at is None) is goes_on
        assert (next_step(task, DEFAULT_TASKS[kind]) is not None) is goes_on
        assert (task.answer, task.done_by) == (result, LI)


def test_a_carrier_without_an_answer_is_pressed_again_even_after_somebody_saw_to_it() -> None:
    seen = acknowledge(a_task(), LI, NOW)
    task = answer(seen, TaskResult.NO_ANSWER, LI, NOW + MINUTE, NOW + HOUR)
    assert (task.waits, task.due_at, task.acknowledged_by) == (True, NOW + HOUR, None)


# --- the order does ----------------------------------------------------------------


def news(stage: Stage, status: Status = Status.UPDATED, parcel: str | None = None) -> OrderEvent:
    return staged(stage, status, "10:05", parcel)


SHORT = short("10:05")
NOT_SHORT = an_event(EventType.STOCK_SHORT, "10:05", report=ShortReport(sku="A", qty_short=0, warehouse=None))
CALLED = an_event(EventType.CONTACTED, "10:05")
MOVED, RECHECK = TaskResult.MOVED, TaskKind.RECHECK_STOCK
CARRIER, WAREHOUSE, PAYMENT = TaskKind.REMIND_CARRIER, TaskKind.FOLLOW_WAREHOUSE, TaskKind.FOLLOW_PAYMENT
TABLE: list[tuple[TaskKind, OrderEvent, TaskResult | None]] = [
    (RECHECK, SHORT, TaskResult.SHORT),
    (RECHECK, NOT_SHORT, None),
    (RECHECK, news(Stage.PICKING), None),
    (CARRIER, SHORT, None),
    (CARRIER, CALLED, None),
    (CARRIER, news(Stage.PICKUP, parcel="A"), MOVED),
    (CARRIER, news(Stage.TRANSIT, parcel="A"), MOVED),
    (CARRIER, news(Stage.PICKUP), MOVED),
    (CARRIER, news(Stage.PICKUP, parcel="B"), None),
    (CARRIER, news(Stage.PACKING, parcel="A"), None),
    (WAREHOUSE, news(Stage.PICKING), MOVED),
    (WAREHOUSE, news(Stage.PACKING, parcel="A"), MOVED),
    (WAREHOUSE, news(Stage.PACKING, parcel="B"), None),
    (WAREHOUSE, news(Stage.CONFIRM), None),
    (PAYMENT, news(Stage.PAYMENT, Status.COMPLETED), TaskResult.PAID),
    (PAYMENT, news(Stage.PAYMENT, Status.FAILED), TaskResult.NOT_PAID),
    (PAYMENT, news(Stage.PAYMENT), None),
    (PAYMENT, news(Stage.CONFIRM), None),
]


@pytest.mark.parametrize(("kind", "event", "result"), TABLE)
def test_what_an_event_answers(kind: TaskKind, event: OrderEvent, result: TaskResult | None) -> None:
    assert result_of(kind, event, "A", at("09:00")) is result


def test_what_happened_before_the_parcel_stood_still_answers_nothing() -> None:
    event = news(Stage.PICKUP, parcel="A")
    assert result_of(CARRIER, event, "A", event.at) is None
    assert result_of(CARRIER, event, "A", event.at - MINUTE) is MOVED
    assert result_of(RECHECK, SHORT, "", SHORT.at) is TaskResult.SHORT, "what is short is short"


def test_what_the_order_says_is_nobody_s_word() -> None:
    heard = answer(a_task(), TaskResult.NO_ANSWER, LI, NOW, NOW + HOUR)
    task = settle_task(heard, MOVED, NOW + MINUTE)
    assert (task.state, task.answer, task.done_by) == (TaskState.DONE, None, None)


@pytest.mark.parametrize("how", list(Ended))
def test_when_the_case_ends_nobody_needs_to_answer(how: Ended) -> None:
    assert result_at_end(how) is (MOVED if how is Ended.MOVED else TaskResult.WITHDRAWN)


# --- there is reason to ask again ---------------------------------------------------

EVERY = TaskRules(every=HOUR, times=3)


def test_who_was_never_asked_is_asked() -> None:
    assert asked(None, a_task(), EVERY) == a_task()


@KINDS
def test_who_is_being_asked_is_not_asked_anew(kind: TaskKind) -> None:
    assert asked(a_task(kind), a_task(kind, NOW + 24 * HOUR), EVERY) is None


def test_what_was_looked_up_on_the_shelf_is_not_looked_up_again() -> None:
    known = answer(a_task(RECHECK), TaskResult.SHORT, LI, NOW, NOW)
    assert asked(known, a_task(RECHECK, NOW + 24 * HOUR), EVERY) is None
    assert asked(escalate(a_task(RECHECK), WANG, NOW), a_task(RECHECK, NOW + 24 * HOUR), EVERY) is None


@pytest.mark.parametrize(
    "known",
    [acknowledge(a_task(), LI, NOW), escalate(a_task(), WANG, NOW), settle_task(a_task(), MOVED, NOW)],
    ids=["acknowledged", "escalated", "over"],
)
def test_whoever_was_asked_an_interval_ago_is_asked_anew(known: Task) -> None:
    fresh = a_task(when=NOW + HOUR)
    assert asked(known, fresh, EVERY) == fresh


def test_within_the_interval_a_task_that_was_over_goes_on_and_nobody_is_asked() -> None:
    over = settle_task(remind(a_task(), NOW, NOW + HOUR), MOVED, NOW + MINUTE)
    fresh = a_task(when=NOW + 59 * MINUTE)
    task = asked(over, fresh, EVERY)
    assert task is not None
    assert (task.waits, task.asked_at, task.times, task.due_at) == (True, NOW, 2, fresh.due_at)
    assert asked(acknowledge(a_task(), LI, NOW), fresh, EVERY) is None


# --- whatever happens ----------------------------------------------------------------

HAPPENINGS = st.lists(
    st.tuples(st.integers(1, 200), st.sampled_from(["timer", "breach", "seen", "no_answer", "end", "back"])),
    max_size=40,
)


def times_asked(happenings: Iterable[tuple[int, str]]) -> tuple[list[datetime], list[datetime]]:
    """When the owner was asked, and when somebody was asked of what was over, as handlers do it."""
    now, task, ended = NOW, a_task(), False
    told, too_late = [NOW], list[datetime]()
    for minutes, what in happenings:
        now += minutes * MINUTE
        before = task
        step = next_step(task, EVERY)
        if what == "end" and not ended:
            ended, task = True, task if task.done_at else settle_task(task, MOVED, now)
        elif what == "timer" and step is not None and task.due_at < now:
            task = remind(task, now, now + HOUR) if step is Step.REMIND else escalate(task, None, now)
        elif what in {"breach", "back"} and (what == "back") is ended:
            ended, task = False, asked(task, a_task(when=now), EVERY) or task
        elif what == "seen" and task.waits:
            task = acknowledge(task, LI, now)
        elif what == "no_answer" and task.done_at is None:
            task = answer(task, TaskResult.NO_ANSWER, LI, now, now + HOUR)
        if task.asked_at != before.asked_at:
            told.append(now)
            too_late += [now] if ended else []
    return told, too_late


@given(happenings=HAPPENINGS)
def test_nobody_is_asked_twice_within_an_interval_nor_about_what_is_over(
    happenings: list[tuple[int, str]],
) -> None:
    told, too_late = times_asked(happenings)
    assert all(later - earlier >= HOUR for earlier, later in pairwise(told))
    assert too_late == []
