"""How is the outcome of a rehearsal told on a terminal?"""

import pytest
from msgspec.structs import replace

from replies.rehearsal import as_text, named, no_history, unknown
from rules.book import LadderAction
from rules.calendar import SHANGHAI
from rules.comparisons import Comparison, Turn
from rules.events import UserId
from rules.promises import Slot
from rules.reports import Doubt, Report
from rules.stages import Stage
from rules.tallies import PersonTally, StageTally, Tally
from rules.wordings import Replies, ReplyTally, WordComparison, WordsTurned, WordTurn
from tests.builders import HOUR, ORDER, a_roster, at

LISI = UserId("lisi")
BUSY = Tally(
    hours=24.0,
    cases=4,
    alerts=12,
    healed=1,
    by_stage={Stage.CONFIRM: StageTally(cases=4, alerts=12, healed=1)},
    by_person={LISI: PersonTally(cards=12, pushes=2)},
    by_step={LadderAction.PUSH: 2},
)
TURNS = {Turn.NEW: 3, Turn.GONE: 0, Turn.EARLIER: 2, Turn.LATER: 0, Turn.SAME: 7}
COMPARISON = Comparison(turns=TURNS, by_stage={}, earlier_by=600.0, later_by=None, examples=())
LOST = WordsTurned(
    order=ORDER,
    stage=Stage.CONFIRM,
    at=at("10:00"),
    turn=WordTurn.LOST,
    before="您好，还在审",
    after=None,
    missing=("carrier",),
)
REPLIES = Replies(
    after=ReplyTally(alerts=12, drafted=9, long=1, missing={"carrier": 3}, promises={Slot.NEWS_BY: 9}),
    before=ReplyTally(alerts=9, drafted=9),
    comparison=WordComparison(turns={**dict.fromkeys(WordTurn, 0), WordTurn.LOST: 2}, examples=(LOST,)),
)
ALONE = Report(since=at("09:00"), until=at("09:00") + 24 * HOUR, orders=5, events=60, after=BUSY)
BESIDE = Report(
    since=ALONE.since,
    until=ALONE.until,
    orders=5,
    events=60,
    after=BUSY,
    before=Tally(),
    comparison=COMPARISON,
    replies=REPLIES,
    doubts=(Doubt.SHORT,),
)


def lines(report: Report, *names: str) -> list[str]:
    """Each line with its columns one space apart."""
    text = as_text(report, names, a_roster(), SHANGHAI)
    return [" ".join(line.split()) for line in text.splitlines()]


def test_a_book_alone_is_told_by_its_figures() -> None:
    told = lines(ALONE, "第 3 版")
    assert told[0] == "2026-03-02 09:00 – 2026-03-03 09:00（1.0 天），5 单，60 个事件"
    assert {"第 3 版", "提醒 12", "没人碰过就好了 1（25.0%）", "审单锁库 12 / 1"} <= set(told)
    assert f"{a_roster().name(LISI)} 12 + 2" in told
    assert not any("话术" in line for line in told)
    told = lines(replace(ALONE, replies=Replies(after=REPLIES.after)), "第 3 版")
    assert told[told.index("有草稿 9") :][-1] == "承诺给消息 9"


def test_two_books_stand_side_by_side_the_one_it_is_held_against_first() -> None:
    told = lines(BESIDE, "草稿", "现行")
    assert {"现行 草稿", "提醒 0 12", "没人碰过就好了 0 1（25.0%）", "审单锁库 0 / 0 12 / 1"} <= set(told)
    assert {"新增 3", "提前 2（中位数 0:10:00）", "不变 7"} <= set(told)
    assert told[-1].startswith("历史不满 7 天")


def test_replies_are_told_with_what_they_lack_and_what_they_promise() -> None:
    told = lines(BESIDE, "草稿", "现行")
    begin = told.index("有草稿 9 9")
    assert told[begin : begin + 5] == [
        "有草稿 9 9",
        "没有草稿 0 3",
        "缺快递公司 0 3",
        "卡片上显示不全 0 1",
        "承诺给消息 0 9",
    ]
    assert "没草稿了 2" in told
    example = told.index(f"没草稿了：{ORDER.order_no}")
    assert told[example + 1 : example + 3] == ["- 您好，还在审", "+ （没有草稿，缺快递公司）"]


def test_a_draft_may_lack_nothing_and_be_none_all_the_same() -> None:
    """Its template has failed."""
    failed = WordsTurned(
        order=ORDER, stage=Stage.CONFIRM, at=at("10:00"), turn=WordTurn.GAINED, before=None, after="还在审"
    )
    replies = Replies(after=ReplyTally(), before=ReplyTally(), comparison=WordComparison(
        turns=dict.fromkeys(WordTurn, 0), examples=(failed,)))  # fmt: skip
    report = Report(since=ALONE.since, until=ALONE.until, orders=0, events=0, after=Tally(), replies=replies)
    told = lines(report, "第 3 版")
    assert told[told.index(f"有草稿了：{ORDER.order_no}") + 1] == "- （没有草稿）"


@pytest.mark.parametrize(
    ("book", "name"),
    [
        ("", "现行（第 7 版）"),
        ("3", "第 3 版"),
        ("draft:a1", "草稿 a1"),
        ("/etc/dingdan/new.yaml", "new.yaml"),
    ],
)
def test_a_book_is_called_what_somebody_named_it(book: str, name: str) -> None:
    assert named(book, 7) == name


def test_a_book_that_is_not_there_is_said_with_those_that_are() -> None:
    assert unknown("9", (1, 2)).endswith("没有第 9 版规则书；有 1、2")
    assert unknown("9", ()).endswith("没有第 9 版规则书")
    assert "没有这份草稿" in unknown("draft:a1", ())


def test_history_that_is_not_there_is_said_with_what_there_is() -> None:
    assert "dingdan import" in no_history(None, None, SHANGHAI)
    assert "2026-03-02 09:00 – 2026-03-02 10:00" in no_history(at("09:00"), at("10:00"), SHANGHAI)
