"""Which address leads where? All routes of the service."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from aiohttp import web
from aiohttp.web_routedef import AbstractRouteDef

from bot.web.api import Api
from bot.web.board.board import Board
from bot.web.callback import Callback
from bot.web.fences import protect
from bot.web.health import Health
from bot.web.intake import MOST_BYTES, EventIntake
from bot.web.openapi import OpenApi
from bot.web.pages import set_up_pages
from rules.rights import Scope


class Routed(Protocol):
    """A part that knows its own addresses."""

    def routes(self) -> Sequence[AbstractRouteDef]: ...


def make_app(
    *,
    intake: EventIntake,
    api: Api,
    callback: Callback,
    health: Health,
    openapi: OpenApi,
    board: Board,
    parts: Iterable[Routed],
) -> web.Application:
    """The HTTP application; of addresses that would fit two parts, the first of `parts` gets it."""
    app = web.Application(client_max_size=MOST_BYTES, middlewares=[board.lost])
    app.add_routes(
        [
            web.post("/api/events", intake.post),
            web.get("/api/ledger", api.guarded(Scope.HEALTH, api.ledger)),
            web.get("/wecom/callback", callback.verify),
            web.post("/wecom/callback", callback.receive),
            web.get("/healthz", health.alive),
            web.get("/readyz", health.ready),
            web.get("/metrics", health.metrics),
            web.get("/openapi.json", openapi.get),
            *(route for part in parts for route in part.routes()),
        ]
    )
    app.on_response_prepare.append(protect)
    set_up_pages(app)
    return app
