"""Who reads? A member with a session, or a program with a token."""

from dataclasses import dataclass

from aiohttp import web

from bot.web.sessions import Sessions
from bot.web.tokens import Tokens
from rules.events import Shop, UserId
from rules.rights import Right
from rules.roster import Member

PROGRAM = Member(userid=UserId(""), name="API", roles=frozenset())
"""Whoever has the token. It reads every shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who may look; `person` tells a member from a program."""

    member: Member
    person: bool

    def may(self, right: Right) -> bool:
        """Whether the reader has a right. A program only looks."""
        return self.member.may(right) if self.person else right is Right.LOOK

    def serves(self, shop: Shop) -> bool:
        """Whether the shop is among the reader's."""
        return self.member.serves(shop)

    @property
    def shops(self) -> frozenset[Shop] | None:
        """The reader's shops; None for every shop."""
        return None if self.member.serves_all else frozenset(map(Shop, self.member.shops))

    def shops_within(self, asked: str | None) -> frozenset[Shop] | None:
        """Those of the reader's shops that were asked for; None for every shop."""
        if not asked:
            return self.shops
        return frozenset({Shop(asked)} if self.serves(Shop(asked)) else ())


@dataclass(frozen=True, slots=True)
class Readers:
    """Tells who a request comes from."""

    tokens: Tokens
    sessions: Sessions

    def of(self, request: web.Request) -> Reader | None:
        """The reader, by token or session; None for a stranger."""
        if self.tokens.may_read(request):
            return Reader(member=PROGRAM, person=False)
        return self.person(request)

    def person(self, request: web.Request) -> Reader | None:
        """The member whose session it is; None for everybody else."""
        member = self.sessions.member(request)
        return None if member is None else Reader(member=member, person=True)
