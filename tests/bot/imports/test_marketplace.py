"""A marketplace's orders come in with their gaps and with times out of order. `python -m bench.olist` takes real ones."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from handlers.messages import Intake
from rules.stages import Stage
from tests.bot.imports.desk import NOW, Desk
from tests.bot.imports.marketplace import (
    APPROVED,
    CREATED,
    CUSTOMER,
    DELIVERED,
    HANDED_OVER,
    ORDER_NO,
    STATUS,
    STEPS,
    ZONE,
    write_orders,
)  # fmt: skip

OLIST = Path(__file__).parents[4] / "shared" / "data" / "olist" / "orders.csv"
DRAWN = 300
PLAN = {
    "timezone": "America/Sao_Paulo",
    "source": "/olist",
    "shop": {"value": "olist"},
    "order_no": ORDER_NO,
    "attributes": {"customer": {"ref": CUSTOMER}},
    "events": [
        {"column": CREATED, "type": "order.created"},
        {"column": APPROVED, "stage": "payment", "status": "completed"},
        {"column": HANDED_OVER, "stage": "pickup", "status": "completed"},
        {"column": DELIVERED, "stage": "transit", "status": "completed"},
        {"type": "order.cancelled", "when": {"column": STATUS, "is": "canceled"}},
    ],
}
LIMITS = {
    Stage.PAYMENT: timedelta(days=1),
    Stage.PICKUP: timedelta(days=3),
    Stage.TRANSIT: timedelta(days=10),
}
RULES = {
    "holiday_factor": 1,
    "payment_clock": "created",
    "stages": {
        stage.value: {"limits": [{"when": "not_completed", "after": f"{limit.days}d"}]}
        for stage, limit in LIMITS.items()
    },
    "lanes": [{"name": "marketplace", "skip": ["confirm", "picking", "packing"]}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a row of the file tells."""

    row: int
    times: dict[str, datetime]
    cancelled: bool

    @property
    def is_out_of_order(self) -> bool:
        """Whether a step is said to have come before the one before it."""
        return list(self.times.values()) != sorted(self.times.values())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with a marketplace's rules."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(RULES), "utf-8")
    return Desk.at(tmp_path, DINGDAN_RULES_FILE=str(rules))


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """The file that comes in."""
    return write_orders(tmp_path / "drawn.csv", DRAWN)


async def test_orders_with_gaps_come_in_and_a_repeat_changes_nothing(desk: Desk, orders: Path) -> None:
    known = list(told(orders))
    report = await desk.import_(orders, PLAN)
    assert (report.rows, report.orders, report.faults) == (len(known), len(known), [])
    assert report.answers[Intake.ACCEPTED] == sum(report.answers.values())

    out_of_order = [one.row for one in report.out_of_order]
    assert out_of_order
    assert out_of_order == [one.row for one in known if one.is_out_of_order]

    counted = {stage: (count.late, count.late_still) for stage, count in report.stages.items() if count.late}
    was_late, late_still = late(known, LIMITS, NOW)
    assert counted == {stage: (was_late[stage], late_still[stage]) for stage in LIMITS}

    stored = await desk.everything()
    assert (stored["due"], stored["cases"], stored["letters"]) == ([], [], [])
    states = Counter(row["status"] for row in stored["orders"])
    assert states == Counter(
        "cancelled" if one.cancelled else "completed" if DELIVERED in one.times else "open" for one in known
    )
    assert states.keys() == {"cancelled", "completed", "open"}

    again = await desk.import_(orders, PLAN)
    assert again.answers == {Intake.DUPLICATE: report.answers[Intake.ACCEPTED]}
    assert await desk.everything() == stored


def told(orders: Path) -> Iterator[Told]:
    """The rows of a file."""
    with orders.open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            times = {
                step: datetime.fromisoformat(row[step]).replace(tzinfo=ZONE).astimezone(UTC)
                for step in STEPS
                if row[step]
            }
            yield Told(row=number, times=times, cancelled=row[STATUS] == "canceled")


def late(
    known: Sequence[Told], limits: Mapping[Stage, timedelta], until: datetime
) -> tuple[Counter[Stage], Counter[Stage]]:
    """The orders that passed each limit by then, and those of them for which it has not ended, worked out by hand.

    A stage ends with the first news of itself or of a later one; from then on the next one is waited for. A
    cancelled order is waited for until the last that is known of it.
    """
    was_late, late_still = Counter[Stage](), Counter[Stage]()
    for one in known:
        end = max(one.times.values()) if one.cancelled else until
        since = one.times[CREATED]
        for place, stage in enumerate(limits, start=1):
            news = [one.times[step] for step in STEPS[place:] if step in one.times]
            ended = min(news, default=end)
            if ended - since > limits[stage]:
                was_late[stage] += 1
                late_still[stage] += not news
            if not news:
                break
            since = ended
    return was_late, late_still
