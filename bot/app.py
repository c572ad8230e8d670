"""Where is everything built and joined? Here, once; started in order, stopped in the opposite one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from aiohttp import web

from bot import failpoints
from bot.batching import OverloadedError
from bot.callers import Callers
from bot.channels.couriers import AppCourier, BotCourier, PostOffice, WebhookCourier
from bot.channels.pauses import Pauses
from bot.clock import Clock
from bot.deliverer import Deliverer
from bot.directory import Directory
from bot.feeding import Feeding
from bot.following import keep_armed
from bot.ground import Ground, lay_ground
from bot.ingest import Ingest
from bot.inviting import Invitation, invite
from bot.leader import Tenure, end_leases, lead
from bot.lookout import Lookout
from bot.passes import Spent
from bot.postmen import Postmen
from bot.pulling import Puller
from bot.reception import Reception
from bot.redis import EMBEDDED
from bot.reporting import Weekly
from bot.settings import Settings, SettingsError
from bot.staffing import Census
from bot.stagehand import Stagehand
from bot.storage.opening import sqlite_path
from bot.storage.store import Store
from bot.timekeeping import keep_time
from bot.timetable import jobs, keep
from bot.viewing import Viewing
from bot.watcher import Watcher
from bot.ways import ways
from bot.website import website
from bot.wecom.incoming import from_frame
from bot.wecom.kf import Kf
from bot.wecom.socket import BotSocket, Frame
from bot.wecom.webhook import Webhooks
from handlers.ports import StoreUnavailableError
from handlers.reports import Audience
from rules.events import UserId

log = structlog.get_logger("app")

Channels = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service."""

    address: str
    """Where it listens, such as http://127.0.0.1:8000."""
    app: web.Application
    """What answers there, with all its routes."""
    invite: Callable[[timedelta], Awaitable[Invitation | None]]
    """How the first one comes in who looks at the terminal, for so long; None where people log in with WeCom."""
    ended: asyncio.Event
    """Set when a part that must not end has ended."""


