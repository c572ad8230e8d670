"""Which alerts come earlier, later, newly or no more when another rule book is in force?"""

from rules.comparisons import SHOWN, Turn, compare
from rules.rehearsal import Alert, Occasion
from rules.stages import Stage
from tests.builders import at
from tests.rules.test_gatherings import an_alert

NINE = at("09:00")


def turns(before: list[Alert], after: list[Alert]) -> dict[Turn, int]:
    return {turn: count for turn, count in compare(before, after, NINE).turns.items() if count}


def test_an_alert_comes_earlier_later_or_as_before() -> None:
    was = [an_alert(0, "10:00"), an_alert(1, "10:00"), an_alert(2, "10:00")]
    is_ = [an_alert(0, "09:50"), an_alert(1, "10:30"), an_alert(2, "10:00")]
    assert turns(was, is_) == {Turn.EARLIER: 1, Turn.LATER: 1, Turn.SAME: 1}
    found = compare(was, is_, NINE)
    assert (found.earlier_by, found.later_by) == (600, 1800)


def test_an_alert_comes_newly_or_no_more() -> None:
    assert turns([an_alert(0, "10:00")], [an_alert(1, "10:00")]) == {Turn.NEW: 1, Turn.GONE: 1}


def test_the_first_alert_of_a_run_counts() -> None:
    was = [an_alert(0, "10:30", occasion=Occasion.AGAIN), an_alert(0, "10:00")]
    assert turns(was, [an_alert(0, "10:00")]) == {Turn.SAME: 1}
    assert turns([an_alert(0, "10:00"), an_alert(0, "11:00", run=2)], [an_alert(0, "10:00")]) == {
        Turn.SAME: 1,
        Turn.GONE: 1,
    }


def test_what_people_do_not_hear_of_does_not_count() -> None:
    assert turns([an_alert(0, "10:00", silent=True)], [an_alert(0, "10:00")]) == {Turn.NEW: 1}


def test_what_was_raised_before_the_time_that_is_looked_at_is_no_news() -> None:
    early = an_alert(0, "08:00")
    assert turns([early], [early]) == {}
    assert turns([early], [an_alert(0, "09:30")]) == {Turn.LATER: 1}


def test_each_stage_has_its_turns_and_some_are_shown() -> None:
    was = [an_alert(number, "10:00") for number in range(SHOWN + 5)]
    is_ = [an_alert(900, "10:00", stage=Stage.PAYMENT), an_alert(0, "10:00")]
    found = compare(was, is_, NINE)
    assert found.by_stage[Stage.PAYMENT][Turn.NEW] == 1
    assert found.by_stage[Stage.PICKING][Turn.GONE] == SHOWN + 4
    shown = [one.turn for one in found.examples]
    assert (shown.count(Turn.GONE), shown.count(Turn.NEW), shown.count(Turn.SAME)) == (SHOWN, 1, 0)
    gone = next(one for one in found.examples if one.turn is Turn.GONE)
    assert (gone.before, gone.after, gone.due_after) == (at("10:00"), None, None)


def test_nothing_turns_without_alerts() -> None:
    found = compare([], [], NINE)
    assert (found.by_stage, found.examples, found.earlier_by) == ({}, (), None)
