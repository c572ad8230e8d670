"""Which address leads where? All routes of the service."""

from aiohttp import web

from bot.web.api import Api
from bot.web.board.board import Board
from bot.web.board.causedeeds import CauseDeeds
from bot.web.board.claiming import Claiming
from bot.web.board.decision_deeds import DecisionDeeds
from bot.web.board.deeds import Deeds
from bot.web.board.dutydeeds import DutyDeeds
from bot.web.board.experiment_deeds import ExperimentDeeds
from bot.web.board.export import Exports
from bot.web.board.incident_deeds import IncidentDeeds
from bot.web.board.live import Live
from bot.web.board.proposaldeeds import ProposalDeeds
from bot.web.board.rehearsal_deeds import RehearsalDeeds
from bot.web.board.reveal import Reveal
from bot.web.board.rule_deeds import RuleDeeds
from bot.web.board.tasks import TaskDeeds
from bot.web.board.ties import Ties
from bot.web.callback import Callback
from bot.web.doors import Doors
from bot.web.fences import protect
from bot.web.health import Health
from bot.web.intake import MOST_BYTES, EventIntake
from bot.web.login import Login
from bot.web.openapi import OpenApi
from bot.web.pages import set_up_pages
from bot.web.sidebar import Sidebar
from rules.rights import Scope


def make_app(  # noqa: PLR0913 -- all by name, and each is a part of the service
    *,
    intake: EventIntake,
    api: Api,
    board: Board,
    live: Live,
    claiming: Claiming,
    task_deeds: TaskDeeds,
    deeds: Deeds,
    duty: DutyDeeds,
    rules: RuleDeeds,
    experiments: ExperimentDeeds,
    cause_deeds: CauseDeeds,
    proposals: ProposalDeeds,
    decisions: DecisionDeeds,
    incident_deeds: IncidentDeeds,
    rehearsal_deeds: RehearsalDeeds,
    exports: Exports,
    reveal: Reveal,
    ties: Ties,
    openapi: OpenApi,
    callback: Callback,
    health: Health,
    sidebar: Sidebar,
    login: Login,
    doors: Doors,
) -> web.Application:
    """The HTTP application."""
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[board.lost])
    app.add_routes([
        web.post("/api/events", intake.post),
        web.get("/api/ledger", api.guarded(Scope.HEALTH, api.ledger)),
        web.get("/wecom/callback", callback.verify),
        web.post("/wecom/callback", callback.receive),
        web.get("/healthz", health.alive),
        web.get("/readyz", health.ready),
        web.get("/metrics", health.metrics),
        web.get("/openapi.json", openapi.get),
        *exports.routes(),
        *ties.routes(),
        *rules.routes(),
        *board.routes(),
        *live.routes(),
        *claiming.routes(),
        *task_deeds.routes(),
        *deeds.routes(),
        *duty.routes(),
        *experiments.routes(),
        *cause_deeds.routes(),
        *proposals.routes(),
        *decisions.routes(),
        *incident_deeds.routes(),
        *rehearsal_deeds.routes(),
        *reveal.routes(),
        *sidebar.routes(),
        *login.routes(),
        *doors.routes(),
    ])  # fmt: skip
    app.on_response_prepare.append(protect)
    app.on_shutdown.append(live.close)
    set_up_pages(app)
    return app
