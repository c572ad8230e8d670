from collections.abc import Mapping
from enum import Enum

import pytest

from handlers.outbox import Medium
from handlers.trail import Way
from replies import names
from replies.pages.audit import AUDIT
from rules.actions import Action
from rules.anomalies import Closing, Ended
from rules.contact import Because, Channel
from rules.events import EventType
from rules.reasons import Reason
from rules.stages import Kind, Stage, Status
from rules.tasks import TaskKind, TaskResult, TaskState

WORDS: list[tuple[type[Enum], Mapping[Enum, str]]] = [
    (Stage, {**names.STAGES}),
    (Stage, {**names.WORK}),
    (Kind, {**names.KINDS}),
    (Reason, {**names.REASONS}),
    (TaskKind, {**names.TASKS}),
    (TaskResult, {**names.RESULTS}),
    (TaskState, {**names.TASK_STATES}),
    (Ended, {**names.ENDED}),
    (Closing, {**names.CLOSING}),
    (Channel, {**names.CHANNELS}),
    (Because, {**names.BECAUSE}),
    (Action, {**names.ACTIONS}),
    (Status, {**names.STATUSES}),
    (EventType, {**names.EVENTS}),
]


@pytest.mark.parametrize(("kind", "words"), WORDS)
def test_everything_has_a_name_of_its_own(kind: type[Enum], words: Mapping[Enum, str]) -> None:
    assert set(words) == set(kind)
    assert len(set(words.values())) == len(words)


def test_a_carrier_goes_by_the_name_that_customers_know() -> None:
    assert names.carrier(" YuanTong ") == "圆通"
    assert names.carrier("丰巢速递") == "丰巢速递"
    assert names.carrier("xx_express_3") is None


def test_an_operation_is_named_by_stage_and_status_or_by_its_event() -> None:
    assert names.operation("pickup.updated") == "揽收有进展"
    assert names.operation("order.created") == "下单"
    assert names.operation("wms.rescanned") == "wms.rescanned"


def test_every_way_of_the_audit_trail_has_a_word() -> None:
    assert {f"way_{way}" for way in Way} <= AUDIT.keys()


def test_every_way_of_a_letter_has_a_word() -> None:
    assert set(names.MEDIA) == set(Medium)
