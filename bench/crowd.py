"""Which open orders are watched in a measurement? A crowd, most of it far from any limit, taken in as ours are."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.clock import SystemClock
from bot.directory import load_directory
from bot.ground import make_world
from bot.secrets import load_secret
from bot.settings import Settings
from bot.signals import Signals
from bot.sources.cloudevents import read_back
from bot.storage.opening import data_folder, open_store
from bot.storage.store import Transaction
from handlers.intake import take_in
from handlers.messages import Intake, Reported
from rules.instants import instant

SHOPS = 300
"""Each has an agent of its own: WeCom lets one be written to some 25 times a minute."""
LIMIT = timedelta(hours=2)
FAR = timedelta(hours=1)
BATCH = 2_000
RULES: Mapping[str, Any] = {
    "version": 1,
    "stages": {
        "confirm": {
            "normal": "1h",
            "limits": [{"when": "not_completed", "after": "2h"}],
            "actions": ["post_card"],
        }
    },
    "budget": {"contact": "4h", "complaint": "3h"},
    "ladder": [{"after": "1h", "do": "push", "to": "duty_manager"}],
    "storm": {"by": []},
}
"""Each has a card of its own. A P2 card that speaks of no action: it waits for none. No step of the ladder comes within the measurement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """`size` open orders. From `start` on, the first `due` of them pass their limit, `per_second` of them."""

    size: int
    due: int
    per_second: float
    start: datetime

    def due_at(self, number: int) -> datetime:
        """When an order passes its limit."""
        if number < self.due:
            return instant(self.start + timedelta(seconds=number / self.per_second))
        return instant(self.start + FAR + FAR * (number / self.size))

    def paid(self, number: int) -> dict[str, Any]:
        """The event that set its clock."""
        return event(number, "payment", self.due_at(number) - LIMIT)


def order_no(number: int) -> str:
    """What an order is called."""
    return f"SO{number:09}"


def event(number: int, stage: str, at: datetime) -> dict[str, Any]:
    """A stage of an order is done."""
    return {
        "specversion": "1.0",
        "id": f"{stage}-{number}",
        "source": "/bench",
        "type": "order.stage",
        "subject": order_no(number),
        "time": at.isoformat(),
        "data": {"shop": f"shop{number % SHOPS:03}", "stage": stage, "status": "completed"},
    }


def write_files(folder: Path) -> dict[str, str]:
    """The rule book and the roster of the crowd; the settings that name them."""
    agents = [f"agent{number:03}" for number in range(SHOPS)]
    roster = {
        "members": [
            {"userid": agent, "name": agent, "roles": ["agent"], "shops": [f"shop{number:03}"]}
            for number, agent in enumerate(agents)
        ],
        "shifts": [{"userid": agent, "days": ["mon-sun"]} for agent in agents],
        "fallback": agents[0],
    }
    settings: dict[str, str] = {}
    for name, content in (("RULES", RULES), ("ROSTER", roster)):
        path = folder / f"{name.lower()}.yaml"
        path.write_text(yaml.safe_dump(content), "utf-8")
        settings[f"DINGDAN_{name}_FILE"] = str(path)
    return settings


async def take_in_all(settings: Settings, crowd: Crowd, numbers: range) -> None:
    """Take these orders in, as if each event had been reported when it happened."""
    clock = SystemClock()
    async with open_store(settings.database_url, Signals()) as store:
        directory = await load_directory(settings, store, clock.now())
        secret = load_secret(settings, data_folder(settings.database_url))
        world = make_world(settings, clock, store, directory, secret)
        for start in range(numbers.start, numbers.stop, BATCH):
            reports = _reports(crowd, range(start, min(start + BATCH, numbers.stop)))

            async def write(work: Transaction, reports: Iterable[Reported] = reports) -> list[Intake]:
                return await take_in(work, world, list(reports))

            if set(await store.run("plant", write)) != {Intake.ACCEPTED}:
                raise RuntimeError("an order of the crowd was not accepted")


def _reports(crowd: Crowd, numbers: range) -> list[Reported]:
    return [
        read_back(json.dumps(crowd.paid(number)).encode(), crowd.due_at(number) - LIMIT) for number in numbers
    ]
