"""By what can open orders be told apart, and where does it hurt most? Their numbers by stage, shop, warehouse, carrier."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import reduce
from typing import TypeVar

import msgspec

from replies.masking import free
from rules.health import Tally, score
from rules.snapshot import Place
from rules.stages import STAGES, Stage

Name = TypeVar("Name", bound=str | tuple[Stage, str])


class Side(StrEnum):
    """By what the orders are told apart, beside their stage."""

    SHOP = "shop"
    """Whose they are."""
    WAREHOUSE = "warehouse"
    """Where their goods lie."""
    CARRIER = "carrier"
    """Who carries them."""


class Bands(msgspec.Struct, frozen=True, kw_only=True):
    """How some open orders are doing."""

    in_time: int
    grey: int
    late: int
    total: int
    score: int
    """100 when all are in time, or there are none."""


class StageBands(Bands, frozen=True, kw_only=True):
    """The open orders of a stage."""

    stage: Stage


class GroupBands(Bands, frozen=True, kw_only=True):
    """The open orders of a shop, a warehouse or a carrier."""

    name: str
    """Empty when no source has named one."""


class CellBands(Bands, frozen=True, kw_only=True):
    """The open orders of a stage that are of one shop, warehouse or carrier."""

    stage: Stage
    name: str


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """All open orders told apart; worst first: most late ones, then the lowest score."""

    by: Side
    groups: Sequence[GroupBands]
    others: int
    """How many groups are beyond `top`."""
    rest: Bands
    """The orders of those, so that the sum is all."""
    cells: Sequence[CellBands]
    """Where something is late or grey."""


class Tables:
    """The orders of a snapshot, told apart by each side: all of them are looked at once, however many ways it is asked."""

    def __init__(self, counts: Mapping[Place, Tally]) -> None:
        cells: tuple[dict[tuple[Stage, str], list[int]], ...] = ({}, {}, {})
        for (shop, stage, warehouse, carrier), (in_time, grey, late) in counts.items():
            for table, name in zip(cells, (shop, warehouse, carrier), strict=True):
                sums = table.setdefault((stage, name), [0, 0, 0])
                sums[0] += in_time
                sums[1] += grey
                sums[2] += late
        self._cells = {
            side: {cell: Tally(*sums) for cell, sums in table.items()}
            for side, table in zip(Side, cells, strict=True)
        }

    @property
    def orders(self) -> Bands:
        """All of them."""
        return bands(_sum(self._cells[Side.SHOP].values()))

    @property
    def shops(self) -> int:
        """How many shops have any."""
        return len({shop for _, shop in self._cells[Side.SHOP]})

    def stages(self) -> list[StageBands]:
        """All six stages, in the order in which an order passes them."""
        found = _grouped((stage, tally) for (stage, _), tally in self._cells[Side.SHOP].items())
        return [StageBands(stage=stage, **_figures(found.get(stage, Tally()))) for stage in STAGES]

    def breakdown(self, side: Side, top: int) -> Breakdown:
        """The orders told apart by one of their sides, worst first."""
        cells = self._cells[side]
        groups = _worst_first(_grouped((name, tally) for (_, name), tally in cells.items()))
        return Breakdown(
            by=side,
            groups=[GroupBands(name=free(name), **_figures(tally)) for name, tally in groups[:top]],
            others=len(groups[top:]),
            rest=bands(_sum(tally for _, tally in groups[top:])),
            cells=[
                CellBands(stage=stage, name=free(name), **_figures(tally))
                for (stage, name), tally in _worst_first(cells)[:top]
                if tally.late or tally.grey
            ],
        )


def bands(tally: Tally) -> Bands:
    """A tally with its sum and score."""
    return Bands(**_figures(tally))


def _grouped(tallies: Iterable[tuple[Name, Tally]]) -> dict[Name, Tally]:
    """Those of the same name together."""
    found: dict[Name, Tally] = {}
    for name, tally in tallies:
        known = found.get(name)
        found[name] = tally if known is None else known.plus(tally)
    return found


def _sum(tallies: Iterable[Tally]) -> Tally:
    return reduce(Tally.plus, tallies, Tally())


def _worst_first(tallies: Mapping[Name, Tally]) -> list[tuple[Name, Tally]]:
    """Most late ones first, then the lowest score, then by name."""
    return sorted(tallies.items(), key=lambda one: (-one[1].late, score(one[1]), one[0]))


def _figures(tally: Tally) -> dict[str, int]:
    return {**tally._asdict(), "total": tally.total, "score": score(tally)}
