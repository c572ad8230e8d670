"""How does one start a WeCom of one's own? `async with Sandbox().running() as sandbox:` and talk to its URLs."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from bot.clock import SystemClock
from bot.sandbox.api_routes import ApiRoutes
from bot.sandbox.app_api import AppApi
from bot.sandbox.app_info import AppInfo
from bot.sandbox.appchat import AppChats
from bot.sandbox.bot_api import BotApi
from bot.sandbox.bot_handles import BotEvent
from bot.sandbox.bot_ids import BotIds
from bot.sandbox.bot_media import BotMedia
from bot.sandbox.callback_xml import kf_event
from bot.sandbox.client_frame import ClientFrames
from bot.sandbox.client_pages import ClientPages
from bot.sandbox.config import SandboxConfig
from bot.sandbox.controls import Controls
from bot.sandbox.courier import Courier, Delivery
from bot.sandbox.directory import Directory
from bot.sandbox.duty import Duty
from bot.sandbox.faults import Fault, FaultKind, FaultMenu
from bot.sandbox.friends import Friends
from bot.sandbox.jsapi import JsapiTickets
from bot.sandbox.kf import Kf
from bot.sandbox.kf_admin import KfAdmin
from bot.sandbox.kf_servicers import KfServicers
from bot.sandbox.login_pages import LoginPages
from bot.sandbox.logins import Logins
from bot.sandbox.mass import Mass
from bot.sandbox.media import Media
from bot.sandbox.media_api import MediaApi
from bot.sandbox.page import Page
from bot.sandbox.people import Clicked, People, Said
from bot.sandbox.pressing import Choices
from bot.sandbox.socket import Hub
from bot.sandbox.staff import Staff
from bot.sandbox.tokens import AccessTokens, ResponseCodes
from bot.sandbox.watch import ShiftedWatch, Watch, wire_time
from bot.sandbox.webhook import Webhook
from bot.sandbox.world import Call, Chat, Drop, World
from bot.witness import Seen, Witness

T = TypeVar("T")
SHUTDOWN_SECONDS = 3.0
LARGEST_BODY = 32 * 1024 * 1024
"""A file of 20 MB in its wrapping."""


class Sandbox:
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
        self.config = config or SandboxConfig()
        self.world = World(self.config, clock or ShiftedWatch(SystemClock()), witness)
        self.faults = FaultMenu(self.config.knobs.seed)
        self.courier = Courier(self.world)
        self.tokens = AccessTokens(self.world)
        media = Media(self.world)
        self.bot_api = BotApi(self.world, BotMedia(self.world, media))
        self.hub = Hub(self.world, self.bot_api, self.faults)
        codes = ResponseCodes(self.world)
        self.kf = Kf(self.world, media, self._notify_kf)
        self.friends = Friends(self.world, media, self.courier.post)
        self.mass = Mass(self.world, media, self.friends)
        self.staff = Staff(self.world, self.courier.post)
        self.jsapi = JsapiTickets(self.world)
        self.client = ClientFrames(self.world, self.friends, self.jsapi, media)
        self._client_pages = ClientPages(self.world, self.client)
        logins = Logins(self.world)
        self._login_pages = LoginPages(self.world, logins, self._client_pages.under_the_proxy)
        self._subjects = (
            AppApi(self.world, codes, self.staff),
            AppInfo(self.world),
            Directory(self.world, self.staff, self.bot_api),
            Duty(self.world),
            logins,
            self.jsapi,
            AppChats(self.world, media),
            MediaApi(media),
            Webhook(self.world, media),
            self.friends,
            self.mass,
            self.kf,
            KfAdmin(self.world, self.kf),
            BotIds(self.bot_api),
        )
        self.people = People(
            world=self.world,
            courier=self.courier,
            hub=self.hub,
            api=self.bot_api,
            kf=self.kf,
            servicers=KfServicers(self.world, self.kf),
            staff=self.staff,
            friends=self.friends,
            mass=self.mass,
            client=self.client,
            codes=codes,
        )
        self._page = Page(self.people, self.faults)
        self._origin = ""
        self._runner: web.AppRunner | None = None

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

    def _listening(self) -> tuple[web.AppRunner, tuple[str, int]]:
        if self._runner is None:
            raise RuntimeError("the sandbox is not running")
        host, port = self._runner.addresses[0][:2]
        return self._runner, (host, port)

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

    def group(self, chat_id: str | None = None) -> Chat:
        """The group with this chatid; None: the first one. Raises LookupError."""
        chat = self.world.group(next(iter(self.config.groups), "") if chat_id is None else chat_id)
        if chat is None:
            raise LookupError(f"no group {chat_id}")
        return chat

    def member(self, userid: str) -> Chat:
        """A member's chat with the self-built app."""
        return self.world.app_chat(userid)

    def bot_chat(self, userid: str) -> Chat:
        """A member's single chat with the 智能机器人."""
        return self.world.single_chat(userid)

    def customer(self, external_userid: str) -> Chat:
        """A customer's chat with 微信客服."""
        return self.world.customer_chat(external_userid)

    @property
    def drops(self) -> Sequence[Drop]:
        return self.world.drops

    @property
    def calls(self) -> Sequence[Call]:
        return self.world.calls

    @property
    def callbacks(self) -> Sequence[Delivery]:
        return self.courier.deliveries

    @property
    def bot_events(self) -> Sequence[BotEvent]:
        return self.bot_api.handles.events

    async def say(self, userid: str, text: str, chat: str | None = None) -> Said:
        """Speak as a member: in a group (its chatid), to the bot alone (None) or to the app ("app").

        Returns once the app has answered its callback or WeCom has given up. Raises Misuse.
        """
        said = await self.people.say(userid, text, chat)
        if said.delivery:
            await self.courier.settled(said.delivery)
        return said

    def customer_says(self, external_userid: str, text: str, open_kfid: str = "") -> None:
        """Write to 微信客服 as a customer; the app is told in the background. Raises Misuse."""
        self.people.customer_says(external_userid, text, open_kfid)

    @property
    def servicers(self) -> KfServicers:
        """The people behind 微信客服: pick, say, end ..."""
        return self.people.servicers

    async def click(
        self,
        userid: str,
        target: str,
        button: str,
        selected: Choices | None = None,
        *,
        wait: bool = True,
    ) -> Clicked:
        """Press a button (text or key) on the card with this task_id or message id. Raises Misuse.

        With `wait`, a click on the app's card returns once its callback is answered or lost.
        """
        clicked = await self.people.click(userid, target, button, selected)
        if wait and clicked.delivery:
            await self.courier.settled(clicked.delivery)
        return clicked

    def confirm(self, userid: str, msgid: str, results: Mapping[str, int] | None = None) -> None:
        """Confirm a mass message as the employee; `results`: 1 sent, 2 not a friend, 3 capped. Raises Misuse."""
        self.mass.confirm(userid, msgid, results)

    def befriend(self, userid: str, external_userid: str, state: str = "") -> str:
        """Let a customer and an employee add each other; the app is told. Return the welcome_code. Raises Misuse."""
        return self.friends.add(userid, external_userid, state)

    def unfriend(self, userid: str, external_userid: str) -> None:
        """Let a customer delete an employee; the app is told. Raises Misuse."""
        self.friends.lose(userid, external_userid)

    def leaves(self, userid: str) -> None:
        """Delete a member from the directory; the app is told. Raises Misuse."""
        self.staff.leaves(userid)

    def sidebar_url(self, userid: str, external_userid: str, page: str) -> str:
        """The employee's client with the customer's chat, and `page` in its sidebar."""
        query = urlencode({"userid": userid, "external_userid": external_userid, "page": page})
        return f"{self.api_base}/_sidebar?{query}"

    def greet(self) -> None:
        """Let the bot into every group, as though somebody had said hello before the story began."""
        for chat_id in self.config.groups:
            self.people.greet(self.group(chat_id))

    def fault(
        self,
        path: str,
        fault: str | int,
        *,
        times: int | None = None,
        probability: float = 1.0,
        seconds: float = 6.0,
        userids: Sequence[str] = (),
        fail_type: int = 0,
    ) -> None:
        """Put a fault on the menu, as POST /_faults does; an integer is an errcode."""
        kind = FaultKind.ERRCODE if isinstance(fault, int) else FaultKind(fault)
        self.faults.add(
            Fault(
                path=path,
                kind=kind,
                errcode=fault if isinstance(fault, int) else 0,
                times=times,
                probability=probability,
                seconds=seconds,
                userids=tuple(userids),
                fail_type=fail_type,
            )
        )

    def clear_faults(self) -> None:
        self.faults.clear()

    def drop_socket(self) -> bool:
        """Break the bot's connection; False when there is none."""
        return self.hub.drop()

    def silence_socket(self) -> bool:
        """Let the bot's connection hang: it takes frames and answers none; False when there is none."""
        return self.hub.silence()

    def kick_bot(self) -> bool:
        """Put another subscriber in the bot's place, as it looks from here; False when there is none."""
        return self.hub.kick()

    def close_socket(self) -> bool:
        """Close the bot's connection cleanly; False when there is none."""
        return self.hub.hang_up()

    def invalidate_tokens(self) -> int:
        """Make every access_token bad before its time (40014). Return how many there were."""
        return self.tokens.invalidate()

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

    async def set_callback(self, url: str | None) -> bool:
        """Give the app a callback URL and verify it once; True when it can decrypt."""
        self.world.callback_url = url
        return await self.courier.verify()

    async def until(self, look: Callable[[], T | None], *, seconds: float = 10) -> T:
        """Wait until `look` finds something true; it is asked after each change. Raises TimeoutError."""
        return await self.world.changes.until(look, seconds=seconds)

    def _notify_kf(self, open_kfid: str, token: str) -> None:
        xml = kf_event(
            corp_id=self.config.corp_id,
            created=wire_time(self.world.watch),
            token=token,
            open_kfid=open_kfid,
        )
        self.courier.post("kf_msg_or_event", "", xml)

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[_refuse_cross_site], client_max_size=LARGEST_BODY)
        api = ApiRoutes(
            world=self.world,
            tokens=self.tokens,
            faults=self.faults,
            subjects=[subject.endpoints for subject in self._subjects],
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
