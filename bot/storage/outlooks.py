"""How are the outlooks of watched open orders kept? A narrow row for each, written whenever the order is."""

from bot.storage.codec import ORDER
from bot.storage.connection import Row, Table, Type, Value
from rules.events import OrderKey
from rules.health import Outlook
from rules.instants import known_instant, known_ms
from rules.stages import Stage

OUTLOOKS = Table(
    "outlooks",
    {
        "grey_at": Type.BIGINT,
        "late_at": Type.BIGINT,
        **ORDER,
        "stage": Type.TEXT,
        "warehouse": Type.TEXT,
        "carrier": Type.TEXT,
    },
    ("order_no", "shop"),
)


def row_of(one: tuple[OrderKey, Outlook]) -> tuple[Value, ...]:
    """The row of an order's outlook."""
    order, outlook = one
    return (
        known_ms(outlook.grey_at),
        known_ms(outlook.late_at),
        *order,
        outlook.stage.value,
        outlook.warehouse,
        outlook.carrier,
    )


def key_of(order: OrderKey) -> tuple[Value, ...]:
    """The key of that row."""
    return order.order_no, order.shop


def outlook_of(row: Row) -> Outlook:
    """The outlook in a row."""
    return Outlook(
        stage=Stage(row["stage"]),
        warehouse=row["warehouse"],
        carrier=row["carrier"],
        grey_at=known_instant(row["grey_at"]),
        late_at=known_instant(row["late_at"]),
    )
