"""Real orders, with gaps and times out of order: 4,049 of a marketplace in Brazil, beside the checkout.

The data are not ours to copy; where they are missing, this test is left out and says so.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from handlers.messages import Intake
from rules.stages import Stage
from tests.bot.imports.desk import NOW, Desk

OLIST = Path(__file__).parents[4] / "shared" / "data" / "olist" / "orders.csv"
CREATED, APPROVED, HANDED_OVER, DELIVERED = (
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
)
PLAN = {
    "timezone": "America/Sao_Paulo",
    "source": "/olist",
    "shop": {"value": "olist"},
    "order_no": "order_id",
    "attributes": {"customer": {"ref": "customer_id"}},
    "events": [
        {"column": CREATED, "type": "order.created"},
        {"column": APPROVED, "stage": "payment", "status": "completed"},
        {"column": HANDED_OVER, "stage": "pickup", "status": "completed"},
        {"column": DELIVERED, "stage": "transit", "status": "completed"},
        {"type": "order.cancelled", "when": {"column": "order_status", "is": "canceled"}},
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


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    if not OLIST.exists():
        pytest.skip(f"the data of Olist are not there: {OLIST}")
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(RULES), "utf-8")
    return Desk.at(tmp_path, DINGDAN_RULES_FILE=str(rules))


async def test_real_orders_come_in_and_a_repeat_changes_nothing(desk: Desk) -> None:
    report = await desk.import_(OLIST, PLAN)
    assert (report.rows, report.orders, report.faults) == (4049, 4049, [])
    assert report.answers[Intake.ACCEPTED] == sum(report.answers.values())

    out_of_order = [one.row for one in report.out_of_order]
    assert len(out_of_order) == 7
    assert out_of_order == [number for number, times, _ in _orders() if _is_out_of_order(times)]

    counted = {stage: (count.late, count.late_still) for stage, count in report.stages.items() if count.late}
    late, late_still = _late()
    assert counted == {stage: (late[stage], late_still[stage]) for stage in LIMITS}

    stored = await desk.everything()
    assert (stored["due"], stored["cases"], stored["letters"]) == ([], [], [])
    states = Counter(row["status"] for row in stored["orders"])
    assert states == Counter(
        "cancelled" if cancelled else "completed" if times[DELIVERED] else "open"
        for _, times, cancelled in _orders()
    )

    again = await desk.import_(OLIST, PLAN)
    assert again.answers == {Intake.DUPLICATE: report.answers[Intake.ACCEPTED]}
    assert await desk.everything() == stored


def _orders() -> Iterator[tuple[int, dict[str, datetime | None], bool]]:
    """The number of each row, its times, and whether the order was cancelled."""
    zone = ZoneInfo("America/Sao_Paulo")
    with OLIST.open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            times = {
                column: datetime.fromisoformat(row[column]).replace(tzinfo=zone).astimezone(UTC)
                if row[column]
                else None
                for column in (CREATED, APPROVED, HANDED_OVER, DELIVERED)
            }
            yield number, times, row["order_status"] == "canceled"


def _is_out_of_order(times: dict[str, datetime | None]) -> bool:
    known = [at for at in times.values() if at]
    return known != sorted(known)


def _late() -> tuple[Counter[Stage], Counter[Stage]]:
    """The orders that passed each limit, and those of them for which it has not ended, worked out by hand.

    A stage ends with the first news of itself or of a later one; from then on the next one is waited for. A
    cancelled order is waited for until the last that is known of it.
    """
    late, late_still = Counter[Stage](), Counter[Stage]()
    for _, times, cancelled in _orders():
        known = {column: at for column, at in times.items() if at}
        end = max(known.values()) if cancelled else NOW
        since = known[CREATED]
        for stage, own in (
            (Stage.PAYMENT, APPROVED),
            (Stage.PICKUP, HANDED_OVER),
            (Stage.TRANSIT, DELIVERED),
        ):
            columns = (APPROVED, HANDED_OVER, DELIVERED)
            news = [known[column] for column in columns[columns.index(own) :] if column in known]
            ended = min(news, default=end)
            if ended - since > LIMITS[stage]:
                late[stage] += 1
                late_still[stage] += not news
            if not news:
                break
            since = ended
    return late, late_still
