"""What forms about rules say becomes what a file would: typed, sparse, and kept as typed where it is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from bot.bookfaults import checked
from bot.files import parse_rules
from bot.web.board.rule_shape import FindingLine
from bot.web.board.ruleforms import (
    Part,
    duration,
    fen,
    field_of,
    moment,
    nested,
    read_part,
    rows_of,
    week_of,
    zone_of,
)
from bot.web.board.ruletools import at_wall, by_field, called, part_of, stages_of, typed_in, within
from bot.yamlwriter import as_yaml
from rules.bookfile import RuleBookFile, parse_rule_book
from rules.booklint import Slip
from rules.bookplain import Plain, sparse
from rules.calendar import SHANGHAI
from rules.stages import Stage


def form(*several: tuple[str, str], **fields: str) -> MultiDict[Any]:
    """A form; names are written with two underlines for each dot."""
    return MultiDict([*((name.replace("__", "."), value) for name, value in fields.items()), *several])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("90 分钟", "90m"),
        ("1小时30分", "1h30m"),
        ("2 天", "2d"),
        ("45m", "45m"),
        ("90", "90"),
        ("soon", "soon"),
        ("5 min", "5m"),
    ],
)
def test_a_length_may_be_typed_in_words(typed: str, read: str) -> None:
    assert duration(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("500", 50000),
        ("0.5", 50),
        ("1,299.90", 129990),
        ("0.001", "0.001"),
        ("五百", "五百"),
        ("NaN", "NaN"),
        ("1e400", "1e400"),
    ],
)
def test_an_amount_is_typed_in_yuan_and_kept_in_fen(typed: str, read: int | str) -> None:
    assert fen(typed) == read


def test_a_time_of_the_wall_is_one_of_the_zone_of_the_book() -> None:
    assert moment("2026-06-17T20:00", SHANGHAI) == "2026-06-17T20:00:00+08:00"
    assert moment("2026-06-17T20:00+00:00", SHANGHAI) == "2026-06-17T20:00+00:00"
    assert moment("tomorrow", SHANGHAI) == "tomorrow"
    assert zone_of({"timezone": "Mars"}) == SHANGHAI
    assert at_wall({}, "2026-06-17T12:00:00+00:00") == "2026-06-17T20:00"
    assert at_wall({}, "tomorrow") == "tomorrow"


def test_fields_are_a_tree_and_what_is_numbered_a_list() -> None:
    fields = form(
        ("a.b[]", ""), ("a.b[]", "x"), ("a.b[]", "y"), a__c__0__d="1", a__c__2__d="2", a__c__10__d="3"
    )
    assert nested(fields) == {"a": {"b": ["x", "y"], "c": [{"d": "1"}, {"d": "2"}, {"d": "3"}]}}
    assert nested(form(("a", "1"), ("a.b", "2"), ("." * 100, "3"))) == {"a": "1"}


# --- parts ------------------------------------------------------------------------------


def all_stages(tree: Plain) -> list[tuple[str, str]]:
    """The form of the stages as the page shows it."""
    fields: list[tuple[str, str]] = []
    for stage, rules in stages_of(tree).items():
        at = f"stages.{stage}"
        fields += [(f"{at}.{name}", rules[name]) for name in ("normal", "priority", "group")]
        for number, limit in enumerate([*rules["limits"], Plain()]):
            fields += [
                (f"{at}.limits.{number}.{name}", limit.get(name, "")) for name in ("when", "after", "repeat")
            ]
        fields += [(f"{at}.actions[]", one) for one in ("", *rules["actions"])]
    return fields


STAGES: Plain = {
    "stages": {
        "picking": {"limits": [{"when": "not_started", "after": "90m", "repeat": "1h"}], "priority": "P1"}
    }
}


@pytest.mark.parametrize("tree", [{}, STAGES, {"stages": {"confirm": {"limits": [], "actions": []}}}])
def test_a_form_that_is_sent_off_as_it_was_shown_changes_nothing(tree: Plain) -> None:
    assert read_part(Part.STAGES, 0, form(*all_stages(tree), payment_clock="started"), tree) == tree


def test_what_was_typed_over_is_what_differs() -> None:
    fields = [pair for pair in all_stages({}) if not pair[0].startswith("stages.packing.limits")]
    tree = read_part(Part.STAGES, 0, form(*fields, payment_clock="created"), {"max_age": "30h"})
    assert tree == {"max_age": "30h", "payment_clock": "created", "stages": {"packing": {"limits": []}}}


def test_the_ladder_and_its_budget() -> None:
    steps = form(
        ladder__0__after="4 分钟", ladder__0__do="push", ladder__0__to="duty_manager", ladder__1__after="",
        budget__contact="15m", budget__act="4m", max_age="",
    )  # fmt: skip
    tree = read_part(Part.LADDER, 0, steps, {})
    assert tree == {
        "ladder": [{"after": "4m", "do": "push", "to": "duty_manager"}],
        "budget": {"contact": "15m"},
    }
    usual = form(
        ladder__0__after="3m", ladder__0__do="remind_owner",
        ladder__1__after="6m", ladder__1__do="hand_over", ladder__1__to="lead",
        ladder__2__after="9m", ladder__2__do="push", ladder__2__to="duty_manager",
    )  # fmt: skip
    assert read_part(Part.LADDER, 0, usual, tree) == {}
    assert read_part(Part.LADDER, 0, form(), tree) == {"ladder": []}, "nobody is told: a choice of its own"


def test_the_week_is_typed_day_by_day() -> None:
    days = {f"hours__{day}": "09:00 - 12:00，13:30-18:00" for day in ("mon", "tue", "wed", "thu", "fri")}
    tree = read_part(
        Part.CALENDAR,
        0,
        form(**days, quiet_hours="23:00-07:00", holiday_factor="2", days_off="2027-10-01 2027-10-02"),
        {},
    )
    assert tree == {
        "hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]},
        "quiet_hours": ["23:00-07:00"],
        "holiday_factor": 2.0,
        "days_off": ["2027-10-01", "2027-10-02"],
    }
    assert week_of(tree["hours"])["fri"] == "09:00-12:00, 13:30-18:00"
    assert week_of(tree["hours"])["sat"] == ""
    assert read_part(Part.CALENDAR, 0, form(), {}) == {"hours": {"mon-sun": []}}, "and that is a fault"
    every = {f"hours__{day}": "00:00-24:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    assert read_part(Part.CALENDAR, 0, form(**every, holiday_factor="viel"), {}) == {"holiday_factor": "viel"}


def test_storms() -> None:
    said = form(
        ("storm.by[]", ""),
        ("storm.by[]", "carrier"),
        storm__threshold="5",
        storm__window="5m",
        storm__span="",
    )
    assert read_part(Part.STORM, 0, said, {}) == {"storm": {"threshold": 5, "by": ["carrier"]}}
    assert read_part(Part.STORM, 0, form(("storm.by[]", ""), storm__threshold="x"), {}) == {
        "storm": {"threshold": "x", "by": []}
    }


def a_lane(**fields: str) -> MultiDict[Any]:
    usual = {
        "lane__name": "618",
        "lane__mode": "all",
        "lane__rows__0__field": "tags",
        "lane__rows__0__op": "contains",
        "lane__rows__0__value": "618",
        "lane__rows__1__field": "amount_fen",
        "lane__rows__1__op": ">=",
        "lane__rows__1__value": "500",
        "lane__rows__2__field": "",
        "lane__rows__2__value": "",
    }
    return form(**{**usual, **fields})


def test_a_lane() -> None:
    said = a_lane(
        lane__from="2026-06-17T20:00", lane__group="hz", lane__priority="",
        lane__stages__picking__limits__0__when="not_started", lane__stages__picking__limits__0__after="90 分",
        lane__stages__packing__unlimited="1",
    )  # fmt: skip
    said.extend([("lane.skip[]", ""), ("lane.skip[]", "payment")])
    (lane,) = read_part(Part.LANE, 0, said, {})["lanes"]
    assert lane == {
        "name": "618",
        "match": {
            "all": [
                {"field": "tags", "op": "contains", "value": "618"},
                {"field": "amount_fen", "op": ">=", "value": 50000},
            ]
        },
        "from": "2026-06-17T20:00:00+08:00",
        "skip": ["payment"],
        "group": "hz",
        "stages": {
            "picking": {"limits": [{"when": "not_started", "after": "90m"}]},
            "packing": {"limits": []},
        },
    }
    assert checked({"lanes": [lane]})[1] == []


def test_whom_a_lane_names_is_ticked_in_the_order_in_which_they_are_asked() -> None:
    before: Plain = {"lanes": [{"name": "618", "recipients": {"lead": ["liusi"], "agent": ["b", "a"]}}]}
    assert read_part(Part.LANE, 0, form(lane__name="618"), before) == before
    said = form(
        ("lane.recipients.agent[]", ""), ("lane.recipients.agent[]", "b"), ("lane.recipients.agent[]", "c"),
        ("lane.recipients.lead[]", ""), lane__name="618",
    )  # fmt: skip
    assert read_part(Part.LANE, 0, said, before)["lanes"] == [
        {"name": "618", "recipients": {"agent": ["b", "c"]}}
    ]
    assert list(called(["b", "gone"], ["a", "b"], str.upper).items()) == [
        ("b", "B"),
        ("gone", "GONE"),
        ("a", "A"),
    ]


def test_what_the_form_of_a_lane_does_not_show_stays() -> None:
    nested_match = {"any": [{"not": {"field": "shop", "op": "==", "value": "main"}}]}
    before: Plain = {
        "lanes": [
            {"name": "a"},
            {"name": "b", "match": nested_match, "stages": {"picking": {"actions": ["post_card"]}}},
        ]
    }
    after = read_part(Part.LANE, 1, form(lane__name="c"), before)
    assert after["lanes"] == [{"name": "a"}, {**before["lanes"][1], "name": "c"}]
    assert rows_of(nested_match) is None


@pytest.mark.parametrize(
    ("match", "rows"),
    [
        (None, ("all", list[Plain]())),
        ({"field": "tags"}, ("all", [{"field": "tags"}])),
        ({"any": [{"field": "tags"}]}, ("any", [{"field": "tags"}])),
        ({"all": [{"any": [{"field": "tags"}]}]}, None),
    ],
)
def test_which_conditions_a_form_can_show(match: Any, rows: Any) -> None:
    assert rows_of(match) == rows


def test_several_values_stand_with_commas_between() -> None:
    said = a_lane(
        lane__rows__0__field="warehouse",
        lane__rows__0__op="in",
        lane__rows__0__value="hz1，gz2",
        lane__mode="any",
    )
    (lane,) = read_part(Part.LANE, 0, said, {})["lanes"]
    assert lane["match"]["any"][0]["value"] == ["hz1", "gz2"]
    assert [typed_in(row) for row in lane["match"]["any"]] == ["hz1, gz2", "500"]


@pytest.mark.parametrize(
    ("at", "field", "part"),
    [
        (("lanes", 3, "match", "all", 1, "value"), "lane.rows.1.value", Part.LANE),
        (("lanes", 0, "match"), "lane.rows", Part.LANE),
        (("lanes", 0, "to"), "lane.to", Part.LANE),
        (("lanes", 0, "recipients", "lead", 1), "lane.recipients.lead", Part.LANE),
        (("hours", "mon-fri", 0), "hours.mon", Part.CALENDAR),
        (("quiet_hours", 1), "quiet_hours", Part.CALENDAR),
        (("stages", "picking", "limits", 0, "after"), "stages.picking.limits.0.after", Part.STAGES),
        (("ladder", 2, "to"), "ladder.2.to", Part.LADDER),
        (("storm", "window"), "storm.window", Part.STORM),
        (("tasks",), "tasks", Part.YAML),
        ((), "", Part.YAML),
    ],
)
def test_a_fault_stands_at_its_field(at: Any, field: str, part: Part) -> None:
    assert (field_of(at), part_of(at)) == (field, part)


def test_what_is_amiss_with_one_lane_does_not_stand_at_the_fields_of_another() -> None:
    lines = [
        FindingLine(
            slip=Slip.MATCHES_ALL, at=at, field=field_of(at), lane=lane, others=(), said={}, refused=False
        )
        for at, lane in (
            (("lanes", 0, "match"), "a"),
            (("lanes", 1, "match"), "b"),
            (("stages", "picking", "normal"), None),
        )
    ]
    first, second, stage = lines
    assert by_field(lines, 1) == {"lane.rows": second, "stages.picking.normal": stage}
    assert within(lines, Part.LANE, 0) == [first]
    assert within(lines, Part.LANES, 0) == [first, second]
    assert within(lines, Part.STAGES, 0) == [stage]


# --- whatever is sent -------------------------------------------------------------------

NAMES = st.sampled_from(
    ["stages", "picking", "limits", "0", "1", "when", "after", "lane", "rows", "name", "match", "mode", "ladder",
     "hours", "mon", "storm", "by[]", "skip[]", "budget", "actions[]", "normal", "field", "op", "value", "from"]
)  # fmt: skip
FORMS = st.lists(
    st.tuples(st.lists(NAMES, min_size=1, max_size=5).map(".".join), st.text(max_size=8)), max_size=12
)


@given(part=st.sampled_from(Part), number=st.integers(0, 5), fields=FORMS)
def test_no_form_breaks_anything(part: Part, number: int, fields: list[tuple[str, str]]) -> None:
    book, faults = checked(read_part(part, number, MultiDict(fields), sparse(RuleBookFile())))
    assert (book is None) == bool(faults)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip())
)


@given(name=TEXTS, value=TEXTS, stage=st.sampled_from(Stage))
def test_what_is_written_as_yaml_reads_as_the_same_book(name: str, value: str, stage: Stage) -> None:
    match = {"field": "tags", "op": "contains", "value": value}
    book = parse_rule_book({
        "lanes": [{"name": name, "match": match, "from": "2026-06-17T20:00+08:00", "skip": [stage]}],
        "hours": {"mon-fri": ["09:00-18:00"]}, "quiet_hours": ["23:00-07:00"], "holiday_factor": 2.0,
    })  # fmt: skip
    assert parse_rules(as_yaml(sparse(book), "a remark").encode()) == book


def test_a_book_that_is_as_usual_is_an_empty_file() -> None:
    assert as_yaml({}, "one") == "# one\n"
    assert parse_rules(b"# one\n") == RuleBookFile()
