"""THE table: who handles what. A message without a line here is an error that says so."""

from collections.abc import Callable, Mapping, Sequence

from handlers import escalation, overdue
from handlers.messages import Due, DueKind
from handlers.scribe import Scribe
from rules.anomalies import Anomaly
from rules.orders import Order

DueHandler = Callable[[Due, Order, Sequence[Anomaly], Scribe], list[Anomaly]]

WHEN_DUE: Mapping[DueKind, DueHandler] = {
    DueKind.LIMIT: overdue.raise_overdue,
    DueKind.LADDER: escalation.climb,
}
