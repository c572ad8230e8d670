"""Which cases a filter finds, how many it says there are, and in which order they come."""

from dataclasses import replace
from typing import Any

import pytest

from bot.storage import caselist
from bot.storage.caselist import NOBODY, UNCLOSED, CaseFilter, CaseList, Counts
from bot.storage.store import Store
from bot.storage.views import Views
from rules.anomalies import Anomaly, Ended, Sorting, State
from rules.events import Shop, UserId
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Kind, Priority, Stage
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_case, in_

LISI = UserId("lisi")


def a_closed_case(number: str, *, healed: bool, **fields: Any) -> Anomaly:
    source = ReasonSource.EVIDENCE if healed else ReasonSource.AGENT
    verdict = Verdict(reason=Reason.OTHER, text="等天晴")
    settled = {"ended_at": NOW, "ended_how": Ended.MOVED, "closed_at": NOW, "reason": verdict}
    reached = None if healed else NOW
    return a_case(number, **settled, reason_source=source, reached_at=reached, **fields)


PLAIN = a_case("DB1", opened_at=in_(minutes=-50), due_at=in_(minutes=-3))
MINE = a_case("DB2", opened_at=in_(minutes=-40), owner=LISI, due_at=in_(minutes=-9), stage=Stage.PACKING)
URGENT = a_case("EX3", opened_at=in_(minutes=-30), priority=Priority.P1, kind=Kind.NOT_COMPLETED, shop="b")
HEALED = a_closed_case("DB4", healed=True, opened_at=in_(minutes=-20))
CLOSED = a_closed_case("db5", healed=False, opened_at=in_(minutes=-10), owner=LISI)
ALL = (PLAIN, MINE, URGENT, HEALED, CLOSED)


@pytest.fixture
async def filled(store: Store) -> Store:
    await inside(store, lambda work: work.cases.save(ALL))
    return store


async def found(store: Store, wanted: CaseFilter, limit: int = 50) -> list[Anomaly]:
    async with store.reading() as connection:
        return list(await CaseList(connection).page(wanted, limit))


async def counted(store: Store, wanted: CaseFilter) -> Counts:
    async with store.reading() as connection:
        return await CaseList(connection).counts(wanted, LISI)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (CaseFilter(), ALL),
        (CaseFilter(states=UNCLOSED), (PLAIN, MINE, URGENT)),
        (CaseFilter(states=(State.OPEN,)), (PLAIN, URGENT)),
        (CaseFilter(states=(State.CLAIMED, State.CLOSED)), (MINE, HEALED, CLOSED)),
        (CaseFilter(stage=Stage.PACKING), (MINE,)),
        (CaseFilter(kind=Kind.NOT_COMPLETED), (URGENT,)),
        (CaseFilter(priority=Priority.P1), (URGENT,)),
        (CaseFilter(shops=frozenset({Shop("b")})), (URGENT,)),
        (CaseFilter(shops=frozenset()), ()),
        (CaseFilter(owner=LISI), (MINE, CLOSED)),
        (CaseFilter(owner=NOBODY), (PLAIN, URGENT, HEALED)),
        (CaseFilter(reason=Reason.OTHER), (HEALED, CLOSED)),
        (CaseFilter(since=in_(minutes=-30)), (URGENT, HEALED, CLOSED)),
        (CaseFilter(until=in_(minutes=-30)), (PLAIN, MINE)),
        (CaseFilter(self_healed=True), (HEALED,)),
        (CaseFilter(self_healed=False), (PLAIN, MINE, URGENT, CLOSED)),
        (CaseFilter(number="DB"), (PLAIN, MINE, HEALED)),
        (CaseFilter(number="D%"), ()),
        (CaseFilter(number="\0"), ()),
        (CaseFilter(states=UNCLOSED, owner=LISI, stage=Stage.PACKING, since=in_(hours=-1)), (MINE,)),
        (CaseFilter(states=UNCLOSED, owner=LISI, stage=Stage.PICKUP), ()),
    ],
)
async def test_each_filter_finds_what_it_asks_for_and_counts_it(
    filled: Store, wanted: CaseFilter, expected: tuple[Anomaly, ...]
) -> None:
    assert await found(filled, wanted) == list(reversed(expected))
    assert (await counted(filled, wanted)).found == len(expected)
    cases, _ = await Views(filled).counted_cases(wanted, 50, LISI)
    assert cases == list(reversed(expected))


async def test_beside_the_list_it_says_what_there_is_to_do_in_the_reader_s_shops(filled: Store) -> None:
    everywhere = await counted(filled, CaseFilter(stage=Stage.TRANSIT))
    assert everywhere == Counts(found=0, unclosed=3, unclaimed=2, mine=1, urgent=1)
    in_b = await counted(filled, CaseFilter(shops=frozenset({Shop("b")})))
    assert in_b == Counts(found=1, unclosed=1, unclaimed=1, mine=0, urgent=1)


async def test_what_is_overdue_longest_comes_first_of_what_is_not_closed(filled: Store) -> None:
    by_due = CaseFilter(sorting=Sorting.DUE)
    assert await found(filled, by_due) == [MINE, PLAIN, URGENT]
    assert await found(filled, replace(by_due, before=MINE.id)) == [PLAIN, URGENT]
    assert (await counted(filled, by_due)).found == 3


@pytest.mark.parametrize("sorting", list(Sorting))
async def test_pages_lead_through_all_cases_though_several_were_noticed_at_once(
    store: Store, sorting: Sorting
) -> None:
    cases = [a_case(f"DB{number}") for number in range(7)]
    await inside(store, lambda work: work.cases.save(cases))

    told: list[Anomaly] = []
    wanted = CaseFilter(sorting=sorting)
    while page := await found(store, wanted, 3):
        told += page
        wanted = replace(wanted, before=page[-1].id)

    assert told == (cases if sorting is Sorting.DUE else cases[::-1])
    assert await found(store, CaseFilter(before="never was")) == []


async def test_no_more_are_counted_than_is_worth_it(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caselist, "MOST_COUNTED", 3)
    assert (await counted(filled, CaseFilter())).found == 4
