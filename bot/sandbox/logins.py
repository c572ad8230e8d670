"""Who stands before the page? OAuth codes and tickets: auth/getuserinfo, auth/getuserdetail (wecom.md §10.1)."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.world import World

CODE_LIFE = timedelta(minutes=5)
TICKET_LIFE = timedelta(seconds=1800)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    agent_id: int
    who: str
    """A member, or a customer from outside."""
    private: bool
    at: datetime
    used: bool = False


class Logins:
    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, _Code] = {}
        self._tickets: dict[str, tuple[str, datetime]] = {}

    @property
    def endpoints(self) -> Endpoints:
        return {
            "auth/getuserinfo": Endpoint(answer=self._who, verb="GET"),
            "user/getuserinfo": Endpoint(answer=self._who, verb="GET"),
            "auth/getuserdetail": Endpoint(answer=self._details),
        }

    def issue(self, who: str, *, agent_id: int, private: bool = False) -> str:
        """The code that rides on the redirect."""
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(agent_id=agent_id, who=who, private=private, at=self._world.now())
        return code

    def _who(self, asked: Asked) -> Answer:
        text = asked.required("code", Errcode.NO_CODE)
        code = self._codes.get(text)
        if code is None or code.agent_id != asked.agent_id:
            raise Refused(Errcode.BAD_CODE, "invalid code")
        if code.used:
            raise Refused(Errcode.CODE_USED, "the code was used before")
        if code.at + CODE_LIFE <= self._world.now():
            raise Refused(Errcode.CODE_EXPIRED, "the code has expired")
        self._codes[text] = replace(code, used=True)
        member = None if asked.spoils(code.who) else self._world.member(code.who)
        if member is None:
            outside = {"external_userid": code.who} if self._world.customer(code.who) else {}
            return ok(openid=f"o{secrets.token_hex(13)}", **outside)
        if not self._world.sees(member):
            raise Refused(Errcode.MEMBER_OUT_OF_SCOPE, "the member is out of the app's range")
        return ok(userid=member, **({"user_ticket": self._ticket(member)} if code.private else {}))

    def _ticket(self, member: str) -> str:
        ticket = secrets.token_urlsafe(48)
        self._tickets[ticket] = (member, self._world.now())
        return ticket

    def _details(self, asked: Asked) -> Answer:
        member, at = self._tickets.get(asked.node().text("user_ticket"), ("", None))
        if at is None:
            raise Refused(Errcode.BAD_TICKET, "invalid user_ticket")
        if at + TICKET_LIFE <= self._world.now():
            raise Refused(Errcode.TICKET_EXPIRED, "user_ticket has expired")
        return ok(
            userid=member,
            gender="0",
            avatar="",
            qr_code="",
            mobile="13800000000",
            email="",
            biz_mail=f"{member.lower()}@example.com",
            address="",
        )
