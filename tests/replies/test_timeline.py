"""Is every line of a timeline told in words?"""

from dataclasses import replace

import pytest

from handlers.outbox import Medium
from replies.labels import label
from replies.timeline import MEDIA, Telling, particulars
from replies.words import Language
from rules.actions import Why
from rules.bookfile import RuleBookFile
from rules.history import What
from rules.roster import Roster

TELLING = Telling(book=RuleBookFile().compile(1), roster=Roster(members={}))
IN_ENGLISH = replace(TELLING, language=Language.EN)


def test_whatever_can_happen_has_a_word_and_so_has_every_way() -> None:
    assert all(label(what, language) for what in What for language in Language)
    assert set(MEDIA) == set(Medium)


@pytest.mark.parametrize(
    ("what", "detail", "told"),
    [
        (What.OPENED, "pickup.no_update", "物流揽收 停滞"),
        (What.BREACHED, "not_completed", "未完成"),
        (What.PUSHED, "wangwu", "wangwu"),
        (What.JOINED, "warehouse.hz1.a", "仓库 hz1.a"),
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
    assert particulars(what, detail, TELLING) == told


@pytest.mark.parametrize("why", Why)
def test_why_something_had_no_effect_is_told_in_words(why: Why) -> None:
    assert particulars(What.REFUSED, why, TELLING) != why


@pytest.mark.parametrize(
    ("what", "detail", "told"),
    [
        (What.OPENED, "pickup.no_update", "Pickup no news"),
        (What.ENDED, "moved", "moved on"),
        (What.WAVE, "carrier+region.sf+浙江", "Carrier and region sf+浙江"),
        (What.REASON_GIVEN, "not_picked_up", "Not picked up"),
        (What.SNOOZED, "2026-03-02T02:10:00+00:00", "until 10:10"),
        (What.REFUSED, "taken", "somebody else has it"),
        (What.LETTER_LOST, "app.60021 not in scope", "app: 60021 not in scope"),
        (What.PASSED_ON, "group:default>lisi|wangwu", "group “default”; lisi, wangwu got it instead"),
    ],
)
def test_the_same_is_told_in_english(what: What, detail: str, told: str) -> None:
    assert particulars(what, detail, IN_ENGLISH) == told
