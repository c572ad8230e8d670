"""What may somebody do here? Each role is trusted with some rights, in the shops that its holder serves.

A program has scopes instead, and never does more than read.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a member is trusted with."""

    AGENT = "agent"
    """Answers customers."""
    LEAD = "lead"
    """Takes over what agents leave."""
    MANAGER = "manager"
    """Gets the P1 pushes."""
    OPERATIONS = "operations"
    """Edits rules and replies."""
    ADMIN = "admin"
    """Everything."""


class Right(StrEnum):
    """One thing that somebody may be trusted with."""

    LOOK = "look"
    """See health, orders and cases; personal data are masked."""
    WORK = "work"
    """Act on a case as its card allows: claim, send, escalate, snooze, say why."""
    CLAIM_MANY = "claim_many"
    """Claim several cases at once."""
    EXPORT = "export"
    """Take lists away as files."""
    REVEAL = "reveal"
    """See a phone number or an address in full; each look is written down."""
    ROSTER = "roster"
    """Change the duty of others: swaps, cover and leave."""
    TIE = "tie"
    """Say which order an event belongs to that belongs to none."""
    ANSWER = "answer"
    """Say what came of a task that somebody else was asked to see to."""
    REHEARSE = "rehearse"
    """Play a rule book over history, and see whom it would have kept how busy."""
    DECIDE = "decide"
    """Write down what was decided, and what became of it."""
    AUDIT = "audit"
    """See who has seen and done what."""
    APPROVE = "approve"
    """Agree to words for customers that somebody else has written, before they are in force."""
    RULES = "rules"
    """Change the rules: write drafts, take over proposals."""
    PUBLISH = "publish"
    """Put rules in force, let orders try them, restore an earlier version."""


FOR_ALL_SHOPS = frozenset({Right.PUBLISH})
"""What has its effect in every shop: only who serves all of them has these rights."""


GRANTS: Mapping[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.LOOK, Right.WORK}),
    Role.LEAD: frozenset(
        {
            Right.LOOK,
            Right.WORK,
            Right.CLAIM_MANY,
            Right.EXPORT,
            Right.REVEAL,
            Right.ROSTER,
            Right.ANSWER,
            Right.DECIDE,
            Right.APPROVE,
        }
    ),
    Role.MANAGER: frozenset(Right) - {Right.RULES, Right.PUBLISH},
    Role.OPERATIONS: frozenset(
        {
            Right.LOOK,
            Right.EXPORT,
            Right.TIE,
            Right.DECIDE,
            Right.APPROVE,
            Right.RULES,
            Right.PUBLISH,
            Right.REHEARSE,
        }
    ),
    Role.ADMIN: frozenset(Right),
}
"""Which rights each role has."""


class Scope(StrEnum):
    """One thing that a program's token may be good for."""

    ORDERS = "orders"
    """Orders, what is known of them, and the events they came from."""
    ANOMALIES = "anomalies"
    """Cases, their timelines and their reasons."""
    HEALTH = "health"
    """How all of it stands, in numbers."""
    LETTERS = "letters"
    """What was sent, what was not, and why."""
    AUDIT = "audit"
    """Who has seen and done what."""
    EXPORT = "export"
    """Take lists away as files, those that its other scopes show."""


OF_SCOPES: Mapping[Scope, Right] = {Scope.AUDIT: Right.AUDIT, Scope.EXPORT: Right.EXPORT}
"""The rights that some scopes bring; every program may look."""
USUAL_SCOPES = frozenset(Scope).difference(OF_SCOPES)
"""What a token is good for that names no scopes."""


def rights_of(scopes: Collection[Scope]) -> frozenset[Right]:
    """The rights of a program."""
    return frozenset({Right.LOOK, *(OF_SCOPES[scope] for scope in scopes if scope in OF_SCOPES)})


def grants(roles: Collection[Role], right: Right) -> bool:
    """Whether any of the roles has the right."""
    return any(right in GRANTS[role] for role in roles)


def holders(right: Right) -> tuple[Role, ...]:
    """The roles that have a right."""
    return tuple(role for role in Role if right in GRANTS[role])
