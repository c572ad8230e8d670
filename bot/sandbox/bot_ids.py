"""Who is behind an id that the 智能机器人 was shown? batch/openuserid_to_userid (101521, wecom.md §8.1)."""

from bot.sandbox.bot_api import BotApi
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok


class BotIds:
    """The response's shape is known from client code only (§13.6)."""

    def __init__(self, bot: BotApi) -> None:
        self._bot = bot

    @property
    def endpoints(self) -> Endpoints:
        return {"batch/openuserid_to_userid": Endpoint(answer=self._plain_userids)}

    def _plain_userids(self, asked: Asked) -> Answer:
        shown = asked.node().texts("open_userid_list", most=1000)
        plain = {one: None if asked.spoils(one) else self._bot.plain_userid(one) for one in shown}
        return ok(
            userid_list=[{"open_userid": one, "userid": userid} for one, userid in plain.items() if userid],
            invalid_open_userid_list=[one for one, userid in plain.items() if not userid],
        )
