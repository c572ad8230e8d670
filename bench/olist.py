"""What comes of a real marketplace's orders? Some 4,000 of Olist, read as history; they are not ours to copy.

`python -m bench.olist ../shared/data/olist/orders.csv`: the columns of the public data set (CC BY-NC-SA 4.0). Each
order comes in by an import and is held against what is worked out of the file by hand.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bench.foreseen import foreseen
from bot.replaying import Named, Wanted, replay
from bot.signals import Signals
from bot.storage.opening import open_store
from replies.rehearsal import as_text
from rules.reports import Report
from rules.roster import Roster
from rules.stages import Stage
from rules.tallies import Tally
from tests.bot.imports.desk import NOW, Desk
from tests.bot.imports.marketplace import ZONE, write_book
from tests.bot.imports.test_marketplace import LIMITS, PLAN, RULES, late, told
from tests.rules.heldout import WEEK, coverage, deliveries

DAY = timedelta(days=1)
OTHER = {Stage.PAYMENT: DAY / 2, Stage.PICKUP: 2 * DAY, Stage.TRANSIT: 14 * DAY}
"""The limits of the book that is rehearsed, beside those of the marketplace's rules."""
MANAGER = {"userid": "wangwu", "name": "王五", "roles": ["agent", "manager"]}
ROSTER: Mapping[str, Any] = {"members": [MANAGER], "fallback": "wangwu"}
FIRST_WEEK, WEEKS = datetime(2017, 6, 5, tzinfo=UTC), 60
"""The weeks whose deliveries are foretold."""


def honesty(orders: Path) -> str:
    """How many deliveries came within the time that eight in ten had taken before."""
    kept, n = coverage(deliveries(orders), (FIRST_WEEK + week * WEEK for week in range(WEEKS)))
    return f"{kept / n:.1%} of {n:,} held-out deliveries came within their p80"


async def rehearsal(orders: Path, folder: Path) -> str:
    """Two rule books over all orders, and whether each stage is late as often as by hand."""
    (folder / "rules.yaml").write_text(yaml.safe_dump(RULES), "utf-8")
    (folder / "roster.yaml").write_text(yaml.safe_dump(ROSTER), "utf-8")
    desk = Desk.at(
        folder,
        DINGDAN_RULES_FILE=str(folder / "rules.yaml"),
        DINGDAN_ROSTER_FILE=str(folder / "roster.yaml"),
    )
    await desk.import_(orders, PLAN)
    other, known = write_book(folder / "other.yaml", RULES, OTHER), list(told(orders))
    url = desk.settings.database_url
    async with open_store(url, Signals()) as store:
        wanted = Wanted(book=Named(file=other), against=Named())
        found = await replay(wanted, url, store, NOW, _untold)
    by_hand = {name: late(known, limits, found.until)[0] for name, limits in (("is", OTHER), ("was", LIMITS))}
    pairs = ((found.after, by_hand["is"]), (found.before or Tally(), by_hand["was"]))
    same = all(_cases(tally) == counts for tally, counts in pairs)
    return f"{_table(found)}\n\neach stage as by hand: {'yes' if same else 'NO'}"


def _untold(done: int, of: int) -> None:
    """Nobody watches."""
    del done, of


def _cases(tally: Tally) -> Mapping[Stage, int]:
    return {stage: one.cases for stage, one in tally.by_stage.items()}


def _table(found: Report) -> str:
    return as_text(found, ("另一本", "现行"), Roster(members={}), ZONE)


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(prog="python -m bench.olist", description=__doc__)
    options.add_argument("orders", type=Path, help="the file with the orders")
    given = options.parse_args()
    if not given.orders.is_file():
        options.error(f"{given.orders} is not there: name the orders.csv of Olist's public data set")
    sys.stdout.write(f"{honesty(given.orders)}\n\n{foreseen(given.orders, (LIMITS, OTHER))}\n\n")
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(f"{asyncio.run(rehearsal(given.orders, Path(folder)))}\n")


if __name__ == "__main__":
    main()
