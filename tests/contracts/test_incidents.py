"""Incidents and their cases, as both databases keep them."""

import asyncio
from dataclasses import replace

from bot.storage.store import Store, Transaction
from handlers.incidents import Held
from rules.events import UserId
from rules.incidents import Incident
from rules.reasons import Reason, Verdict
from rules.stages import Stage
from rules.storms import Cause, Front, IncidentId
from tests.contracts.backend import inside, meanwhile, value
from tests.contracts.builders import NOW, a_case, a_sign, an_incident, in_
from tests.contracts.listening import Listening


async def test_the_cases_of_an_incident_come_in_the_order_in_which_they_joined(store: Store) -> None:
    first, second, other = a_case("DB1"), a_case("DB2"), a_case("DB3")
    incident = an_incident(first)

    async def keep(work: Transaction) -> None:
        await work.incidents.add([incident])
        joined = {"incident": incident.id}
        await work.cases.save(
            [
                replace(second, **joined, joined_at=NOW),
                replace(first, **joined, joined_at=in_(minutes=1)),
                other,
            ]
        )

    await inside(store, keep)

    found = await inside(store, lambda work: work.incidents.cases(incident.id))
    assert [case.id for case in found] == [second.id, first.id]
    of = await inside(store, lambda work: work.incidents.of_cases([*found, other]))
    assert of == {incident.id: incident}


async def test_who_changes_an_incident_that_has_changed_since_changes_nothing(store: Store) -> None:
    incident = an_incident(a_case())
    await inside(store, lambda work: work.incidents.add([incident]))

    grown = replace(incident, size=4)
    assert await inside(store, lambda work: work.incidents.update(grown)) == {incident.id}
    assert await inside(store, lambda work: work.incidents.update(replace(incident, size=9))) == set()

    held = await inside(store, lambda work: work.incidents.hold([incident.id, IncidentId("x")]))
    assert held == {incident.id: replace(grown, version=2)}


async def test_incidents_are_listed_from_the_newest_on(store: Store) -> None:
    oldest, over, newest = (
        an_incident(a_case(), opened_at=in_(minutes=number), closed_at=closed)
        for number, closed in enumerate((None, in_(hours=1), None))
    )
    await inside(store, lambda work: work.incidents.add([over, newest, oldest]))

    async def listed(*, open_only: bool = False, before: IncidentId | None = None) -> list[IncidentId]:
        found = await inside(store, lambda work: work.incidents.listed(2, open_only=open_only, before=before))
        return [one.id for one in found]

    assert await listed() == [newest.id, over.id]
    assert await listed(before=over.id) == [oldest.id]
    assert await listed(open_only=True) == [newest.id, oldest.id]


# --- fronts ----------------------------------------------------------------------


FRONT = Front("default", Stage.PICKING, Cause.WAREHOUSE, "hz1")
ELSEWHERE = Front("default", Stage.PICKING, Cause.WAREHOUSE, "gz2")


async def test_a_front_tells_its_signs_and_the_incidents_that_are_not_over(store: Store) -> None:
    case, other = a_case("DB1"), a_case("DB2")
    open_one, over = an_incident(case), an_incident(case, closed_at=NOW)
    later, earlier, far = a_sign(case, at=in_(minutes=1)), a_sign(other), a_sign(case, value="gz2")

    async def keep(work: Transaction) -> None:
        await work.incidents.add([open_one, over, an_incident(case, value="gz2")])
        await work.incidents.keep_signs([later, earlier, far])

    await inside(store, keep)

    held = await inside(store, lambda work: work.incidents.hold_fronts([FRONT]))
    assert held == Held(signs=(earlier, later), open=(open_one,))


async def test_of_one_case_on_a_front_the_latest_sign_is_kept_until_it_is_dropped(store: Store) -> None:
    before, after = a_sign(case := a_case()), a_sign(case, at=in_(minutes=1))
    await inside(store, lambda work: work.incidents.keep_signs([before]))
    await inside(store, lambda work: work.incidents.keep_signs([after]))
    held = await inside(store, lambda work: work.incidents.hold_fronts([FRONT, ELSEWHERE]))
    assert held.signs == (after,)

    await inside(store, lambda work: work.incidents.drop_signs([after]))
    assert (await inside(store, lambda work: work.incidents.hold_fronts([FRONT]))).signs == ()


async def test_whoever_groups_on_a_front_sees_what_was_done_there_before(postgres_store: Store) -> None:
    """Two replicas that notice cases at one moment come one after the other."""
    sign = a_sign(a_case())

    async def hold_and_keep(work: Transaction) -> None:
        await work.incidents.hold_fronts([ELSEWHERE, FRONT])
        await work.incidents.keep_signs([sign])

    async with meanwhile(postgres_store, hold_and_keep):
        held = asyncio.create_task(inside(postgres_store, lambda work: work.incidents.hold_fronts([FRONT])))
        while not await value(postgres_store, "SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0)

    assert (await held).signs == (sign,)


async def test_a_front_costs_three_statements(store: Store) -> None:
    async with store.reading() as connection:
        listening = Listening(connection)
        await Transaction(listening).incidents.hold_fronts([FRONT, ELSEWHERE])

    assert len(listening.asked) == 2  # and the turn


async def test_what_somebody_else_works_on_is_left_out_when_asked(postgres_store: Store) -> None:
    incident = an_incident(a_case())
    await inside(postgres_store, lambda work: work.incidents.add([incident]))

    async with meanwhile(postgres_store, lambda work: work.incidents.hold([incident.id])):
        found = await inside(
            postgres_store, lambda work: work.incidents.hold([incident.id], skip_locked=True)
        )
    assert found == {}


# --- the end ----------------------------------------------------------------------


async def members(store: Store, *closed: bool) -> Incident:
    """An incident with so many cases, of which some are closed."""
    incident, why = an_incident(a_case()), Verdict(reason=Reason.OTHER, text="x")
    cases = [a_case(f"DB{number}", incident=incident.id, joined_at=NOW) for number in range(len(closed))]
    cases = [
        replace(case, waived_by=UserId("lisi"), ended_at=NOW, reason=why, closed_at=NOW) if over else case
        for case, over in zip(cases, closed, strict=True)
    ]

    async def keep(work: Transaction) -> None:
        await work.incidents.add([incident])
        await work.cases.save(cases)

    await inside(store, keep)
    return incident


async def test_an_incident_closes_with_its_last_case(store: Store) -> None:
    done, undone = await members(store, True, True), await members(store, True, False)

    closed = await inside(
        store, lambda work: work.incidents.close_finished([done.id, undone.id], in_(hours=1))
    )

    assert closed == {done.id}
    found = await inside(store, lambda work: work.incidents.hold([done.id, undone.id]))
    assert found[done.id].closed_at == in_(hours=1)
    assert found[undone.id] == undone
    assert await inside(store, lambda work: work.incidents.close_finished([done.id], in_(hours=2))) == set()
    assert await inside(store, lambda work: work.incidents.close_finished([], NOW)) == set()
