"""Every minute it is seen whether an experiment is to be looked at; whatever dies in between, it ends once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.clock import ManualClock
from bot.directory import Directory, read_directory
from bot.ground import make_world
from bot.leader import Tenure
from bot.settings import load
from bot.signals import Signals
from bot.storage.documents import versions_of
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from bot.timetable import compare
from handlers.experiments import Wish, start
from handlers.trail import Doer, Way
from handlers.world import World
from rules.bookfile import parse_rule_book
from rules.experiments import Part
from rules.rosterfile import parse_roster
from rules.trials import LOOK_EVERY, Yardstick
from tests.bot.tenures import a_tenure, taken_over
from tests.contracts.builders import NOW, an_exposure
from tests.databases import sqlite_url

Result = TypeVar("Result")
TEAM: dict[str, Any] = {
    "members": [{"userid": "yunying", "name": "吴越", "roles": ["operations"]}],
    "fallback": "yunying",
}
STEPS = ("due", "judged", "all_judged", "looked")
SIDES = ("before", "after")


class DiedError(Exception):
    """The process is gone."""


@dataclass(slots=True)
class Mortal:
    """A tenure whose holder dies at one of its transactions, on one side of its commit."""

    tenure: Tenure
    left: int
    side: str

    async def run(self, name: str, operation: Callable[[Transaction], Awaitable[Result]]) -> Result:
        self.left -= 1

        async def die_before(work: Transaction) -> Result:
            await operation(work)
            raise DiedError

        if self.left == 0 and self.side == "before":
            return await self.tenure.run(name, die_before)
        result = await self.tenure.run(name, operation)
        if self.left == 0:
            raise DiedError
        return result


@dataclass(slots=True, kw_only=True)
class Service:
    """A part of one: what keeps the timetable."""

    store: Store
    clock: ManualClock
    world: World

    async def ended(self) -> tuple[int, int, int]:
        """How many versions there are, how many looks were written down, and to how many it was told."""
        async with self.store.reading() as connection:
            (found,) = await connection.fetch(
                "SELECT (SELECT count(*) FROM experiment_looks) AS looks, (SELECT count(*) FROM letters) AS letters"
            )
        return len(await versions_of("rules")), found["looks"], found["letters"]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """An experiment does harm, of whose orders some are still to be judged."""
    settings, clock = load({}), ManualClock(NOW)
    async with open_store(sqlite_url(tmp_path), Signals()) as store:
        directory: Directory = await read_directory(settings, NOW)
        directory.roster = parse_roster(TEAM).compile()
        world = make_world(settings, clock, store, directory, b"secret")

        async def begin(work: Transaction) -> None:
            await work.documents.add("rules", parse_rule_book({}).model_dump_json(by_alias=True), NOW)
            book = parse_rule_book({"max_age": "9h"}).model_dump_json(by_alias=True)
            wish = Wish(title="x", book=book, base=1, goals=[Yardstick.QUIET])
            experiment = await start(work, world, wish, Doer(actor="yunying", way=Way.PAGE))
            assert not isinstance(experiment, str)
            for part, harmed in ((Part.TRIED, 60), (Part.CONTROL, 5)):
                await work.experiments.judge(
                    an_exposure(
                        experiment.id,
                        f"{part}{n}",
                        part=part,
                        look_at=None,
                        quiet=True,
                        complained=n < harmed,
                    )
                    for n in range(200)
                )
            await work.experiments.expose([an_exposure(experiment.id, "DB1", part=Part.CONTROL)])

        await store.run("test", begin)
        yield Service(store=store, clock=clock, world=world)


async def test_nothing_happens_before_the_hour_has_passed_and_all_of_it_then(service: Service) -> None:
    tenure = await a_tenure(service.store, service.clock)
    await compare(tenure, service.world)
    assert await service.ended() == (2, 0, 0)

    service.clock.advance(LOOK_EVERY)
    later = await a_tenure(service.store, service.clock)
    await compare(later, service.world)
    assert await service.ended() == (3, 1, 1)

    await compare(later, service.world)
    assert await service.ended() == (3, 1, 1)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("step", STEPS)
async def test_whatever_dies_in_between_it_ends_once_and_is_told_once(
    service: Service, step: str, side: str
) -> None:
    service.clock.advance(LOOK_EVERY)
    dying: Any = Mortal(await a_tenure(service.store, service.clock), 1 + STEPS.index(step), side)
    with pytest.raises(DiedError):
        await compare(dying, service.world)

    another = await taken_over(service.store, service.clock)
    await compare(another, service.world)
    assert await service.ended() == (3, 1, 1)
