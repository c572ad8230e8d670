"""A version that is put in force for open cases as well: their ladders go on by it, and those of incidents too."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.directory import Directory, read_rules
from bot.storage.dues import LETTERS
from bot.storage.store import Store
from handlers.arming import arm_outdated
from handlers.bus import on_due
from handlers.intake import take_in
from handlers.messages import DueKind
from handlers.rulebooks import RULES
from rules.incidents import Incident
from rules.instants import from_ms
from tests.contracts.backend import inside, rows
from tests.contracts.builders import NOW, a_report
from tests.contracts.towns import Town, a_town

SOONER = {"ladder": [{"after": "1m", "do": "push", "to": "duty_manager"}]}
"""The default one speaks three minutes after the discovery."""
NOBODY: dict[str, Any] = {"ladder": []}
ORDERS = ("DB1", "DB2", "DB3")


@pytest.fixture
async def town(store: Store, tmp_path: Path) -> Town:
    """Three payments at one channel have just been found late together: one incident has them."""
    town = await a_town(store, tmp_path)
    channel: dict[str, Any] = {"payment_channel": "alipay", "channel": "miniprogram"}
    reports = [
        *(a_report(number, kind="order.created", **channel) for number in ORDERS),
        *(a_report(number, stage="payment", status="started") for number in ORDERS),
    ]
    await inside(store, lambda work: take_in(work, town.world, reports))
    town.clock.move_to(NOW + timedelta(minutes=5, seconds=1))
    await inside(store, lambda work: on_due(work, town.world, 10))
    return town


async def the_incident(town: Town) -> Incident:
    (found,) = await inside(town.store, lambda work: work.incidents.listed(2))
    return found


async def armed(town: Town) -> list[timedelta]:
    """When the timers of incidents ring, from now on."""
    kind = LETTERS[DueKind.INCIDENT]
    found = await rows(town.store, f"SELECT due_at FROM due WHERE live AND kind = '{kind}'")
    return [from_ms(row["due_at"]) - town.clock.now() for row in found]


async def publishes(town: Town, book: Mapping[str, Any], *, applied: bool) -> None:
    """A version is put in force, and the limits of open orders are set anew."""
    body, directory = json.dumps(book), town.world.directory
    assert isinstance(directory, Directory)
    now = town.clock.now()
    await inside(town.store, lambda work: work.documents.add(RULES, body, now, applied=applied))
    directory.rules = await read_rules(now)
    assert await inside(town.store, lambda work: arm_outdated(work, town.world, 10)) == len(ORDERS)


async def test_the_ladder_of_an_incident_goes_on_by_what_its_cases_have_gone_over_to(town: Town) -> None:
    assert await armed(town) == [timedelta(minutes=3)]
    await publishes(town, SOONER, applied=True)
    assert await armed(town) == [timedelta(minutes=1)]
    assert (await the_incident(town)).climbs_at == town.clock.now() + timedelta(minutes=1)


async def test_where_nobody_is_told_any_more_the_timer_of_the_incident_stops(town: Town) -> None:
    await publishes(town, NOBODY, applied=True)
    assert await armed(town) == []
    assert (await the_incident(town)).climbs_at is None
    await publishes(town, SOONER, applied=True)
    assert await armed(town) == [timedelta(minutes=1)]


async def test_what_is_for_new_cases_alone_leaves_incidents_as_they_are(town: Town) -> None:
    before = await the_incident(town)
    await publishes(town, SOONER, applied=False)
    assert await the_incident(town) == before
    assert await armed(town) == [timedelta(minutes=3)]
