"""Cases and their timelines, as `handlers.ports.Cases` promises them."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.storage.store import Store, Transaction
from handlers.outbox import LetterKind
from handlers.records import Entry, Link, What
from rules.anomalies import Anomaly, AnomalyId, Ended
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Stage
from tests.contracts.backend import REFUSED, inside, value
from tests.contracts.builders import NOW, a_case, a_key, a_letter, an_entry, in_

REASON = Verdict(reason=Reason.PAYMENT_FAILED)
COMPLETE: dict[str, Any] = {
    "touched_at": NOW,
    "reached_at": NOW,
    "ended_at": NOW,
    "ended_how": Ended.MOVED,
    "reason": REASON,
    "reason_source": ReasonSource.AGENT,
    "closed_at": NOW,
}
"""What a case needs in order to be closed."""


async def saved(store: Store, *cases: Anomaly) -> None:
    await inside(store, lambda work: work.cases.save(cases))


async def noted(store: Store, *entries: Entry) -> None:
    await inside(store, lambda work: work.cases.note(entries))


def a_closed_case(number: str = "DB1", **fields: Any) -> Anomaly:
    return a_case(number, **(COMPLETE | fields))


# --- finding ---------------------------------------------------------------------


async def test_a_case_is_found_by_its_id(store: Store) -> None:
    case = a_case("DB1")
    await saved(store, case, a_case("DB2"))

    assert await inside(store, lambda work: work.cases.find(case.id)) == case
    assert await inside(store, lambda work: work.cases.find(AnomalyId("unknown"))) is None


async def test_the_cases_of_orders_are_listed_oldest_first_closed_ones_too(store: Store) -> None:
    closed, elsewhere = a_closed_case("DB1"), a_case("DB1", shop="b")
    again = a_case("DB1")
    await saved(store, again, closed, elsewhere)

    found = await inside(store, lambda work: work.cases.of([a_key("DB1"), a_key("DB2")]))

    assert found == {a_key("DB1"): [closed, again], a_key("DB2"): []}
    assert await inside(store, lambda work: work.cases.of([])) == {}


async def test_unclosed_cases_are_listed_oldest_first(store: Store) -> None:
    first, second = a_case("DB1"), a_case("DB2")
    await saved(store, second, a_closed_case("DB3"), first)

    assert await inside(store, lambda work: work.cases.unclosed()) == [first, second]


async def test_cases_opened_since_a_moment_include_that_moment(store: Store) -> None:
    before, then = a_case("DB1", opened_at=in_(milliseconds=-1)), a_case("DB2", opened_at=NOW)
    await saved(store, before, then)

    assert await inside(store, lambda work: work.cases.opened_since(NOW)) == [then]


async def test_the_recovered_cases_of_a_chat_are_those_whose_card_it_got(store: Store) -> None:
    ends = {"before": in_(milliseconds=-1), "from": NOW, "until": in_(minutes=5), "elsewhere": NOW}
    cases = {name: a_case(name, ended_at=at, ended_how=Ended.MOVED) for name, at in ends.items()}
    cards = [
        a_letter(
            to="wrB" if name == "elsewhere" else "wrA",
            kind=LetterKind.CASE_CARD,
            case=case.id,
            state=DeliveryState.SENT,
        )
        for name, case in cases.items()
    ]
    unsent = a_case("unsent", ended_at=NOW, ended_how=Ended.MOVED)
    cards.append(a_letter(to="wrA", kind=LetterKind.CASE_CARD, case=unsent.id))
    await saved(store, *cases.values(), unsent)
    await inside(store, lambda work: work.outbox.post(cards))

    found = await inside(store, lambda work: work.cases.recovered("wrA", NOW, in_(minutes=5)))

    assert found == [cases["from"]]


# --- what the database refuses -----------------------------------------------------


async def test_one_place_has_one_unclosed_case(store: Store) -> None:
    await saved(store, a_case("DB1"))

    with pytest.raises(REFUSED):
        await saved(store, a_case("DB1"))

    assert len(await inside(store, lambda work: work.cases.unclosed())) == 1


async def test_another_place_another_case(store: Store) -> None:
    await saved(store, a_case("DB1"), a_case("DB1", stage=Stage.PACKING), a_case("DB1", parcel="YT2"))

    assert len(await inside(store, lambda work: work.cases.unclosed())) == 3


async def test_a_closed_case_makes_room_for_the_next(store: Store) -> None:
    first = a_case("DB1")
    await saved(store, first)

    await saved(store, replace(first, **COMPLETE))
    await saved(store, a_case("DB1"))

    assert await value(store, "SELECT count(*) FROM cases") == 2


@pytest.mark.parametrize("missing", ["reached_at", "ended_at", "reason"])
async def test_no_case_is_closed_without_contact_end_and_reason(store: Store, missing: str) -> None:
    changes: dict[str, Any] = {missing: None}
    case = replace(a_closed_case(), **changes)

    with pytest.raises(REFUSED):
        await saved(store, case)


async def test_a_waiver_by_name_stands_in_for_the_contact(store: Store) -> None:
    await saved(store, a_closed_case(reached_at=None, waived_by=UserId("lisi")))


async def test_what_healed_by_itself_untouched_is_closed_without_a_contact(store: Store) -> None:
    healed = a_closed_case(reached_at=None, touched_at=None, reason_source=ReasonSource.EVIDENCE)
    await saved(store, healed)

    with pytest.raises(REFUSED):
        await saved(store, replace(healed, touched_at=NOW))


async def test_the_state_that_is_asked_for_is_the_one_that_is_derived(store: Store) -> None:
    cases = [
        a_case("open"),
        a_case("claimed", owner=UserId("zhangsan"), claimed_at=NOW),
        a_case("replied", reached_at=NOW),
        a_case("waived", waived_by=UserId("zhangsan")),
        a_case("recovered", ended_at=NOW, ended_how=Ended.MOVED),
        a_closed_case("closed"),
    ]
    await saved(store, *cases)

    for case in cases:
        query = "SELECT state FROM cases WHERE id = $1"
        assert await value(store, query, case.id) == case.state, case.order


# --- timelines -----------------------------------------------------------------------


async def test_a_timeline_is_told_in_order(store: Store) -> None:
    case, other = a_case("DB1"), a_case("DB2")
    entries = [
        an_entry(case, at=in_(minutes=minute), what=what, key=what)
        for minute, what in enumerate([What.OPENED, What.CLAIMED, What.SENT])
    ]
    await noted(store, *reversed(entries), an_entry(other))

    assert await inside(store, lambda work: work.cases.timeline(case.id)) == entries


async def test_what_has_a_key_is_noted_once_whoever_notes_it(store: Store) -> None:
    case = a_case("DB1")
    first = an_entry(case, key="step:1", actor=UserId("zhangsan"))
    later = replace(first, at=in_(minutes=1), actor=UserId("lisi"))

    await noted(store, first)
    await asyncio.gather(*(noted(store, later, later) for _ in range(5)))

    assert await inside(store, lambda work: work.cases.timeline(case.id)) == [first]


async def test_a_key_is_one_of_its_case(store: Store) -> None:
    one, other = a_case("DB1"), a_case("DB2")
    await noted(store, an_entry(one, key="opened"), an_entry(other, key="opened"))

    assert len(await inside(store, lambda work: work.cases.timeline(other.id))) == 1


async def test_what_may_repeat_is_noted_every_time(store: Store) -> None:
    case = a_case("DB1")
    await noted(store, an_entry(case), an_entry(case))
    await noted(store, an_entry(case))

    assert len(await inside(store, lambda work: work.cases.timeline(case.id))) == 3


async def test_nothing_is_done_for_nothing(store: Store) -> None:
    await saved(store)
    await noted(store)

    assert await inside(store, lambda work: work.cases.timeline(AnomalyId("unknown"))) == []


# --- loads -----------------------------------------------------------------------


async def test_the_load_of_an_owner_is_what_is_not_closed(store: Store) -> None:
    lisi, wangwu = UserId("lisi"), UserId("wangwu")
    await saved(
        store,
        a_case("DB1", owner=lisi),
        a_case("DB2", owner=lisi, ended_at=NOW, ended_how=Ended.MOVED),
        a_closed_case("DB3", owner=lisi),
        a_case("DB4", owner=wangwu),
        a_case("DB5"),
    )

    assert await inside(store, lambda work: work.cases.loads()) == {lisi: 2, wangwu: 1}


async def test_who_speaks_to_a_customer_is_found_by_their_unclosed_cases(store: Store) -> None:
    lisi, wangwu = UserId("lisi"), UserId("wangwu")

    async def write(work: Transaction) -> None:
        await work.orders.link([
            *(Link(ref=f"customer:{whose}", order=a_key(no)) for no, whose in OF_CUSTOMERS.items()),
            Link(ref="wmChen", order=a_key("DB5")),
        ])  # fmt: skip
        await work.cases.save([
            a_case("DB1", owner=lisi),
            a_case("DB2", owner=wangwu),
            a_case("DB2", stage=Stage.PICKUP, owner=lisi),
            a_case("DB3"),
            a_closed_case("DB4", owner=wangwu),
            a_case("DB5", owner=wangwu),
        ])  # fmt: skip

    await inside(store, write)

    found = await inside(store, lambda work: work.cases.owners_for(["wmChen", "wmZhao", "wmNobody"]))
    assert found == {"wmChen": frozenset({lisi, wangwu})}
    assert await inside(store, lambda work: work.cases.owners_for([])) == {}


OF_CUSTOMERS = {"DB1": "wmChen", "DB2": "wmChen", "DB3": "wmZhao", "DB4": "wmZhao"}
