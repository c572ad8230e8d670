"""Each week is told once: whoever keeps the timetable, however often they look, and whatever dies meanwhile."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot import reporting
from bot.channels.wire import Wire
from bot.clock import ManualClock
from bot.directory import Directory, read_directory
from bot.ground import make_world
from bot.leader import LeaseLostError
from bot.reporting import Draw, Weekly, drawn
from bot.settings import load
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Store, Transaction
from bot.storage.views import Views
from handlers.leaving import take_letters
from handlers.outbox import Medium
from handlers.reports import Audience
from handlers.world import World
from replies.posters import Poster
from rules.decisions import About, DecisionNo, Ending
from rules.editions import Edition
from rules.reasons import Reason, ReasonSource, Verdict
from rules.rosterfile import parse_roster
from tests.bot.tenures import a_tenure, taken_over
from tests.contracts.builders import BOOK, a_case, a_decision, an_order
from tests.databases import sqlite_url
from tests.replies.test_reports import a_report, said

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine o'clock in Shanghai."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)
TEAM: dict[str, Any] = {
    "members": [
        {"userid": "lisi", "name": "李四", "roles": ["lead"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
        {"userid": "qianqi", "name": "钱七", "roles": ["manager"]},
        {"userid": "sunba", "name": "孙八", "roles": ["manager"], "shops": ["elsewhere"]},
    ],
    "fallback": "wangwu",
}
PNG = b"\x89PNG\r\n\x1a\n a picture"


async def quickly(poster: Poster) -> bytes | None:
    return PNG


@dataclass(slots=True, kw_only=True)
class Service:
    """A part of one: what keeps the timetable."""

    store: Store
    clock: ManualClock
    directory: Directory
    world: World

    def weekly(self, audience: Audience = Audience.MANAGERS, draw: Draw = quickly) -> Weekly:
        return Weekly(store=self.store, world=self.world, clock=self.clock, audience=audience, draw=draw)

    async def letters(self) -> list[tuple[str, str, str]]:
        async with self.store.reading() as connection:
            rows = await connection.fetch("SELECT kind, medium, addressee FROM letters ORDER BY id")
        return [(row["kind"], row["medium"], row["addressee"]) for row in rows]

    async def weeks(self) -> list[str]:
        return [one.week for one in await Views(self.store).reports(None, 10)]

    async def has_cases(self, *ago: timedelta) -> None:
        """Cases that were noticed so long before now, each of an order of its own."""
        cases = [
            replace(
                a_case(f"DB{number}-{self.clock.now():%d}"),
                opened_at=self.clock.now() - one,
                reason=Verdict(reason=Reason.OUT_OF_STOCK),
                reason_source=ReasonSource.AGENT,
                touched_at=self.clock.now(),
            )
            for number, one in enumerate(ago)
        ]

        async def keep(work: Transaction) -> None:
            orders = [
                an_order(case.order.order_no, carrier="sf", region="浙江", warehouse="hz1") for case in cases
            ]
            await work.orders.lock([order.key for order in orders])
            await work.orders.save(orders, Edition(book=BOOK), arm=False)
            await work.cases.save(cases)

        await self.store.run("test", keep)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    settings, clock = load({"DINGDAN_WECOM__CORP_ID": "ww1", "DINGDAN_WECOM__AGENT_ID": "1000002",
                            "DINGDAN_WECOM__SECRET": "x"}), ManualClock(MONDAY)  # fmt: skip
    async with open_store(sqlite_url(tmp_path), Signals()) as store:
        directory = await read_directory(settings, MONDAY)
        directory.roster = parse_roster(TEAM).compile()
        world = make_world(settings, clock, store, directory, b"secret")
        yield Service(store=store, clock=clock, directory=directory, world=world)


async def test_two_mondays_give_two_reports_however_often_somebody_looks(service: Service) -> None:
    await service.has_cases(DAY, 2 * DAY, 8 * DAY)
    for minutes in range(0, 14 * 24 * 60, 6 * 60):
        service.clock.move_to(MONDAY + timedelta(minutes=minutes))
        if minutes == 4 * 24 * 60:
            await service.has_cases(DAY)
        tenure = await taken_over(service.store, service.clock, by=str(minutes))
        await service.weekly().keep(tenure)

    assert await service.weeks() == ["2026-W10", "2026-W09"]
    assert (
        await service.letters() == [("picture", "app", "wangwu|qianqi"), ("line", "app", "wangwu|qianqi")] * 2
    )
    first = await Views(service.store).report("2026-W09")
    assert first is not None
    assert (first.opened, first.opened_before, first.reasons[0].share) == (2, 1, (2, 2))
    second = await Views(service.store).report("2026-W10")
    assert second is not None
    assert (second.opened, second.opened_before) == (1, 2)


async def test_two_replicas_that_believe_it_is_their_turn_tell_it_once(service: Service) -> None:
    await service.has_cases(DAY)
    meeting = asyncio.Barrier(2)

    async def together(poster: Poster) -> bytes | None:
        await meeting.wait()
        return PNG

    tenures = [await a_tenure(service.store, service.clock, name=name) for name in ("a", "b")]
    await asyncio.gather(*(service.weekly(draw=together).keep(tenure) for tenure in tenures))

    assert await service.weeks() == ["2026-W09"]
    assert len(await service.letters()) == 2


async def test_whoever_has_lost_the_lease_meanwhile_tells_nothing(service: Service) -> None:
    await service.has_cases(DAY)
    tenure = await a_tenure(service.store, service.clock)
    await taken_over(service.store, service.clock)

    with pytest.raises(LeaseLostError):
        await service.weekly().keep(tenure)

    assert (await service.weeks(), await service.letters()) == ([], [])


async def test_there_is_nothing_to_tell_of_a_week_without_cases_or_on_other_days(service: Service) -> None:
    tenure = await a_tenure(service.store, service.clock)
    await service.weekly().keep(tenure)
    assert await service.weeks() == []

    await service.has_cases(DAY)
    service.clock.move_to(MONDAY + 4 * DAY)
    await service.weekly().keep(await taken_over(service.store, service.clock, by="c"))
    assert await service.weeks() == []


async def test_without_a_picture_the_words_go_all_the_same(service: Service) -> None:
    await service.has_cases(DAY)

    async def fails(poster: Poster) -> bytes | None:
        return None

    tenure = await a_tenure(service.store, service.clock)
    await service.weekly(draw=fails).keep(tenure)

    assert await service.letters() == [("line", "app", "wangwu|qianqi")]
    assert await service.store.run("test", lambda work: work.reports.picture("2026-W09")) is None


@pytest.mark.parametrize(("audience", "to"), [(Audience.NOBODY, []), (Audience.GROUP, [])])
async def test_it_goes_to_those_of_the_settings_and_stands_on_the_board_anyway(
    service: Service, audience: Audience, to: list[str]
) -> None:
    await service.has_cases(DAY)
    await service.weekly(audience).keep(await a_tenure(service.store, service.clock))

    assert await service.weeks() == ["2026-W09"]
    assert await service.letters() == to


async def test_open_decisions_and_what_they_approved_are_in_it(service: Service) -> None:
    await service.has_cases(*[DAY] * 6)
    decided = a_decision(
        about=About.CAUSE,
        cause="carrier=sf",
        compensation_fen=1234,
        decided_at=MONDAY - 2 * DAY,
        look_at=MONDAY,
    )
    await service.store.run("test", lambda work: work.decisions.add(decided))

    await service.weekly().keep(await a_tenure(service.store, service.clock))

    report = await Views(service.store).report("2026-W09")
    assert report is not None
    assert [(one.number, one.due) for one in report.decisions] == [(1, True)]
    assert report.loss_fen == 1234
    assert report.cell is not None
    assert (report.cell.carrier, report.cell.region, report.cell.cases) == ("sf", "浙江", 6)


async def test_what_a_week_approved_counts_whatever_became_of_it_and_however_much_is_open(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.has_cases(DAY)
    monkeypatch.setattr(reporting, "COUNTED_OPEN", 1)
    in_it = {"about": About.CAUSE, "cause": "carrier=sf", "decided_at": MONDAY - 2 * DAY}
    for fields in (
        {**in_it, "compensation_fen": 1},
        {**in_it, "compensation_fen": 20},
        {**in_it, "compensation_fen": 300},
        {"ends": DecisionNo(1), "ending": Ending.CLOSED},
        {**in_it, "compensation_fen": 4_000, "ends": DecisionNo(2), "ending": Ending.SUPERSEDED},
        {**in_it, "compensation_fen": 50_000, "decided_at": MONDAY - 8 * DAY},
        {**in_it, "compensation_fen": 600_000, "decided_at": MONDAY},
    ):
        await service.store.run("test", lambda work, fields=fields: work.decisions.add(a_decision(**fields)))

    await service.weekly().keep(await a_tenure(service.store, service.clock))

    report = await Views(service.store).report("2026-W09")
    assert report is not None
    assert report.loss_fen == 4_301, "what was closed is approved all the same; what was superseded is not"


async def test_what_is_frozen_of_the_letter_is_the_picture_itself(service: Service) -> None:
    await service.has_cases(DAY)
    await service.weekly().keep(await a_tenure(service.store, service.clock))

    _, taken = await service.store.run(
        "test", lambda work: take_letters(work, service.world, [Medium.APP], 1)
    )

    (letter,) = taken
    message = json.loads(letter.payload or b"")
    assert base64.b64decode(message["image"]["base64"]) == PNG
    assert (message["msgtype"], message["touser"]) == ("image", "wangwu|qianqi")
    assert isinstance(service.world.wire, Wire)


async def test_a_process_of_its_own_draws_it() -> None:
    picture = await drawn(said(a_report()))

    assert picture is not None
    assert Image.open(io.BytesIO(picture)).format == "PNG"


async def test_a_picture_that_takes_too_long_or_fails_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "DRAWN_WITHIN_SECONDS", 0)
    assert await drawn(said(a_report())) is None
    monkeypatch.setattr(reporting, "DRAWN_WITHIN_SECONDS", 60)
    monkeypatch.setattr(reporting.sys, "executable", "/bin/false")
    assert await drawn(said(a_report())) is None
