"""Which orders are under way, for whoever looks at many of them at once without holding any?"""

from collections.abc import Sequence

from bot.storage.cases import Cases
from bot.storage.connection import Connection
from bot.storage.states import decode_order
from rules.anomalies import Anomaly
from rules.orders import Order


async def watched_open(connection: Connection, limit: int) -> list[tuple[Order, Sequence[Anomaly]]]:
    """Up to `limit` watched open orders, each with its cases."""
    rows = await connection.fetch(
        "SELECT shop, order_no, state FROM orders WHERE armed AND status = 'open' AND book_version >= 0"
        " ORDER BY book_version DESC LIMIT $1",
        limit,
    )
    orders = [decode_order(row["state"]) for row in rows]
    cases = await Cases(connection).of([order.key for order in orders])
    return [(order, cases[order.key]) for order in orders]


async def unclosed_cases(connection: Connection) -> int:
    """How many cases are not closed."""
    (row,) = await connection.fetch("SELECT count(*) AS cases FROM cases WHERE closed_at IS NULL")
    return row["cases"]
