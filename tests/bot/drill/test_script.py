"""What is reported when, in a drill; and what marks it as one in the real group."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.drill.script import Script, in_the_real_group, in_the_sandbox, over, script
from bot.drillfile import LEAD, DrillFile
from bot.files import check, load_drill
from bot.sandbox.story import Beat, Words
from rules.bookfile import DEFAULT_STAGES
from rules.contact import Because, Ways, route_to
from rules.deadlines import deadlines
from rules.events import DRILL
from rules.stages import Stage
from tests.builders import MINUTE, a_book, an_event, an_order

EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "examples" / "drills").glob("*.yaml"))
MARKS, REAL = in_the_sandbox("1"), in_the_real_group("11272105")


def a_drill(**group: Any) -> DrillFile:
    """One group of three payments, with `group` laid over it."""
    stuck = {"name": "卡住", "stage": "payment", "bursts": [{"after": "1m", "count": 3}]}
    return DrillFile.model_validate({"name": "练习", "groups": [stuck | group]})


def beats_of(played: Script, order: str) -> list[Beat]:
    return [one for one in played.beats if isinstance(one, Beat) and one.order == order]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_examples_are_sound_and_every_order_begins_to_be_late_within_the_drill(file: Path) -> None:
    drill = load_drill(file)
    played = script(drill, MARKS, customers=True)
    told = {beat.order for beat in played.beats if beat.order}
    assert {*(one.order for one in played.orders), *played.passed} == told
    assert all(timedelta() < one.late_after < drill.lasts for one in played.orders)
    assert all(beat.at >= timedelta() for beat in played.beats)


def test_the_story_of_the_stuck_payments_has_its_numbers() -> None:
    (file,) = [file for file in EXAMPLES if file.stem == "stuck-payments"]
    played = script(load_drill(file), MARKS, customers=True)
    assert Counter(one.group for one in played.orders) == {"卡住的支付": 23, "旁观者": 10}
    assert sum(one.wants_money_back for one in played.orders) == 17
    assert len([one for one in played.beats if isinstance(one, Words)]) == 33
    beats = [beat for one in played.orders for beat in beats_of(played, one.order)]
    causes = Counter(beat.data["payment_channel"] for beat in beats if "payment_channel" in beat.data)
    assert sorted(causes.values()) == [*([1] * 10), 23]


@pytest.mark.parametrize("stage", list(Stage))
def test_an_order_stands_still_in_its_stage_and_is_late_when_the_drill_says_so(stage: Stage) -> None:
    played = script(a_drill(stage=stage), MARKS, customers=False)
    first = played.orders[0]
    stages = (beat for beat in beats_of(played, first.order) if beat.kind == "order.stage")
    told = sorted(stages, key=lambda beat: beat.happened)
    assert first.late_after == MINUTE + LEAD
    assert told[-1].happened == first.late_after - DEFAULT_STAGES[stage].limits[0].after
    assert [beat.data["stage"] for beat in told if beat.data["status"] == "completed"] == [*stage.earlier]
    assert all(beat.at < first.late_after for beat in told)


def test_what_a_silent_source_reports_comes_when_it_speaks_again() -> None:
    drill = DrillFile.model_validate(
        {
            "name": "练习",
            "groups": [
                {
                    "name": "没事",
                    "stage": "picking",
                    "bursts": [{"count": 1}],
                    "source": "/wms",
                    "in_trouble": False,
                    "moves_at": "4m",
                }
            ],
            "sources": [
                {"source": "/wms", "heartbeat": "1m", "silent": {"from": "2m", "until": "12m"}},
                {"source": "/tms"},
            ],
        }
    )
    played = script(drill, MARKS, customers=False)
    moved = beats_of(played, played.orders[0].order)[-1]
    assert (moved.at, moved.happened) == (12 * MINUTE, 4 * MINUTE)
    before = [beat for name in played.passed for beat in beats_of(played, name)]
    assert {(beat.source, beat.at) for beat in before if beat.kind == "order.stage"} == {
        ("/wms", timedelta())
    }
    beats = [beat.at / MINUTE for beat in played.beats if isinstance(beat, Beat) and not beat.order]
    assert beats == [0, 1, 12, 13, 14]


def test_an_order_moves_after_its_customer_was_reached_or_not_at_all() -> None:
    played = script(a_drill(moves_after_contact="2m"), MARKS, customers=False)
    assert {beat.at for beat in played.after_contact.values()} == {2 * MINUTE}
    assert set(played.after_contact) == {one.order for one in played.orders}
    assert script(a_drill(), MARKS, customers=False).after_contact == {}


# --- in the real group ---------------------------------------------------------------------


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_all_of_a_real_drill_is_marked_and_nobody_real_is_named(file: Path) -> None:
    played = script(load_drill(file), REAL, customers=False)
    for part in [*played.beats, *played.after_contact.values(), *over(played, REAL, MINUTE)]:
        assert isinstance(part, Beat), "no customer writes"
        assert part.source.startswith("/drill/")
        if part.order:
            assert part.order.startswith("演练")
            assert part.data["shop"] == DRILL
        causes = ("payment_channel", "warehouse", "carrier", "region", "channel")
        assert all(str(part.data[cause]).startswith("演练") for cause in causes if cause in part.data)
        assert set(part.data.get("customer", {"name": ""})) == {"name"}


def test_nothing_of_a_real_drill_can_be_sent_to_anybody() -> None:
    """Whatever were known of a customer: see tests/rules/test_contact.py for all ways."""
    played = script(a_drill(customers_write=True), REAL, customers=False)
    for one in played.orders:
        event = an_event(attributes={})
        order = an_order(event, key=event.order._replace(shop=DRILL))
        assert not route_to(order, Ways(connected=True, sidebar=True), event.observed_at).by_bot
        assert route_to(order, Ways(connected=True), event.observed_at).because is Because.DRILL
        assert one.customer == ""


def test_a_real_drill_leaves_no_order_open() -> None:
    played = script(a_drill(), REAL, customers=False)
    cancelled = over(played, REAL, 9 * MINUTE)
    assert [beat.order for beat in cancelled] == [one.order for one in played.orders]
    assert {(beat.kind, beat.at) for beat in cancelled} == {("order.cancelled", 9 * MINUTE)}


# --- faults ----------------------------------------------------------------------------------

GROUP = "{name: 卡住, stage: payment, bursts: [{count: 3}]}"


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("name: x\n", "", "`groups` is missing"),
        (f"name: x\ngroups: [{GROUP}]\nlasts: 3h\n", "lasts", "lasts 2h at most"),
        (
            "name: x\ngroups: [{name: a, stage: payment, bursts: [{count: 301}]}]\n",
            "groups[0].bursts[0].count",
            "300",
        ),
        (
            "name: x\ngroups:\n- {name: a, stage: payment, bursts: [{count: 200}, {count: 101}]}\n",
            "groups",
            "300 orders at most",
        ),
        (
            "name: x\ngroups: [{name: a, stage: payment, bursts: [{after: 15m, count: 1}]}]\n",
            "groups[0].bursts[0].after",
            "over after 15m",
        ),
        (f"name: x\ngroups: [{GROUP[:-1]}, refunds: 4}}]\n", "groups[0].refunds", "only 3 orders"),
        (f"name: x\ngroups: [{GROUP[:-1]}, in_trouble: false}}]\n", "groups[0].in_trouble", "`moves_at`"),
        (
            f"name: x\ngroups: [{GROUP[:-1]}, moves_at: 2m, moves_after_contact: 1m}}]\n",
            "groups[0].moves_after_contact",
            "leave one out",
        ),
        (
            f"name: x\ngroups: [{GROUP}]\nsources: [{{source: /wms, silent: {{from: 2m, until: 1m}}}}]\n",
            "sources[0].silent.until",
            "later than `from`",
        ),
        (f"name: x\ngroups: [{GROUP}]\nteam: [{{userid: zhangsam}}]\n", "team[0].userid", "zhangsan"),
        (f"name: x\ngrups: [{GROUP}]\n", "grups", "groups"),
    ],
)
def test_a_faulty_drill_is_refused_with_its_place_and_the_mend(text: str, path: str, words: str) -> None:
    faults = check(text, "drill")
    assert any(fault.path == path and words in str(fault) for fault in faults), [str(one) for one in faults]


def test_the_limits_that_are_played_are_those_of_the_default_book() -> None:
    order = an_order(stage=Stage.PAYMENT, since="09:00")
    (deadline, *_) = deadlines(order, a_book(), {})
    assert a_drill().groups[0].waits == deadline.due_at - deadline.since
