"""How does somebody log in with WeCom? Sent there with a state of their own, back once with a code, and in.

The state is bound to the browser by a cookie, lives ten minutes and works once, as does the code (page 96714).
"""

import hmac
import secrets
import string
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from bot.batching import OverloadedError
from bot.clock import Clock
from bot.directory import Directory
from bot.secrets import Pass, Signer
from bot.settings import Settings
from bot.viewing import Viewing
from bot.web.board.chrome import Chrome, language_of
from bot.web.offer import own_path
from bot.web.sessions import Sessions
from bot.wecom.answers import NoAnswerError, NotSentError
from bot.wecom.codes import code_of, remedy
from bot.wecom.contacts import BAD_CODE, Contacts, NotToldError
from bot.wecom.logins import INSIDE, login_page
from bot.wecom.tokens import Cache
from handlers.ports import StoreUnavailableError
from handlers.trail import Doer, Way
from replies.pages.login import LOGIN
from replies.words import Words
from rules.events import UserId
from rules.instants import from_ms, to_ms

STATE_LIFE = timedelta(minutes=10)
STATE_LENGTH = 32
"""Letters and digits, all that a state may have; 128 at most."""
COOKIE = "dingdan_login"
BACK = "/login/wecom"

log = structlog.get_logger("login")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A login that is under way in a browser."""

    state: str
    until: datetime
    path: str


class _FailedError(Exception):
    """A login that comes to nothing; the words for its outcome are in `replies.pages.login`."""

    def __init__(self, status: int, outcome: str, *, again: bool = True, code: int = 0) -> None:
        super().__init__(outcome)
        self.status = status
        self.outcome = outcome
        self.again = again
        self.code = code
        """What WeCom has answered, where that is the trouble."""


class Login:
    """`GET /login` and `GET /login/wecom`."""

    def __init__(  # noqa: PLR0913 -- all by name, and each is a part of the service
        self,
        *,
        settings: Settings,
        contacts: Contacts | None,
        directory: Directory,
        chrome: Chrome,
        sessions: Sessions,
        cache: Cache,
        viewing: Viewing,
        clock: Clock,
        secret: bytes,
    ) -> None:
        self._settings = settings
        self._contacts = contacts
        self._directory = directory
        self._chrome = chrome
        self._sessions = sessions
        self._cache = cache
        self._viewing = viewing
        self._clock = clock
        self._signer = Signer(secret, "login")
        self._spent: dict[str, datetime] = {}
        """The states that came back to this process, until they are over anyway."""

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the login."""
        return [web.get("/login", self._begin, allow_head=False), web.get(BACK, self._back, allow_head=False)]

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        """Send somebody to WeCom, with a state that only their browser can bring back."""
        if not self._chrome.login.is_set_up:
            return self._page(request, NOT_SET_UP)
        state = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(STATE_LENGTH))
        begun = _Begun(
            state=state, until=self._clock.now() + STATE_LIFE, path=own_path(request.query.get("next", ""))
        )
        inside = INSIDE in request.headers.get("User-Agent", "").lower()
        back = f"{self._settings.http.public_url}{BACK}"
        page = login_page(self._settings.wecom, back, state, inside=inside)
        response = web.Response(status=302, headers={"Location": page})
        response.set_cookie(
            self._name,
            self._written(begun),
            max_age=int(STATE_LIFE.total_seconds()),
            httponly=True,
            secure=self._sessions.secure,
            samesite="Lax",
            path="/",
        )
        return response

    async def _back(self, request: web.Request) -> web.StreamResponse:
        """Somebody comes back from WeCom."""
        try:
            begun = await self._redeemed(request)
            userid = await self._visitor(request.query.get("code", ""))
            self._check(userid)
            await self._note(userid)
        except _FailedError as failed:
            log.info("login.handled", outcome=failed.outcome)
            response = self._page(request, failed)
        else:
            log.info("login.handled", outcome="done")
            response = web.Response(status=303, headers={"Location": begun.path})
            now = self._clock.now()
            self._sessions.begin(response, Pass(userid=userid, until=now), now)
        response.del_cookie(self._name, path="/", secure=self._sessions.secure, httponly=True, samesite="Lax")
        return response

    async def _note(self, userid: UserId) -> None:
        """Put down that somebody comes in. Raises _FailedError when that cannot be done: then they do not."""
        entry = Doer(actor=userid, way=Way.PAGE).did(
            "session.begun", userid, self._clock.now(), detail={"by": "wecom"}
        )
        try:
            await self._viewing.note(entry)
        except (StoreUnavailableError, OverloadedError):
            raise _FailedError(503, "no_database") from None

    async def _redeemed(self, request: web.Request) -> _Begun:
        """The login that this browser began, with this very state, used for the first time. Raises _FailedError."""
        begun = self._read(request.cookies.get(self._name, ""))
        state = request.query.get("state", "")
        if begun is None or not hmac.compare_digest(begun.state.encode(), state.encode(errors="replace")):
            raise _FailedError(400, "foreign_state")
        if begun.until < self._clock.now() or not await self._is_first_use(begun):
            raise _FailedError(400, "spent_state")
        return begun

    async def _is_first_use(self, begun: _Begun) -> bool:
        """Whether no replica has seen the state come back; without Redis, whether this one has not."""
        now = self._clock.now()
        self._spent = {state: until for state, until in self._spent.items() if until >= now}
        first = begun.state not in self._spent
        self._spent[begun.state] = begun.until
        with suppress(RedisError, OSError):
            name, life = f"dingdan:login:{begun.state}", int(STATE_LIFE.total_seconds())
            return bool(await self._cache.set(name, "1", ex=life, nx=True)) and first
        return first

    async def _visitor(self, code: str) -> UserId:
        """Who it is, as WeCom says. Raises _FailedError."""
        if not code:
            raise _FailedError(400, "no_code")
        if self._contacts is None:
            raise NOT_SET_UP
        try:
            userid = await self._contacts.visitor(code)
        except (NoAnswerError, NotSentError):
            raise _FailedError(503, "no_answer") from None
        except NotToldError as error:
            raise _refused(error) from None
        if userid is None:
            raise _FailedError(403, "no_member", again=False)
        return self._directory.staff.userid(userid)

    def _check(self, userid: UserId) -> None:
        """Raises _FailedError for somebody who is not on the roster, or not any more."""
        if userid in self._directory.roster.members:
            return
        if self._directory.staff.is_gone(userid):
            raise _FailedError(403, "gone", again=False)
        raise _FailedError(403, "not_on_roster", again=False)

    def _page(self, request: web.Request, failed: _FailedError) -> web.Response:
        words, key = Words(language_of(request), LOGIN), "refused" if failed.code else failed.outcome
        said = code_of(failed.code).said if failed.code else ""
        mend = f"{f'{said}：' if said else ''}{remedy(failed.code)}" if failed.code else ""
        context = {
            "title": words(f"{key}_title"),
            "text": words(f"{key}_text", code=failed.code),
            "mend": mend,
            "again": failed.again,
        }
        return self._chrome.render(
            request, "board/login.html", context, reader=None, words=LOGIN, status=failed.status
        )

    def _written(self, begun: _Begun) -> str:
        text = f"{begun.state}.{to_ms(begun.until)}.{begun.path}"
        return f"{text}.{self._signer.sign(text)}"

    def _read(self, cookie: str) -> _Begun | None:
        text, _, signature = cookie.rpartition(".")
        if not text or not self._signer.is_right(text, signature):
            return None
        state, until, path = text.split(".", 2)
        return _Begun(state=state, until=from_ms(int(until)), path=path)

    @property
    def _name(self) -> str:
        return f"__Host-{COOKIE}" if self._sessions.secure else COOKIE


def _refused(error: NotToldError) -> _FailedError:
    """WeCom does not say who it is."""
    if error.code in BAD_CODE:
        return _FailedError(400, "spent_code")
    return _FailedError(502, f"refused_{error.code}", code=error.code)


NOT_SET_UP = _FailedError(404, "not_set_up", again=False)
