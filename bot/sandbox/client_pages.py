"""How does a page come into the employee's client? A frame beside the chat, and a proxy that brings the bridge along.

The page is fetched from where it lives and shown under this origin, with a script in its head that plays the
client. Whatever the page then asks of its own origin goes the same way; addresses are put right in both directions.
"""

import contextlib
import ipaddress
import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import aiohttp
import jinja2
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from bot.sandbox.client_frame import ClientFrames, Frame
from bot.sandbox.errcodes import Refused
from bot.sandbox.fields import Node
from bot.sandbox.misuse import Misuse
from bot.sandbox.world import Speaker, World

COOKIE = "sandbox_client"
SHOWN = 30
BRIDGE = b'<script src="/static/bridge.js"></script>'
HEAD = re.compile(rb"<head[^>]*>", re.IGNORECASE)
LIMIT = aiohttp.ClientTimeout(total=None, connect=5)
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length", "host"}
)
NOT_PASSED_ON = HOP_BY_HOP | {"accept-encoding"}
NOT_PASSED_BACK = HOP_BY_HOP | {"content-encoding", "x-frame-options"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; "
        "base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
}
OWN = ("/_", "/cgi-bin/", "/static/", "/page/", "/ws", "/connect/", "/wwlogin/", "/wwopen/")
"""Addresses of the sandbox, which no page behind the proxy can have."""


class ClientPages:
    def __init__(self, world: World, frames: ClientFrames) -> None:
        self._world = world
        self._frames = frames
        self._http: aiohttp.ClientSession | None = None  # it needs a running loop
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("bot.sandbox"), autoescape=True, undefined=jinja2.StrictUndefined
        )

    def routes(self) -> list[web.RouteDef]:
        """The last one takes whatever nobody else has taken."""
        return [
            web.get("/_sidebar", self._show),
            web.get("/_sidebar/chat", self._chat),
            web.post("/_sidebar/invoke", self._invoke),
            web.route("*", "/{tail:.*}", self._pass),
        ]

    async def runs(self, _application: web.Application) -> AsyncIterator[None]:
        self._http = aiohttp.ClientSession(
            timeout=LIMIT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
        )
        yield
        await self._http.close()

    def frame_of(self, request: web.Request) -> Frame | None:
        return self._frames.frames.get(request.cookies.get(COOKIE, ""))

    def under_the_proxy(self, request: web.Request, back: URL) -> URL:
        """Where a login leads when it began in the sidebar: to the same page, still with the bridge."""
        frame = self.frame_of(request)
        embedded = request.headers.get("Sec-Fetch-Dest") == "iframe"
        if frame is None or not embedded or str(back.origin()) != frame.page_origin:
            return back
        return request.url.origin().join(back.relative())

    async def _show(self, request: web.Request) -> web.Response:
        query = request.query
        try:
            page = self._page(query.get("page", ""))
            frame = self._frames.open(
                query.get("userid", ""), query.get("external_userid", ""), f"{page.scheme}://{page.authority}"
            )
        except Misuse as misuse:
            return web.json_response({"field": misuse.field, "mend": misuse.mend}, status=400)
        response = self._render("sidebar.html", frame, source=str(page.relative()))
        response.set_cookie(COOKIE, frame.key, httponly=True, samesite="Lax")
        response.set_cookie("sandbox_member", frame.userid, httponly=True, samesite="Lax")
        return response

    async def _chat(self, request: web.Request) -> web.Response:
        """The words of the chat alone, after a change."""
        frame = self.frame_of(request)
        if frame is None:
            raise web.HTTPForbidden(text="open /_sidebar first")
        return self._render("sidebar_chat.html", frame)

    def _render(self, template: str, frame: Frame, **more: str) -> web.Response:
        names = self._world.config
        text = self._templates.get_template(template).render(
            member=names.name_of(frame.userid),
            customer=names.name_of(frame.customer),
            messages=[
                (message.speaker is not Speaker.CUSTOMER, message.content.text_for())
                for message in self._world.customer_chat(frame.customer).messages[-SHOWN:]
            ],
            **more,
        )
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    def _page(self, address: str) -> URL:
        """The page's address. Raises Misuse: only this machine's pages are shown."""
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not _is_local(parts.hostname or ""):
            raise Misuse("page", "an http address on this machine, such as http://127.0.0.1:8000/sidebar")
        if parts.path in {"", "/"} or parts.path.startswith(OWN):
            raise Misuse("page", f"{parts.path or '/'} is an address of the sandbox itself")
        return URL(address)

    async def _invoke(self, request: web.Request) -> web.Response:
        """One call of the bridge; 204 when its answer shall never come."""
        frame = self.frame_of(request)
        if frame is None:
            raise web.HTTPForbidden(text="open /_sidebar first")
        try:
            body = Node.read(await request.read())
            name, url = body.text("name"), body.text("url")
            params = body.optional_node("params") or Node(values={})
        except Refused as refusal:
            raise web.HTTPBadRequest(text=refusal.errmsg) from None
        reply = self._frames.invoke(
            frame, name, params, _put_right(url, request.url.origin(), frame.page_origin)
        )
        if reply is None:
            return web.Response(status=HTTPStatus.NO_CONTENT)
        return web.json_response(reply)

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        """Fetch from the page's own origin, and bring the bridge along with every document."""
        frame = self.frame_of(request)
        if frame is None or self._http is None or request.path == "/" or request.path.startswith(OWN):
            raise web.HTTPNotFound
        here = request.url.origin()
        address = _put_right(request.raw_path, here, frame.page_origin)
        body = _put_right((await request.read()).decode("latin-1"), here, frame.page_origin).encode("latin-1")
        async with self._http.request(
            request.method,
            URL(frame.page_origin + address, encoded=True),
            headers=_passed_on(request, frame),
            data=body or None,
            allow_redirects=False,
        ) as answer:
            headers = _passed_back(answer, here, frame)
            if answer.content_type != "text/html":
                return await _stream(request, answer, headers)
            frame.granted = frozenset()
            return web.Response(status=answer.status, body=_with_bridge(await answer.read()), headers=headers)


