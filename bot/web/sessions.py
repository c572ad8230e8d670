"""Who is looking at a page? A member with a signed session, begun by a personal link from the bot or a login."""

import secrets
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.clock import Clock
from bot.secrets import SESSION_LIFE, Pass, Passes, Signer
from handlers.world import Directory
from rules.roster import Member

COOKIE = "dingdan_session"


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions are signed; stored is only which were ended. Whoever leaves the roster is out with the next request."""

    passes: Passes
    forms: Signer
    directory: Directory
    clock: Clock
    spent: Container[str]
    """The nonces of the sessions that were ended."""
    secure: bool
    """Whether the service is reached over https."""

    def member(self, request: web.Request) -> Member | None:
        """The member that a request comes from."""
        known = self.known(request)
        return None if known is None else self.directory.roster.members.get(known.userid)

    def known(self, request: web.Request) -> Pass | None:
        """The session that a request belongs to, be its holder on the roster or not."""
        known = self.passes.read(request.cookies.get(self._name, ""), self.clock.now())
        return None if known is None or known.nonce in self.spent else known

    def begin(self, response: web.StreamResponse, given: Pass, now: datetime) -> None:
        """Start a new session for whoever a link was made for, or has logged in; none is ever taken up again."""
        nonce = secrets.token_hex(8)
        session = self.passes.write(Pass(userid=given.userid, until=now + SESSION_LIFE, nonce=nonce))
        response.set_cookie(
            self._name,
            session,
            max_age=int(SESSION_LIFE.total_seconds()),
            httponly=True,
            secure=self.secure,
            samesite="Lax",
            path="/",
        )

    def forget(self, response: web.StreamResponse) -> None:
        """Have the browser drop its session."""
        response.del_cookie(self._name, path="/", secure=self.secure, httponly=True, samesite="Lax")

    def form_token(self, request: web.Request) -> str:
        """What a form of this session carries."""
        return self.forms.sign(request.cookies.get(self._name, ""))

    def is_own_form(self, request: web.Request, token: str) -> bool:
        """Whether a submitted form is one that we gave to this very session."""
        foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
        return not foreign and self.forms.is_right(request.cookies.get(self._name, ""), token)

    @property
    def _name(self) -> str:
        return f"__Host-{COOKIE}" if self.secure else COOKIE
