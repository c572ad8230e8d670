"""What has to be known before what is due can be dealt with? Read ahead, once for all of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from handlers.approved import Approved, IncidentCard
from handlers.impacts import Results, results_of
from handlers.messages import Due, DueKind, LetterId
from handlers.ports import Work
from handlers.situations import dossiers_of
from handlers.taskbook import case_in, name_of
from handlers.world import World
from replies.situation import Situation
from rules.anomalies import Anomaly, AnomalyId
from rules.events import OrderEvent, OrderKey, UserId
from rules.incidents import Incident
from rules.orders import Order
from rules.promises import Promise
from rules.storms import IncidentId
from rules.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside orders and their cases; empty where nothing due asks for it."""

    loads: dict[UserId, int] = field(default_factory=dict[UserId, int])
    """How many unclosed cases each owner has; who has none is not in it."""
    owners: Mapping[str, frozenset[UserId]] = field(default_factory=dict[str, frozenset[UserId]])
    """Who has an unclosed case of a customer, by the customer's external_userid."""
    approved: Mapping[AnomalyId, Sequence[Approved]] = field(
        default_factory=dict[AnomalyId, Sequence[Approved]]
    )
    """What was approved for a case as one of many, and is not done yet; oldest first."""
    situations: Mapping[AnomalyId, Situation] = field(default_factory=dict[AnomalyId, Situation])
    """How it stands with those cases."""
    written_to: set[str] = field(default_factory=set[str])
    """The customers who are written to in this transaction, by their external_userid."""
    results: Mapping[LetterId, Results] = field(default_factory=dict[LetterId, Results])
    """What came of the approvals whose results are to be told."""
    incident_cards: Sequence[IncidentCard] = ()
    """The cards of their incidents that can be changed without anybody tapping them."""
    incidents: Mapping[IncidentId, tuple[Incident, Sequence[Anomaly]]] = field(
        default_factory=dict[IncidentId, tuple[Incident, Sequence[Anomaly]]]
    )
    """The incidents whose next step is due, with their cases; without those that somebody else works on."""
    promises: Mapping[OrderKey, Sequence[Promise]] = field(default_factory=dict[OrderKey, Sequence[Promise]])
    """What was promised about orders, and what was reported of these."""
    events: Mapping[OrderKey, Sequence[OrderEvent]] = field(
        default_factory=dict[OrderKey, Sequence[OrderEvent]]
    )
    """What was reported of orders that something was promised about; and, while a source is out, of those late."""

    def promise(self, order: OrderKey, ref: str) -> Promise | None:
        """One of the promises about an order."""
        return next((one for one in self.promises.get(order, ()) if one.ref == ref), None)

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
    world: World,
) -> Known:
    """What has to be known for what is due, about those of the orders that are at hand, and their cases."""
    known = Known(tasks=await tasks_of(_with_tasks(dues, cases), work))
    ours = [due for due in dues if due.order in orders]
    climbing = [orders[due.order] for due in ours if due.kind is DueKind.LADDER]
    if climbing:
        customers = {order.customer.external_userid for order in climbing if order.customer.external_userid}
        known = replace(known, loads=await work.cases.loads(), owners=await work.cases.owners_for(customers))
    climbing_together = {IncidentId(due.ref) for due in ours if due.kind is DueKind.INCIDENT}
    if climbing_together:
        known = replace(known, incidents=await _held(climbing_together, work))
    approved = {AnomalyId(due.ref) for due in ours if due.kind is DueKind.APPROVED}
    if approved:
        known = await _with_approved(known, approved, work, world)
    told = [LetterId(due.ref) for due in ours if due.kind is DueKind.RESULTS]
    if told:
        known = await _with_results(known, told, work, world)
    limits = {due.order for due in ours if due.kind is DueKind.LIMIT}
    if limits and world.directory.outages:
        known = replace(known, events={**known.events, **await work.orders.events(limits)})
    promised = {due.order for due in ours if due.kind is DueKind.PROMISE}
    if promised:
        promises = await work.promises.of(promised)
        known = replace(
            known, promises=promises, events={**known.events, **await work.orders.events(promises)}
        )
    return known


async def _with_approved(known: Known, cases: Collection[AnomalyId], work: Work, world: World) -> Known:
    found = await work.approvals.of_cases(cases)
    undone = {case: [one for one in approved if one.done_at is None] for case, approved in found.items()}
    dossiers = await dossiers_of(
        work, world, [case for case, waiting in undone.items() if waiting], world.now()
    )
    return replace(
        known,
        approved=undone,
        situations={case: dossier.situation for case, dossier in dossiers.items()},
    )


async def _with_results(known: Known, approvals: Collection[LetterId], work: Work, world: World) -> Known:
    found = {one: await results_of(one, work, world) for one in approvals}
    results = {one: results for one, results in found.items() if results is not None}
    incidents = {one.impact.incident.id for one in results.values()}
    cards = await work.incident_cards.changeable(incidents, world.now())
    return replace(known, results=results, incident_cards=cards)


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


async def _held(
    incidents: Collection[IncidentId], work: Work
) -> dict[IncidentId, tuple[Incident, Sequence[Anomaly]]]:
    held = await work.incidents.hold(incidents, skip_locked=True)
    return {id_: (incident, await work.incidents.cases(id_)) for id_, incident in held.items()}
