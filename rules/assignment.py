"""Who of several gets a case?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from rules.book import LadderStep, Recipient
from rules.events import Shop, UserId
from rules.rights import Role
from rules.roster import Roster

ROLES: Mapping[Recipient | None, Role] = {Recipient.AGENT: Role.AGENT, Recipient.LEAD: Role.LEAD}
"""Of whom a step of the ladder asks; of all others a manager."""


def choose(able: Sequence[UserId], loads: Mapping[UserId, int], known: Collection[UserId]) -> UserId | None:
    """Who of those that are able gets it; None when nobody is.

    First whoever has an unclosed case of the same customer already (`known`), so that one person speaks to them;
    then whoever has the fewest unclosed cases (`loads`); then whoever stands first in `able`.
    """
    return min(able, key=lambda userid: (userid not in known, loads.get(userid, 0)), default=None)


def led_to(
    step: LadderStep, owner: UserId | None, roster: Roster, shop: Shop, now: datetime
) -> Sequence[UserId]:
    """Whom a step of the ladder may lead to, and not the owner if anybody else is there; may be empty."""
    asked = roster.asked(ROLES.get(step.to, Role.MANAGER), shop, now)
    return [userid for userid in asked if userid != owner] or asked
