"""The rule book in force, the one that is tried, and what a case was opened under."""

from dataclasses import replace
from datetime import timedelta

from rules.book import RuleBook
from rules.editions import Edition, Rules, Trial
from rules.events import OrderKey, OrderNo, Shop
from rules.experiments import Part, Split
from tests.builders import a_book, an_anomaly

SPLIT = Split(name="picking-60m", share=0.1)
KEYS = [OrderKey(Shop("main"), OrderNo(f"DB{number}")) for number in range(2_000)]


def an_edition(version: int, share: float | None = None) -> Edition:
    trial = None
    if share is not None:
        tried: RuleBook = replace(a_book(version=version), max_age=timedelta(hours=3))
        trial = Trial(experiment="one", split=replace(SPLIT, share=share), book=tried)
    return Edition(book=a_book(version=version), trial=trial)


def test_without_a_trial_every_order_goes_by_the_book() -> None:
    edition = an_edition(4)
    assert {id(edition.of(key)) for key in KEYS} == {id(edition.book)}


def test_who_is_chosen_goes_by_the_book_that_is_tried_and_nobody_else_does() -> None:
    edition = an_edition(4, share=0.1)
    for key in KEYS:
        is_chosen = SPLIT.part_of(key) is Part.TRIED
        assert (edition.of(key) is not edition.book) is is_chosen
        assert edition.of(key).version == edition.version == 4
    assert any(SPLIT.part_of(key) is Part.TRIED for key in KEYS)


def test_a_case_goes_by_what_it_was_opened_under_though_the_trial_is_over() -> None:
    before, tried, after = an_edition(1), an_edition(2, share=0.1), an_edition(3)
    rules = Rules(edition=after, versions={1: before, 2: tried, 3: after})
    chosen = next(key for key in KEYS if SPLIT.part_of(key) is Part.TRIED)
    case = replace(an_anomaly(), order=chosen, book_version=2)
    assert tried.trial is not None
    assert rules.of(case) is tried.trial.book
    assert rules.of(replace(case, book_version=1)) is before.book
    assert rules.for_order(chosen) is rules.current is after.book


def test_a_version_that_nobody_knows_any_more_is_the_one_in_force() -> None:
    rules = Rules.only(a_book(version=7))
    assert rules.of(replace(an_anomaly(), book_version=3)) is rules.current
    assert rules.version == 7


def test_open_cases_go_over_to_a_version_that_was_put_in_force_for_them_as_well() -> None:
    case = an_anomaly()
    put_at = case.opened_at + timedelta(minutes=5)
    versions = {number: an_edition(number) for number in range(1, 6)}
    versions[3] = replace(versions[3], applied_at=put_at)
    rules = Rules(edition=versions[5], versions=versions)

    def of(book_version: int, closed_after: timedelta | None = None) -> int:
        closed_at = None if closed_after is None else put_at + closed_after
        return rules.of(replace(case, book_version=book_version, closed_at=closed_at)).version

    assert of(1) == of(2) == of(3) == 3
    assert (of(4), of(5)) == (4, 5), "they were opened later, under newer rules"
    assert of(1, timedelta(minutes=1)) == 3
    assert of(1, timedelta(0)) == of(1, -timedelta(minutes=1)) == 1, "it was closed by then"


def test_the_latest_of_several_that_were_put_in_force_counts_and_what_was_closed_before_it_stays() -> None:
    case = an_anomaly(book_version=1)
    first, second = (case.opened_at + timedelta(minutes=minutes) for minutes in (5, 10))
    versions = {number: an_edition(number) for number in range(1, 4)}
    versions[2] = replace(versions[2], applied_at=first)
    versions[3] = replace(versions[3], applied_at=second)
    rules = Rules(edition=versions[3], versions=versions)
    assert rules.version_of(case) == 3
    assert rules.version_of(replace(case, closed_at=first + timedelta(minutes=1))) == 2
