"""Is every line of a timeline told in words?"""

import pytest

from handlers.records import What
from replies.timeline import WORDS, particulars
from rules.actions import Why
from rules.bookfile import RuleBookFile
from rules.roster import Roster

BOOK, NOBODY = RuleBookFile().compile(1), Roster(members={})


def test_whatever_can_happen_has_a_word() -> None:
    assert set(WORDS) == set(What)


@pytest.mark.parametrize(
    ("what", "detail", "told"),
    [
        (What.OPENED, "pickup.no_update", "物流揽收 停滞"),
        (What.BREACHED, "not_completed", "未完成"),
        (What.PUSHED, "wangwu", "wangwu"),
        (What.ENDED, "refunded", "已取消（要求退款）"),
        (What.REASON_GIVEN, "not_picked_up", "物流未取件"),
        (What.REASON_GIVEN, "快递员找不到 13800138000", "快递员找不到 138****8000"),
        (What.SNOOZED, "2026-03-02T02:10:00+00:00", "到 10:10"),
        (What.REMINDED, "", ""),
        (What.REFUSED, "taken", "已有负责人"),
        (What.REFUSED, "not_on_roster", "不在值班名单里"),
        (What.LETTER_LOST, "app.60021 not in scope. More", "应用：60021 not in scope. More"),
        (What.LETTER_LOST, "group.", "群"),
        (What.PASSED_ON, "wangwu>lisi|zhangsan", "wangwu，由lisi、zhangsan收到"),
        (What.PASSED_ON, "lisi|wangwu>", "lisi、wangwu，没有人可以代替"),
        (What.PASSED_ON, "group:default>lisi", "群「default」，由lisi收到"),
    ],
)
def test_particulars_are_told_in_words(what: What, detail: str, told: str) -> None:
    assert particulars(what, detail, NOBODY, BOOK) == told


@pytest.mark.parametrize("why", Why)
def test_why_something_had_no_effect_is_told_in_words(why: Why) -> None:
    assert particulars(What.REFUSED, why, NOBODY, BOOK) != why
