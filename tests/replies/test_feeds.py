"""What the team reads of a source that is out, and of one that is back."""

from dataclasses import replace

from replies.feeds import back_card, out_card, stages_of
from replies.guard import SOURCE, objections
from replies.rows import subtitle
from rules.calendar import SHANGHAI
from rules.events import Shop
from rules.outages import Outage, Station
from rules.stages import Stage
from tests.builders import at
from tests.replies.builders import a_case, drafted

OUTAGE = Outage(
    id="o1",
    source="/wms/hz1",
    heard_at=at("10:00"),
    noticed_at=at("10:12"),
    expected=40,
    waiting=6,
    reach={
        Station(Shop("main"), "hz1", Stage.PACKING): True,
        Station(Shop("main"), "hz1", Stage.PICKING): True,
        Station(Shop("main"), "hz1", Stage.PICKUP): False,
    },
)
BACK = replace(OUTAGE, back_at=at("11:00"), ended_at=at("11:05"), held=3, healed=2, raised=1)


def test_the_card_says_since_when_how_much_what_waits_and_what_to_look_at() -> None:
    card = out_card(OUTAGE, "https://x/sources", at("10:12"), SHANGHAI)
    rows = {row.label: row.value for row in card.rows}
    assert card.title == "/wms/hz1 没有消息了"
    assert rows == {
        "来源": "/wms/hz1",
        "最后消息": "10:00",
        "本应收到": "约 40 条",
        "等它的": "6 单未完",
        "涉及": "仓库拣货、打包出库",
    }
    assert "令牌" in card.text
    assert card.link == "https://x/sources"


def test_a_source_that_only_its_heartbeat_misses_is_told_so_and_a_long_name_is_cut() -> None:
    quiet = replace(OUTAGE, source="/warehouse/hangzhou/1", expected=0, waiting=0, reach={})
    card = out_card(quiet, "", at("10:12"), SHANGHAI)
    assert {row.label: row.value for row in card.rows}["本应收到"] == "心跳"
    assert card.title.startswith("/warehouse/ha…")
    assert stages_of(quiet) == []


def test_the_second_card_reckons_up() -> None:
    card = back_card(BACK, "", at("11:05"), SHANGHAI)
    rows = [row.value for row in card.rows]
    assert rows == ["/wms/hz1", "10:00 至 11:00", "3 个", "2 个", "1 个"]
    assert "1 个异常现在报出来" in card.text
    assert "没有漏掉" in back_card(replace(BACK, raised=0, back_at=None), "", at("11:05"), SHANGHAI).text


def test_the_words_of_a_draft_do_not_go_while_nothing_is_known_and_own_words_do() -> None:
    situation = replace(a_case(), outage=OUTAGE)
    claims = drafted(situation).claims
    (objection,) = objections(claims, situation)
    assert objection.fact == SOURCE
    assert "/wms/hz1" in objection.news
    assert objections(claims, situation, own_words=True) == ()
    assert "数据截至" in subtitle(situation)
