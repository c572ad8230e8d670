"""What may stand in a rule book file, what is true without one, and what is refused where?"""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from rules.book import (
    AutomaticAction,
    Budget,
    LadderAction,
    LadderStep,
    Limit,
    PaymentClock,
    Recipient,
    StageRules,
)
from rules.bookfile import RuleBookFile, parse_rule_book, read_kept
from rules.calendar import ALL_WEEK, SHANGHAI, Block
from rules.events import Attribute
from rules.stages import Kind, Priority, Stage
from rules.stormfile import StormFile
from rules.storms import Cause
from tests.builders import HOUR, MINUTE, a_book, an_event, an_order, at, created
from tests.rules.faults import faults

POST, PUSH = AutomaticAction.POST_CARD, AutomaticAction.PUSH_DUTY_MANAGER
RECHECK, REMIND = AutomaticAction.RECHECK_STOCK, AutomaticAction.REMIND_CARRIER
NOT_STARTED, NOT_COMPLETED, NO_UPDATE = Kind.NOT_STARTED, Kind.NOT_COMPLETED, Kind.NO_UPDATE


def stage_rules(
    normal: timedelta,
    *limits: Limit,
    priority: Priority = Priority.P2,
    actions: Sequence[AutomaticAction] = (POST,),
    group: str = "default",
) -> StageRules:
    return StageRules(normal=normal, limits=limits, priority=priority, actions=tuple(actions), group=group)


# --- without a file --------------------------------------------------------------


def test_the_default_limits_are_those_of_the_design() -> None:
    assert a_book().default.stages == {
        Stage.PAYMENT: stage_rules(
            2 * MINUTE,
            Limit(when=NOT_COMPLETED, after=5 * MINUTE),
            priority=Priority.P1,
            actions=(POST, PUSH),
        ),
        Stage.CONFIRM: stage_rules(10 * MINUTE, Limit(when=NOT_COMPLETED, after=20 * MINUTE)),
        Stage.PICKING: stage_rules(
            30 * MINUTE,
            Limit(when=NOT_STARTED, after=45 * MINUTE),
            Limit(when=NOT_COMPLETED, after=2 * HOUR),
            actions=(POST, RECHECK),
        ),
        Stage.PACKING: stage_rules(60 * MINUTE, Limit(when=NOT_COMPLETED, after=90 * MINUTE)),
        Stage.PICKUP: stage_rules(2 * HOUR, Limit(when=NO_UPDATE, after=3 * HOUR), actions=(POST, REMIND)),
        Stage.TRANSIT: stage_rules(12 * HOUR, Limit(when=NO_UPDATE, after=24 * HOUR, repeat=24 * HOUR)),
    }


def test_the_default_book_is_that_of_the_design() -> None:
    book = a_book(version=3)
    assert (book.version, book.lanes, book.max_age) == (3, (), 24 * HOUR)
    assert book.budget == Budget(
        contact=10 * MINUTE, complaint=7 * MINUTE, claim=3 * MINUTE, act=4 * MINUTE, send=3 * MINUTE
    )
    assert book.ladder == (
        LadderStep(after=3 * MINUTE, do=LadderAction.REMIND_OWNER),
        LadderStep(after=6 * MINUTE, do=LadderAction.HAND_OVER, to=Recipient.LEAD),
        LadderStep(after=9 * MINUTE, do=LadderAction.PUSH, to=Recipient.DUTY_MANAGER),
    )
    calendar = book.calendar
    assert (calendar.zone, calendar.holiday_factor, calendar.days_off) == (
        SHANGHAI,
        Fraction(3, 2),
        frozenset(),
    )
    assert (calendar.hours, calendar.awake, calendar.quiet) == (ALL_WEEK, ALL_WEEK, ())
    plan = book.default
    assert (plan.lane, plan.skip, plan.payment_clock) == (None, frozenset(), PaymentClock.STARTED)


def test_the_default_storm_is_that_of_the_design() -> None:
    assert parse_rule_book({}).storm == StormFile(
        threshold=3,
        window=5 * MINUTE,
        span=60 * MINUTE,
        by=[Cause("payment_channel"), Cause("warehouse"), Cause("carrier+region")],
    )


