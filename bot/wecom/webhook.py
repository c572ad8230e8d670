"""How is a group written to by its webhook (群消息推送)? One call, whose key is all there is of identity (page 91770)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
import msgspec

from bot.faults import FileError
from bot.files import load_webhooks_file
from bot.settings import Settings, SettingsError
from bot.wecom.answers import Answer, NoAnswerError, NotSentError, read_answer
from rules.roster import DEFAULT_GROUP

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
SEND = "webhook/send"
NO_KEY = Answer(code=93000, text="no key for this group")
"""What WeCom says of a key that it does not know."""


def load_keys(settings: Settings) -> dict[str, str]:
    """The keys of the groups, by name. Raises SettingsError for a faulty file, without naming a key."""
    keys: dict[str, str] = {}
    if settings.webhook.keys_file is not None:
        try:
            keys |= load_webhooks_file(settings.webhook.keys_file).root
        except FileError as error:
            raise SettingsError([str(fault) for fault in error.faults]) from None
    if settings.webhook.key is not None:
        keys[DEFAULT_GROUP] = settings.webhook.key.get_secret_value()
    return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The groups that can be written to like this. No exception text carries an address, which holds the key."""

    session: aiohttp.ClientSession
    api_base: str
    keys: Mapping[str, str] = field(repr=False)

    async def send(self, group: str, body: bytes) -> Answer:
        """One message to a group, by its name. Raises NoAnswerError or NotSentError."""
        key = self.keys.get(group)
        if key is None:
            return NO_KEY
        url = f"{self.api_base.rstrip('/')}/cgi-bin/{SEND}"
        headers = {"Content-Type": "application/json"}
        try:
            async with self.session.post(
                url, params={"key": key}, data=body, headers=headers, timeout=TIMEOUT
            ) as response:
                return _answer(response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NotSentError(f"{SEND}: no connection") from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"{SEND}: {type(error).__name__}") from None


def _answer(status: int, body: bytes) -> Answer:
    try:
        decoded: object = msgspec.json.decode(body)
    except msgspec.DecodeError:
        decoded = None
    if status != HTTPStatus.OK:
        raise NoAnswerError(f"{SEND}: HTTP {status}")
    return read_answer(SEND, decoded)
