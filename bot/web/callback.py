"""How are the app's callbacks taken? Checked, stored, answered at once; handled afterwards (page 90238)."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from xml.etree.ElementTree import Element

import structlog
from aiohttp import web

from bot.batching import OverloadedError
from bot.clock import Clock
from bot.metrics import Metrics
from bot.reception import Reception
from bot.wecom.crypto import CallbackCrypto, Envelope, NotAuthentic
from bot.wecom.incoming import created_at, from_fields
from bot.wecom.markup import UnreadableXmlError, read_fields
from handlers.ports import StoreUnavailableError

MOST_BYTES = 64 * 1024
EXPIRES_AFTER = timedelta(minutes=10)

log = structlog.get_logger("callback")


class Callback:
    """`GET` and `POST /wecom/callback`."""

    def __init__(
        self, crypto: CallbackCrypto | None, reception: Reception, clock: Clock, metrics: Metrics
    ) -> None:
        self._crypto = crypto
        self._reception = reception
        self._clock = clock
        self._metrics = metrics

    async def verify(self, request: web.Request) -> web.Response:
        """Prove to WeCom that this is our address: answer the decrypted `echostr`, bare."""
        try:
            message = self._open(request, request.query.get("echostr", ""))
        except NotAuthentic:
            return self._refuse()
        return web.Response(body=message, content_type="text/plain")

    async def receive(self, request: web.Request) -> web.Response:
        """Take one callback in."""
        body = await _capped(request)
        if body is None:
            return web.Response(status=413, text="too large")
        try:
            fields, tree = self._read(request, body)
        except (NotAuthentic, UnreadableXmlError):
            return self._refuse()
        created = created_at(fields)
        now = self._clock.now()
        if created is None or abs(now.timestamp() - created) > EXPIRES_AFTER.total_seconds():
            return self._accept("expired")
        arrival = from_fields(fields, tree, now)
        if arrival is None:
            return self._accept("unknown")
        try:
            await self._reception.accept(arrival)
        except (OverloadedError, StoreUnavailableError):
            return web.Response(status=503)  # WeCom asks again
        return web.Response()

    def _read(self, request: web.Request, body: bytes) -> tuple[Mapping[str, str], Element | None]:
        envelope = Envelope.from_xml(body)
        fields, tree = read_fields(self._open(request, envelope.encrypted))
        if self._crypto is None or fields.get("ToUserName") != self._crypto.receive_id:
            raise NotAuthentic
        return fields, tree

    def _open(self, request: web.Request, encrypted: str) -> bytes:
        if self._crypto is None:
            raise NotAuthentic
        query = request.query
        return self._crypto.verify_and_decrypt(
            query.get("msg_signature", ""), query.get("timestamp", ""), query.get("nonce", ""), encrypted
        )

    def _accept(self, outcome: str) -> web.Response:
        """Authentic, and without effect."""
        self._metrics.arrivals.labels("app", outcome).inc()
        return web.Response()

    def _refuse(self) -> web.Response:
        """One answer, whatever was wrong with it."""
        self._metrics.arrivals.labels("app", "refused").inc()
        return web.Response(status=401, text="not authentic")


async def _capped(request: web.Request) -> bytes | None:
    """The body, or None when it is too large; read no further than that."""
    stated = request.content_length
    if stated is not None and stated > MOST_BYTES:
        return None
    try:
        body = await request.content.readexactly(MOST_BYTES + 1 if stated is None else stated)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    return None if len(body) > MOST_BYTES else body
