"""On real history: are the ranges of predicted alerts as honest as they say? Walked forward, with what was known then.

The history is the marketplace's of `test_marketplace`; where its data are missing, this is left out, and the run says so.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from pathlib import Path

import pytest
import yaml

from bot.storage.states import decode_order
from rules.bookfile import parse_rule_book
from rules.proposals import ENOUGH, Days, Place, Stint, passed_at, propose
from rules.stages import Kind, Stage
from rules.stints import stints_of
from rules.survival import Span
from rules.volumes import FEWEST, forecast
from tests.bot.imports.desk import NOW, Desk
from tests.bot.imports.marketplace import ZONE
from tests.bot.imports.test_marketplace import LIMITS, OLIST, PLAN, RULES
from tests.rules.test_contrast import tell

BEGIN, END = datetime(2017, 1, 2, tzinfo=ZONE), datetime(2018, 1, 1, tzinfo=ZONE)
"""The months of which there are enough orders."""
A_WEEK = timedelta(weeks=1)


async def history(folder: Path) -> dict[Stage, list[Stint]]:
    """How long each stage took, of the orders as they come in by an import."""
    (folder / "rules.yaml").write_text(yaml.safe_dump(RULES), "utf-8")
    desk = Desk.at(folder, DINGDAN_RULES_FILE=str(folder / "rules.yaml"))
    await desk.import_(OLIST, PLAN)
    book, found = parse_rule_book(RULES).compile(1), defaultdict[Stage, list[Stint]](list)
    for row in await desk.rows("SELECT state FROM orders"):
        for place, stint in stints_of(decode_order(row["state"]), book, (), NOW):
            found[place.stage].append(stint)
    return found


def known_at(stints: Sequence[Stint], now: datetime) -> list[Stint]:
    """What was known then: what had begun, and how long it had been watched."""
    begun = [stint for stint in stints if stint.since <= now]
    return [
        Stint(
            since=one.since,
            span=Span(
                length=min(one.span.length, now - one.since),
                ended=one.span.ended and one.since + one.span.length <= now,
            ),
        )
        for one in begun
    ]


def months() -> list[datetime]:
    """When each month begins, and the last one ends."""
    return [BEGIN, *(BEGIN.replace(month=month, day=1) for month in range(2, 13)), END]


def weeks() -> list[datetime]:
    return [BEGIN + number * A_WEEK for number in range((END - BEGIN) // A_WEEK + 1)]


def walk(
    stints: Sequence[Stint], limit: timedelta, edges: Sequence[datetime]
) -> list[tuple[int, bool, bool]]:
    """For each stretch of time, from what was known at its begin: the alerts that came, and whether each range held them."""
    found = list[tuple[int, bool, bool]]()
    for place in range(FEWEST, len(edges) - 1):
        times = passed_at(known_at(stints, edges[place]), limit)
        counts = [sum(since <= at < until for at in times) for since, until in pairwise(edges[: place + 1])]
        came = sum(edges[place] <= at < edges[place + 1] for at in passed_at(stints, limit))
        guess, mean = forecast(counts), sum(counts) / len(counts)
        assert guess is not None
        held = guess.low - 0.5 <= came <= guess.high + 0.5
        found.append((came, held, abs(came - mean) <= 1.645 * sqrt(mean)))
    return found


@pytest.mark.long
async def test_ranges_of_alerts_hold_what_comes_where_the_naive_mean_does_not(tmp_path: Path) -> None:
    if not OLIST.exists():
        pytest.skip(f"the data of Olist are not there: {OLIST}")
    known, counts = await history(tmp_path), Counter[str]()
    walks: dict[str, Callable[[], list[datetime]]] = {"month": months, "week": weeks}
    for stage, stints in known.items():
        place = Place(stage, Kind.NOT_COMPLETED, "marketplace", Days.WORKDAY)
        told = propose(place, known_at(stints, END), LIMITS[stage], END)
        assert told.n >= ENOUGH
        new = told.new.limit if told.new else None
        tell(f"{stage}: {told.n} orders, {told.open} open; {LIMITS[stage]} -> {new or told.why}")
        for limit in filter(None, (LIMITS[stage], new)):
            for length, edges in walks.items():
                walked = walk(stints, limit, edges())
                counts[f"{length}"] += len(walked)
                counts[f"{length} held"] += sum(held for _, held, _ in walked)
                counts[f"{length} naive"] += sum(naive for _, _, naive in walked)
    for length in walks:
        all_, held, naive = counts[length], counts[f"{length} held"], counts[f"{length} naive"]
        tell(
            f"by {length}, 90 %: held {held} of {all_} ({held / all_:.0%}); naive mean {naive} ({naive / all_:.0%})"
        )
        assert naive < held
    assert counts["week held"] >= 0.8 * counts["week"]
    assert counts["month held"] >= 0.7 * counts["month"]
