"""Who of several gets a case?"""

from collections.abc import Collection, Mapping, Sequence

from rules.events import UserId


def choose(able: Sequence[UserId], loads: Mapping[UserId, int], known: Collection[UserId]) -> UserId | None:
    """Who of those that are able gets it; None when nobody is.

    First whoever has an unclosed case of the same customer already (`known`), so that one person speaks to them;
    then whoever has the fewest unclosed cases (`loads`); then whoever stands first in `able`.
    """
    return min(able, key=lambda userid: (userid not in known, loads.get(userid, 0)), default=None)
