"""How does an event reach the app's callback URL? Verification, three attempts, five seconds (90238)."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus

import aiohttp

from bot.sandbox.errcodes import Refused
from bot.sandbox.passive_reply import PassiveReply, read_passive_reply
from bot.sandbox.tasks import Tasks
from bot.sandbox.watch import wire_time
from bot.sandbox.world import LOG_LENGTH, World
from bot.wecom.crypto import Envelope, Sealed
from bot.witness import Seen

OnReply = Callable[[PassiveReply], None]
VERIFY_AGAIN_SECONDS = 0.5


class Outcome(StrEnum):
    PENDING = "pending"
    """Attempts are left."""
    ANSWERED = "answered"
    """The app said 200 in time."""
    LOST = "lost"
    """Every attempt failed."""
    UNVERIFIED = "unverified"
    """There is no callback URL, or it fails the verification; nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    at: datetime
    status: int | None
    """None: no answer in time, or no connection."""
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One callback and what became of it."""

    what: str
    """The event, such as template_card_event."""
    userid: str
    at: datetime
    plaintext: bytes = field(repr=False)
    handle: str = ""
    """The response_code of a tap."""
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    outcome: Outcome = Outcome.PENDING
    reply: str = ""
    """What the passive reply asked for; "refused: ..." when it was no good."""


class Courier:
    """Delivers callbacks; `deliveries` is the log of them, oldest first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._crypto = world.config.crypto()
        self._session: aiohttp.ClientSession | None = None  # it needs a running loop
        self._tasks = Tasks()
        self._held: list[tuple[Delivery, OnReply | None]] = []
        self._verifying = asyncio.Lock()
        self._verified_url = ""
        self.deliveries: list[Delivery] = []

    @property
    def verified(self) -> bool:
        """Whether the callback URL has shown that it can decrypt."""
        return bool(self._verified_url) and self._verified_url == self._world.callback_url

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()
        self._tasks.keep(self._verify_until_it_works())

    async def close(self) -> None:
        await self._tasks.cancel()
        if self._session:
            await self._session.close()

    def post(
        self,
        what: str,
        userid: str,
        plaintext: bytes,
        on_reply: OnReply | None = None,
        *,
        handle: str = "",
    ) -> Delivery:
        """Deliver a callback in the background; `on_reply` gets each passive reply that can be read."""
        delivery = Delivery(
            what=what, userid=userid, at=self._world.now(), plaintext=plaintext, handle=handle
        )
        self.deliveries.append(delivery)
        del self.deliveries[:-LOG_LENGTH]
        self._world.changes.note()
        if self._world.knobs.callback_reorder_seconds:
            self._hold(delivery, on_reply)
        else:
            self._tasks.keep(self._deliver(delivery, on_reply))
        return delivery

    async def settled(self, delivery: Delivery) -> None:
        """Wait until the callback is answered or lost."""
        while delivery.outcome is Outcome.PENDING:
            await self._world.changes.after(self._world.changes.version)

    async def verify(self) -> bool:
        """Ask the callback URL to decrypt an echostr, as saving the app's settings does (90238)."""
        async with self._verifying:
            url = self._world.callback_url
            if url and not self.verified and await self._echoes(url):
                self._verified_url = url
                self._world.changes.note()
        return self.verified

    async def _verify_until_it_works(self) -> None:
        while not await self.verify():  # noqa: ASYNC110 - the app's start is nothing that we could hear of
            await asyncio.sleep(VERIFY_AGAIN_SECONDS)

    async def _echoes(self, url: str) -> bool:
        """The answer must be the decrypted text itself: no quotes, no BOM, no newline, within a second."""
        echo = str(secrets.randbelow(10**19)).encode()
        sealed = self._seal(echo)
        query = self._query(sealed) | {"echostr": sealed.encrypted}
        limit = aiohttp.ClientTimeout(total=self._world.knobs.verify_seconds)
        try:
            async with self._http().get(url, params=query, timeout=limit, allow_redirects=False) as response:
                return response.status == HTTPStatus.OK and await response.read() == echo
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _hold(self, delivery: Delivery, on_reply: OnReply | None) -> None:
        if not self._held:
            self._tasks.keep(self._release())
        self._held.append((delivery, on_reply))

    async def _release(self) -> None:
        await asyncio.sleep(self._world.knobs.callback_reorder_seconds)
        held, self._held = self._held, []
        for delivery, on_reply in reversed(held):
            await self._deliver(delivery, on_reply)

    async def _deliver(self, delivery: Delivery, on_reply: OnReply | None) -> None:
        if not await self.verify():
            delivery.outcome = Outcome.UNVERIFIED
        else:
            answered = [await self._try(delivery, on_reply) for _ in range(self._world.knobs.callback_copies)]
            delivery.outcome = Outcome.ANSWERED if any(answered) else Outcome.LOST
        self._world.changes.note()

    async def _try(self, delivery: Delivery, on_reply: OnReply | None) -> bool:
        """Make up to three attempts with the same plaintext; True when the app said 200."""
        knobs = self._world.knobs
        for number in range(knobs.callback_attempts):
            if number:
                await asyncio.sleep(knobs.callback_pause_seconds)
            attempt, body = await self._attempt(delivery)
            delivery.attempts.append(attempt)
            self._world.changes.note()
            if attempt.status == HTTPStatus.OK:
                if delivery.handle:
                    self._world.saw(Seen.CLICK_ACKED, delivery.handle, delivery.userid)
                self._take_reply(delivery, body, on_reply)
                return True
            if attempt.status is not None and not knobs.callback_retries_status:
                return False
        return False

    async def _attempt(self, delivery: Delivery) -> tuple[Attempt, bytes]:
        """Post once: the plaintext is the same each time; time, nonce, cipher text and signature are new."""
        at, sealed = self._world.now(), self._seal(delivery.plaintext)
        config = self._world.config
        envelope = Envelope(
            to_user_name=config.corp_id, agent_id=str(config.agent_id), encrypted=sealed.encrypted
        )
        limit = aiohttp.ClientTimeout(total=self._world.knobs.callback_seconds)
        try:
            async with self._http().post(
                self._world.callback_url or "",
                params=self._query(sealed),
                data=envelope.to_xml(),
                headers={"Content-Type": "text/xml"},
                timeout=limit,
                allow_redirects=False,
            ) as response:
                return Attempt(at=at, status=response.status), await response.read()
        except TimeoutError:
            return Attempt(at=at, status=None, error="no answer in time"), b""
        except aiohttp.ClientError as error:
            return Attempt(at=at, status=None, error=type(error).__name__), b""

    def _take_reply(self, delivery: Delivery, body: bytes, on_reply: OnReply | None) -> None:
        if not body:
            return
        try:
            reply = read_passive_reply(body, self._crypto)
            if on_reply is None:
                delivery.reply = f"refused: {reply.kind} does not answer {delivery.what}"
                return
            on_reply(reply)
        except Refused as refusal:
            delivery.reply = f"refused: {refusal}"
        else:
            delivery.reply = reply.kind

    def _seal(self, message: bytes) -> Sealed:
        return self._crypto.seal(
            message, timestamp=str(wire_time(self._world.watch)), nonce=str(secrets.randbelow(10**10))
        )

    def _query(self, sealed: Sealed) -> dict[str, str]:
        return {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the courier has not been started")
        return self._session
