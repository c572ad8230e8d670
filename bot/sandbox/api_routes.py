"""How is the server API reached? /cgi-bin: the token check, the faults and the log around every call."""

import asyncio
from collections.abc import Iterable

from aiohttp import web

from bot.sandbox.door import Door
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import Fault, FaultKind, FaultMenu
from bot.sandbox.tokens import AccessTokens
from bot.sandbox.world import Call, World

GETTOKEN = "gettoken"
BROKEN = "<html><body><h1>502 Bad Gateway</h1></body></html>"
EXPIRED = {FaultKind.EXPIRED_ONCE, FaultKind.EXPIRED_FOREVER}


class ApiRoutes:
    def __init__(
        self, *, world: World, tokens: AccessTokens, faults: FaultMenu, subjects: Iterable[Endpoints]
    ) -> None:
        self._world = world
        self._tokens = tokens
        self._faults = faults
        self._door = Door(world)
        self._endpoints: dict[str, Endpoint] = {
            path: endpoint for endpoints in subjects for path, endpoint in endpoints.items()
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path below /cgi-bin/."""
        return (GETTOKEN, *self._endpoints)

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", f"/cgi-bin/{path}", self._handle) for path in self.paths]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/cgi-bin/")
        body = await request.read()
        try:
            with self._door.passage(path):
                return await self._serve(request, path, body)
        except Refused as refusal:
            self._log(path, refusal.errcode, 200, None)
            return web.json_response({"errcode": refusal.errcode, "errmsg": refusal.errmsg})

    async def _serve(self, request: web.Request, path: str, body: bytes) -> web.StreamResponse:
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
        address = request.remote or ""
        if path == GETTOKEN:
            return self._gettoken(request, address)
        endpoint = self._endpoints[path]
        if not endpoint.keyed:
            self._door.check(address, path, debug=request.query.get("debug") == "1")
        agent_id = 0 if endpoint.keyed else self._agent(request, fault)
        if request.method != endpoint.verb:
            raise Refused(Errcode.BAD_PARAMETER, f"{endpoint.verb} is required")
        if endpoint.bare and fault and fault.kind is FaultKind.SILENTLY_DROP:
            return ok()
        return endpoint.answer(
            Asked(
                agent_id=agent_id,
                query=request.query,
                body=body,
                content_type=request.headers.get("Content-Type", ""),
                fault=fault,
            )
        )

    def _agent(self, request: web.Request, fault: Fault | None) -> int:
        """The app that calls. Raises Refused."""
        text = request.query.get("access_token", "")
        if fault and fault.kind in EXPIRED:
            self._tokens.expire(text)
            raise Refused(Errcode.TOKEN_EXPIRED, "access_token expired")
        return self._tokens.check(text).agent_id

    def _gettoken(self, request: web.Request, address: str) -> Answer:
        self._door.check_gettoken(address)
        try:
            token = self._tokens.issue(request.query.get("corpid", ""), request.query.get("corpsecret", ""))
        except Refused as refusal:
            if refusal.errcode == Errcode.BAD_SECRET:
                self._door.wrong_secret(address)
            raise
        seconds = (token.expires_at - self._world.now()).total_seconds()
        return ok(access_token=token.text, expires_in=round(seconds))

    def _log(self, path: str, errcode: int, status: int, fault: Fault | None) -> None:
        name = fault.name if fault else ""
        self._world.log(Call(at=self._world.now(), path=path, errcode=errcode, status=status, fault=name))
