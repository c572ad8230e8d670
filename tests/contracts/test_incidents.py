"""Incidents and their cases, as both databases keep them."""

from dataclasses import replace

from bot.storage.store import Store, Transaction
from rules.storms import IncidentId
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, a_case, an_incident, in_


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
