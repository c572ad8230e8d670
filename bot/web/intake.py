"""How do order events come in over HTTP? CloudEvents 1.0, structured JSON; answered after the commit."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec
import structlog
from aiohttp import web

from bot.batching import OverloadedError
from bot.clock import Clock
from bot.ingest import Ingest
from bot.metrics import Metrics
from bot.sealing import Seals
from bot.sources.cloudevents import EventError, Grant, decode
from bot.sources.heartbeats import heartbeat
from bot.web.problems import problem
from bot.web.tokens import Tokens
from handlers.messages import Intake, Reported
from handlers.ports import StoreUnavailableError

ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
MOST_EVENTS = 500
MOST_BYTES = 1 << 20
MOST_BYTES_HELD = 32 << 20
"""Of all the requests that are being taken in: what is held in memory for them is a few times as much."""
RETRY_SECONDS = {"Retry-After": "2"}
TELL_EVERY_SECONDS = 1

_ONE = msgspec.json.Decoder(msgspec.Raw)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])

Fault = dict[str, int | str]

log = structlog.get_logger("intake")


class EventIntake:
    """`POST /api/events`."""

    def __init__(self, tokens: Tokens, seals: Seals, ingest: Ingest, clock: Clock, metrics: Metrics) -> None:
        self._tokens = tokens
        self._seals = seals
        self._ingest = ingest
        self._bytes_held = 0
        self._clock = clock
        self._metrics = metrics
        self._rejections = _Rejections()

    async def post(self, request: web.Request) -> web.Response:
        """Take in one event, or a batch."""
        grant = self._tokens.grant(request)
        if grant is None:
            return problem(
                401, "send a valid token: Authorization: Bearer …", headers={"WWW-Authenticate": "Bearer"}
            )
        if request.content_type not in {ONE, BATCH}:
            return problem(415, f"send {ONE}, or a list of events as {BATCH}; binary mode is not supported")
        if "Content-Encoding" in request.headers:
            return problem(415, "send the body as it is, without Content-Encoding")
        size = min(request.content_length or MOST_BYTES, MOST_BYTES)
        if self._bytes_held + size > MOST_BYTES_HELD:
            return problem(429, str(OverloadedError()), headers=RETRY_SECONDS)
        self._bytes_held += size
        try:
            return await self._read(request, grant)
        finally:
            self._bytes_held -= size

    async def _read(self, request: web.Request, grant: Grant) -> web.Response:
        body = await _capped(request)
        if body is None:
            return problem(413, f"a request has at most {MOST_EVENTS} events and {MOST_BYTES} bytes")
        try:
            body.decode()
            events = [_ONE.decode(body)] if request.content_type == ONE else _LIST.decode(body)
        except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
            return problem(400, f"the body is not readable JSON in UTF-8: {error}")
        if len(events) > MOST_EVENTS:
            return problem(413, f"a request has at most {MOST_EVENTS} events and {MOST_BYTES} bytes")
        return await self._take(events, grant, single=request.content_type == ONE)

    async def _take(self, events: Sequence[msgspec.Raw], grant: Grant, *, single: bool) -> web.Response:
        now = self._clock.now()
        reports, beats, rejected = _decode_all(events, now, self._seals, grant)
        self._ingest.hear(beats, now)
        try:
            answers = await self._ingest.take_in([report for _, report in reports])
        except OverloadedError as error:
            return problem(429, str(error), headers=RETRY_SECONDS)
        except StoreUnavailableError as error:
            return problem(503, str(error), headers=RETRY_SECONDS)
        self._metrics.took_in(answers, rejected=len(rejected))
        rejected += [
            _fault(index, "conflict", "conflict: this source and id were used for other content")
            for (index, _), answer in zip(reports, answers, strict=True)
            if answer is Intake.CONFLICT
        ]
        counts = {
            "accepted": answers.count(Intake.ACCEPTED) + len(beats),
            "duplicates": answers.count(Intake.DUPLICATE),
        }
        if rejected:
            self._rejections.note(str(rejected[0]["field"]), len(rejected))
        if single and rejected:
            return problem(400, str(rejected[0]["error"]), field=rejected[0]["field"])
        answer = {**counts, "rejected": sorted(rejected, key=lambda fault: fault["index"])}
        return web.Response(status=202, body=msgspec.json.encode(answer), content_type="application/json")


class _Rejections:
    """Tells the log what was rejected: the first at once, and all that comes within a second of it in one line."""

    def __init__(self) -> None:
        self._by_field: Counter[str] = Counter()
        self._told_lately = False

    def note(self, field: str, count: int) -> None:
        """So many events were rejected, the first of them because of `field`."""
        self._by_field[field] += count
        if not self._told_lately:
            self._tell()

    def _tell(self) -> None:
        self._told_lately = bool(self._by_field)
        if self._told_lately:
            ((field, _),) = self._by_field.most_common(1)
            log.info("events.rejected", rejected=self._by_field.total(), field=field)
            self._by_field.clear()
            asyncio.get_running_loop().call_later(TELL_EVERY_SECONDS, self._tell)


async def _capped(request: web.Request) -> bytes | None:
    """The body, or None when it is too large."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None


def _decode_all(
    events: Sequence[msgspec.Raw], now: datetime, seals: Seals, grant: Grant
) -> tuple[list[tuple[int, Reported]], list[str], list[Fault]]:
    """The good events with their places, the sources that say they live, and the faults of the others."""
    reports: list[tuple[int, Reported]] = []
    beats: list[str] = []
    faults: list[Fault] = []
    for index, event in enumerate(events):
        try:
            beat = heartbeat(event, now, grant)
            if beat is None:
                reports.append((index, decode(event, now, seals, grant)))
            else:
                beats.append(beat)
        except EventError as error:
            faults.append(_fault(index, error.field, error.error))
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            faults.append(_fault(index, "data", f"not readable: {error}"))
    return reports, beats, faults


def _fault(index: int, field: str, error: str) -> Fault:
    return {"index": index, "field": field, "error": error}
