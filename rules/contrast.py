"""Where do delays of one reason come from? Parts of all orders in which their share is higher than chance allows.

Every part that is made of up to two sides is held against the rest, exactly; the odds of so many questions are set off
(Benjamini and Hochberg, 1995); what one part explains is taken away before the next is looked for, so that what merely
goes along with it is not named.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import exp, lgamma, log
from operator import itemgetter
from typing import cast

from rules.sequential import Arm

SMALLEST = 20
"""A part with fewer cases is not looked at."""
FALSE_AT_MOST = 0.05
"""Of what is named, so large a share is chance at most; of weeks without any cause, so many name one."""
MOST_NAMED = 5
DEEPEST = 2
"""A part is told by so many sides at most: one that takes more is too small to do something about."""


class Side(StrEnum):
    """By what orders can be told apart."""

    CARRIER = "carrier"
    """Who carries the parcel."""
    REGION = "region"
    """Where it goes."""
    DISTRICT = "district"
    """Where in the region."""
    WAREHOUSE = "warehouse"
    """Where it comes from."""
    SKU_CLASS = "sku_class"
    """What kind of goods it holds."""
    PROMOTION = "promotion"
    """The lane or the tag that it was sold under."""
    FIRST_SEEN = "first_seen"
    """Whether its carrier is new here."""


_SIDES = tuple(Side)
_PLACES = {side: place for place, side in enumerate(_SIDES)}
Facts = tuple[str | None, ...]
"""What is known of a case, side by side; None is not known, and no part is made of that."""
Part = tuple[tuple[Side, str], ...]
"""The cases of which all of this holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A part whose share is higher than that of the rest."""

    part: Part
    inside: Arm
    """How many cases are in it, and how many of them have the reason."""
    outside: Arm
    """The same of all the rest, other parts that were named before aside."""
    chance: float
    """How likely so many or more are by chance, all questions set off; 0 to 1."""
    without: float
    """The share of the reason if this part were not there, of all cases; 0 to 1."""


def contrasts(
    cases: Mapping[Facts, Arm], *, false_at_most: float = FALSE_AT_MOST, aside: Collection[Part] = ()
) -> list[Contrast]:
    """The parts that stand out, the most telling first; none where all is chance.

    `cases` gives for each combination of facts how many cases there are, and how many of them have the reason. The
    parts in `aside` are explained already, and not looked at.
    """
    whole, found = _sum(cases.values()), list[Contrast]()
    rest = {facts: arm for facts, arm in cases.items() if not any(_is_in(facts, part) for part in aside)}
    while len(found) < MOST_NAMED:
        named = _most_telling(rest, whole, false_at_most)
        if named is None:
            break
        found.append(named)
        rest = {facts: arm for facts, arm in rest.items() if not _is_in(facts, named.part)}
    return found


def _most_telling(cases: Mapping[Facts, Arm], whole: Arm, false_at_most: float) -> Contrast | None:
    """Of the parts that are not chance, the one that makes the difference clearest."""
    everything = _sum(cases.values())
    parts = [(part, arm) for part, arm in _parts(cases) if SMALLEST <= arm.n < everything.n]
    asked = [(part, arm, _chance(arm, everything)) for part, arm in parts]
    limit = _limit([chance for _, _, chance in asked], false_at_most)
    telling = [(part, arm, chance) for part, arm, chance in asked if chance <= limit]
    if not telling:
        return None
    part, inside, chance = max(telling, key=lambda one: _clearness(one[0], one[1], everything))
    return Contrast(
        part=part,
        inside=inside,
        outside=_less(everything, inside),
        chance=min(chance * len(asked), 1.0),
        without=_less(whole, inside).share,
    )


def _parts(cases: Mapping[Facts, Arm]) -> Iterator[tuple[Part, Arm]]:
    """Every part that there is, of up to `DEEPEST` sides."""
    for depth in range(1, DEEPEST + 1):
        for chosen in combinations(range(len(Side)), depth):
            yield from _parts_by(cases, chosen)


def _parts_by(cases: Mapping[Facts, Arm], chosen: Sequence[int]) -> Iterator[tuple[Part, Arm]]:
    counts: defaultdict[Facts, list[int]] = defaultdict(lambda: [0, 0])
    of = itemgetter(*chosen)
    for facts, arm in cases.items():
        count = counts[of(facts)]
        count[0] += arm.n
        count[1] += arm.hits
    sides = [_SIDES[place] for place in chosen]
    for found, (n, hits) in counts.items():
        values = (
            found if len(sides) > 1 else (cast(str | None, found),)
        )  # of one side alone there is no tuple
        known = [(side, value) for side, value in zip(sides, values, strict=True) if value is not None]
        if len(known) == len(sides):
            yield tuple(known), Arm(n=n, hits=hits)


def _is_in(facts: Facts, part: Part) -> bool:
    return all(facts[_PLACES[side]] == value for side, value in part)


def _clearness(part: Part, inside: Arm, everything: Arm) -> float:
    """By how much two shares tell more than one (log-likelihood), less what each further side costs (Schwarz, 1978)."""
    outside = _less(everything, inside)
    gained = _likelihood(inside) + _likelihood(outside) - _likelihood(everything)
    return gained - len(part) * log(everything.n) / 2


def _likelihood(arm: Arm) -> float:
    if arm.hits in {0, arm.n}:
        return 0.0
    return arm.hits * log(arm.share) + (arm.n - arm.hits) * log(1 - arm.share)


def _chance(inside: Arm, everything: Arm) -> float:
    """How likely a part of that size has so many or more by chance (Fisher's exact test, one-sided)."""
    if inside.share <= everything.share:
        return 1.0
    most = min(inside.n, everything.hits)
    term = exp(_log_hypergeometric(inside.hits, inside.n, everything))
    total = 0.0
    for hits in range(inside.hits, most + 1):
        total += term
        if term < total * 1e-12:
            break
        missing = everything.n - everything.hits - inside.n + hits + 1
        term *= (everything.hits - hits) * (inside.n - hits) / ((hits + 1) * missing)
    return min(total, 1.0)


def _log_hypergeometric(hits: int, n: int, everything: Arm) -> float:
    misses = everything.n - everything.hits
    return _log_choose(everything.hits, hits) + _log_choose(misses, n - hits) - _log_choose(everything.n, n)


def _log_choose(of: int, some: int) -> float:
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)


def _limit(chances: Sequence[float], false_at_most: float) -> float:
    """The largest of the chances up to which that holds; below all of them where none may be named."""
    kept = -1.0
    for place, chance in enumerate(sorted(chances), start=1):
        if chance <= false_at_most * place / len(chances):
            kept = chance
    return kept


def _sum(arms: Iterable[Arm]) -> Arm:
    found = list(arms)
    return Arm(n=sum(arm.n for arm in found), hits=sum(arm.hits for arm in found))


def _less(one: Arm, other: Arm) -> Arm:
    return Arm(n=one.n - other.n, hits=one.hits - other.hits)
