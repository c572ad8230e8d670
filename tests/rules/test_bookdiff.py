"""A rule book as plain values: there and back, and what differs between two."""

from typing import Any

from rules.bookdiff import Change, differences
from rules.bookfile import RuleBookFile, parse_rule_book
from rules.bookplain import sparse, whole

LANE = {"name": "618", "match": {"field": "tags", "op": "contains", "value": "618"}}
BOOK: dict[str, Any] = {
    "holiday_factor": 2.0,
    "hours": {"mon-fri": ["09:00-18:00"]},
    "budget": {"contact": "15m"},
    "stages": {"picking": {"limits": [{"when": "not_started", "after": "90m", "repeat": "1h"}]}},
    "ladder": [{"after": "4m", "do": "push", "to": "duty_manager"}],
    "lanes": [{**LANE, "from": "2026-06-17T20:00:00+08:00", "skip": ["payment"]}],
}


def test_what_differs_from_the_usual_is_what_somebody_would_write() -> None:
    assert sparse(RuleBookFile()) == {}
    said = sparse(parse_rule_book(BOOK))
    assert said == {
        **BOOK,
        "stages": {"picking": {"limits": [{"when": "not_started", "after": "1h30m", "repeat": "1h"}]}},
    }
    assert parse_rule_book(said) == parse_rule_book(BOOK)


def test_what_is_usual_is_left_out_although_it_was_written() -> None:
    usual = {"picking": {"normal": "30m", "priority": "P2"}, "packing": {"normal": "45m"}}
    assert sparse(parse_rule_book({"stages": usual})) == {"stages": {"packing": {"normal": "45m"}}}


def test_all_that_holds_reads_as_the_same_book() -> None:
    book = parse_rule_book(BOOK)
    assert parse_rule_book(whole(book)).compile(1).default == book.compile(1).default
    assert whole(RuleBookFile())["stages"]["payment"] == {
        "normal": "2m",
        "limits": [{"when": "not_completed", "after": "5m"}],
        "priority": "P1",
        "actions": ["post_card", "push_duty_manager"],
        "group": "default",
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    return differences(parse_rule_book(before), parse_rule_book(after))


def test_what_differs_is_told_place_by_place() -> None:
    assert changes({}, {}) == []
    assert changes({}, {"holiday_factor": 2, "stages": {"picking": {"priority": "P1"}}}) == [
        Change(at=("holiday_factor",), before=1.5, after=2.0),
        Change(at=("stages", "picking", "priority"), before="P2", after="P1"),
    ]
    (step,) = changes({}, {"ladder": [{"after": "5m", "do": "push", "to": "duty_manager"}]})[:1]
    assert step.at == ("ladder", "1", "after")


def test_a_lane_that_is_new_or_gone_is_one_difference() -> None:
    (came,) = changes({}, {"lanes": [LANE]})
    assert (came.at, came.before, came.after) == (("lanes", "618"), None, LANE)
    (went,) = changes({"lanes": [LANE]}, {})
    assert (went.at, went.before, went.after) == (("lanes", "618"), LANE, None)


def test_what_changes_in_a_lane_and_its_place_among_others_is_told() -> None:
    other = {**LANE, "name": "vip"}
    assert changes({"lanes": [LANE]}, {"lanes": [{**LANE, "skip": ["payment"]}]}) == [
        Change(at=("lanes", "618", "skip"), before=None, after=["payment"])
    ]
    assert changes({"lanes": [LANE, other]}, {"lanes": [other, LANE]}) == [
        Change(at=("lanes",), before=["618", "vip"], after=["vip", "618"])
    ]


REPLY: dict[str, Any] = {"name": "stock_short", "text": "一"}
OF_TWO: dict[str, Any] = {"name": "stock_short", "shops": ["shop2"], "text": "二"}


def test_of_replies_what_differs_is_told_by_their_titles() -> None:
    after = {**REPLY, "text": "三"}
    assert changes({"replies": [REPLY]}, {"replies": [after]}) == [
        Change(at=("replies", "stock_short", "text"), before="一", after="三")
    ]
    assert changes({"replies": [REPLY]}, {"replies": [REPLY, OF_TWO]}) == [
        Change(at=("replies", "stock_short · shop2"), before=None, after=OF_TWO)
    ]
    (order,) = changes({"replies": [REPLY, OF_TWO]}, {"replies": [OF_TWO, REPLY]})
    assert order.at == ("replies",)
    assert sparse(parse_rule_book({"replies": [OF_TWO]})) == {"replies": [OF_TWO]}
