"""Of what is the sandbox made? One world, and everybody who acts in it."""

from collections.abc import Sequence
from typing import Protocol

from bot.clock import SystemClock
from bot.sandbox.app_api import AppApi
from bot.sandbox.app_info import AppInfo
from bot.sandbox.appchat import AppChats
from bot.sandbox.bot_api import BotApi
from bot.sandbox.bot_ids import BotIds
from bot.sandbox.bot_media import BotMedia
from bot.sandbox.callback_xml import kf_event
from bot.sandbox.client_frame import ClientFrames
from bot.sandbox.config import SandboxConfig
from bot.sandbox.courier import Courier
from bot.sandbox.directory import Directory
from bot.sandbox.duty import Duty
from bot.sandbox.endpoints import Endpoints
from bot.sandbox.faults import FaultMenu
from bot.sandbox.friends import Friends
from bot.sandbox.jsapi import JsapiTickets
from bot.sandbox.kf import Kf
from bot.sandbox.kf_admin import KfAdmin
from bot.sandbox.kf_servicers import KfServicers
from bot.sandbox.logins import Logins
from bot.sandbox.mass import Mass
from bot.sandbox.media import Media
from bot.sandbox.media_api import MediaApi
from bot.sandbox.people import People
from bot.sandbox.socket import Hub
from bot.sandbox.staff import Staff
from bot.sandbox.tokens import AccessTokens, ResponseCodes
from bot.sandbox.watch import ShiftedWatch, Watch, wire_time
from bot.sandbox.webhook import Webhook
from bot.sandbox.world import World
from bot.witness import Witness


class Subject(Protocol):
    """Whoever answers a part of the server API."""

    @property
    def endpoints(self) -> Endpoints: ...


class Parts:
    """A WeCom that nobody can reach yet. What it accepts is told to the `witness`."""

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
        self.logins = Logins(self.world)
        self._subjects: Sequence[Subject] = (
            AppApi(self.world, codes, self.staff, media),
            AppInfo(self.world),
            Directory(self.world, self.staff, self.bot_api),
            Duty(self.world),
            self.logins,
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

    @property
    def endpoints(self) -> list[Endpoints]:
        """Everything below /cgi-bin/ but gettoken."""
        return [subject.endpoints for subject in self._subjects]

    def _notify_kf(self, open_kfid: str, token: str) -> None:
        xml = kf_event(
            corp_id=self.config.corp_id,
            created=wire_time(self.world.watch),
            token=token,
            open_kfid=open_kfid,
        )
        self.courier.post("kf_msg_or_event", "", xml)
