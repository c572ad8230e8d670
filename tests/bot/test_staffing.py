"""How WeCom is asked about everybody: not too fast, not against a wall, and each trouble told once."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.clock import ManualClock
from bot.directory import Directory
from bot.leader import LeaseLostError
from bot.redis import EMBEDDED, open_redis
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.settings import load
from bot.signals import Signal, Signals
from bot.staffing import BLOCKED, EVERY, MOST_FAILURES, SIDE_BY_SIDE, Census
from bot.storage.opening import open_store
from bot.storage.staff import known_staff
from bot.storage.store import Store
from bot.wecom.client import WecomClient
from bot.wecom.contacts import Contacts, Person
from rules.editions import Rules
from rules.events import UserId
from rules.roster import Roster
from rules.rosterfile import parse_roster
from rules.staff import Employment, Staff, StaffMember
from tests.bot.tenures import a_tenure, taken_over
from tests.builders import a_book
from tests.databases import sqlite_url

EVERYBODY = [f"m{number:03}" for number in range(40)]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(sqlite_url(tmp_path), Signals()) as store:
        yield store


@pytest.fixture
async def wecom(clock: ManualClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(), clock=clock).running() as wecom:
        yield wecom


@asynccontextmanager
async def a_census(wecom: Sandbox, clock: ManualClock, userids: list[str]) -> AsyncGenerator[Census]:
    """One for a roster of these people."""
    members = [{"userid": userid, "name": userid, "roles": ["agent"]} for userid in userids]
    written = parse_roster({"members": members, "fallback": userids[0]}) if userids else None
    book = a_book()
    rules = Rules.only(book)
    directory = Directory(rules=rules, roster=Roster(members={}), written=written)
    settings = load(wecom.environment()).wecom
    async with aiohttp.ClientSession() as session, open_redis(EMBEDDED) as cache:
        contacts = Contacts(WecomClient(session, settings, cache))
        yield Census(contacts, directory, clock, Signal())


def asked(wecom: Sandbox) -> int:
    return [call.path for call in wecom.calls].count("user/get")


async def test_everybody_is_asked_about_once_in_a_round(
    store: Store, wecom: Sandbox, clock: ManualClock
) -> None:
    async with a_census(wecom, clock, EVERYBODY) as census:
        assert await census.round(await a_tenure(store, clock)) == EVERY
    assert asked(wecom) == len(EVERYBODY)
    assert set((await known_staff()).members) == set(EVERYBODY)


async def test_a_large_roster_stays_far_below_what_wecom_takes_in_a_minute(
    store: Store, wecom: Sandbox, clock: ManualClock
) -> None:
    many = [f"m{number:04}" for number in range(1200)]
    async with a_census(wecom, clock, many) as census:
        pause = await census.round(await a_tenure(store, clock))
    assert len(many) / pause.total_seconds() * 60 <= 3000
    assert pause < timedelta(seconds=50)


async def test_without_a_roster_nobody_is_asked_about(
    store: Store, wecom: Sandbox, clock: ManualClock
) -> None:
    async with a_census(wecom, clock, []) as census:
        assert await census.round(await a_tenure(store, clock)) == EVERY
    assert not wecom.calls


@pytest.mark.parametrize("fault", ["5xx", -1, 40013])
async def test_against_a_wall_a_round_ends_soon(
    store: Store, wecom: Sandbox, clock: ManualClock, fault: str | int
) -> None:
    wecom.fault("user/get", fault)
    async with a_census(wecom, clock, EVERYBODY) as census:
        assert await census.round(await a_tenure(store, clock)) == EVERY
    assert MOST_FAILURES <= asked(wecom) < MOST_FAILURES + SIDE_BY_SIDE
    assert (await known_staff()).members == {}


async def test_what_is_blocked_is_left_alone_for_a_minute(
    store: Store, wecom: Sandbox, clock: ManualClock
) -> None:
    wecom.fault("user/get", 45009)
    async with a_census(wecom, clock, EVERYBODY) as census:
        assert await census.round(await a_tenure(store, clock)) == BLOCKED
    assert asked(wecom) <= SIDE_BY_SIDE


async def test_one_answer_that_fails_keeps_none_of_the_others_back(
    store: Store, wecom: Sandbox, clock: ManualClock
) -> None:
    wecom.leaves(wecom.staff.change("m001").userid)
    wecom.fault("user/get", "5xx", times=1)
    async with a_census(wecom, clock, EVERYBODY) as census:
        await census.round(await a_tenure(store, clock))
    staff = await known_staff()
    assert len(staff.members) == len(EVERYBODY) - 1
    assert staff.members[staff.userid("m001")].employment is Employment.LEFT


async def test_a_trouble_is_told_once_while_it_lasts(
    store: Store, wecom: Sandbox, clock: ManualClock
) -> None:
    with capture_logs() as logs:
        async with a_census(wecom, clock, ["zhangsan"]) as census:
            tenure = await a_tenure(store, clock)
            for fault in (60020, 60020, None, 60020):
                wecom.clear_faults()
                if fault:
                    wecom.fault("user/get", fault)
                await census.round(tenure)
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["staff.trouble"] * 2


async def test_what_is_told_during_a_round_is_newer_than_its_answers(
    store: Store, wecom: Sandbox, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_census(wecom, clock, ["zhangsan", "lisi"]) as census:
        directory, ask = census.directory, Contacts.person
        left = StaffMember(userid=UserId("zhangsan"), name="", employment=Employment.LEFT)

        async def person(contacts: Contacts, userid: str) -> Person | None:
            found = await ask(contacts, userid)
            directory.staff = Staff(members={left.userid: left})
            return found

        monkeypatch.setattr(Contacts, "person", person)
        await census.round(await a_tenure(store, clock))
    assert set((await known_staff()).members) == {"lisi"}


async def test_whoever_has_lost_the_lease_writes_nothing(
    store: Store, wecom: Sandbox, clock: ManualClock
) -> None:
    async with a_census(wecom, clock, ["zhangsan"]) as census:
        tenure = await a_tenure(store, clock)
        await taken_over(store, clock)
        with pytest.raises(LeaseLostError):
            await census.round(tenure)
    assert (await known_staff()).members == {}
