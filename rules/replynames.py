"""By which names is a reply looked for? By what is wrong in which stage, and by what came of it."""

from collections.abc import Iterable

from rules.deadlines import Deadline
from rules.stages import Kind, Stage

RECOVERED, CANCELLED = "recovered", "cancelled"
AFTERWARDS = (RECOVERED, CANCELLED)
"""What is said once the trouble is over."""
FOLLOW_UP = "followup_"
"""What the names of the replies begin with that speak of a promise that has not been kept: one for each stage."""
ANYWHERE = frozenset({*AFTERWARDS, Kind.STOCK_SHORT.value})
"""Those that may speak of any stage."""
NAMES = frozenset({
    *ANYWHERE, *Stage, *(f"{FOLLOW_UP}{stage}" for stage in Stage),
    *(f"{stage}_{kind}" for stage in Stage for kind in Kind if kind is not Kind.STOCK_SHORT),
})  # fmt: skip
"""All of them."""


def names_at(waited_for: Iterable[Deadline]) -> frozenset[str]:
    """Those by which a reply may be looked for when one of these limits is passed, and for what comes of it."""
    near = {
        name
        for one in waited_for
        for name in (one.stage.value, f"{one.stage}_{one.kind}", f"{FOLLOW_UP}{one.stage}")
    }
    return ANYWHERE | near
