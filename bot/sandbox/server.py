"""How does one start a WeCom of one's own? `async with Sandbox().running() as sandbox:` and talk to its URLs."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from aiohttp import web

from bot.sandbox.api_routes import ApiRoutes
from bot.sandbox.client_pages import ClientPages
from bot.sandbox.config import SandboxConfig
from bot.sandbox.controls import Controls
from bot.sandbox.levers import Levers
from bot.sandbox.login_pages import LoginPages
from bot.sandbox.page import Page
from bot.sandbox.watch import Watch
from bot.witness import Seen, Witness

SHUTDOWN_SECONDS = 3.0
LARGEST_BODY = 32 * 1024 * 1024
"""A file of 20 MB in its wrapping."""


class Sandbox(Levers):
    """A WeCom on loopback. The default clock is the machine's, with hands that `POST /_clock` turns.

    What it accepts is told to the `witness`.
    """

    def __init__(
        self,
        config: SandboxConfig | None = None,
        *,
        clock: Watch | None = None,
        witness: Witness | None = None,
    ) -> None:
        super().__init__(config, clock=clock, witness=witness)
        self._client_pages = ClientPages(self.world, self.client)
        self._login_pages = LoginPages(self.world, self.logins, self._client_pages.under_the_proxy)
        self._page = Page(self.people, self.faults)
        self._origin = ""
        self._runner: web.AppRunner | None = None

    @property
    def api_base(self) -> str:
        """For DINGDAN_WECOM__API_BASE."""
        return f"http://{self._origin}"

    @property
    def socket_url(self) -> str:
        """For DINGDAN_AIBOT__URL."""
        return f"ws://{self._origin}/ws"

    @property
    def page_url(self) -> str:
        return f"http://{self._origin}/"

    @property
    def webhook_key(self) -> str:
        """Of the first group's webhook, for DINGDAN_WEBHOOK__KEY."""
        return next(iter(self.world.webhooks))

    def sidebar_url(self, userid: str, external_userid: str, page: str) -> str:
        """The employee's client with the customer's chat, and `page` in its sidebar."""
        query = urlencode({"userid": userid, "external_userid": external_userid, "page": page})
        return f"{self.api_base}/_sidebar?{query}"

    def environment(self, *, webhook: bool = False) -> dict[str, str]:
        """The DINGDAN_* variables with which the service talks to this sandbox.

        The key of the group's webhook is among them on demand: it is for teams without a bot.
        """
        config = self.config
        key = {"DINGDAN_WEBHOOK__KEY": self.webhook_key} if webhook else {}
        return key | {
            "DINGDAN_WECOM__API_BASE": self.api_base,
            "DINGDAN_WECOM__CORP_ID": config.corp_id,
            "DINGDAN_WECOM__AGENT_ID": str(config.agent_id),
            "DINGDAN_WECOM__SECRET": config.secret,
            "DINGDAN_WECOM__CALLBACK_TOKEN": config.callback_token,
            "DINGDAN_WECOM__AES_KEY": config.aes_key,
            "DINGDAN_AIBOT__URL": self.socket_url,
            "DINGDAN_AIBOT__BOT_ID": config.bot_id,
            "DINGDAN_AIBOT__SECRET": config.bot_secret,
            "DINGDAN_AIBOT__GROUP_CHAT_ID": next(iter(config.groups), ""),
            "DINGDAN_KF__OPEN_KFID": config.open_kfid,
        }

    @asynccontextmanager
    async def running(
        self, *, host: str = "127.0.0.1", port: int = 0, greet: bool = False
    ) -> AsyncGenerator["Sandbox", None]:
        """Listen until the block ends. Port 0 picks a free one; `greet` lets the bot into every group at once."""
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        self._runner = runner
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            self._origin = f"{host}:{runner.addresses[0][1]}"
            self.world.saw(Seen.WATCHING, "wecom")
            if greet:
                self.greet()
            yield self
        finally:
            self._runner = None
            await runner.cleanup()

    @asynccontextmanager
    async def down(self) -> AsyncGenerator[None, None]:
        """Be away for the length of the block, as a gateway that restarts; then listen on the same port again."""
        runner, (host, port) = self._listening()
        for site in list(runner.sites):
            await site.stop()
        if runner.server:
            for connection in runner.server.connections:
                if connection.transport:
                    connection.transport.abort()
        try:
            yield
        finally:
            await web.TCPSite(runner, host, port).start()

    def _listening(self) -> tuple[web.AppRunner, tuple[str, int]]:
        if self._runner is None:
            raise RuntimeError("the sandbox is not running")
        host, port = self._runner.addresses[0][:2]
        return self._runner, (host, port)

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[_refuse_cross_site], client_max_size=LARGEST_BODY)
        api = ApiRoutes(
            world=self.world,
            tokens=self.tokens,
            faults=self.faults,
            subjects=self.endpoints,
        )
        controls = Controls(people=self.people, faults=self.faults, tokens=self.tokens, api_paths=api.paths)
        application.add_routes([*api.routes(), *controls.routes(), *self._page.routes()])
        application.add_routes(self._login_pages.routes())
        application.add_routes([web.get("/ws", self.hub.serve)])
        application.add_routes(self._client_pages.routes())
        application.cleanup_ctx.append(self._courier_runs)
        application.cleanup_ctx.append(self._client_pages.runs)
        application.on_shutdown.append(self._hang_up)
        return application

    async def _courier_runs(self, _application: web.Application) -> AsyncIterator[None]:
        self._page.open()
        await self.courier.start()
        yield
        await self.courier.close()

    async def _hang_up(self, _application: web.Application) -> None:
        self._page.close()
        await self.hub.close()


@web.middleware
async def _refuse_cross_site(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A page from elsewhere must not press buttons here."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and request.method != "GET":
        raise web.HTTPForbidden(text="cross-site")
    return await handler(request)
