"""Who is looking at a page? A member with a signed session, begun by a personal link from the bot or a login."""

import secrets
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
    """Sessions are signed, not stored: whoever leaves the roster is out with the next request."""

    passes: Passes
    forms: Signer
    directory: Directory
    clock: Clock
    secure: bool
    """Whether the service is reached over https."""

    def member(self, request: web.Request) -> Member | None:
        """The member that a request comes from."""
        known = self.passes.read(request.cookies.get(self._name, ""), self.clock.now())
        return None if known is None else self.directory.roster.members.get(known.userid)

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