async def _stream(
    request: web.Request, answer: aiohttp.ClientResponse, headers: CIMultiDict[str]
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    with contextlib.suppress(ConnectionError, aiohttp.ClientError):
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    return response


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _put_right(text: str, here: URL, page_origin: str) -> str:
    """The page's own origin wherever this one stands, plain or percent-encoded."""
    shown = str(here)
    return text.replace(shown, page_origin).replace(quote(shown, safe=""), quote(page_origin, safe=""))


def _passed_on(request: web.Request, frame: Frame) -> CIMultiDict[str]:
    here = request.url.origin()
    return CIMultiDict(
        (name, _put_right(value, here, frame.page_origin) if name in {"Origin", "Referer"} else value)
        for name, value in request.headers.items()
        if name.lower() not in NOT_PASSED_ON
    )


def _passed_back(answer: aiohttp.ClientResponse, here: URL, frame: Frame) -> CIMultiDict[str]:
    """A client's web view heeds no frame-ancestors: it is no frame there."""
    headers = CIMultiDict[str]()
    for name, value in answer.headers.items():
        if name.lower() in NOT_PASSED_BACK:
            continue
        if name.lower() == "content-security-policy":
            parts = (part for part in value.split(";") if "frame-ancestors" not in part)
            headers.add(name, ";".join(parts))
        elif name.lower() == "location":
            headers.add(name, value.replace(frame.page_origin, str(here), 1))
        else:
            headers.add(name, value)
    return headers


def _with_bridge(page: bytes) -> bytes:
    """The bridge is the first script of the page."""
    return HEAD.sub(lambda found: found[0] + BRIDGE, page, count=1) if HEAD.search(page) else BRIDGE + page
