"""Who wants to see a customer's phone number and address in full? Whoever may, once, and it is written down."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.storage.store import Store, Transaction
from bot.web.board.addresses import order_page
from bot.web.board.board import Board, MayNotError
from bot.web.board.readers import Reader
from bot.web.board.screens import MissingError
from handlers.personal import Hidden, Revealed, reveal
from handlers.world import World
from rules.events import OrderKey, OrderNo, Shop
from rules.rights import Right


class Reveal:
    """`POST /orders/{shop}/{order_no}/reveal`: the page of the order, this once with what is personal."""

    def __init__(self, board: Board, store: Store, world: World) -> None:
        self._board = board
        self._screen = board.screen("order")
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Its address; whoever merely opens it sees the order's page."""
        address = f"{self._screen.page}/reveal"
        return [
            web.post(address, self._board.page(self._screen, self._reveal)),
            web.get(address, _back),
        ]

    async def _reveal(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        key = _key(request)

        async def do(work: Transaction) -> Revealed | Hidden:
            return await reveal(work, self._world, key, reader.member.userid)

        found = await self._store.run("reveal", do)
        if found is Hidden.NOT_THEIRS:
            raise MissingError(key.order_no) if reader.may(Right.REVEAL) else MayNotError(Right.REVEAL)
        return {"revealed": found}


async def _back(request: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": order_page(_key(request))})


def _key(request: web.Request) -> OrderKey:
    return OrderKey(Shop(request.match_info["shop"]), OrderNo(request.match_info["order_no"]))
