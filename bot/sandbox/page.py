"""How does a newcomer press the buttons? The chat page: server-rendered, plain forms, live over server-sent events."""

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from pathlib import Path

import jinja2
from aiohttp import web

from bot.sandbox.bot_handles import BotEvent
from bot.sandbox.faults import FaultMenu
from bot.sandbox.misuse import Misuse
from bot.sandbox.page_place import Place, read_place
from bot.sandbox.page_view import clock_text, desk
from bot.sandbox.people import Clicked, People
from bot.sandbox.world import World

STATIC = Path(__file__).parent / "static"
ANSWER_SECONDS = 1.5
"""How long a pressed button waits for the answer, so that a page without JavaScript shows it at once."""
TICK_SECONDS = 1.0
SETTLE_SECONDS = 0.05
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
CHOICE = "choice."
"""Prefix of a selector's name in a card's form."""


class Page:
    def __init__(self, people: People, faults: FaultMenu) -> None:
        self._people = people
        self._faults = faults
        self._closing = asyncio.Event()
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("bot.sandbox"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @property
    def _world(self) -> World:
        return self._people.world

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/", self._show),
            web.post("/page/click", self._click),
            web.post("/page/say", self._say),
            web.post("/page/confirm", self._confirm),
            web.get("/page/live", self._live),
            web.static("/static", STATIC),
        ]

    def close(self) -> None:
        """End the live connections."""
        self._closing.set()

    def open(self) -> None:
        """Take live connections, after a restart as well."""
        self._closing.clear()

    async def _show(self, request: web.Request) -> web.Response:
        return self._render(read_place(request.query, self._world))

    async def _click(self, request: web.Request) -> web.Response:
        form = await _form(request)
        place = read_place(form, self._world)
        try:
            clicked = await self._people.click(
                form.get("userid", ""),
                form.get("message", ""),
                form.get("button", ""),
                await _choices(request),
            )
        except Misuse as misuse:
            return self._render(place, refusal=misuse.mend)
        await _at_most(self._answered(clicked), ANSWER_SECONDS)
        raise web.HTTPSeeOther(place.link())

    async def _say(self, request: web.Request) -> web.Response:
        form = await _form(request)
        place = read_place(form, self._world)
        try:
            await self._speak(form)
        except Misuse as misuse:
            return self._render(place, refusal=misuse.mend)
        raise web.HTTPSeeOther(place.link())

    async def _confirm(self, request: web.Request) -> web.Response:
        """The employee presses 确认发送 on a mass message."""
        form = await _form(request)
        place = read_place(form, self._world)
        try:
            self._people.mass.confirm(form.get("userid", ""), form.get("msgid", ""))
        except Misuse as misuse:
            return self._render(place, refusal=misuse.mend)
        raise web.HTTPSeeOther(place.link())

    async def _speak(self, form: Mapping[str, str]) -> None:
        text = form.get("text", "").strip()
        if form.get("as") == "customer":
            self._people.customer_says(form.get("userid", ""), text)
            return
        mention = form.get("mention", "")
        if text and mention and f"@{mention}" not in text:
            text = f"@{mention} {text}"
        said = await self._people.say(form.get("userid", ""), text, form.get("room") or None)
        if said.delivery:
            await _at_most(self._people.courier.settled(said.delivery), ANSWER_SECONDS)

    async def _answered(self, clicked: Clicked) -> None:
        if clicked.delivery:
            await self._people.courier.settled(clicked.delivery)
        while clicked.event and not _is_over(clicked.event):
            await self._world.changes.after(self._world.changes.version)

    def _render(self, place: Place, *, refusal: str = "") -> web.Response:
        view = desk(self._people, self._faults, place)
        text = self._templates.get_template("page.html").render(
            desk=view, words=view.words, place=place, refusal=refusal, choice=CHOICE
        )
        status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
        return web.Response(text=text, content_type="text/html", headers=HEADERS, status=status)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """One event for each burst of changes, and the clock while it runs."""
        response = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while not self._closing.is_set():
                version, clock = self._world.changes.version, clock_text(self._world.now())
                await response.write(f"id: {version}\ndata: {version} {clock}\n\n".encode())
                await self._next(version)
        return response

    async def _next(self, version: int) -> None:
        """Wait for a change, a tick of the clock or the end, whichever comes first."""
        waiting = [
            asyncio.ensure_future(self._world.changes.after(version)),
            asyncio.ensure_future(self._closing.wait()),
        ]
        try:
            await asyncio.wait(waiting, timeout=TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if waiting[0].done():
                await _at_most(self._closing.wait(), SETTLE_SECONDS)
        finally:
            for one in waiting:
                one.cancel()


def _is_over(event: BotEvent) -> bool:
    return event.answered or not event.delivered


async def _at_most(work: Awaitable[object], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work


async def _form(request: web.Request) -> dict[str, str]:
    """The text fields; aiohttp keeps what it has parsed, so it may be asked again."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


async def _choices(request: web.Request) -> dict[str, list[str]]:
    """What stands in the selectors of the card's form."""
    choices: dict[str, list[str]] = {}
    for name, value in (await request.post()).items():
        if name.startswith(CHOICE) and isinstance(value, str):
            choices.setdefault(name.removeprefix(CHOICE), []).append(value)
    return choices
