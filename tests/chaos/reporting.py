"""Tell the week that is over, and die there: python -m tests.chaos.reporting URL MINUTE [FAILPOINT]."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from bot import failpoints
from bot.clock import ManualClock
from bot.directory import read_directory
from bot.ground import make_world
from bot.reporting import Weekly
from bot.settings import load
from bot.signals import Signals
from bot.storage.opening import open_store
from handlers.reports import Audience
from replies.posters import Poster
from rules.rosterfile import parse_roster
from tests.bot.tenures import a_tenure

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine o'clock in Shanghai."""
TEAM = {"members": [{"userid": "wangwu", "name": "王五", "roles": ["manager"]}], "fallback": "wangwu"}
APP = {"DINGDAN_WECOM__CORP_ID": "ww1", "DINGDAN_WECOM__AGENT_ID": "1000002", "DINGDAN_WECOM__SECRET": "x"}


async def report(url: str, minute: str, failpoint: str | None = None) -> None:
    """Do it as the timetable does, so many minutes after MONDAY; without a picture, which is drawn before."""
    settings, clock = load(APP), ManualClock(MONDAY + timedelta(minutes=int(minute)))
    async with open_store(url, Signals()) as store:
        directory = await read_directory(settings, clock.now())
        directory.roster = parse_roster(TEAM).compile()
        world = make_world(settings, clock, store, directory, b"secret")
        weekly = Weekly(store=store, world=world, clock=clock, audience=Audience.MANAGERS, draw=_nothing)
        tenure = await a_tenure(store, clock, minute)
        failpoints.arm(failpoint)
        await weekly.keep(tenure)


async def _nothing(poster: Poster) -> bytes | None:
    del poster
    return None


if __name__ == "__main__":
    asyncio.run(report(*sys.argv[1:]))
