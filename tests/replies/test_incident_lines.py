"""What the bot says in a line about an incident: which one, how many orders, and how long there is."""

from datetime import timedelta

from replies import incident_lines
from rules.anomalies import AnomalyId
from rules.calendar import SHANGHAI
from rules.incidents import Incident
from rules.stages import Priority, Stage
from rules.storms import Cause, IncidentId
from tests.builders import MINUTE, ORDER, at

NOON = at("12:00")
INCIDENT = Incident(
    id=IncidentId("i1"),
    group="default",
    stage=Stage.PICKUP,
    cause=Cause.CARRIER_AND_REGION,
    value="yuantong+浙江",
    priority=Priority.P2,
    book_version=1,
    lead=AnomalyId("a1"),
    order=ORDER,
    size=16,
    opened_at=NOON,
    joined_at=NOON,
    locks_at=NOON + timedelta(hours=1),
    raised_at=NOON,
    surge_at=NOON,
    surge=3,
    wave_at=NOON,
)
ABOUT = "事件「物流揽收 · 圆通 · 浙江」"


def test_a_reminder_names_who_has_the_cases() -> None:
    assert incident_lines.reminder(INCIDENT, 3, None, "还剩 5分") == f"{ABOUT}还有 3 单没联系顾客，还剩 5分。"
    assert incident_lines.reminder(INCIDENT, 3, "张三", "还剩 5分").startswith(f"张三，{ABOUT}")


def test_a_new_owner_is_named_with_the_one_before() -> None:
    said = incident_lines.handed_over(INCIDENT, 3, "李四", None, "还剩 5分")
    assert said == f"{ABOUT}还有 3 单没联系顾客，已转给李四，还剩 5分。"
    assert "已转给李四（原由张三负责）" in incident_lines.handed_over(INCIDENT, 3, "李四", "张三", "还剩 5分")


def test_who_was_called_is_named() -> None:
    assert "已通知王五，还剩 5分" in incident_lines.pushed(INCIDENT, 3, "王五", "还剩 5分")


def test_what_has_come_is_told_with_all_there_are() -> None:
    assert incident_lines.wave(INCIDENT, 3, 16).startswith(f"{ABOUT}又有 3 单，共 16 单。")
    assert incident_lines.joined(INCIDENT, 2) == f"{ABOUT}又并入 2 单，共 16 单。"


def test_names_cannot_say_more_than_names() -> None:
    assert "13800138000" not in incident_lines.reminder(INCIDENT, 3, "13800138000", "")


def test_how_long_there_is_or_since_when_there_is_none() -> None:
    by = NOON + 10 * MINUTE
    assert incident_lines.time_left(by, NOON, SHANGHAI) == "还剩 10分（截止 12:10）"
    assert incident_lines.time_left(by, by + MINUTE, SHANGHAI) == "已超 1分（截止 12:10）"
