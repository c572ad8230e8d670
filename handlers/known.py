"""What has to be known before what is due can be dealt with? Read ahead, once for all of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.messages import Due, DueKind
from handlers.ports import Work
from handlers.taskbook import case_in, name_of
from rules.anomalies import Anomaly, AnomalyId
from rules.events import OrderKey, UserId
from rules.orders import Order
from rules.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside orders and their cases; empty where nothing due asks for it."""

    loads: dict[UserId, int] = field(default_factory=dict[UserId, int])
    """How many unclosed cases each owner has; who has none is not in it."""
    owners: Mapping[str, frozenset[UserId]] = field(default_factory=dict[str, frozenset[UserId]])
    """Who has an unclosed case of a customer, by the customer's external_userid."""

    tasks: Mapping[str, Task] = field(default_factory=dict[str, Task])
    """The tasks that may be due, or be given out anew, by their names."""

    def of_customer(self, order: Order) -> frozenset[UserId]:
        """Who has an unclosed case of the customer whose order it is."""
        return self.owners.get(order.customer.external_userid or "", frozenset())

    def hand_over(self, owner: UserId | None, heir: UserId) -> None:
        """One of the cases has another owner: what is due after it, in the same transaction, counts with that."""
        if owner is not None:
            self.loads[owner] = self.loads.get(owner, 1) - 1
        self.loads[heir] = self.loads.get(heir, 0) + 1


async def known_for(
    dues: Collection[Due],
    orders: Mapping[OrderKey, Order],
    cases: Mapping[OrderKey, Sequence[Anomaly]],
    work: Work,
) -> Known:
    """What has to be known for what is due, about those of the orders that are at hand, and their cases."""
    climbing = [orders[due.order] for due in dues if due.kind is DueKind.LADDER and due.order in orders]
    customers = {order.customer.external_userid for order in climbing if order.customer.external_userid}
    return Known(
        loads=await work.cases.loads() if climbing else {},
        owners=await work.cases.owners_for(customers) if climbing else {},
        tasks=await tasks_of(_with_tasks(dues, cases), work),
    )


def _with_tasks(dues: Collection[Due], cases: Mapping[OrderKey, Sequence[Anomaly]]) -> set[AnomalyId]:
    """The cases one of whose tasks is due, or that a further limit may concern."""
    due = {case_in(due.ref) for due in dues if due.kind is DueKind.TASK}
    limits = {due.order for due in dues if due.kind is DueKind.LIMIT}
    again = {case.id for order in limits for case in cases.get(order, ()) if case.closed_at is None}
    return due | again


async def tasks_of(cases: Collection[AnomalyId], work: Work) -> dict[str, Task]:
    """The tasks of some cases, by their names."""
    found = await work.tasks.of_cases(cases) if cases else {}
    return {name_of(case, kind): task for case, tasks in found.items() for kind, task in tasks.items()}
