"""Which ways in and out of the service are on, what is missing for the others, and what has to be mended?"""

from collections.abc import Collection, Mapping

from bot.directory import Directory
from bot.ground import Ground
from bot.settings import Settings
from bot.wecom.socket import BotSocket
from rules.roster import DEFAULT_GROUP


def ways(ground: Ground, socket: BotSocket | None) -> Mapping[str, str]:
    """Which ways in and out are on, what is missing for the others, and what has to be mended."""
    set_up = _set_up(ground.settings, ground.follower.directory, socket, ground.webhooks)
    return {**set_up, **ground.troubles.shown(), **ground.follower.directory.silent_sources()}


def _set_up(
    settings: Settings, directory: Directory, socket: BotSocket | None, webhooks: Collection[str]
) -> Mapping[str, str]:
    ingest, wecom, aibot = settings.ingest, settings.wecom, settings.aibot
    connected = "subscribed" if socket is not None and socket.subscribed else "connecting"
    groups = f"on: {', '.join(sorted(webhooks))}" if webhooks else ""
    return {
        "intake": "on"
        if ingest.token or ingest.tokens_file
        else "off: set DINGDAN_INGEST__TOKEN or __TOKENS_FILE",
        "app": "on" if wecom.can_send else "off: set DINGDAN_WECOM__CORP_ID, __AGENT_ID and __SECRET",
        "callback": "on" if wecom.can_receive else "off: set DINGDAN_WECOM__CALLBACK_TOKEN and __AES_KEY",
        "aibot": connected if aibot.can_connect else "off: set DINGDAN_AIBOT__BOT_ID and __SECRET",
        "group": "on" if directory.roster.chat(DEFAULT_GROUP) else "off: set DINGDAN_AIBOT__GROUP_CHAT_ID",
        "webhook": groups or "off: set DINGDAN_WEBHOOK__KEY or __KEYS_FILE, for groups without the bot",
    }
