"""What belongs to a cause, as both databases find it."""

from dataclasses import replace

import pytest

from bot.storage import evidence
from bot.storage.caselist import CaseFilter
from bot.storage.documents import Origin
from bot.storage.evidence import found_within
from bot.storage.store import Store, Transaction
from bot.storage.views import Views
from rules.editions import Edition
from rules.events import Shop
from rules.evidence import Facet
from rules.reasons import Reason, Verdict
from rules.stages import Stage
from rules.storms import IncidentId
from tests.contracts.backend import inside
from tests.contracts.builders import BOOK, NOW, a_case, a_key, an_incident, an_order, in_

DAY = CaseFilter(since=in_(hours=-1), until=in_(hours=23))


async def a_town(store: Store) -> IncidentId:
    """Five cases of three carriers, two of them in one incident."""
    cases = [
        replace(
            a_case(f"DB{number}", shop="b" if number == 4 else "a"),
            opened_at=in_(minutes=number),
            stage=Stage.PICKUP if number % 2 else Stage.PACKING,
            reason=Verdict(reason=Reason.NOT_PICKED_UP) if number < 3 else None,
        )
        for number in range(5)
    ]
    incident = an_incident(cases[0])
    cases = [
        replace(case, incident=incident.id, joined_at=NOW) if number < 2 else case
        for number, case in enumerate(cases)
    ]

    async def keep(work: Transaction) -> None:
        keys = {case.order for case in cases}
        await work.orders.lock(keys)
        orders = [
            an_order(case.order.order_no, shop=case.order.shop, carrier=carrier, region="浙江")
            for case, carrier in zip(cases, ("sf", "yuantong", "sf", "jd", "sf"), strict=True)
        ]
        await work.orders.save(orders, Edition(book=BOOK), arm=False)
        await work.cases.save(cases)
        await work.incidents.add([incident])
        await work.documents.add("rules", "{}", in_(minutes=2))
        await work.documents.add("roster", "{}", in_(minutes=2))

    await inside(store, keep)
    return incident.id


async def test_a_cause_has_its_cases_with_their_orders_its_incidents_and_the_rules_of_its_time(
    store: Store,
) -> None:
    incident = await a_town(store)
    views = Views(store)

    found = await views.evidence(DAY, {Facet.CARRIER: "sf"})

    assert [hit.case.order.order_no for hit in found.hits] == ["DB4", "DB2", "DB0"]
    assert all(hit.order.key == hit.case.order for hit in found.hits)
    assert [one.id for one in found.incidents] == [incident]
    assert [(one.version, one.at, one.origin) for one in found.versions] == [(1, in_(minutes=2), Origin.FILE)]
    assert not found.cut


async def test_an_incident_has_its_own_cases_alone_of_whatever_time(store: Store) -> None:
    incident = await a_town(store)
    views = Views(store)

    whole = await views.evidence(CaseFilter(incident=incident), {})
    assert [hit.case.order for hit in whole.hits] == [a_key("DB1", "a"), a_key("DB0", "a")]
    assert whole.versions == []  # the rules changed after its last case
    asked = replace(
        DAY, incident=incident, stage=Stage.PICKUP, reason=Reason.NOT_PICKED_UP, shops=frozenset({Shop("a")})
    )
    assert [hit.case.order.order_no for hit in (await views.evidence(asked, {})).hits] == ["DB1"]
    for elsewhere in (
        replace(asked, shops=frozenset({Shop("b")})),
        replace(asked, reason=Reason.OTHER),
        replace(asked, since=in_(hours=1)),
        replace(asked, until=in_(hours=-1)),
    ):
        found = await views.evidence(elsewhere, {})
        assert (found.hits, found.incidents) == ([], [])


async def test_of_more_cases_than_are_looked_at_the_newest_count_and_that_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_town(store)
    monkeypatch.setattr(evidence, "MOST_CASES", 3)
    monkeypatch.setattr(evidence, "AT_A_TIME", 2)

    async with store.reading() as connection:
        found = await found_within(connection, DAY, {})

    assert found.cut
    assert [hit.case.order.order_no for hit in found.hits] == ["DB4", "DB3", "DB2"]
