"""What does a draft of the rules say that takes a proposal over? The book as it is, with one value changed."""

from datetime import timedelta

from rules.bookfile import RuleBookFile
from rules.bookplain import Plain, of_limit, sparse
from rules.durations import format_duration
from rules.proposals import Place


class GoneError(LookupError):
    """The limit that was to be changed is not in the rules any more."""


def with_limit(book: RuleBookFile, place: Place, old: timedelta, new: timedelta) -> Plain:
    """The book with another limit. Raises GoneError."""
    tree, compiled = sparse(book), book.compile(0)
    plans = {"": compiled.default, **{lane.plan.lane or "": lane.plan for lane in compiled.lanes}}
    if place.lane not in plans:
        raise GoneError(place.lane)
    limits = [of_limit(limit) for limit in plans[place.lane].stages[place.stage].limits]
    sought = {"when": place.kind.value, "after": format_duration(old)}
    found = next((limit for limit in limits if sought.items() <= limit.items()), None)
    if found is None:
        raise GoneError(place.key)
    found["after"] = format_duration(new)
    at = tree if not place.lane else next(one for one in tree["lanes"] if one["name"] == place.lane)
    at.setdefault("stages", {}).setdefault(place.stage.value, {})["limits"] = limits
    return tree


def with_factor(book: RuleBookFile, factor: float) -> Plain:
    """The book with another factor for holidays."""
    return {**sparse(book), "holiday_factor": factor}
