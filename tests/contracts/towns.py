"""What do handlers act in, where a whole service would be too much? A store, a roster of one, and a clock."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.directory import load_directory
from bot.ground import make_world
from bot.settings import load
from bot.storage.store import Store, Transaction
from handlers.messages import LetterId
from handlers.outbox import Letter
from handlers.world import World
from rules.anomalies import Anomaly, AnomalyId
from rules.events import UserId
from tests.contracts.backend import inside
from tests.contracts.builders import NOW

ZHANG = UserId("zhangsan")
ROSTER = {
    "members": [{"userid": ZHANG, "name": "张三", "roles": ["agent", "lead", "manager"]}],
    "shifts": [{"userid": ZHANG, "days": ["mon-sun"], "from": "00:00", "to": "24:00"}],
    "fallback": ZHANG,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A store, and the world that its handlers act in."""

    store: Store
    world: World
    clock: ManualClock

    async def does(self, what: Callable[[Transaction], Awaitable[object]]) -> None:
        """In a transaction of its own, a second later."""
        self.clock.advance(timedelta(seconds=1))
        await inside(self.store, what)

    async def case(self, ident: AnomalyId) -> Anomaly:
        found = await inside(self.store, lambda work: work.cases.find(ident))
        assert found is not None
        return found

    async def letter(self, ident: str) -> Letter:
        found = await inside(self.store, lambda work: work.outbox.find(LetterId(ident)))
        assert found is not None
        return found


async def a_town(store: Store, folder: Path) -> Town:
    """One with 张三, who does everything."""
    roster = folder / "roster.yaml"
    roster.write_text(json.dumps(ROSTER), "utf-8")
    clock, settings = ManualClock(NOW), load({"DINGDAN_ROSTER_FILE": str(roster)})
    world = make_world(settings, clock, store, await load_directory(settings, store, NOW), b"secret")
    return Town(store=store, world=world, clock=clock)