def test_to_write_the_defaults_down_changes_nothing() -> None:
    """The example of the design, whose every key has a default, without its lane."""
    written = {
        "version": 1,
        "timezone": "Asia/Shanghai",
        "holiday_factor": 1.5,
        "hours": {"mon-sun": ["00:00-24:00"]},
        "quiet_hours": [],
        "budget": {"contact": "10m", "complaint": "7m"},
        "max_age": "24h",
        "stages": {
            "payment": {
                "normal": "2m",
                "limits": [{"when": "not_completed", "after": "5m"}],
                "priority": "P1",
                "actions": ["post_card", "push_duty_manager"],
            },
            "picking": {
                "normal": "30m",
                "limits": [
                    {"when": "not_started", "after": "45m"},
                    {"when": "not_completed", "after": "2h"},
                ],
                "actions": ["post_card", "recheck_stock"],
            },
            "pickup": {
                "normal": "2h",
                "limits": [{"when": "no_update", "after": "3h"}],
                "actions": ["post_card", "remind_carrier"],
                "group": "default",
            },
        },
        "ladder": [
            {"after": "3m", "do": "remind_owner"},
            {"after": "6m", "do": "hand_over", "to": "lead"},
            {"after": "9m", "do": "push", "to": "duty_manager"},
        ],
        "storm": {
            "threshold": 3,
            "window": "5m",
            "span": "60m",
            "by": ["payment_channel", "warehouse", "carrier+region"],
        },
    }
    assert parse_rule_book(written).compile(1) == a_book()


# --- what is written -------------------------------------------------------------


def test_what_is_said_of_a_stage_is_laid_over_what_is_true_without_it() -> None:
    book = a_book(stages={"picking": {"normal": "5s"}, "packing": {"priority": "P3", "group": "夜班"}})
    usual = a_book().default.stages
    assert book.default.stages[Stage.PICKING] == stage_rules(
        timedelta(seconds=5), *usual[Stage.PICKING].limits, actions=(POST, RECHECK)
    )
    packing = book.default.stages[Stage.PACKING]
    assert (packing.priority, packing.group, packing.limits) == (
        Priority.P3,
        "夜班",
        usual[Stage.PACKING].limits,
    )
    assert book.default.stages[Stage.TRANSIT] == usual[Stage.TRANSIT]


def test_limits_and_actions_are_replaced_as_a_whole_and_may_be_none() -> None:
    book = a_book(stages={"picking": {"limits": [{"when": "no_update", "after": "2d"}], "actions": []}})
    picking = book.default.stages[Stage.PICKING]
    assert picking.limits == (Limit(when=NO_UPDATE, after=48 * HOUR),)
    assert picking.actions == ()
    assert a_book(stages={"picking": {"limits": []}}).default.stages[Stage.PICKING].limits == ()


def test_a_lane_is_laid_over_the_book_and_not_over_the_defaults() -> None:
    sale: dict[str, Any] = {"name": "大促", "skip": ["confirm"], "stages": {"picking": {"limits": []}}}
    book = a_book(payment_clock="created", stages={"picking": {"priority": "P1"}}, lanes=[sale])
    plan = book.lanes[0].plan
    assert (plan.lane, plan.skip, plan.payment_clock) == ("大促", {Stage.CONFIRM}, PaymentClock.CREATED)
    assert (plan.stages[Stage.PICKING].priority, plan.stages[Stage.PICKING].limits) == (Priority.P1, ())
    assert plan.stages[Stage.PACKING] == book.default.stages[Stage.PACKING]
    assert book.default.skip == frozenset()


def test_the_lane_of_the_design_takes_the_big_orders_of_the_sale() -> None:
    book = a_book(
        lanes=[
            {
                "name": "618 大促",
                "match": {
                    "all": [
                        {"field": "tags", "op": "contains", "value": "618"},
                        {"field": "amount_fen", "op": ">=", "value": 50000},
                    ]
                },
                "from": "2026-06-17T20:00+08:00",
                "to": "2026-06-19T00:00+08:00",
                "skip": [],
                "stages": {"picking": {"limits": [{"when": "not_started", "after": "90m"}]}},
            }
        ]
    )
    facts = {Attribute.TAGS: ("618", "新客"), Attribute.AMOUNT_FEN: 50000}
    begin = at("20:00", day=date(2026, 6, 17))

    def lane_of(when: datetime, **changed: Any) -> str | None:
        attributes = facts | {Attribute(name): value for name, value in changed.items()}
        return book.plan_for(an_order(created(when, attributes=attributes))).lane

    assert lane_of(begin) == "618 大促"
    assert lane_of(begin + 28 * HOUR - timedelta(milliseconds=1)) == "618 大促"
    assert lane_of(begin + 28 * HOUR) is None
    assert lane_of(begin - timedelta(milliseconds=1)) is None
    assert lane_of(begin, amount_fen=49999) is None
    assert lane_of(begin, tags=("6180",)) is None
    assert book.plan_for(an_order(an_event(when=begin, attributes=facts))).lane is None
    assert book.lanes[0].plan.stages[Stage.PICKING].limits == (Limit(when=NOT_STARTED, after=90 * MINUTE),)


