"""A reply shows what it would say of a real case, as it is or as it was, and of an invented one where there is none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from replies.drafts import draft
from replies.library import built_in, template
from replies.previewing import as_opened, by_replies_of, invented, speaks, under
from rules.anomalies import Ended
from rules.book import AutomaticAction, Reply, RuleBook
from rules.bookfile import parse_rule_book
from rules.replynames import NAMES
from rules.stages import Kind, Stage, Status
from tests.replies.builders import NOW, ROSTER, TEMPLATES, Story, a_case, at, drafted, moved, present

OWN = "---\ntitle: 试\nfacts: [order_no]\n---\n亲，{{ order_no }} 等揽收。"


def a_book(*replies: dict[str, Any], **data: Any) -> RuleBook:
    return parse_rule_book({"replies": list(replies), **data}).compile(2)


def own(name: str = "pickup_no_update", **of: Any) -> dict[str, Any]:
    return {"name": name, "text": OWN, **of}


def test_a_case_goes_by_the_lane_that_the_draft_has_for_its_order() -> None:
    lanes = [{"name": "全部"}]
    case = under(a_case(), a_book(own(lanes=["全部"]), lanes=lanes))
    assert case.anomaly.lane == "全部"
    assert drafted(case).text == "亲，DB20251222-883 等揽收。"


@pytest.mark.parametrize(
    ("replies", "number", "says"),
    [
        ([own()], 0, True),
        ([own(shops=["elsewhere"])], 0, False),
        ([own(shops=["main"]), own()], 1, False),
        ([own("pickup")], 0, False),
        ([own("recovered")], 0, False),
    ],
)
def test_for_which_cases_a_reply_speaks(replies: list[dict[str, Any]], number: int, says: bool) -> None:
    texts = [{**one, "text": f"{one['text']}{place}"} for place, one in enumerate(replies)]
    book = a_book(*texts)
    assert speaks(book.replies[number], under(a_case(), book), TEMPLATES) is says


def test_of_what_has_moved_the_reply_that_says_so_speaks() -> None:
    book = a_book(own("recovered"), own())
    case = under(moved(a_case()), book)
    assert [speaks(one, case, TEMPLATES) for one in book.replies] == [True, False]


def test_nobody_answers_for_an_order_that_became_another_one() -> None:
    book = a_book(own())
    case = under(a_case(), book)
    merged = replace(case, anomaly=replace(case.anomaly, ended_at=NOW, ended_how=Ended.MERGED))
    assert not speaks(book.replies[0], merged, TEMPLATES)


def test_a_case_that_is_over_is_seen_as_its_first_card_had_it() -> None:
    story = Story().until(Stage.PICKUP, at("10:00"))
    events = [*story.events, *Story().stage(Stage.PICKUP, Status.COMPLETED, at("14:30")).events]
    opened = at("13:10")
    late = a_case(now=NOW, done=[AutomaticAction.REMIND_CARRIER])
    case = replace(
        late,
        anomaly=replace(
            late.anomaly, since=at("10:00"), opened_at=opened, ended_at=at("14:30"), ended_how=Ended.MOVED
        ),
        delivered={
            AutomaticAction.REMIND_CARRIER: opened + timedelta(seconds=1),
            AutomaticAction.PUSH_DUTY_MANAGER: opened + timedelta(hours=1),
        },
    )
    then = as_opened(case, events)
    assert (then.now, then.anomaly.ended_at) == (opened, None)
    assert [*then.delivered] == [AutomaticAction.REMIND_CARRIER]
    assert drafted(then).template == "pickup_no_update"
    assert "已于 10:00 出库" in drafted(then).text


def test_a_case_whose_later_limit_has_passed_is_seen_with_the_limit_that_opened_it() -> None:
    story = Story().until(Stage.PICKING, at("10:00"))
    late = a_case(Stage.PICKING, Kind.NOT_COMPLETED, now=at("12:04"))
    case = replace(late, anomaly=replace(late.anomaly, since=at("10:00"), opened_at=at("10:46"), breaches=2))
    then = as_opened(case, story.events)
    assert (then.anomaly.kind, then.anomaly.due_at) == (Kind.NOT_STARTED, at("10:45"))
    assert drafted(then).template == "picking_not_started"


# --- an invented one --------------------------------------------------------------------------


def words_for(name: str) -> str:
    stage = next((stage for stage in Stage if name.startswith(stage)), None)
    return built_in(name) or present(built_in(present(stage)))


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("hours", [{}, {"mon": ["09:00-10:00"]}])
def test_every_reply_has_a_case_that_it_speaks_for(name: str, hours: dict[str, list[str]]) -> None:
    of = {"hours": hours} if hours else {}
    book = a_book({"name": name, "text": words_for(name), "shops": ["s"]}, **of)
    (reply,) = book.replies
    case = invented(template(name, reply.text), reply, book, ROSTER, NOW)
    assert speaks(reply, case, TEMPLATES)
    assert drafted(case).template == name
    assert "李女士" in drafted(case).text


def test_an_invented_case_says_what_ours_says_where_the_house_has_no_words() -> None:
    book = a_book({"name": "transit_no_update", "text": words_for("transit_no_update")})
    (reply,) = book.replies
    case = invented(template(reply.name, reply.text), reply, book, ROSTER, NOW)
    assert drafted(by_replies_of(case, a_book())).text == drafted(case).text
    assert "查件" not in drafted(case).text, "nobody presses a carrier in transit, as these rules are"


def test_an_invented_case_is_for_the_lane_of_the_reply() -> None:
    book = a_book(own(lanes=["618"]), lanes=[{"name": "618"}])
    reply: Reply = book.replies[0]
    case = invented(template(reply.name, reply.text), reply, book, ROSTER, NOW)
    assert (case.anomaly.lane, case.anomaly.kind) == ("618", Kind.NO_UPDATE)
    assert draft(case, TEMPLATES).template == "pickup_no_update"
