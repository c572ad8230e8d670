"""Is the process alive, and ready? And what has it counted?"""

from collections.abc import Callable, Mapping

import msgspec
from aiohttp import web

from bot.clock import Clock
from bot.metrics import Metrics
from bot.storage.views import Views
from bot.web.problems import problem
from bot.web.tokens import Tokens
from handlers.ports import StoreUnavailableError

Checks = Mapping[str, Callable[[], bool]]


class Health:
    """`/healthz`, `/readyz`, `/metrics`."""

    def __init__(
        self,
        checks: Checks,
        notes: Callable[[], Mapping[str, str]],
        metrics: Metrics,
        views: Views,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._checks = checks
        self._notes = notes
        self._metrics = metrics
        self._views = views
        self._tokens = tokens
        self._clock = clock

    async def alive(self, request: web.Request) -> web.Response:
        """The process answers."""
        del request
        return web.json_response({"status": "alive"})

    async def ready(self, request: web.Request) -> web.Response:
        """Whether the service does its work; if not, which part does not. `channels` is for information."""
        del request
        parts = {name: check() for name, check in self._checks.items()}
        body = {
            "status": "ready" if all(parts.values()) else "not ready",
            "parts": {name: "up" if up else "down" for name, up in parts.items()},
            "channels": self._notes(),
        }
        return web.Response(
            status=200 if all(parts.values()) else 503,
            body=msgspec.json.encode(body),
            content_type="application/json",
        )

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text, for this machine or for whoever has the API token."""
        if not self._tokens.may_look_inside(request):
            return problem(401, "send the API token: Authorization: Bearer …")
        now = self._clock.now()
        try:
            figures = await self._views.figures(now)
        except StoreUnavailableError:
            figures = None
        text = self._metrics.render(figures, now)
        return web.Response(body=text, content_type="text/plain", charset="utf-8")
