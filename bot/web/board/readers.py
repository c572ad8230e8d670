"""Who reads? A member with a session, or a program with a token."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.web.sessions import Sessions
from bot.web.tokens import Program, Tokens
from rules.events import Shop, UserId
from rules.rights import Right, Scope, rights_of
from rules.roster import Member

SCOPES: Mapping[str, Scope] = {
    "orders": Scope.ORDERS,
    "events": Scope.ORDERS,
    "unmatched": Scope.ORDERS,
    "anomalies": Scope.ANOMALIES,
    "incidents": Scope.ANOMALIES,
    "measures": Scope.HEALTH,
    "reasons": Scope.ANOMALIES,
    "causes": Scope.ANOMALIES,
    "proposals": Scope.HEALTH,
    "evidence": Scope.ANOMALIES,
    "decisions": Scope.ANOMALIES,
    "reports": Scope.HEALTH,
    "promises": Scope.ANOMALIES,
    "tasks": Scope.ANOMALIES,
    "health": Scope.HEALTH,
    "live": Scope.HEALTH,
    "ledger": Scope.HEALTH,
    "sources": Scope.HEALTH,
    "duty": Scope.HEALTH,
    "rules": Scope.HEALTH,
    "experiments": Scope.HEALTH,
    "letters": Scope.LETTERS,
    "rehearsals": Scope.HEALTH,
    "audit": Scope.AUDIT,
}
"""What a token must be good for to read an address, by the word that follows /api/."""


def scope_of(address: str) -> Scope:
    """The scope that an address below /api takes. Raises KeyError for one that `SCOPES` does not name."""
    return SCOPES[address.split("/")[2].partition(".")[0]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who may look: a member, or a program, which stands there as a member without any role."""

    member: Member
    scopes: frozenset[Scope] | None = None
    """What a program's token is good for; None for a person."""

    @property
    def person(self) -> bool:
        """Whether it is a member."""
        return self.scopes is None

    @property
    def actor(self) -> str:
        """What the audit trail calls the reader: a userid, or `token:<name>`."""
        return self.member.userid

    def may(self, right: Right) -> bool:
        """Whether the reader has a right. A program only reads."""
        return self.member.may(right) if self.scopes is None else right in rights_of(self.scopes)

    def reads(self, scope: Scope) -> bool:
        """Whether this is among what the reader may read; people go by their rights alone."""
        return self.scopes is None or scope in self.scopes

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
        program = self.tokens.program(request)
        return self.person(request) if program is None else _as_reader(program)

    def person(self, request: web.Request) -> Reader | None:
        """The member whose session it is; None for everybody else."""
        member = self.sessions.member(request)
        return None if member is None else Reader(member=member)


def _as_reader(program: Program) -> Reader:
    name = f"token:{program.name}"
    member = Member(userid=UserId(name), name=name, roles=frozenset(), shops=program.shops)
    return Reader(member=member, scopes=program.scopes)
