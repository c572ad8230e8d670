"""What answers on the web? Every page, form, door and programming interface, put together once."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from aiohttp import web

from bot.clock import Clock
from bot.directory import Directory
from bot.ground import Ground, base_url
from bot.healthwatch import HealthWatch
from bot.ingest import Ingest
from bot.passes import Spent
from bot.reception import Reception
from bot.sealing import Seals
from bot.secrets import Passes, Signer
from bot.settings import Settings
from bot.sharing import Shared
from bot.storage.around import Around, around_at
from bot.storage.views import Views
from bot.viewing import Viewing
from bot.watcher import Watcher
from bot.web.api import Api
from bot.web.board.board import Board
from bot.web.board.case import CaseFiles
from bot.web.board.causedeeds import CauseDeeds
from bot.web.board.chrome import Chrome
from bot.web.board.claiming import Claiming
from bot.web.board.decision_deeds import DecisionDeeds
from bot.web.board.deeds import Deeds
from bot.web.board.dutydeeds import DutyDeeds
from bot.web.board.everything import screens
from bot.web.board.experiment_deeds import ExperimentDeeds
from bot.web.board.experiments import ExperimentFiles
from bot.web.board.export import Exports
from bot.web.board.health import HealthScreen, Shops, health
from bot.web.board.incident_deeds import IncidentDeeds
from bot.web.board.incidents import IncidentFiles
from bot.web.board.live import Live
from bot.web.board.promises import lessons_of
from bot.web.board.proposaldeeds import ProposalDeeds
from bot.web.board.readers import Readers
from bot.web.board.rehearsal_deeds import RehearsalDeeds
from bot.web.board.rehearsals import RehearsalFiles
from bot.web.board.reply_deeds import ReplyDeeds
from bot.web.board.replypreviews import ReplyPreviews
from bot.web.board.reveal import Reveal
from bot.web.board.rule_deeds import RuleDeeds
from bot.web.board.rules import RuleFiles
from bot.web.board.sources import SourceFiles
from bot.web.board.tasks import TaskDeeds
from bot.web.board.ties import Ties
from bot.web.callback import Callback
from bot.web.doors import Doors
from bot.web.editing import Editing
from bot.web.health import Health
from bot.web.intake import EventIntake
from bot.web.login import Login
from bot.web.offer import Offer
from bot.web.openapi import OpenApi
from bot.web.server import make_app
from bot.web.sessions import Sessions
from bot.web.sidebar import Sidebar
from bot.wecom.crypto import crypto_of
from bot.wecom.signatures import Signatures

AROUND_EVERY = timedelta(seconds=5)


def website(
    ground: Ground,
    ingest: Ingest,
    viewing: Viewing,
    spent: Spent,
    reception: Reception,
    watcher: Watcher,
    channels: Callable[[], Mapping[str, str]],
) -> web.Application:
    """Every page, form and door, on what the service is made of."""
    settings, clock, metrics, secret = ground.settings, ground.clock, ground.metrics, ground.secret
    store, world = ground.store, ground.world
    tokens, directory = ground.tokens, ground.follower.directory
    views, rules = Views(store, Seals(secret)), RuleFiles(store, directory, ReplyPreviews(store, world))
    sessions = _sessions(settings, clock, directory, spent, secret)
    offer = Offer(is_set_up=ground.contacts is not None and settings.http.public_url is not None)
    readers, chrome = Readers(tokens, sessions), Chrome(directory, sessions, offer, clock)
    editing, front, sources = Editing(secret), _front(ground), SourceFiles(store, ground.listening)
    files, incidents = CaseFiles(store, world, editing), IncidentFiles(store, world, editing)
    lessons = lessons_of(views, world.templates, directory, clock, ground.machine)
    rehearsals = RehearsalFiles(store)
    shown = screens(
        views=views,
        directory=directory,
        files=files,
        incidents=incidents,
        sources=sources,
        rules=rules,
        rehearsals=rehearsals,
        experiments=ExperimentFiles(store),
        front=front,
        lessons=lessons,
    )
    board = Board(shown, readers, chrome, viewing, directory, clock)
    live = Live(front, readers, chrome, directory, clock, ground.machine, viewing)
    checks = {"database": lambda: store.is_up, "watcher": lambda: watcher.is_alive}
    app = make_app(
        intake=EventIntake(tokens, Seals(secret), ingest, clock, metrics),
        api=Api(views, directory, readers, viewing, clock),
        callback=Callback(crypto_of(settings.wecom), reception, clock, metrics),
        health=Health(checks, channels, metrics, views, tokens, clock),
        openapi=OpenApi(tokens, board.screens),
        board=board,
        parts=[
            Exports(board.screens, readers, chrome, store, directory, clock),
            Ties(world, readers, sessions, chrome),
            RuleDeeds(board, readers, store, world),
            ReplyDeeds(board, chrome, rules, store, world),
            board,
            live,
            Claiming(board, store, world),
            TaskDeeds(board, store, world),
            Deeds(board, store, world, editing),
            DutyDeeds(board, store, world),
            ExperimentDeeds(board, store, world),
            CauseDeeds(board, store, world),
            ProposalDeeds(board, store, world),
            DecisionDeeds(board, store, world),
            IncidentDeeds(board, store, world, editing),
            RehearsalDeeds(board, rehearsals, store, world),
            Reveal(board, store, world),
            _sidebar(ground, sessions, offer, viewing),
            _login(ground, chrome, sessions, viewing),
            Doors(sessions, Passes(secret, "link"), spent, viewing, chrome, clock),
        ],
    )
    app.on_shutdown.append(live.close)
    return app


def _login(ground: Ground, chrome: Chrome, sessions: Sessions, viewing: Viewing) -> Login:
    return Login(
        settings=ground.settings,
        contacts=ground.contacts,
        directory=ground.follower.directory,
        chrome=chrome,
        sessions=sessions,
        cache=ground.redis,
        viewing=viewing,
        clock=ground.clock,
        secret=ground.secret,
    )


def _sidebar(ground: Ground, sessions: Sessions, offer: Offer, viewing: Viewing) -> Sidebar:
    return Sidebar(
        store=ground.store,
        world=ground.world,
        sessions=sessions,
        login=offer,
        viewing=viewing,
        editing=Editing(ground.secret),
        signatures=None if ground.client is None else Signatures(ground.client, ground.redis),
        settings=ground.settings,
    )


def _front(ground: Ground) -> HealthScreen:
    """The first page; what goes on around the orders is looked at every few seconds."""
    store, clock, machine = ground.store, ground.clock, ground.machine

    async def around(shops: Shops) -> Around:
        async with store.survey() as connection:
            return await around_at(connection, clock.now(), shops)

    watch = HealthWatch(store, ground.follower.directory, clock, machine)
    return health(watch, Shared(around, machine, AROUND_EVERY))


def _sessions(
    settings: Settings, clock: Clock, directory: Directory, spent: Spent, secret: bytes
) -> Sessions:
    return Sessions(
        passes=Passes(secret, "session"),
        forms=Signer(secret, "form"),
        directory=directory,
        clock=clock,
        spent=spent,
        secure=base_url(settings).startswith("https:"),
    )
