"""What would a rule book have raised? Stories of one order, walked again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.anomalies import Anomaly
from rules.book import RuleBook
from rules.deeds import TOUCHED, Deed
from rules.editions import Rules
from rules.events import OrderEvent
from rules.history import What
from rules.rehearsal import Alert, Occasion, Rehearsed, rehearse
from rules.retelling import retell
from rules.stages import Kind, Priority, Stage, Status
from tests.builders import HOUR, MINUTE, ORDER, TICK, a_book, a_roster, at, contacted, short, staged, until
from tests.rules.histories import SLOW, histories

ROSTER = a_roster()


def walked(events: Iterable[OrderEvent], deeds: Iterable[Deed], rules: Rules, end: datetime) -> Rehearsed:
    return rehearse(ORDER, retell(ORDER, events, deeds, end), rules, lambda _: ROSTER, end)


def played(
    *events: OrderEvent, book: RuleBook | None = None, deeds: tuple[Deed, ...] = (), end: str = "23:00"
) -> Rehearsed:
    return walked(events, deeds, Rules.only(book or a_book()), at(end))


def the_alert(rehearsed: Rehearsed) -> Alert:
    (alert,) = rehearsed.alerts
    return alert


def the_case(rehearsed: Rehearsed) -> Anomaly:
    (case,) = rehearsed.cases
    return case


def test_a_limit_is_raised_a_moment_after_it_was_up() -> None:
    alert = the_alert(played(*until(Stage.CONFIRM, "09:00")))
    assert (alert.stage, alert.parcel, alert.run, alert.kind) == (Stage.CONFIRM, "", 1, Kind.NOT_COMPLETED)
    assert (alert.due_at, alert.raised_at) == (at("09:20"), at("09:20") + TICK)
    assert (alert.occasion, alert.priority, alert.healed_at) == (Occasion.OPENED, Priority.P2, None)


def test_what_came_in_time_raises_nothing() -> None:
    picked = staged(Stage.CONFIRM, Status.COMPLETED, "09:20")
    assert played(*until(Stage.CONFIRM, "09:00"), picked, end="09:30").alerts == ()


def test_what_happened_in_time_and_was_observed_late_was_raised_all_the_same() -> None:
    """No look-ahead: at 09:20 nobody knew."""
    late = staged(Stage.CONFIRM, Status.COMPLETED, "09:10", observed_at=at("09:50"))
    alert = the_alert(played(*until(Stage.CONFIRM, "09:00"), late, end="09:51"))
    assert (alert.raised_at, alert.over_at, alert.healed_at) == (at("09:20") + TICK, at("09:50"), at("09:50"))


def test_news_of_a_limit_that_was_up_before_it_came_is_raised_when_it_came() -> None:
    late = [replace(event, observed_at=at("11:00")) for event in until(Stage.CONFIRM, "09:00")]
    alert = the_alert(played(*late))
    assert (alert.due_at, alert.raised_at) == (at("09:20"), at("11:00"))


def test_what_was_observed_after_the_end_never_was() -> None:
    late = staged(Stage.CONFIRM, Status.COMPLETED, "09:10", observed_at=at("09:50"))
    alert = the_alert(played(*until(Stage.CONFIRM, "09:00"), late, end="09:49"))
    assert alert.over_at is None


def test_another_limit_raises_it_sooner_or_never() -> None:
    events = [*until(Stage.CONFIRM, "09:00"), staged(Stage.CONFIRM, Status.COMPLETED, "09:30")]
    sooner = a_book(stages={"confirm": {"limits": [{"when": "not_completed", "after": "10m"}]}})
    later = a_book(stages={"confirm": {"limits": [{"when": "not_completed", "after": "40m"}]}})
    assert the_alert(played(*events, book=sooner, end="09:31")).raised_at == at("09:10") + TICK
    assert played(*events, book=later, end="09:31").alerts == ()


def test_somebody_who_touched_it_keeps_it_from_healing_by_itself() -> None:
    events = [*until(Stage.CONFIRM, "09:00"), staged(Stage.CONFIRM, Status.COMPLETED, "09:30")]
    deed = Deed(stage=Stage.CONFIRM, parcel="", at=at("09:25"), what=TOUCHED)
    assert the_alert(played(*events, end="09:40")).healed_at == at("09:30")
    touched = played(*events, deeds=(deed,), end="09:40")
    assert (the_alert(touched).healed_at, the_case(touched).closed_at) == (None, None)


def test_a_deed_about_what_would_not_have_been_raised_is_nothing() -> None:
    deed = Deed(stage=Stage.CONFIRM, parcel="", at=at("09:05"), what=What.CLAIMED)
    played_once = played(*until(Stage.CONFIRM, "09:00"), deeds=(deed,), end="09:22")
    assert the_case(played_once).claimed_at is None


def test_the_ladder_climbs_until_somebody_answers() -> None:
    events = until(Stage.CONFIRM, "09:00")
    forgotten = played(*events).climbs
    assert [climb.at for climb in forgotten] == sorted(climb.at for climb in forgotten)
    assert len(forgotten) >= 3
    reached = Deed(stage=Stage.CONFIRM, parcel="", at=at("09:21"), what=What.REACHED, detail="phone")
    answered = played(*events, deeds=(reached,))
    assert answered.climbs == ()
    assert the_alert(answered).answered_at == at("09:21")


def test_a_customer_who_calls_makes_it_urgent() -> None:
    alerts = played(*until(Stage.CONFIRM, "09:00"), contacted("09:30"), end="10:00").alerts
    assert [(one.occasion, one.priority, one.pushed is not None) for one in alerts] == [
        (Occasion.OPENED, Priority.P2, False),
        (Occasion.URGENT, Priority.P1, True),
    ]


def test_missing_goods_are_raised_at_once() -> None:
    alert = the_alert(played(*until(Stage.CONFIRM, "09:00"), short("09:05"), end="09:10"))
    assert (alert.kind, alert.raised_at) == (Kind.STOCK_SHORT, at("09:05"))


def test_a_further_limit_is_a_further_alert_of_the_same_case() -> None:
    rehearsed = played(*until(Stage.PICKING, "09:00"), end="11:30")
    assert [one.occasion for one in rehearsed.alerts] == [Occasion.OPENED, Occasion.AGAIN]
    assert the_case(rehearsed).breaches == 2


@settings(suppress_health_check=SLOW)
@given(histories(), st.integers(0, 600))
def test_the_past_does_not_know_the_future(events: list[OrderEvent], minutes: int) -> None:
    """What was raised until some time is what is raised when history ends there."""
    rules, cut = Rules.only(a_book()), at("09:00") + minutes * MINUTE
    whole = walked(events, (), rules, cut + 12 * HOUR)
    known = [event for event in events if event.observed_at <= cut]
    part = walked(known, (), rules, cut)
    assert [(one.kind, one.run, one.due_at, one.raised_at) for one in part.alerts] == [
        (one.kind, one.run, one.due_at, one.raised_at) for one in whole.alerts if one.raised_at <= cut
    ]
    assert all(one.raised_at >= one.due_at for one in part.alerts)


@settings(suppress_health_check=SLOW)
@given(histories())
def test_nothing_is_raised_before_its_limit(events: list[OrderEvent]) -> None:
    end = at("09:00") + timedelta(days=3)
    for alert in walked(events, (), Rules.only(a_book()), end).alerts:
        assert alert.raised_at >= alert.due_at
        assert alert.over_at is None or alert.over_at >= alert.raised_at
