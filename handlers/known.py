"""What has to be known before what is due can be dealt with? Read ahead, once for all of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.messages import Due, DueKind
from handlers.ports import Work
from rules.anomalies import Anomaly
from rules.events import OrderKey, UserId
from rules.incidents import Incident
from rules.orders import Order
from rules.storms import IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside orders and their cases; empty where nothing due asks for it."""

    loads: dict[UserId, int] = field(default_factory=dict[UserId, int])
    """How many unclosed cases each owner has; who has none is not in it."""
    owners: Mapping[str, frozenset[UserId]] = field(default_factory=dict[str, frozenset[UserId]])
    """Who has an unclosed case of a customer, by the customer's external_userid."""

    incidents: Mapping[IncidentId, tuple[Incident, Sequence[Anomaly]]] = field(
        default_factory=dict[IncidentId, tuple[Incident, Sequence[Anomaly]]]
    )
    """The incidents whose next step is due, with their cases; without those that somebody else works on."""

    def of_customer(self, order: Order) -> frozenset[UserId]:
        """Who has an unclosed case of the customer whose order it is."""
        return self.owners.get(order.customer.external_userid or "", frozenset())

    def hand_over(self, owner: UserId | None, heir: UserId) -> None:
        """One of the cases has another owner: what is due after it, in the same transaction, counts with that."""
        if owner is not None:
            self.loads[owner] = self.loads.get(owner, 1) - 1
        self.loads[heir] = self.loads.get(heir, 0) + 1


async def known_for(dues: Collection[Due], orders: Mapping[OrderKey, Order], work: Work) -> Known:
    """What has to be known for what is due, about those of the orders that are at hand."""
    climbing = [orders[due.order] for due in dues if due.kind is DueKind.LADDER and due.order in orders]
    incidents = await _incidents(dues, orders, work)
    if not climbing:
        return Known(incidents=incidents)
    customers = {order.customer.external_userid for order in climbing if order.customer.external_userid}
    return Known(
        loads=await work.cases.loads(),
        owners=await work.cases.owners_for(customers),
        incidents=incidents,
    )


async def _incidents(
    dues: Collection[Due], orders: Mapping[OrderKey, Order], work: Work
) -> dict[IncidentId, tuple[Incident, Sequence[Anomaly]]]:
    due = {IncidentId(one.ref) for one in dues if one.kind is DueKind.INCIDENT and one.order in orders}
    held = await work.incidents.hold(due, skip_locked=True)
    return {id_: (incident, await work.incidents.cases(id_)) for id_, incident in held.items()}
