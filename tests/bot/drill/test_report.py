"""How is the outcome of a drill told: as text, as JSON, and as a page without a script?"""

import json
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from bot.drill.report import Report
from replies.pages.drill import DRILL
from replies.words import Language
from rules.response import Course, Reader, Response
from tests.builders import MINUTE, at

NOTICED = at("10:00")
REACHED = Course(
    order="DL-001",
    group="卡住的支付",
    in_trouble=True,
    noticed_at=NOTICED,
    card_at=NOTICED + timedelta(seconds=2),
    claimed_at=NOTICED + MINUTE,
    reached_at=NOTICED + 2 * MINUTE,
    closed_at=NOTICED + 80 * MINUTE,
    incident="i1",
)
MISSED = replace(REACHED, order="DL-002", claimed_at=None, reached_at=None, closed_at=None, incident="i1")
FINE = Course(order="DL-003", group="<b>没事</b>", in_trouble=False)
REPORT = Report(
    name="支付 <渠道> 卡住",
    about="两波",
    real=False,
    began_at=NOTICED,
    lasts=15 * MINUTE,
    response=Response(
        courses=[REACHED, MISSED, FINE], readers=[Reader(name="张三", cards=3, lines=1)], promises=None
    ),
)
NOTHING_MISSED = replace(REPORT, real=True, response=Response(courses=[REACHED], promises=4))


def test_the_text_says_who_was_reached_when_and_what_was_missed() -> None:
    text = REPORT.as_text()
    assert "2 位顾客里，10 分钟内联系上 1，15 分钟内 1" in text
    assert "事件  1  共 2 笔：2" in text
    assert "给出的承诺  未统计" in text
    assert "联系上顾客  n=1  一半不超过 2m  九成不超过 2m" in text
    assert "张三  卡片 3  消息 1" in text
    assert "DL-002  卡住的支付  没人认领" in text
    assert "DL-001  卡住的支付  卡片 2s  有人认领 1m  联系上顾客 2m  关闭 1h20m" in text
    assert "Of 2 customers, 1 were reached within 10 minutes" in REPORT.as_text(Language.EN)


def test_a_drill_without_a_miss_says_so_and_a_real_one_is_called_real() -> None:
    text = NOTHING_MISSED.as_text()
    assert "什么都没漏" in text
    assert "在真实的群里，订单都是演练的" in text
    assert "给出的承诺  4" in text
    assert "事件  没有" in replace(REPORT, response=Response(courses=[FINE])).as_text()


def test_programs_read_seconds_and_null_for_what_did_not_happen() -> None:
    data = json.loads(REPORT.as_json())
    assert data["within_ten"] == {"part": 1, "of": 2, "percent": 50}
    assert data["steps"]["contact"] == {"n": 1, "median_seconds": 120, "p90_seconds": 120}
    assert data["missed"] == [{"order": "DL-002", "miss": "unclaimed"}]
    assert data["orders"][0]["close_seconds"] == 4800
    assert (data["orders"][1]["contact_seconds"], data["orders"][2]["noticed"]) == (None, False)
    assert data["began_at"] == "2026-03-02T10:00:00+08:00"
    empty = json.loads(replace(REPORT, response=Response(courses=[])).as_json())
    assert empty["steps"]["claim"] == {"n": 0, "median_seconds": None, "p90_seconds": None}


class _Page(HTMLParser):
    """The tags and the words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "style", "onclick"}

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("report", [REPORT, NOTHING_MISSED, replace(REPORT, response=Response(courses=[]))])
def test_the_page_stands_by_itself_in_either_language_and_escapes_what_a_file_says(
    report: Report, language: Language
) -> None:
    page = _Page(report.as_page(language))
    assert {"script", "img", "link", "b"}.isdisjoint(page.tags)
    assert "支付 <渠道> 卡住" in page.words
    assert all(course.order in page.words for course in report.response.courses)
    assert DRILL["orders"].said(language) in page.words
    assert (DRILL["real"].said(language) in page.words) is report.real
