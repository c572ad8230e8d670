"""Which tickets may a page sign with? get_jsapi_ticket, ticket/get, and whether a signature is right (wecom.md §9.3)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.windows import Window
from bot.sandbox.world import World

LIFE = timedelta(seconds=7200)
AN_HOUR = timedelta(hours=1)
CORP_PER_HOUR = 400
APP_PER_HOUR = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ticket:
    text: str
    until: datetime


class JsapiTickets:
    """One ticket for the corp (config) and one for each app (agentConfig)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._corp: _Ticket | None = None
        self._apps: dict[int, _Ticket] = {}
        self._corp_asked = Window(AN_HOUR)
        self._app_asked: dict[int, Window] = {}

    @property
    def endpoints(self) -> Endpoints:
        return {
            "get_jsapi_ticket": Endpoint(answer=self._corp_ticket, verb="GET"),
            "ticket/get": Endpoint(answer=self._app_ticket, verb="GET"),
        }

    def signs_config(self, url: str, *, timestamp: str, nonce: str, signature: str) -> bool:
        """Whether this is the corp ticket's signature of the page."""
        return self._matches(self._corp, url, timestamp, nonce, signature)

    def signs_agent_config(
        self, agent_id: int, url: str, *, timestamp: str, nonce: str, signature: str
    ) -> bool:
        """Whether this is the app ticket's signature of the page."""
        return self._matches(self._apps.get(agent_id), url, timestamp, nonce, signature)

    def _matches(self, ticket: _Ticket | None, url: str, timestamp: str, nonce: str, signature: str) -> bool:
        if ticket is None or ticket.until <= self._world.now():
            return False
        page = url.partition("#")[0]
        signed = f"jsapi_ticket={ticket.text}&noncestr={nonce}&timestamp={timestamp}&url={page}"
        right = hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 - the protocol's signature
        return secrets.compare_digest(right.encode(), signature.encode())

    def _corp_ticket(self, _asked: Asked) -> Answer:
        self._admit(self._corp_asked, CORP_PER_HOUR)
        self._corp = self._living(self._corp)
        return self._answer(self._corp)

    def _app_ticket(self, asked: Asked) -> Answer:
        if asked.query.get("type") != "agent_config":
            raise Refused(Errcode.BAD_PARAMETER, "type must be agent_config")
        self._admit(self._app_asked.setdefault(asked.agent_id, Window(AN_HOUR)), APP_PER_HOUR)
        ticket = self._apps[asked.agent_id] = self._living(self._apps.get(asked.agent_id))
        return self._answer(ticket)

    def _admit(self, window: Window, limit: int) -> None:
        now = self._world.now()
        if not window.has_room(limit, now):
            raise Refused(Errcode.TOO_OFTEN, "jsapi_ticket is asked for too often; keep it")
        window.take(now)

    def _living(self, ticket: _Ticket | None) -> _Ticket:
        now = self._world.now()
        if ticket and ticket.until > now:
            return ticket
        return _Ticket(text=secrets.token_urlsafe(48), until=now + LIFE)

    def _answer(self, ticket: _Ticket) -> Answer:
        seconds = (ticket.until - self._world.now()).total_seconds()
        return ok(ticket=ticket.text, expires_in=round(seconds))
