"""Can a condition hold at all, does it always, and can two hold at once? Asked of lanes before they are in force.

A condition is taken apart into cases, each a list of comparisons that hold or do not; a case is possible when for
each field there is a value, or none, that fits. Where there are too many cases to look at, anything is possible.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rules.conditions import AllOf, AnyOf, Comparison, Condition, Not, Op, OrderField, compares
from rules.events import FactValue

MOST_CASES = 5_000
APART = "\N{SYMBOL FOR UNIT SEPARATOR}"
"""Between texts that a field is to contain: nobody writes it."""
LISTS = frozenset({OrderField.TAGS, OrderField.SKU, OrderField.ITEM_CLASS})
ALWAYS_KNOWN = frozenset({OrderField.SHOP, *LISTS})
"""Of an order without tags it is known that it has none."""


class Claim(NamedTuple):
    """A comparison that is to hold, or is not to."""

    comparison: Comparison
    holds: bool


class _TooManyError(Exception):
    """There are more cases than anybody looks at."""


def can_hold(*conditions: Condition) -> bool:
    """Whether there can be an order of which all of these are true."""
    try:
        return any(map(_is_possible, _cases(AllOf(all=[*conditions]), holds=True)))
    except _TooManyError:
        return True


def always_holds(condition: Condition) -> bool:
    """Whether it is true of every order."""
    return not can_hold(opposite(condition))


def opposite(condition: Condition) -> Condition:
    """What is true where the condition is not."""
    return Not.model_validate({"not": condition})


def _cases(condition: Condition, *, holds: bool) -> Iterator[tuple[Claim, ...]]:
    match condition:
        case AllOf():
            return _parts(condition.all, holds=holds, together=holds)
        case AnyOf():
            return _parts(condition.any, holds=holds, together=not holds)
        case Not():
            return _cases(condition.none, holds=not holds)
        case _:
            return iter([(Claim(condition, holds),)])


def _parts(parts: Sequence[Condition], *, holds: bool, together: bool) -> Iterator[tuple[Claim, ...]]:
    cases = (_cases(part, holds=holds) for part in parts)
    if not together:
        return itertools.chain.from_iterable(cases)
    each = itertools.product(*(_few(some) for some in cases))
    return _checked(tuple(itertools.chain.from_iterable(one)) for one in each)


def _few(cases: Iterator[tuple[Claim, ...]]) -> list[tuple[Claim, ...]]:
    return list(_checked(cases))


def _checked(cases: Iterable[tuple[Claim, ...]]) -> Iterator[tuple[Claim, ...]]:
    """The same, no more of them than are looked at. Raises _TooManyError."""
    for number, case in enumerate(cases):
        if number >= MOST_CASES:
            raise _TooManyError
        yield case


def _is_possible(case: Sequence[Claim]) -> bool:
    fields: dict[OrderField, list[Claim]] = {}
    for claim in case:
        fields.setdefault(claim.comparison.field, []).append(claim)
    return all(_fits(field, claims) for field, claims in fields.items())


def _fits(field: OrderField, claims: Sequence[Claim]) -> bool:
    """Whether there is something that the field can be; what is not known satisfies no comparison."""
    if field not in ALWAYS_KNOWN and not any(claim.holds for claim in claims):
        return True
    return any(
        all(compares(claim.comparison, value) == claim.holds for claim in claims)
        for value in _candidates(field, claims)
    )


def _candidates(field: OrderField, claims: Sequence[Claim]) -> Iterator[FactValue]:
    """Values of which one fits if any does: between what is compared with, nothing changes."""
    values = [value for claim in claims for value in _values(claim.comparison)]
    texts = [value for value in values if isinstance(value, str)]
    contained = [
        str(claim.comparison.value) for claim in claims if claim.holds and claim.comparison.op is Op.CONTAINS
    ]
    if field in LISTS:
        yield tuple(contained)
        return
    for number in (value for value in values if isinstance(value, int)):
        yield from (near for near in (number - 1, number, number + 1) if near >= 0)
    if field is not OrderField.AMOUNT_FEN:
        yield from texts
        yield APART.join(["", *contained, ""])


def _values(comparison: Comparison) -> Iterable[str | int]:
    return comparison.value if isinstance(comparison.value, list) else [comparison.value]
