"""What may somebody do here? Each role is trusted with some rights, in the shops that its holder serves."""

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
    TIE = "tie"
    """Say which order an event belongs to that belongs to none."""
    AUDIT = "audit"
    """See who has seen and done what."""


GRANTS: Mapping[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.LOOK, Right.WORK}),
    Role.LEAD: frozenset({Right.LOOK, Right.WORK, Right.CLAIM_MANY, Right.EXPORT, Right.REVEAL}),
    Role.MANAGER: frozenset(Right),
    Role.OPERATIONS: frozenset({Right.LOOK, Right.EXPORT, Right.TIE}),
    Role.ADMIN: frozenset(Right),
}
"""Which rights each role has."""


def grants(roles: Collection[Role], right: Right) -> bool:
    """Whether any of the roles has the right."""
    return any(right in GRANTS[role] for role in roles)


def holders(right: Right) -> tuple[Role, ...]:
    """The roles that have a right."""
    return tuple(role for role in Role if right in GRANTS[role])
