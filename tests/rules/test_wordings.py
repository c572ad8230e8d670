"""What do the replies of a rule book come to, and those of two beside each other?"""

from rules.promises import Slot
from rules.rehearsal import Alert, Occasion
from rules.wordings import SHOWN, Replies, Wording, WordTurn, replies_of, together
from tests.rules.test_gatherings import an_alert

OURS, THEIRS = "confirm 1", "confirm 2"
NONE = Wording(template=OURS, text=None, missing=("carrier_reminded", "carrier"))
Told = list[tuple[Alert, Wording]]


def a_text(text: str = "审单中", template: str = OURS, *, is_long: bool = False) -> Wording:
    return Wording(template=template, text=text, is_long=is_long, promises=(Slot.NEWS_BY,))


def told(*wordings: Wording, first: int = 0, clock: str = "10:00") -> Told:
    return [(an_alert(first + number, clock), wording) for number, wording in enumerate(wordings)]


def turns(before: Told, after: Told) -> dict[WordTurn, int]:
    comparison = replies_of([after, before]).comparison
    assert comparison is not None
    return {turn: count for turn, count in comparison.turns.items() if count}


def test_drafts_are_counted_with_what_they_promise_and_what_others_lack() -> None:
    less = Wording(template=OURS, text=None, missing=("carrier",))
    at_fault = Wording(template=OURS, text=None)
    found = replies_of([told(a_text(), a_text(is_long=True), NONE, less, at_fault)])
    tally = found.after
    assert (tally.alerts, tally.drafted, tally.undrafted, tally.long) == (5, 2, 3, 1)
    assert list(tally.missing.items()) == [("carrier", 2), ("carrier_reminded", 1)]
    assert tally.promises == {Slot.NEWS_BY: 2}
    assert (found.before, found.comparison) == (None, None)


def test_words_are_the_same_or_others_and_drafts_are_gained_or_lost() -> None:
    before = told(a_text(), a_text(), NONE, a_text(), NONE)
    after = told(a_text(), a_text("亲，审单中", THEIRS), a_text(), NONE, NONE)
    assert turns(before, after) == {
        WordTurn.SAME: 2,
        WordTurn.OTHER: 1,
        WordTurn.GAINED: 1,
        WordTurn.LOST: 1,
    }


def test_at_another_moment_other_times_are_not_other_words() -> None:
    before, later = told(a_text("10:30 前")), told(a_text("11:00 前"), clock="10:30")
    assert turns(before, later) == {WordTurn.SAME: 1}
    assert turns(before, told(a_text("10:30 前", THEIRS), clock="10:30")) == {WordTurn.OTHER: 1}
    assert turns(before, told(a_text("11:00 前"))) == {WordTurn.OTHER: 1}, "at once they are"


def test_the_first_alert_of_a_run_is_held_against_the_other_book_s() -> None:
    again = [(an_alert(0, "11:00", occasion=Occasion.AGAIN), a_text("还在审"))]
    assert turns([*told(a_text()), *again], told(a_text())) == {WordTurn.SAME: 1}
    assert turns(told(a_text()), told(a_text(), first=1)) == {}, "it comes with one book alone"


def test_examples_have_both_texts_or_what_is_missing() -> None:
    lost = replies_of([told(NONE), told(a_text())]).comparison
    gained = replies_of([told(a_text()), told(NONE)]).comparison
    assert lost is not None
    assert gained is not None
    (one,), (other,) = lost.examples, gained.examples
    assert (one.turn, one.before, one.after, one.missing) == (WordTurn.LOST, "审单中", None, NONE.missing)
    assert (other.turn, other.before, other.after, other.missing) == (
        WordTurn.GAINED,
        None,
        "审单中",
        NONE.missing,
    )


def test_parts_come_to_what_the_whole_comes_to_in_whatever_order() -> None:
    before = [told(a_text(), NONE, a_text(), first=3 * part, clock=f"1{part}:00") for part in range(4)]
    after = [
        told(a_text("亲", THEIRS), a_text(), NONE, first=3 * part, clock=f"1{part}:00") for part in range(4)
    ]
    parts = [replies_of(list(pair)) for pair in zip(after, before, strict=True)]
    whole = replies_of([sum(after, Told()), sum(before, Told())])
    for turn in (parts, parts[::-1]):
        assert _all(turn) == whole
    assert whole.comparison is not None
    assert len(whole.comparison.examples) == 3 * SHOWN
    assert whole.comparison.examples[0].at == max(one.raised_at for one, _ in after[3])
    alone = [replies_of([one]) for one in after]
    assert _all(alone) == replies_of([sum(after, Told())])


def _all(parts: list[Replies]) -> Replies:
    first, *others = parts
    for one in others:
        first = together(first, one)
    return first
