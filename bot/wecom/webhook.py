"""How is a group written to by its webhook (群消息推送)? One call, whose key is all there is of identity (page 91770)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from bot.faults import FileError
from bot.files import load_webhooks_file
from bot.settings import Settings, SettingsError
from bot.wecom.answers import Answer, Heard, unheard
from bot.wecom.calling import request
from bot.wecom.codes import NO_WEBHOOK
from rules.roster import DEFAULT_GROUP

SEND = "webhook/send"
NO_KEY = Answer(code=NO_WEBHOOK, text="no key for this group")
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
    """The groups that can be written to like this."""

    session: aiohttp.ClientSession
    api_base: str
    keys: Mapping[str, str] = field(repr=False)
    heard: Heard = unheard
    """Is told each answer; of each group apart, since what one says ends no trouble of another."""

    async def send(self, group: str, body: bytes) -> Answer:
        """One message to a group, by its name. Raises NoAnswerError or NotSentError."""
        key = self.keys.get(group)
        if key is None:
            return NO_KEY
        headers = {"Content-Type": "application/json"}
        answer = await request(
            self.session, "POST", self.api_base, SEND, params={"key": key}, data=body, headers=headers
        )
        self.heard(f"{SEND}/{group}", answer)
        return answer
