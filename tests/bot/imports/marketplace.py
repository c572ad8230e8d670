"""What does a marketplace export? Orders with gaps and with times out of order, drawn anew and always the same.

And by which limits are they watched? A rule book with others than its own.
"""

import csv
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import yaml

from rules.durations import format_duration
from rules.stages import Stage

ZONE = ZoneInfo("America/Sao_Paulo")
ORDER_NO, CUSTOMER, STATUS = "order_id", "customer_id", "order_status"
CREATED, APPROVED, HANDED_OVER, DELIVERED = (
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
)
STEPS = (CREATED, APPROVED, HANDED_OVER, DELIVERED)
USUAL_DAYS = (0, 1, 3, 9)
"""From the step before."""
FROM, DAYS = datetime(2017, 1, 1, tzinfo=UTC), 360


def write_orders(file: Path, many: int, whole: float = 0) -> Path:
    """Write so many orders; of the share that is `whole` every step is done, of the others no more than some."""
    dice = random.Random(20170101)
    with file.open("w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow((ORDER_NO, CUSTOMER, STATUS, *STEPS))
        writer.writerows(_order(number, dice, whole) for number in range(many))
    return file


def _order(number: int, dice: random.Random, whole: float) -> list[str]:
    is_whole = bool(whole) and dice.random() < whole
    known = len(STEPS) if is_whole else dice.randint(1, len(STEPS))
    status = "canceled" if dice.random() < 0.1 else "delivered" if known == len(STEPS) else "processing"
    created, *later = _times(dice)
    noted = [at if place < known and dice.random() < 0.95 else "" for place, at in enumerate(later, 1)]
    return [f"SP{number:06}", f"c{dice.randrange(10**6)}", status, created, *noted]


def _times(dice: random.Random) -> Iterator[str]:
    """When one step after the other was done, in local time; now and then one is said to be before the last."""
    at = FROM + timedelta(days=dice.random() * DAYS)
    for days in USUAL_DAYS:
        at += timedelta(days=days * (dice.expovariate(1) if dice.random() < 0.98 else -dice.random()))
        yield at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def write_book(file: Path, rules: Mapping[str, Any], limits: Mapping[Stage, timedelta]) -> Path:
    """Write the rule book with these limits in place of its own."""
    changed = {
        stage.value: {"limits": [{"when": "not_completed", "after": format_duration(after)}]}
        for stage, after in limits.items()
    }
    stages = {**cast("dict[str, Any]", rules["stages"]), **changed}
    file.write_text(yaml.safe_dump({**rules, "stages": stages}), "utf-8")
    return file