@asynccontextmanager
async def service(settings: Settings, clock: Clock) -> AsyncGenerator[Service]:
    """Everything up; on leaving, what is under way is finished and the rest stopped. Raises SettingsError."""
    failpoints.arm(settings.failpoint)
    async with AsyncExitStack() as stack:
        parts = _build(await lay_ground(settings, clock, stack))
        await _take_over(parts, alone=sqlite_path(settings.database_url) is not None)
        ended = asyncio.Event()
        await stack.enter_async_context(_running(parts.loops, ended))
        address = await _listen(parts.app, settings, stack)
        log.info("service.started", address=address, **parts.channels())
        yield Service(address=address, app=parts.app, invite=partial(parts.invite, address), ended=ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What was built, ready to run."""

    app: web.Application
    invite: Callable[[str, timedelta], Awaitable[Invitation | None]]
    spent: Spent
    store: Store
    deliverer: Deliverer
    loops: Mapping[str, Coroutine[None, None, None]]
    """What runs as long as the service does."""
    channels: Channels
    """Which ways to people are on, and what is missing for the others."""


async def _take_over(parts: _Parts, *, alone: bool) -> None:
    """Deal with what processes that are gone have left. `alone`: no other process can be alive."""
    if alone:
        await end_leases(parts.store)
    await parts.deliverer.take_over(alone=alone)
    await parts.spent.look()


def _build(ground: Ground) -> _Parts:
    settings, clock, signals, metrics = ground.settings, ground.clock, ground.signals, ground.metrics
    store, world = ground.store, ground.world
    feeding, viewing, spent = Feeding(store), Viewing(store), Spent(store, clock)
    ingest = Ingest(store, world, feeding)
    callers = _callers(ground)
    reception = Reception(store, world, clock, signals.inbox, metrics, callers)
    socket = _socket(ground, reception) if settings.aibot.can_connect else None
    kf = None if ground.client is None else Kf(ground.client, partial(_name_of, ground.follower.directory))
    postmen = Postmen(store, world, clock, signals.letters, _post_office(ground, kf, socket))
    watcher = Watcher(store, world, clock, signals.due, postmen, metrics)
    deliverer = Deliverer(store, world, clock, signals.letters, postmen)
    loops = {
        "intake": ingest.run(),
        "viewing": viewing.run(),
        "passes": spent.run(),
        "reception": reception.run(),
        "watcher": watcher.run(),
        "deliverer": deliverer.run(),
        "following": ground.follower.run(),
        "arming": keep_armed(store, world, clock, signals.rules),
        "timekeeping": keep_time(ground.machine, ground.reference),
        "timetable": lead("timetable", store, ground.machine, partial(_keep_timetable, ground)),
    }
    loops["lookout"] = lead("lookout", store, ground.machine, Lookout(ground).keep)
    loops["rehearsals"] = lead("rehearsals", store, ground.machine, Stagehand(ground).keep)
    if ground.contacts is not None and callers is not None:
        census = Census(ground.contacts, ground.follower.directory, clock, signals.census)
        loops["callers"] = callers.run()
        loops["census"] = lead("census", store, ground.machine, census.keep)
    if socket is not None:
        metrics.socket_up.set_function(lambda: socket.subscribed)
        loops["socket"] = lead("socket", store, ground.machine, socket.run)
    if kf is not None:
        puller = Puller(store, world, clock, signals.news, kf, settings.kf.open_kfid)
        loops["pulling"] = lead("pulling", store, ground.machine, puller.run)
    if ground.wakeups is not None:
        loops["wakeups"] = ground.wakeups.run(signals)
    loops["feeding"] = feeding.run()
    channels = partial(ways, ground, socket)
    app = website(ground, ingest, viewing, spent, reception, watcher, channels)
    return _Parts(
        app=app,
        invite=partial(invite, settings, ground.follower.directory, store, ground.secret, clock),
        spent=spent,
        store=store,
        deliverer=deliverer,
        loops=loops,
        channels=channels,
    )


async def _keep_timetable(ground: Ground, tenure: Tenure) -> None:
    kept, directory = ground.settings.privacy.kept, ground.follower.directory
    audience = Audience(ground.settings.report.to)
    weekly = Weekly(store=ground.store, world=ground.world, clock=ground.clock, audience=audience)
    await keep(jobs(tenure, ground.world, directory, ground.clock, kept, weekly))


def _callers(ground: Ground) -> Callers | None:
    if ground.contacts is None:
        return None
    directory, signals = ground.follower.directory, ground.signals
    return Callers(ground.contacts, directory, ground.store, ground.clock, signals.inbox)


def _name_of(directory: Directory, userid: UserId) -> str:
    member = directory.roster.members.get(userid)
    return userid if member is None else member.name


def _post_office(ground: Ground, kf: Kf | None, socket: BotSocket | None) -> PostOffice:
    app = AppCourier(ground.client, kf) if ground.client is not None and kf is not None else None
    bot = BotCourier(socket) if socket else None
    api_base = ground.settings.wecom.api_base
    heard = ground.troubles.heard
    webhooks = Webhooks(session=ground.session, api_base=api_base, keys=ground.webhooks, heard=heard)
    webhook = WebhookCourier(webhooks) if ground.webhooks else None
    return PostOffice(app, bot, webhook, _pauses(ground), ground.clock, ground.metrics)


def _pauses(ground: Ground) -> Pauses:
    wecom, shares_redis = ground.settings.wecom, ground.settings.redis_url != EMBEDDED
    identity = f"{wecom.corp_id}:{wecom.agent_id}"
    return Pauses(ground.clock, ground.world.jitter, ground.redis if shares_redis else None, identity)


def _socket(ground: Ground, reception: Reception) -> BotSocket:
    async def on_frame(frame: Frame) -> None:
        arrival = from_frame(frame, ground.clock.now())
        if arrival is None:
            return
        try:
            await reception.accept(arrival)
        except (OverloadedError, StoreUnavailableError):
            log.warning("frame.lost", kind=type(arrival.message).__name__)  # WeCom never sends it again

    return BotSocket(
        ground.session,
        ground.settings.aibot,
        on_frame,
        on_change=ground.signals.letters.call,
        heard=ground.troubles.heard,
    )


@asynccontextmanager
async def _running(
    loops: Mapping[str, Coroutine[None, None, None]], ended: asyncio.Event
) -> AsyncGenerator[None]:
    """The loops of the service; one that ends by itself is a failure of the whole.

    They are stopped one after the other in the order of the list: the letters are dealt with while the socket that
    carries them is still up. After a failure all of them are stopped at once.
    """

    def note_end(name: str, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            log.error("service.part_ended", part=name, exc_info=task.exception())
            ended.set()

    tasks = {name: asyncio.create_task(loop, name=name) for name, loop in loops.items()}
    for name, task in tasks.items():
        task.add_done_callback(partial(note_end, name))
    try:
        yield
        for task in tasks.values():
            task.cancel()
            await asyncio.wait({task})
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


async def _listen(app: web.Application, settings: Settings, stack: AsyncExitStack) -> str:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2, auto_decompress=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.http.host, settings.http.port)
    try:
        await site.start()
    except OSError as error:
        raise SettingsError([f"DINGDAN_HTTP__PORT: {error.strerror}"]) from error
    port = runner.addresses[0][1] if runner.addresses else settings.http.port
    return f"http://{settings.http.host}:{port}"
