"""How is the server API reached? /cgi-bin: the token check, the faults and the log around every call."""

import asyncio
from collections.abc import Callable, Mapping

from aiohttp import web

from bot.sandbox.app_api import AppApi
from bot.sandbox.bot_api import BotApi
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind, FaultMenu
from bot.sandbox.fields import Node
from bot.sandbox.kf import Kf
from bot.sandbox.tokens import AccessToken, AccessTokens
from bot.sandbox.world import Call, World

Answer = Mapping[str, object]
_Method = Callable[[AccessToken, bytes, Fault | None], Answer]
GETTOKEN = "gettoken"
BROKEN = "<html><body><h1>502 Bad Gateway</h1></body></html>"
EXPIRED = {FaultKind.EXPIRED_ONCE, FaultKind.EXPIRED_FOREVER}


class ApiRoutes:
    def __init__(
        self,
        *,
        world: World,
        tokens: AccessTokens,
        faults: FaultMenu,
        app: AppApi,
        kf: Kf,
        bot: BotApi,
    ) -> None:
        self._world = world
        self._tokens = tokens
        self._faults = faults
        self._bot = bot
        self._methods: dict[str, _Method] = {
            "message/send": app.send,
            "message/update_template_card": lambda token, body, _fault: app.update_card(token, body),
            "message/recall": lambda token, body, _fault: app.recall(token, body),
            "kf/send_msg": lambda _token, body, fault: kf.send(body, fault),
            "kf/sync_msg": lambda _token, body, _fault: kf.sync(body),
            "kf/service_state/get": lambda _token, body, _fault: kf.get_state(body),
            "kf/service_state/trans": lambda _token, body, _fault: kf.change_state(body),
            "batch/openuserid_to_userid": lambda _token, body, _fault: self._plain_userids(body),
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path below /cgi-bin/."""
        return (GETTOKEN, *self._methods)

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", f"/cgi-bin/{path}", self._handle) for path in self.paths]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/cgi-bin/")
        body = await request.read()
        fault = self._faults.take(path)
        if fault and fault.kind is FaultKind.SERVER_ERROR:
            self._log(path, -1, 502, fault)
            return web.Response(status=502, text=BROKEN, content_type="text/html")
        answer = self._answer(request, path, body, fault)
        self._log(path, int(str(answer["errcode"])), 200, fault)
        if fault and fault.kind is FaultKind.DELAY:
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind is FaultKind.ACCEPT_THEN_DROP and request.transport is not None:
            request.transport.abort()
        return web.json_response(answer)

    def _answer(self, request: web.Request, path: str, body: bytes, fault: Fault | None) -> Answer:
        try:
            return self._run(request, path, body, fault)
        except Refused as refusal:
            return {"errcode": refusal.errcode, "errmsg": refusal.errmsg}

    def _run(self, request: web.Request, path: str, body: bytes, fault: Fault | None) -> Answer:
        if fault and fault.kind is FaultKind.ERRCODE:
            raise Refused(fault.errcode, "a fault from the menu")
        if path == GETTOKEN:
            return self._gettoken(request)
        text = request.query.get("access_token", "")
        if fault and fault.kind in EXPIRED:
            self._tokens.expire(text)
            raise Refused(Errcode.TOKEN_EXPIRED, "access_token expired")
        token = self._tokens.check(text)
        if request.method != "POST":
            raise Refused(Errcode.BAD_PARAMETER, "POST is required")
        return self._methods[path](token, body, fault)

    def _gettoken(self, request: web.Request) -> Answer:
        token = self._tokens.issue(request.query.get("corpid", ""), request.query.get("corpsecret", ""))
        return {
            "errcode": 0,
            "errmsg": "ok",
            "access_token": token.text,
            "expires_in": round((token.expires_at - self._world.now()).total_seconds()),
        }

    def _plain_userids(self, body: bytes) -> Answer:
        """batch/openuserid_to_userid (101521): the response's shape is known from client code only (§13.6)."""
        shown = Node.read(body).texts("open_userid_list", most=1000)
        plain = {one: self._bot.plain_userid(one) for one in shown}
        return {
            "errcode": 0,
            "errmsg": "ok",
            "userid_list": [
                {"open_userid": one, "userid": userid} for one, userid in plain.items() if userid
            ],
            "invalid_open_userid_list": [one for one, userid in plain.items() if not userid],
        }

    def _log(self, path: str, errcode: int, status: int, fault: Fault | None) -> None:
        name = fault.name if fault else ""
        self._world.log(Call(at=self._world.now(), path=path, errcode=errcode, status=status, fault=name))
