"""What is WeCom, to whoever has read only the vendor's pages? One corp with an app, a bot, a group and customers.

It shares no code with `bot/sandbox`: what both were to get wrong, one of them would have to get wrong alone.
"""

import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from xml.sax.saxutils import escape

from aiohttp import web

from tests.outside.app_api import AppApi
from tests.outside.bot_socket import GROUP, BotSocket
from tests.outside.envelope import Envelope, new_aes_key
from tests.outside.ledger import Ledger, Shown
from tests.processes.commands import free_port

CORP_ID, AGENT_ID = "ww0outside", 1_000_042


class Wecom:
    """A corp on loopback. `ledger` is what people saw there."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.app = AppApi(self.ledger, corp_id=CORP_ID, agent_id=AGENT_ID)
        self.bot = BotSocket(self.ledger)
        self.envelope = Envelope(
            token=f"token{secrets.token_hex(6)}", aes_key=new_aes_key(), corp_id=CORP_ID, agent_id=AGENT_ID
        )
        self._port = free_port()

    @property
    def secrets(self) -> list[str]:
        """What nobody may read anywhere."""
        return [self.app.secret, self.bot.secret, self.envelope.token, self.envelope.aes_key]

    def environment(self) -> dict[str, str]:
        """The settings of a service that is to use this corp, named as the contract names them."""
        return {
            "DINGDAN_WECOM__API_BASE": f"http://127.0.0.1:{self._port}",
            "DINGDAN_WECOM__CORP_ID": CORP_ID,
            "DINGDAN_WECOM__AGENT_ID": str(AGENT_ID),
            "DINGDAN_WECOM__SECRET": self.app.secret,
            "DINGDAN_WECOM__CALLBACK_TOKEN": self.envelope.token,
            "DINGDAN_WECOM__AES_KEY": self.envelope.aes_key,
            "DINGDAN_AIBOT__URL": f"ws://127.0.0.1:{self._port}/socket",
            "DINGDAN_AIBOT__BOT_ID": self.bot.bot_id,
            "DINGDAN_AIBOT__SECRET": self.bot.secret,
            "DINGDAN_AIBOT__GROUP_CHAT_ID": GROUP,
            "DINGDAN_KF__OPEN_KFID": self.app.open_kfid,
        }

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Wecom"]:
        """Reachable on loopback."""
        site = web.Application()
        site.router.add_get("/socket", self.bot.handle)
        site.router.add_route("*", "/cgi-bin/{path:.+}", self.app.handle)
        runner = web.AppRunner(site, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        try:
            yield self
        finally:
            await runner.cleanup()

    # --- what WeCom pushes to the app (pages 90239 and 90240) ------------------------

    def text(self, userid: str, words: str) -> str:
        """A member writes to the app."""
        return self._message(userid, "text", f"<Content>{escape(words)}</Content>", msgid=True)

    def click(self, shown: Shown, button: str, userid: str, chosen: str | None = None) -> str:
        """A member presses a button of a card from the app."""
        key, selected = shown.press(button, userid, chosen)
        items = "".join(
            f"<SelectedItem><QuestionKey>{question}</QuestionKey>"
            f"<OptionIds><OptionId>{option}</OptionId></OptionIds></SelectedItem>"
            for question, option in selected.items()
        )
        fields = (
            f"<Event>template_card_event</Event><EventKey>{key}</EventKey><TaskId>{shown.task_id}</TaskId>"
            f"<CardType>{shown.card['card_type']}</CardType>"
            f"<ResponseCode>{self.app.new_code(shown.task_id)}</ResponseCode>"
            f"<SelectedItems>{items}</SelectedItems>"
        )
        return self._message(userid, "event", fields)

    def _message(self, userid: str, kind: str, fields: str, *, msgid: bool = False) -> str:
        numbered = f"<MsgId>{secrets.randbelow(10**18)}</MsgId>" if msgid else ""
        return (
            f"<xml><ToUserName>{CORP_ID}</ToUserName><FromUserName>{userid}</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType>{kind}</MsgType>{fields}{numbered}"
            f"<AgentID>{AGENT_ID}</AgentID></xml>"
        )
