"""What has to be known before what is due can be dealt with? Read ahead, once for all of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from handlers.messages import Due, DueKind
from handlers.ports import Work
from rules.events import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside orders and their cases; empty where nothing due asks for it."""

    loads: Mapping[UserId, int] = field(default_factory=dict[UserId, int])
    """How many unclosed cases each owner has; who has none is not in it."""


async def known_for(dues: Collection[Due], work: Work) -> Known:
    """What has to be known for what is due."""
    kinds = {due.kind for due in dues}
    return Known(loads=await work.cases.loads() if DueKind.LADDER in kinds else {})
