"""When a promise has not been kept: is the next text true, does it say what is new, and does it fit the card?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from replies.drafts import SHOWN_IN_FULL
from replies.guard import objections
from replies.situation import Situation
from rules.book import AutomaticAction
from rules.events import Customer
from rules.promises import Promise, Slot
from rules.replynames import FOLLOW_UP
from rules.stages import Stage, Status
from rules.tasks import TaskResult
from tests.replies.builders import NOW, ZHANG, Story, a_case, answered, drafted, later, moved, reached


def promised(
    situation: Situation, slot: Slot = Slot.NEWS_BY, within: timedelta = timedelta(hours=2)
) -> Situation:
    """What the customer was told just now, and an hour and a half has passed without anything."""
    case = situation.anomaly
    promise = Promise(
        order=case.order, case=case.id, told="a1:send:1", slot=slot, stage=case.stage, parcel=case.parcel,
        template="pickup_no_update", template_version="1", carrier=None, warehouse=None, agent=ZHANG,
        promised_at=situation.now, warn_at=situation.now, due_at=situation.now + within, warned_at=situation.now,
    )  # fmt: skip
    return later(replace(reached(situation), pledge=promise), timedelta(minutes=90))


@pytest.mark.parametrize("stage", Stage)
def test_each_stage_has_a_text_that_says_what_was_promised_and_a_new_time(stage: Stage) -> None:
    made = drafted(promised(a_case(stage)))
    assert made.template == f"{FOLLOW_UP}{stage}"
    assert "说好今天 16:02 前告诉您进展" in made.text
    assert "现在还没有新进展，比预想的慢" in made.text
    assert made.promises[Slot.NEWS_BY] - (NOW + timedelta(minutes=90)) >= timedelta(minutes=30)
    assert len(made.text) <= SHOWN_IN_FULL


def test_a_card_shows_the_whole_of_the_longest_one() -> None:
    case = promised(
        a_case(Stage.PICKUP, customer=Customer(name="李女士"), done=[AutomaticAction.REMIND_CARRIER])
    )
    assert len(drafted(case).text) <= SHOWN_IN_FULL


def test_what_was_done_since_is_told() -> None:
    case = promised(a_case(Stage.CONFIRM), Slot.SHIP_BY)
    story = Story().stage(Stage.CONFIRM, Status.COMPLETED, case.now)
    text = drafted(later(case, timedelta(minutes=1), *story.events)).text
    assert "说好今天 16:02 前交给快递，已于 15:32 通过审核，还没有全部办好，比预想的慢" in text


def test_what_the_shelf_said_is_told() -> None:
    short = answered(promised(a_case(Stage.PICKING)), TaskResult.SHORT)
    assert "复核发现有商品缺货" in drafted(short).text
    assert "比预想的慢" not in drafted(short).text
    found = answered(promised(a_case(Stage.PICKING)), TaskResult.IN_STOCK)
    assert "库存已复核，有货" in drafted(found).text


def test_an_order_that_moves_again_gets_the_good_news_instead() -> None:
    assert drafted(moved(promised(a_case()))).template == "recovered"


def test_it_is_not_sent_once_there_is_nothing_to_follow_up() -> None:
    case = promised(a_case())
    against = objections(drafted(case).claims, replace(case, pledge=None))
    assert [one.fact for one in against] == ["promised"]


def test_the_time_that_was_promised_is_said_with_its_day() -> None:
    case = promised(a_case(), within=timedelta(hours=20))
    assert "说好明天 10:02 前" in drafted(case).text
