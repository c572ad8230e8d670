"""The outages of sources, and the cases that they hold."""

from dataclasses import replace
from typing import Any

from bot.storage.caselist import CaseFilter, CaseList, Counts
from bot.storage.outages import held_of, lately
from bot.storage.store import Store, Transaction
from rules.events import UserId
from rules.outages import Outage
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Priority
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_case, an_outage, in_


async def unsettled(store: Store) -> list[Outage]:
    return await inside(store, lambda work: work.outages.unsettled())


async def test_an_outage_is_under_way_until_everybody_was_told_its_end(store: Store) -> None:
    outage = an_outage()
    await inside(store, lambda work: work.outages.save(outage))
    assert await unsettled(store) == [outage]

    ended = replace(outage, back_at=NOW, ended_at=NOW, held=3, healed=2, raised=1, version=2)
    await inside(store, lambda work: work.outages.save(ended))
    assert await unsettled(store) == [ended]

    settled = replace(ended, settled_at=NOW, version=3)
    await inside(store, lambda work: work.outages.save(settled))
    assert await unsettled(store) == []


async def test_the_latest_come_first_and_old_ones_are_left_out(store: Store) -> None:
    outages = [an_outage(id=f"o{hours}", noticed_at=in_(hours=-hours)) for hours in (1, 2, 30)]

    async def save(work: Transaction) -> None:
        for outage in outages:
            await work.outages.save(outage)

    await inside(store, save)
    async with store.reading() as connection:
        assert await lately(connection, in_(hours=-24), 10) == outages[:2]
        assert await lately(connection, in_(hours=-24), 1) == outages[:1]


async def test_the_cases_that_are_held_come_in_the_order_in_which_their_limits_passed(store: Store) -> None:
    late, later = (a_case(f"DB{n}", held_by="o1", due_at=in_(minutes=-10 + n)) for n in (1, 2))
    healed: dict[str, Any] = {
        "reason": Verdict(reason=Reason.PACKING_DELAYED),
        "reason_source": ReasonSource.EVIDENCE,
    }
    closed = a_case("DB3", held_by="o1", closed_at=NOW, ended_at=NOW, **healed)
    await inside(store, lambda work: work.cases.save([later, late, closed, a_case("DB4")]))

    assert await inside(store, lambda work: work.outages.holding(10)) == [late, later]
    assert await inside(store, lambda work: work.outages.holding(1)) == [late]
    assert await inside(store, lambda work: work.outages.closed_while_held("o1")) == 1
    assert await inside(store, lambda work: work.outages.closed_while_held("o2")) == 0


async def test_what_is_held_counts_apart_and_can_be_listed(store: Store) -> None:
    held = a_case("DB1", held_by="o1", owner=UserId("zhangsan"), claimed_at=NOW, priority=Priority.P1)
    plain = a_case("DB2")
    await inside(store, lambda work: work.cases.save([held, plain]))

    async with store.reading() as connection:
        cases = CaseList(connection)
        counts = await cases.counts(CaseFilter(held=True), UserId("zhangsan"))
        listed = {one: await cases.page(CaseFilter(held=one), 10) for one in (True, False, None)}
        assert await held_of(connection) == {"o1": 1}

    assert counts == Counts(found=1, unclosed=1, unclaimed=1, mine=0, urgent=0, held=1)
    assert listed == {True: [held], False: [plain], None: [plain, held]}
