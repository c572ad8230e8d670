"""What do the delays of a week have in common? Each is kept with its facts, and what stands out is found in them."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from rules.anomalies import AnomalyId
from rules.causes import FEW, MOST_ROWS, Delay, Finding, Findings, dated, delay, findings, seen
from rules.contrast import Facts, Side
from rules.doubts import Doubt
from rules.events import Attribute, Item, OrderKey, OrderNo, Shop
from rules.orders import Fact, Order
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Stage
from tests.contracts.builders import NOW, a_case, a_key
from tests.rules.test_contrast import CULPRIT, a_week, tell

MONDAY = date(2026, 3, 2)
BEFORE = {Reason.NOT_PICKED_UP: 60, Reason.OTHER: 340}


def a_delay(number: int = 1, **changes: object) -> Delay:
    base = Delay(
        week=MONDAY.isoformat(), case=AnomalyId(f"{number:032x}"), order=OrderKey(Shop("main"), OrderNo("DB1")),
        stage=Stage.PICKUP, opened_at=datetime(2026, 3, 3, 2, tzinfo=UTC), reason=Reason.NOT_PICKED_UP,
        by_people=True, carrier="jitu", region="suburb", district=None, warehouse=None, sku_class=None,
        promotion=None, first_seen=None, doubt=None,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def a_town(seed: int) -> list[Delay]:
    """The delays of a week in which the culprit's part is bad, one by one."""
    week = a_week(random.Random(seed))
    found = list[Delay]()
    for facts, arm in week.items():
        sides = _sides(facts)
        for number in range(arm.n):
            reason = Reason.NOT_PICKED_UP if number < arm.hits else Reason.OTHER
            found.append(a_delay(len(found), reason=reason, **sides))
    return found


@cache
def what_is_found() -> tuple[list[Delay], Findings, Finding]:
    """Of such a town, and of the reason that is bad there."""
    town = a_town(3)
    found = findings(town, BEFORE, {"jitu": ""}, UTC)
    return town, found, next(one for one in found.findings if one.reason is Reason.NOT_PICKED_UP)


def _sides(facts: Facts) -> dict[str, Any]:
    return dict(zip((side.value for side in Side), facts, strict=True))


def test_a_case_is_kept_with_what_tells_its_order_apart() -> None:
    facts = {
        attribute: Fact(value=value, source="/erp", at=NOW)
        for attribute, value in (
            (Attribute.CARRIER, "jitu"),
            (Attribute.REGION, "浙江"),
            (Attribute.DISTRICT, "余杭"),
            (Attribute.WAREHOUSE, "hz1"),
        )
    }
    items = (Item(sku="A"), Item(sku="B", klass="shoes"))
    order = Order(key=a_key(), facts=facts, items=items)
    case = a_case(lane="618", reason=Verdict(reason=Reason.NOT_PICKED_UP), reason_source=ReasonSource.AGENT)
    kept = delay(case, order, MONDAY, Doubt.DONE_IN_TIME)
    assert kept is not None
    assert kept.facts == ("jitu", "浙江", "余杭", "hz1", "shoes", "618", None)
    assert (kept.week, kept.reason, kept.by_people, kept.doubt) == (
        "2026-03-02", Reason.NOT_PICKED_UP, True, Doubt.DONE_IN_TIME,
    )  # fmt: skip
    assert delay(a_case(), order, MONDAY, None) is None, "it has no reason yet"


def test_a_carrier_is_new_for_eight_weeks_and_those_of_the_first_week_never_are() -> None:
    first = seen(None, [a_delay(), a_delay(carrier=None)], MONDAY)
    assert first == {"jitu": ""}
    assert dated(a_delay(), first) == a_delay()
    second = MONDAY + timedelta(weeks=1)
    known = seen(first, [a_delay(carrier="yunda")], second)
    assert known == {"jitu": "", "yunda": "2026-03-09"}
    assert seen(known, [a_delay(carrier="yunda")], second + timedelta(weeks=1)) == known
    newcomer = a_delay(carrier="yunda", week="2026-04-27")
    assert dated(newcomer, known).first_seen == "2026-03-09"
    assert dated(replace(newcomer, week="2026-05-04"), known).first_seen is None


def test_what_stands_out_is_found_with_its_share_and_what_it_would_be_without() -> None:
    town, found, shown = what_is_found()
    first = shown.contrasts[0]
    assert set(CULPRIT) & set(first.part)
    assert first.without < shown.change.now.share < first.inside.share
    assert (found.n, found.before) == (len(town), 400)
    assert shown.change.before.share == 0.15
    assert found.carriers == {"jitu": ""}


def test_the_maps_hold_every_delay_of_the_reason() -> None:
    town, _, shown = what_is_found()
    hits = sum(one.reason is Reason.NOT_PICKED_UP for one in town)
    assert sum(map(sum, shown.hours)) == sum(cell.hits for cell in shown.cells) == hits
    assert shown.hours[1][2] == hits, "a Tuesday, at two"
    assert sum(cell.n for cell in shown.cells) == len(town)
    assert max(shown.cells, key=lambda cell: cell.hits / cell.n if cell.n >= FEW else 0).carrier == "jitu"


def test_of_very_many_carriers_the_most_frequent_are_in_the_map() -> None:
    many = [a_delay(number, carrier=f"c{number % 40:02}") for number in range(2_000)] + [
        a_delay(carrier=None)
    ]
    (shown, *_) = findings(many, {}, {}, UTC).findings
    assert len({cell.carrier for cell in shown.cells}) == MOST_ROWS


def test_what_speaks_against_reasons_is_counted() -> None:
    found = findings([a_delay(), a_delay(doubt=Doubt.NOT_SO_FAR)], {}, {}, UTC)
    assert found.doubts == Counter({"not_so_far": 1})
    assert found.findings[0].reason is Reason.NOT_PICKED_UP
    assert findings([], {}, {}, UTC).n == 0


@pytest.mark.parametrize("weeks", [2, pytest.param(200, marks=pytest.mark.long)])
def test_of_all_reasons_together_hardly_any_week_without_a_cause_names_one(weeks: int) -> None:
    named = 0
    for seed in range(weeks):
        chance = random.Random(seed)
        week = a_week(chance, 1_500, planted=False)
        town = [
            a_delay(reason=chance.choices(list(Reason), (2, 2, 3, 2, 1))[0], **_sides(facts))
            for facts, arm in week.items()
            for _ in range(arm.n)
        ]
        named += any(one.contrasts for one in findings(town, {}, {}, UTC).findings)
    tell(f"no cause, five reasons: something named in {named} of {weeks} weeks")
    assert named <= max(0.05 * weeks, 1)


def test_what_is_rarer_because_another_reason_is_frequent_is_no_cause() -> None:
    """All that is not picked up is in one carrier; in the others everything else has a higher share for that alone."""
    bad = [a_delay(carrier="jitu", reason=Reason.NOT_PICKED_UP) for _ in range(400)]
    usual = [Reason.NOT_PICKED_UP, *[Reason.PACKING_DELAYED, Reason.OUT_OF_STOCK] * 4]
    good = [
        a_delay(carrier=f"c{number % 4}", region=("a", "b")[number % 2], reason=usual[number % 9])
        for number in range(1_800)
    ]
    found = {one.reason: one.contrasts for one in findings([*bad, *good], {}, {}, UTC).findings}
    assert [one.part for one in found[Reason.NOT_PICKED_UP]] == [((Side.CARRIER, "jitu"),)]
    assert not found[Reason.PACKING_DELAYED]
    assert not found[Reason.OUT_OF_STOCK]