def test_hours_and_quiet_hours_are_blocks_of_a_day_in_order() -> None:
    calendar = a_book(
        hours={"mon-fri": ["14:00-18:00", "09:00-12:00"], "fri": ["10:00-11:00"]}, quiet_hours=["23:00-07:00"]
    ).calendar
    weekday = (Block(9 * HOUR, 12 * HOUR), Block(14 * HOUR, 18 * HOUR))
    assert calendar.hours == (weekday,) * 4 + ((Block(10 * HOUR, 11 * HOUR),), (), ())
    assert calendar.quiet == (Block(timedelta(), 7 * HOUR), Block(23 * HOUR, 24 * HOUR))


def test_blocks_may_touch_and_there_may_be_no_ladder() -> None:
    book = a_book(hours={"mon-sun": ["09:00-12:00", "12:00-18:00"]}, ladder=[])
    assert book.calendar.opens(at("12:00")) == at("12:00")
    assert book.ladder == ()
    assert book.budget.claim == book.budget.contact


def test_a_case_is_to_be_claimed_by_the_first_step_unless_the_budget_says_so() -> None:
    assert a_book(ladder=[{"after": "4m", "do": "push", "to": "duty_manager"}]).budget.claim == 4 * MINUTE
    assert a_book(budget={"claim": "2m"}).budget.claim == 2 * MINUTE


def test_a_short_budget_shortens_what_the_file_says_nothing_of() -> None:
    assert a_book(budget={"contact": "2m", "send": "1m"}).budget.act == 4 * MINUTE


def test_what_was_accepted_before_stays_in_force_whatever_is_asked_since() -> None:
    alone = {"ladder": [{"after": "3m", "do": "remind_owner"}]}
    with pytest.raises(ValidationError):
        parse_rule_book(alone)
    kept = read_kept(json.dumps(alone))
    assert read_kept(kept.model_dump_json(by_alias=True)) == kept
    short = parse_rule_book({"budget": {"contact": "2m"}})
    assert read_kept(short.model_dump_json(by_alias=True)).compile(1) == short.compile(1)


def test_the_zone_of_the_file_is_that_of_its_hours_and_its_lanes_say_their_own() -> None:
    book = a_book(timezone="Asia/Tokyo", lanes=[{"name": "x", "from": "2026-03-02T09:00+08:00"}])
    assert book.calendar.zone.key == "Asia/Tokyo"
    assert book.lanes[0].start == at("09:00")


# --- what is refused -------------------------------------------------------------


def lane(**parts: Any) -> dict[str, Any]:
    return {"lanes": [{"name": "x"} | parts]}


def limit(**parts: Any) -> dict[str, Any]:
    return {"stages": {"picking": {"limits": [{"when": "not_started", "after": "1h"} | parts]}}}


GIVE, CALL = {"do": "hand_over", "to": "lead"}, {"do": "push", "to": "duty_manager"}

FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"stage": {}}, "stage", "not permitted"),
    ({"version": 2}, "version", "should be 1"),
    ({"timezone": "Beijing"}, "timezone", "such as Asia/Shanghai"),
    ({"timezone": "../etc/passwd"}, "timezone", "such as Asia/Shanghai"),
    ({"holiday_factor": "1.5"}, "holiday_factor", "valid number"),
    ({"holiday_factor": True}, "holiday_factor", "valid number"),
    ({"holiday_factor": 0.9}, "holiday_factor", "greater than or equal to 1"),
    ({"holiday_factor": 10.1}, "holiday_factor", "less than or equal to 10"),
    ({"holiday_factor": float("nan")}, "holiday_factor", "less than or equal to 10"),
    ({"days_off": [20260301]}, "days_off.0", "such as 2026-10-01"),
    ({"workdays": ["2026-03-01", "1 March"]}, "workdays.1", "such as 2026-10-01"),
    ({"days_off": ["2026-02-30"]}, "days_off.0", "valid date"),
    ({"hours": {}}, "hours", "never be open"),
    ({"hours": {"mon": []}}, "hours", "never be open"),
    ({"hours": {"monday": ["09:00-18:00"]}}, "hours.monday", "such as mon"),
    ({"hours": {"mon": ["09:00-25:00"]}}, "hours.mon.0", "between 00:00 and 24:00"),
    ({"hours": {"mon": ["22:00-06:00"]}}, "hours.mon.0", "split a block at midnight"),
    ({"hours": {"mon": ["09:00-12:00", "11:59-18:00"]}}, "hours", "overlap"),
    ({"hours": {"mon": ["00:00-00:01"] * 13}}, "hours.mon", "at most 12"),
    ({"hours": {"mon": ["09:00-09:30"]}}, "hours", "limit of 1d would take over a year"),
    ({"quiet_hours": ["22:00"]}, "quiet_hours.0", "such as"),
    ({"quiet_hours": ["22:00-07:00", "06:00-08:00"]}, "quiet_hours", "overlap"),
    ({"quiet_hours": ["00:00-24:00"]}, "quiet_hours", "no opening hour awake"),
    ({"max_age": "0s"}, "max_age", "no time at all"),
    ({"max_age": 24}, "max_age", "such as 90s"),
    ({"budget": {"contact": "10"}}, "budget.contact", "such as 90s"),
    ({"budget": {"reply": "10m"}}, "budget.reply", "not permitted"),
    ({"payment_clock": "paid"}, "payment_clock", "'started' or 'created'"),
    ({"stages": {"shipping": {}}}, "stages.shipping", "'payment'"),
    ({"stages": {"picking": None}}, "stages.picking", "valid dictionary"),
    ({"stages": {"picking": {"priority": "P0"}}}, "stages.picking.priority", "'P1', 'P2' or 'P3'"),
    ({"stages": {"picking": {"actions": ["email"]}}}, "stages.picking.actions.0", "'post_card'"),
    ({"stages": {"picking": {"group": ""}}}, "stages.picking.group", "at least 1 character"),
    (limit(when="stock_short"), "stages.picking.limits.0.when", "'not_started'"),
    (limit(after="0h"), "stages.picking.limits.0.after", "no time at all"),
    (limit(repeat="0h"), "stages.picking.limits.0.repeat", "no time at all"),
    (limit(after="11y"), "stages.picking.limits.0.after", "such as 90s"),
    (limit(then="30m"), "stages.picking.limits.0.then", "not permitted"),
    ({"stages": {"picking": {"limits": [{"when": "no_update"}]}}}, "stages.picking.limits.0.after", "required"),
    ({"stages": {"picking": {"limits": [{}] * 21}}}, "stages.picking.limits", "at most 20"),
    ({"ladder": [{"after": "3m", "do": "call"}]}, "ladder.0.do", "'remind_owner'"),
    ({"ladder": [{"after": "3m", "do": "push", "to": "owner"}]}, "ladder.0.to", "'lead' or 'duty_manager'"),
    ({"ladder": [{"after": "3m", "do": "hand_over"}]}, "ladder.0.do", "needs a `to`"),
    ({"ladder": [{"after": "3m", "do": "remind_owner", "to": "lead"}]}, "ladder.0.to", "takes no `to`"),
    (
        {"ladder": [{"after": "3m", "do": "remind_owner"}, {"after": "3m", "do": "remind_owner"}]},
        "ladder.1.after",
        "later than the one before",
    ),
    (
        {"max_age": "9m", "ladder": [{"after": "3m"} | GIVE, {"after": "9m"} | CALL]},
        "ladder.1.after",
        "9m old (`max_age`): come sooner",
    ),
    ({"ladder": [{"after": "3m", "do": "remind_owner"}]}, "ladder.0.do", "`to: duty_manager`"),
    ({"ladder": [{"after": "3m", "do": "push", "to": "lead"}]}, "ladder.0.to", "somebody who always exists"),
    (
        {"ladder": [{"after": "3m"} | GIVE, {"after": "4m", "do": "remind_owner"}, {"after": "5m"} | GIVE]},
        "ladder.2.to",
        "has it already by an earlier step",
    ),
    (
        {"budget": {"contact": "2s"}, "ladder": [{"after": "3m"} | GIVE, {"after": "4m"} | CALL]},
        "ladder.1.after",
        "together with the one before",
    ),
    ({"budget": {"act": "6m", "send": "5m"}}, "budget.act", "`act` and `send` take longer than `contact`, 10m"),
    ({"budget": {"claim": "11m"}}, "budget.claim", "`claim` alone takes longer"),
    (
        {"hours": {"mon": ["09:00-10:00"]}, "quiet_hours": ["09:01-24:00"], "ladder": [{"after": "2h"} | CALL]},
        "hours",
        "last step of the ladder",
    ),
    ({"storm": {"threshold": 1}}, "storm.threshold", "greater than or equal to 2"),
    ({"storm": {"threshold": 3.0}}, "storm.threshold", "valid integer"),
    ({"storm": {"by": ["colour"]}}, "storm.by.0", "'payment_channel'"),
    ({"storm": {"by": ["carrier", "region", "carrier"]}}, "storm.by.2", "named already"),
    ({"storm": {"window": "2h", "span": "4h"}}, "storm.window", "write 1h or less"),
    ({"storm": {"span": "25h"}}, "storm.span", "write 24h or less"),
    ({"storm": {"window": "10m", "span": "5m"}}, "storm.window", "must not be longer than `span`"),
    ({"lanes": [{}]}, "lanes.0.name", "required"),
    (lane(name=""), "lanes.0.name", "at least 1 character"),
    (lane(name="长" * 61), "lanes.0.name", "at most 60"),
    ({"lanes": [{"name": "x"}, {"name": "y"}, {"name": "x"}]}, "lanes.2.name", "has this name already"),
    ({"lanes": [{"name": f"{number}"} for number in range(201)]}, "lanes", "at most 200"),
    (lane(start="2026-06-17T20:00+08:00"), "lanes.0.start", "not permitted"),
    (lane(**{"from": "2026-06-17T20:00"}), "lanes.0.from", "timezone"),
    (lane(**{"from": "17 June"}), "lanes.0.from", "with its offset"),
    (lane(**{"from": 1781697600}), "lanes.0.from", "with its offset"),
    (lane(to="0001-01-01T00:00+08:00"), "lanes.0.to", "outside the years"),
    (
        lane(**{"from": "2026-06-17T20:00+08:00", "to": "2026-06-17T12:00Z"}),
        "lanes.0.to",
        "later than `from`",
    ),
    (lane(skip=["pay"]), "lanes.0.skip.0", "'payment'"),
    (lane(stages={"picking": {"normal": "5"}}), "lanes.0.stages.picking.normal", "such as 90s"),
    (lane(hours={}), "lanes.0.hours", "not permitted"),
]  # fmt: skip
"""The content of a file, the faulty place, and some of the words for it."""


