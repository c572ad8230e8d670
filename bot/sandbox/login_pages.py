"""Where does a member log in? WeCom's own pages, on this origin: in the client and by QR code (wecom.md §10.1).

Whoever the query `as` or the cookie `sandbox_member` names is logged in; without them the page asks who it is.
"""

import html
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from yarl import URL

from bot.sandbox.logins import Logins
from bot.sandbox.misuse import Misuse
from bot.sandbox.world import World

COOKIE = "sandbox_member"
STATE = re.compile(r"[a-zA-Z0-9]{0,128}")
PRIVATE = "snsapi_privateinfo"
SCOPES = ("snsapi_base", PRIVATE)


class LoginPages:
    def __init__(self, world: World, logins: Logins, way_back: Callable[[web.Request, URL], URL]) -> None:
        self._world = world
        self._way_back = way_back
        self._logins = logins

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/connect/oauth2/authorize", self._authorize),
            web.get("/wwlogin/sso/login", self._scan),
            web.get("/wwopen/sso/qrConnect", self._scan),
        ]

    async def _authorize(self, request: web.Request) -> web.Response:
        """Inside the client: nothing is asked, the redirect follows at once."""
        query = request.query
        scope = query.get("scope", "")
        if query.get("response_type") != "code" or scope not in SCOPES:
            return _refused("response_type must be code, scope snsapi_base or snsapi_privateinfo")
        return self._redirect(request, private=scope == PRIVATE)

    async def _scan(self, request: web.Request) -> web.Response:
        """On the desktop: the code is scanned by whoever is named."""
        if request.path.startswith("/wwlogin") and request.query.get("login_type") != "CorpApp":
            return _refused("login_type must be CorpApp")
        if not request.query.get("agentid"):
            return _refused("agentid is missing")
        return self._redirect(request, private=False)

    def _redirect(self, request: web.Request, *, private: bool) -> web.Response:
        query = request.query
        try:
            agent, back = self._read(query, private=private)
        except Misuse as misuse:
            return _refused(str(misuse))
        who = query.get("as") or request.cookies.get(COOKIE, "")
        if not who:
            return self._ask(request)
        code = self._logins.issue(who, agent_id=agent, private=private)
        away = self._way_back(request, back).update_query({"code": code, "state": query.get("state", "")})
        response = web.Response(status=HTTPStatus.FOUND, headers={"Location": str(away)})
        response.set_cookie(COOKIE, who, httponly=True, samesite="Lax")
        return response

    def _read(self, query: Mapping[str, str], *, private: bool) -> tuple[int, URL]:
        """The app and the way back. Raises Misuse."""
        config = self._world.config
        if query.get("appid") != config.corp_id:
            raise Misuse("appid", "is not this corp's id")
        named = query.get("agentid", "")
        if private and not named:
            raise Misuse("agentid", "is required for snsapi_privateinfo")
        if named and named not in {str(config.agent_id), *map(str, config.other_apps)}:
            raise Misuse("agentid", "is none of this corp's apps")
        if not STATE.fullmatch(query.get("state", "")):
            raise Misuse("state", "is at most 128 of a-z A-Z 0-9")
        back = urlsplit(query.get("redirect_uri", ""))
        trusted = config.trusted_hosts
        if back.scheme not in {"http", "https"} or not back.hostname:
            raise Misuse("redirect_uri", "needs http:// or https:// and a host")
        if trusted is not None and back.netloc not in trusted:
            raise Misuse("redirect_uri", f"50001: {back.netloc} is none of the app's trusted domains")
        return int(named or config.agent_id), URL(back.geturl())

    def _ask(self, request: web.Request) -> web.Response:
        links = "".join(
            f'<li><a href="{html.escape(_address(request, member))}">{html.escape(self._name(member))}</a></li>'
            for member in self._world.members()
        )
        return _page(f"<h1>企业微信登录 / WeCom login</h1><p>你是谁？ Who are you?</p><ul>{links}</ul>")

    def _name(self, member: str) -> str:
        return self._world.config.name_of(member)


def _address(request: web.Request, member: str) -> str:
    return f"{request.path}?{urlencode({**request.query, 'as': member})}"


def _refused(why: str) -> web.Response:
    return _page(f"<h1>无法登录 / Cannot log in</h1><p>{html.escape(why)}</p>", HTTPStatus.BAD_REQUEST)


def _page(inside: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    text = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>企业微信</title><main>{inside}</main>'
    headers = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)
