"""What came of claiming several anomalies at once? Each row has its own result, and none goes unsaid."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.clock import stopwatch
from bot.storage.store import Store, Transaction
from bot.web.board.anomalies import LIST_PAGE, MOST_CLAIMED
from bot.web.board.board import Board
from bot.web.board.chrome import language_of
from bot.web.board.deeds import said_of
from bot.web.board.queries import typed
from bot.web.board.readers import Reader
from bot.web.forms import form_of
from handlers.claiming import Claim, claim_one, tell_groups
from handlers.ports import StoreUnavailableError
from handlers.world import World
from replies.masking import plain
from replies.words import Language
from rules.actions import Action
from rules.anomalies import AnomalyId
from rules.rights import Right

log = structlog.get_logger("pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the page says of one of them."""

    case: AnomalyId
    order_no: str
    done: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What the page says of all of them; the numbers add up to those that were chosen."""

    rows: Sequence[Row]
    unknown: int
    """Those that there are not, or not for the reader."""
    left: int
    """Those that were not tried, because the database went away."""

    @property
    def done(self) -> int:
        """How many are the reader's now."""
        return sum(row.done for row in self.rows)

    @property
    def refused(self) -> Sequence[Row]:
        """Those that had an owner, or could not be claimed any more."""
        return [row for row in self.rows if not row.done]


class Claiming:
    """`POST /anomalies/claim`"""

    def __init__(self, board: Board, store: Store, world: World) -> None:
        self._board = board
        self._store = store
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Its address; whoever merely opens it sees the list."""
        address, screen = f"{LIST_PAGE}/claim", self._board.screen("anomalies")
        return [
            web.post(address, self._board.page(screen, self._claim, Right.CLAIM_MANY)),
            web.get(address, _back),
        ]

    async def _claim(self, request: web.Request, reader: Reader) -> Mapping[str, Any]:
        """Claim one after the other, each in a transaction of its own: whoever is first has it."""
        chosen = [*dict.fromkeys(AnomalyId(str(one)) for one in (await form_of(request)).getall("id", []))]
        if not 0 < len(chosen) <= MOST_CLAIMED:
            return {"status": 400, "chosen_wrongly": len(chosen)}
        passed, claims, left = stopwatch(), list[Claim](), 0
        for number, case in enumerate(chosen):
            try:
                claim = await self._claim_one(case, reader)
            except StoreUnavailableError:
                left = len(chosen) - number
                break
            claims += [] if claim is None else [claim]
        await self._tell(claims, reader)
        rows = [self._row(claim, language_of(request)) for claim in claims]
        claimed = Claimed(rows=rows, unknown=len(chosen) - left - len(claims), left=left)
        log.info("page.handled", what="page.claim_many", done=claimed.done, chosen=len(chosen), ms=passed())
        return {"claimed": claimed}

    async def _claim_one(self, case: AnomalyId, reader: Reader) -> Claim | None:
        async def do(work: Transaction) -> Claim | None:
            return await claim_one(work, self._world, case, reader.member.userid)

        return await self._store.run("page", do)

    async def _tell(self, claims: Sequence[Claim], reader: Reader) -> None:
        if any(claim.told.done for claim in claims):

            async def do(work: Transaction) -> None:
                await tell_groups(work, self._world, claims, reader.member.userid)

            with suppress(StoreUnavailableError):  # what was claimed is claimed; the cards say so
                await self._store.run("page", do)

    def _row(self, claim: Claim, language: Language) -> Row:
        said = said_of(claim.told, Action.CLAIM, language, self._world)
        number = plain(claim.order.order_no)
        return Row(case=claim.case, order_no=number, done=said.done, text=said.text)


async def _back(request: web.Request) -> web.Response:
    query = urlencode(typed(request.query), safe=",")
    return web.Response(status=303, headers={"Location": f"{LIST_PAGE}?{query}"})