@pytest.mark.parametrize(("data", "place", "words"), FAULTS)
def test_a_fault_is_told_where_it_is(data: dict[str, Any], place: str, words: str) -> None:
    found = faults(parse_rule_book, data)
    assert words in found[place]


def test_every_fault_is_told_at_once() -> None:
    data = {"holiday_factor": 0, "max_age": "soon", "lanes": [{"name": "x", "skip": ["y"]}]}
    assert list(faults(parse_rule_book, data)) == ["holiday_factor", "max_age", "lanes.0.skip.0"]


def test_in_short_hours_long_waits_are_measured_with_the_holiday_factor_and_in_each_lane() -> None:
    an_hour_a_week = {"hours": {"mon": ["09:00-10:00"]}}  # 52 hours a year; the longest limit is of 24
    assert faults(parse_rule_book, an_hour_a_week | {"holiday_factor": 2}) == {}
    assert "hours" in faults(parse_rule_book, an_hour_a_week | {"holiday_factor": 2.2})
    slow = {"name": "x", "stages": {"packing": {"normal": "35h"}}}
    assert "1d11h" in faults(parse_rule_book, an_hour_a_week | {"lanes": [slow]})["hours"]


def test_a_day_and_a_time_may_come_as_such() -> None:
    """A reader of YAML makes dates of dates."""
    start = datetime(2026, 6, 17, 20, tzinfo=SHANGHAI)
    book = parse_rule_book({"days_off": [date(2026, 10, 1)], "lanes": [{"name": "x", "from": start}]})
    assert book.days_off == [date(2026, 10, 1)]
    assert book.lanes[0].start == start


def test_a_book_is_written_as_it_was_read() -> None:
    match = {"all": [{"not": {"any": [{"field": "shop", "op": "==", "value": "main"}]}}]}
    data = {"max_age": "1m30s"} | lane(match=match, **{"from": "2026-06-17T20:00:00+08:00"})
    written = parse_rule_book(data).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert written == data
    assert RuleBookFile.model_validate(written).compile(1).max_age == timedelta(seconds=90)


def test_a_lane_may_have_a_group_and_a_priority_for_all_its_stages() -> None:
    picking = {"limits": [{"when": "not_started", "after": "90m"}], "group": "hz"}
    lane = {"name": "618", "group": "promotion", "priority": "P1", "stages": {"picking": picking}}
    (made,) = parse_rule_book({"lanes": [lane]}).compile(1).lanes
    groups = {stage: rules.group for stage, rules in made.plan.stages.items()}
    assert groups == {**dict.fromkeys(Stage, "promotion"), Stage.PICKING: "hz"}
    assert {rules.priority for rules in made.plan.stages.values()} == {Priority.P1}
    assert made.plan.stages[Stage.PACKING].normal == timedelta(minutes=60)
