"""Who is asked about a case, and who of several gets it?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from rules.book import LadderStep, Recipient, RuleBook
from rules.events import Shop, UserId
from rules.rights import Role
from rules.roster import Roster

ROLES: Mapping[Recipient | None, Role] = {
    Recipient.AGENT: Role.AGENT,
    Recipient.LEAD: Role.LEAD,
    Recipient.DUTY_MANAGER: Role.MANAGER,
}
"""Of whom a step of the ladder asks, and whom a lane may name. A step that says nothing leads to a manager."""


def team_of(lane: str | None, book: RuleBook, roster: Roster) -> Roster:
    """Who is asked about the cases of a lane: the roster, where those stand for the others whom the lane names.

    A lane that the book has not got names nobody.
    """
    plan = next((one.plan for one in book.lanes if one.plan.lane == lane), book.default)
    return roster.naming({ROLES[part]: people for part, people in plan.people.items()})


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
