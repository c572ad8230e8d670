"""The service dies while rules are published, tried, rehearsed, decided on and reported: all of it is there once.

Whoever sent a form and had no answer looks whether it is done, or sends it again.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock, SystemClock
from bot.directory import load_directory, read_rules
from bot.failpoints import EXIT_CODE
from bot.ground import make_world
from bot.secrets import Pass, Passes, Signer
from bot.settings import load
from bot.signals import Signals
from bot.storage.connection import Row
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from bot.verifying import verify
from handlers.intake import take_in
from handlers.laws import Violation
from rules.editions import Edition
from rules.events import UserId
from tests.chaos.lives import insist
from tests.chaos.reporting import MONDAY
from tests.contracts.builders import BOOK, a_case, a_draft, a_key, a_rehearsal, a_report, an_order
from tests.databases import postgres_database, sqlite_url
from tests.processes.commands import NEEDED, ROOT, Running, command, free_port, until
from tests.processes.forks import fork
from tests.processes.template import Wish

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

SECRET, WU = "of-this-test", "wuyue"
TEAM = {"members": [{"userid": WU, "name": "吴悦", "roles": ["operations"]}], "fallback": WU}
LATER = '{"stages": {"picking": {"limits": [{"when": "not_started", "after": "90m"}]}}}'
SIDES = ("before_commit", "after_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A service without WeCom, and somebody at its pages who edits rules."""

    folder: Path
    url: str
    http: aiohttp.ClientSession
    port: int

    @asynccontextmanager
    async def serving(self, failpoint: str = "") -> AsyncGenerator[Running]:
        """`dingdan serve`, which dies there; with none, which lives."""
        async with command(self.folder, "serve", environment=self.environment(failpoint)) as service:
            yield service

    def environment(self, failpoint: str = "") -> dict[str, str]:
        return {
            "DINGDAN_DATABASE_URL": self.url,
            "DINGDAN_SECRET_KEY": SECRET,
            "DINGDAN_HTTP__PORT": str(self.port),
            "DINGDAN_ROSTER_FILE": str(self.folder / "roster.yaml"),
            **({"DINGDAN_FAILPOINT": failpoint} if failpoint else {}),
        }

    async def sends(self, page: str, form: Mapping[str, str]) -> int:
        """Send a form of ours; what is answered."""
        until = datetime.now(UTC) + timedelta(hours=1)
        cookie = Passes(SECRET.encode(), "session").write(Pass(userid=UserId(WU), until=until, nonce="n"))
        token = Signer(SECRET.encode(), "form").sign(cookie)
        headers = {"Cookie": f"dingdan_session={cookie}"}
        address = f"http://127.0.0.1:{self.port}{page}"
        data = {**form, "token": token}
        async with self.http.post(address, data=data, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            return answer.status

    async def finds(self, query: str) -> list[Row]:
        async with open_store(self.url, Signals()) as store, store.reading() as connection:
            return list(await connection.fetch(query))

    async def broken(self) -> list[Violation]:
        """Which laws the database breaks."""
        async with open_store(self.url, Signals()) as store:
            verdicts = await verify(store, await read_rules(SystemClock().now()), SystemClock())
        return [violation for verdict in verdicts for violation in verdict.shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody does on a page, and what is there once when it is done."""

    page: str
    form: Mapping[str, str]
    found: str
    """Counts what there is of it: once, however often it was sent."""
    versions: int
    """Of the rules, at the end."""


DEEDS: Mapping[str, Deed] = {
    "rules": Deed(
        page="/rules/drafts/d1",
        form={"do": "publish", "revision": "1", "reason": "慢一点"},
        found="SELECT count(*) AS n FROM audit_trail WHERE deed = 'rules.published'",
        versions=2,
    ),
    "experiment": Deed(
        page="/experiments",
        form={"do": "start", "draft": "d1", "goals": "quiet"},
        found="SELECT count(*) AS n FROM audit_trail WHERE deed = 'experiment.started'",
        versions=2,
    ),
    "decision": Deed(
        page="/decisions",
        form={"text": "换承运商", "about": "other"},
        found="SELECT count(*) AS n FROM decisions",
        versions=1,
    ),
}
DEATHS = [(name, side) for name in (*DEEDS, "rehearsal", "report") for side in SIDES]
SAMPLE = [("rules", "after_commit"), ("report", "after_commit")]
OTHERS = [death for death in DEATHS if death not in SAMPLE]


@pytest.mark.parametrize(("name", "side"), SAMPLE)
async def test_a_sample_of_deaths_leaves_each_thing_once(tmp_path: Path, name: str, side: str) -> None:
    await live_through(tmp_path, sqlite_url(tmp_path), name, side)


@pytest.mark.long
@pytest.mark.parametrize(("name", "side"), OTHERS)
async def test_all_other_deaths_leave_each_thing_once(tmp_path: Path, name: str, side: str) -> None:
    await live_through(tmp_path, sqlite_url(tmp_path), name, side)


@pytest.mark.long
@pytest.mark.parametrize(("name", "side"), DEATHS)
async def test_all_deaths_leave_each_thing_once_on_postgres(
    tmp_path: Path, postgres: str, name: str, side: str
) -> None:
    async with postgres_database(postgres) as url:
        await live_through(tmp_path, url, name, side)


async def test_a_rehearsal_that_is_killed_midway_leaves_nobody_behind_and_is_played_by_the_next(
    tmp_path: Path,
) -> None:
    """kill -9 while its processes walk: they end with the service, and whoever comes next begins it anew."""
    async with a_house(tmp_path, sqlite_url(tmp_path)) as house:
        await plant(house.url, house, _a_rehearsal)
        async with house.serving() as service:
            walking = set[int]()

            async def is_under_way() -> bool:
                walking.update(_children_of(service))
                return bool(walking)

            await until(is_under_way, "the processes of the rehearsal")
            await service.kill()
        await until(lambda: _are_gone(walking), "their end")
        (left,) = await house.finds("SELECT state, beginnings FROM rehearsals")
        assert (left["state"], left["beginnings"]) == ("running", 1)
        async with house.serving():
            await until(lambda: _is_over(house), "the end of the rehearsal")
        (played,) = await house.finds("SELECT state, beginnings FROM rehearsals")
        assert (played["state"], played["beginnings"]) == ("done", 2)


# --- the stories ---------------------------------------------------------------------


@asynccontextmanager
async def a_house(folder: Path, url: str) -> AsyncGenerator[House]:
    (folder / "roster.yaml").write_text(json.dumps(TEAM), "utf-8")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield House(folder=folder, url=url, http=http, port=free_port())


async def live_through(folder: Path, url: str, name: str, side: str) -> None:
    """It dies there while it does that, and is started again."""
    async with a_house(folder, url) as house:
        story = STORIES.get(name, send_and_send_again)
        await story(house, name, f"{name}.{side}")


async def send_and_send_again(house: House, name: str, failpoint: str) -> None:
    """Somebody sends a form; the service dies of it, and when it is back they look, and send it again."""
    deed = DEEDS[name]
    await plant(house.url, house, _a_draft)
    async with house.serving(failpoint) as service:
        await until(lambda: _is_up(house), "ready")
        with pytest.raises(aiohttp.ClientError):
            await house.sends(deed.page, deed.form)
        assert await service.exit_code() == EXIT_CODE, service.output()

    (before,) = await house.finds(deed.found)
    assert before["n"] == (0 if failpoint.endswith("before_commit") else 1)
    async with house.serving():
        await until(lambda: _is_up(house), "ready")
        if name != "decision" or not before["n"]:  # whoever writes into the log sees what stands there
            await insist(lambda: house.sends(deed.page, deed.form))

    assert await house.broken() == []
    (after,) = await house.finds(deed.found)
    (versions,) = await house.finds("SELECT count(*) AS n FROM documents WHERE kind = 'rules'")
    assert (after["n"], versions["n"]) == (1, deed.versions)


async def rehearse(house: House, name: str, failpoint: str) -> None:
    """What was asked for is begun by a service that dies; the next one plays it to its end."""
    del name
    await plant(house.url, house, _a_rehearsal)
    async with house.serving(failpoint) as service:
        assert await service.exit_code() == EXIT_CODE, service.output()

    async with house.serving():
        await until(lambda: _is_over(house), "the end of the rehearsal")
    (played,) = await house.finds("SELECT state, why, result, ended_by FROM rehearsals")
    assert (played["state"], played["why"], played["ended_by"]) == ("done", None, None)
    assert json.loads(played["result"])
    assert await house.broken() == []


async def report(house: House, name: str, failpoint: str) -> None:
    """Whoever keeps the timetable dies while the week is told; whoever keeps it then tells it, or finds it told."""
    del name
    await plant(house.url, house, _a_week)
    assert await _tells(house, "0", failpoint) == EXIT_CODE
    for minute in ("10", "20"):
        assert await _tells(house, minute) == 0
    (weeks,) = await house.finds("SELECT count(*) AS n FROM reports")
    (letters,) = await house.finds("SELECT count(*) AS n FROM letters WHERE addressee = 'wangwu'")
    assert (weeks["n"], letters["n"]) == (1, 1)


STORIES: Mapping[str, Callable[[House, str, str], Awaitable[None]]] = {
    "rehearsal": rehearse,
    "report": report,
}


# --- what is there before ------------------------------------------------------------


async def plant(url: str, house: House, what: Callable[[Store, House], Awaitable[None]]) -> None:
    async with open_store(url, Signals()) as store:
        await what(store, house)


async def _a_draft(store: Store, house: House) -> None:
    await _world(store, house)
    draft = a_draft(id="d1", body=LATER, revision=1)
    await store.run("test", lambda work: work.drafts.add(draft))


async def _a_rehearsal(store: Store, house: House) -> None:
    """Of the rules in force, over the picking of an order that took its time."""
    world, now = await _world(store, house), datetime.now(UTC)
    ages: tuple[tuple[str, str, int], ...] = (("picking", "started", 3), ("picking", "completed", 1))
    reports = [
        a_report(
            at=now - timedelta(days=age), observed_at=now - timedelta(days=age), stage=stage, status=status
        )
        for stage, status, age in ages
    ]
    await store.run("test", lambda work: take_in(work, world, reports, arm=False))
    asked = a_rehearsal(book="1", against=None, asked_at=now, asked_by=UserId(WU))
    await store.run("test", lambda work: work.rehearsals.add(asked))


async def _a_week(store: Store, house: House) -> None:
    """One case of the week before MONDAY."""
    await _world(store, house)
    opened_at = MONDAY - timedelta(days=3)
    case = replace(a_case("DB1"), opened_at=opened_at, raised_at=opened_at)

    async def keep(work: Transaction) -> None:
        await work.orders.lock([a_key("DB1")])
        await work.orders.save([an_order("DB1")], Edition(book=BOOK), arm=False)
        await work.cases.save([case])

    await store.run("test", keep)


async def _world(store: Store, house: House) -> Any:
    settings, clock = load(house.environment()), ManualClock(datetime.now(UTC))
    directory = await load_directory(settings, store, clock.now())
    return make_world(settings, clock, store, directory, SECRET.encode())


async def _tells(house: House, *arguments: str) -> int:
    """What a process ends with that tells the week."""
    log = house.folder / "report.log"
    log.touch()
    environment = {
        **{name: os.environ[name] for name in NEEDED if name in os.environ},
        "PYTHONPATH": str(ROOT),
    }
    wish = Wish(
        module="tests.chaos.reporting",
        arguments=[house.url, *arguments],
        folder=str(house.folder),
        environment=environment,
        log=str(log),
    )
    return await (await fork(wish)).wait()


async def _is_up(house: House) -> bool:
    async with house.http.get(f"http://127.0.0.1:{house.port}/readyz") as answer:
        return answer.status == 200


async def _is_over(house: House) -> bool:
    await asyncio.sleep(0)
    (one,) = await house.finds("SELECT ended_at FROM rehearsals")
    return one["ended_at"] is not None


def _children_of(service: Running) -> set[int]:
    """The processes that it has started to walk through history."""
    found = set[int]()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == service.process.pid and b"spawn_main" in (process / "cmdline").read_bytes():
                found.add(int(process.name))
    return found


async def _are_gone(processes: set[int]) -> bool:
    await asyncio.sleep(0.05)
    return not any(_is_alive(process) for process in processes)


def _is_alive(process: int) -> bool:
    """What has ended and was not asked for its exit code yet is dead."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
