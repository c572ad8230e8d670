"""How does a control answer? JSON; misuse is 400 and names the field and the mend."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.sandbox.errcodes import Refused
from bot.sandbox.fields import Node
from bot.sandbox.misuse import Misuse
from bot.sandbox.state import Json

Control = Callable[[web.Request], Awaitable[Json]]


def answering(control: Control) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answer with JSON; misuse is 400 and names the field and the mend."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await control(request))
        except Misuse as misuse:
            refused = {"field": misuse.field, "mend": misuse.mend}
        except Refused as refusal:
            refused = {"field": refusal.field, "mend": refusal.errmsg}
        return web.json_response(refused, status=400)

    return handle


async def read_body(request: web.Request) -> Node:
    return Node.read(await request.read())
