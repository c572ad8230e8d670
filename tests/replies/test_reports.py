"""What the report of a week says: the same figures in the picture, on the page and in the line beside it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from replies.posters import Figure, Mood, Poster
from replies.reports import line, poster
from replies.words import Language
from rules.calendar import SHANGHAI
from rules.golden import Share
from rules.reasons import Reason
from rules.stages import STAGES
from rules.weeks import Cell, Change, OpenDecision, ReasonChange, Report, StageScore

SINCE = datetime(2026, 2, 22, 16, tzinfo=UTC)
"""Monday in Shanghai."""


def a_report(**fields: Any) -> Report:
    report = Report(
        week="2026-W09",
        since=SINCE,
        until=SINCE + timedelta(days=7),
        made_at=SINCE + timedelta(days=7, hours=9),
        scores=tuple(
            StageScore(stage=stage, score=score, late=100 - score, total=100)
            for stage, score in zip(STAGES, (100, 95, 88, 90, 61, 99), strict=True)
        ),
        opened=128,
        opened_before=150,
        reasons=(
            ReasonChange(reason=Reason.NOT_PICKED_UP, share=Share(60, 100), before=Share(30, 100)),
            ReasonChange(reason=Reason.PAYMENT_FAILED, share=Share(40, 100), before=Share(0, 0)),
        ),
        unexplained=4,
        within_ten=Change(share=Share(90, 100), before=Share(60, 100)),
        within_fifteen=Change(share=Share(0, 0), before=Share(1, 2)),
        healed=Change(share=Share(40, 100), before=Share(10, 100)),
        cell=Cell(carrier="yuantong", region="浙江 13800138000", cases=30, of=90),
        loss_low_fen=100_000,
        loss_fen=250_000,
        loss_high_fen=410_000,
        cut=True,
        decisions=(OpenDecision(number=7, text="换" * 90, owner="lisi", due=True),),
        decisions_open=3,
    )
    return structs.replace(report, **fields)


def said(report: Report, language: Language = Language.ZH) -> Poster:
    return poster(report, SHANGHAI, language, lambda userid: {"lisi": "李四"}[userid])


@dataclass(slots=True)
class Found:
    poster: Poster

    def figure(self, label: str) -> Figure:
        return next(one for section in self.poster.sections for one in section.figures if label in one.label)


def test_a_share_has_what_it_is_of_the_week_before_and_a_colour_only_where_it_moved_for_sure() -> None:
    found = Found(said(a_report()))

    ten = found.figure("10 分钟内")
    assert (ten.value, ten.note, ten.bar, ten.mood) == ("90.0%", "90/100 · 上周 60.0%", 0.9, Mood.GOOD)
    assert found.figure("自愈").mood is Mood.BAD
    reason = found.figure("物流未取件")
    assert reason.mood is Mood.BAD
    assert "变化 +16.3 到 +42.2 个百分点" in reason.note
    assert "没法比" in found.figure("支付失败").note
    nothing = found.figure("15 分钟内")
    assert (nothing.value, nothing.bar, nothing.mood) == ("—", None, Mood.PLAIN)


def test_money_place_scores_and_decisions_are_all_there() -> None:
    found = Found(said(a_report()))

    assert (found.figure("预估损失").value, found.figure("预估损失").note) == (
        "¥2,500",
        "范围 ¥1,000 – ¥4,100",
    )
    place = found.figure("最集中的地方")
    assert "13800138000" not in place.label
    assert place.note == "占知道承运商和地区的 90 件的 33.3%"
    assert (found.figure("物流揽收").value, found.figure("物流揽收").mood) == ("61", Mood.BAD)
    assert found.figure("打包出库").mood is Mood.PLAIN
    decision = found.figure("7.")
    assert (decision.value, decision.note) == ("李四", "该回看了")
    assert len(decision.label) < 45
    assert found.figure("还有 2 条").value == ""
    assert any("只看了最新的" in section.note for section in found.poster.sections)


def test_where_there_is_nothing_that_is_said() -> None:
    bare = Found(said(a_report(cell=None, decisions=(), decisions_open=0, cut=False)))

    assert bare.figure("最集中的地方").value == "没有哪里特别集中"
    assert [section.figures[0].label for section in bare.poster.sections][-1] == "没有"
    open_one = OpenDecision(number=1, text="试", owner="lisi", due=False)
    waiting = Found(said(a_report(decisions=(open_one,), decisions_open=1)))
    assert (waiting.figure("1. 试").note, waiting.figure("1. 试").mood) == ("", Mood.PLAIN)
    assert a_report(opened=0, opened_before=0).is_empty
    assert not a_report(opened=0).is_empty


@pytest.mark.parametrize("language", Language)
def test_both_languages_say_as_much(language: Language) -> None:
    found = said(a_report(), language)

    assert [len(section.figures) for section in found.sections] == [1, 3, 3, 2, 6, 2]
    assert all(words for words in (found.title, found.subtitle, found.foot))
    if language is Language.EN:
        ours = [section.title for section in found.sections]
        assert all(title.isascii() for title in ours)


def test_the_line_says_the_most_of_it_and_where_the_rest_is() -> None:
    words = line(a_report(), SHANGHAI, "https://dd.example/reports/2026-W09")

    assert words.splitlines()[0] == "盯单周报 2026-02-23 – 2026-03-01"
    assert "异常 128 件（上周 150），10 分钟内联系上 90.0%（上周 60.0%），预估损失 ¥2,500" in words
    assert words.endswith("https://dd.example/reports/2026-W09")
