"""What does every part of the service stand on?"""

import random
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp

from bot.channels.wire import Wire
from bot.clock import Clock, SystemClock
from bot.directory import Directory
from bot.following import Follower
from bot.listening import Listening
from bot.metrics import Metrics
from bot.redis import EMBEDDED, Redis, open_redis
from bot.sealing import Seals
from bot.secrets import ButtonKeys, PageLinks, Passes, load_secret
from bot.settings import Settings
from bot.signals import Signals
from bot.storage.ids import new_id
from bot.storage.opening import data_folder, open_store, replica, sqlite_path
from bot.storage.store import Store
from bot.timekeeping import Reference, correct, time_of, time_of_machine
from bot.troubles import Troubles
from bot.wakeups import Wakeups
from bot.web.tokens import Tokens, load_tokens
from bot.wecom.client import WecomClient
from bot.wecom.contacts import Contacts
from bot.wecom.webhook import load_keys
from handlers.messages import LetterId
from handlers.world import Surfaces, World
from replies.library import Templates
from rules.contact import Per


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every part stands on."""

    settings: Settings
    clock: Clock
    machine: SystemClock
    """For what is between processes, even when the story's clock is another."""
    reference: Reference
    metrics: Metrics
    signals: Signals
    wakeups: Wakeups | None
    redis: Redis
    session: aiohttp.ClientSession
    client: WecomClient | None
    """None where there is no app."""
    store: Store
    follower: Follower
    listening: Listening
    secret: bytes
    tokens: Tokens
    webhooks: Mapping[str, str]
    """The keys of the groups' webhooks, by the groups' names."""
    world: World
    troubles: Troubles
    contacts: Contacts | None
    """None where there is no app to ask through."""


async def lay_ground(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Ground:
    """Open it, in this order; whoever leaves the stack closes it. Raises SettingsError."""
    shares_redis = settings.redis_url != EMBEDDED
    await stack.enter_async_context(replica(settings.database_url, shares_redis=shares_redis))
    redis = await stack.enter_async_context(open_redis(settings.redis_url))
    wakeups = Wakeups(redis) if shares_redis else None
    signals, tokens = Signals(wakeups.tell if wakeups else None), load_tokens(settings)
    store = await stack.enter_async_context(open_store(settings.database_url, signals))
    machine = clock if isinstance(clock, SystemClock) else SystemClock()
    reference = time_of(store) if sqlite_path(settings.database_url) is None else time_of_machine(machine)
    await correct(machine, reference)
    follower = await Follower.begin(settings, store, clock, signals)
    secret = load_secret(settings, data_folder(settings.database_url))
    metrics = Metrics()
    troubles = Troubles(clock.now, metrics.troubles)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    client = _client(session, settings, redis, clock, troubles)
    return Ground(
        settings=settings,
        clock=clock,
        machine=machine,
        metrics=metrics,
        signals=signals,
        wakeups=wakeups,
        redis=redis,
        session=session,
        client=client,
        reference=reference,
        store=store,
        follower=follower,
        listening=Listening(store, follower.directory, clock),
        secret=secret,
        tokens=tokens,
        webhooks=load_keys(settings),
        world=make_world(settings, clock, store, follower.directory, secret),
        troubles=troubles,
        contacts=None if client is None else Contacts(client),
    )


def _client(
    session: aiohttp.ClientSession, settings: Settings, redis: Redis, clock: Clock, troubles: Troubles
) -> WecomClient | None:
    if not settings.wecom.can_send:
        return None
    return WecomClient(session, settings.wecom, redis, now=clock.now, heard=troubles.heard)


def base_url(settings: Settings) -> str:
    """Where our own pages are found."""
    return settings.http.public_url or f"http://{settings.http.host}:{settings.http.port}"


def make_world(settings: Settings, clock: Clock, store: Store, directory: Directory, secret: bytes) -> World:
    """What handlers have in their hands, in this process."""
    keys = ButtonKeys(secret)
    return World(
        store=store,
        now=clock.now,
        new_id=lambda: LetterId(new_id()),
        directory=directory,
        templates=Templates(),
        keys=keys,
        links=PageLinks(base_url(settings), Passes(secret, "link")),
        seals=Seals(secret),
        wire=Wire(settings, keys),
        surfaces=Surfaces(
            app=settings.wecom.can_send,
            bot=settings.aibot.can_connect,
            kf=settings.wecom.can_send,
            mass=settings.wecom.can_send and settings.wecom.mass_send,
            mass_per=Per(settings.wecom.mass_cap),
            sidebar=settings.wecom.can_send and settings.wecom.sidebar,
            webhooks=frozenset(load_keys(settings)),
            open_kfid=settings.kf.open_kfid,
        ),
        jitter=random.random,
    )
