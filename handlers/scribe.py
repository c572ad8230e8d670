"""How does what was decided about cases get written? Collected first, then written in a few statements."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers.addressing import place_of, readers_of
from handlers.approved import Approved
from handlers.history import entries, refusal
from handlers.incident_cards import change_cards
from handlers.known import Known
from handlers.messages import Due, DueKind, LetterId
from handlers.outbox import LetterKind, Medium, View
from handlers.pen import Pen
from handlers.ports import Work
from handlers.records import Entry, ShownCard
from handlers.taskbook import name_of
from handlers.trail import NOBODY, REFUSED, AuditEntry, Doer, Hindrance, digest_of
from rules.actions import Act, Refused, Why, apply
from rules.anomalies import Anomaly, AnomalyId, Ended
from rules.book import AutomaticAction
from rules.consequences import (
    Climb,
    Consequence,
    EndTasks,
    GiveTask,
    Nudge,
    PostCard,
    PushCard,
    PushReason,
    RefreshCards,
    TellRecovery,
    consequences,
    is_raised,
)
from rules.events import OrderKey, UserId
from rules.incidents import Incident
from rules.instants import from_ms, to_ms
from rules.orders import Order
from rules.promises import Promise
from rules.stages import Priority
from rules.tasks import Task, TaskKind, asked, result_at_end, settle_task

WAIT_FOR_ACTIONS = timedelta(milliseconds=500)
"""A card waits so long for the actions that its draft may speak of."""
RECALLED_WITHIN = timedelta(hours=24)
"""A message can be taken back for so long (page 94867)."""
DIGEST_EVERY = timedelta(minutes=5)
"""A group hears of recoveries at most so often."""


@dataclass(slots=True)
class Scribe(Pen):
    """Collects what one transaction has to write about cases."""

    by: Doer = NOBODY
    """Whose doing it all is."""
    known: Known = field(default_factory=Known)
    """What was read ahead."""
    cases: list[Anomaly] = field(default_factory=list[Anomaly])
    opened: dict[AnomalyId, Order] = field(default_factory=dict[AnomalyId, Order])
    """The cases that there were not before, and what each is about."""
    raised: dict[AnomalyId, Order] = field(default_factory=dict[AnomalyId, Order])
    """The cases that have a card coming which nobody asked for, and what each is about."""
    begun: list[Incident] = field(default_factory=list[Incident])
    """The incidents that there were not before."""
    incidents: list[Incident] = field(default_factory=list[Incident])
    """Those that there were, and that have changed; they are held."""
    history: list[Entry] = field(default_factory=list[Entry])
    dues: list[Due] = field(default_factory=list[Due])
    stopped: list[tuple[OrderKey, DueKind, str]] = field(default_factory=list[tuple[OrderKey, DueKind, str]])
    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    """Those that are new or have changed, by their names."""
    ended: list[Anomaly] = field(default_factory=list[Anomaly])
    """The cases whose tasks nobody needs to answer any more."""
    task_cards: list[tuple[Anomaly, TaskKind, LetterId | None]] = field(
        default_factory=list[tuple[Anomaly, TaskKind, LetterId | None]]
    )
    """The tasks whose cards have to change, but the one that is answered anyway."""
    promises: list[Promise] = field(default_factory=list[Promise])
    to_refresh: list[Anomaly] = field(default_factory=list[Anomaly])
    void: set[AnomalyId] = field(default_factory=set[AnomalyId])
    """The cases that turned out to be about nothing."""
    passed: list[datetime] = field(default_factory=list[datetime])
    """The limits that were found passed, each by its time."""
    trail: list[AuditEntry] = field(default_factory=list[AuditEntry])
    approved: list[Approved] = field(default_factory=list[Approved])
    """What was approved for cases of incidents, and what came of it."""

    def change(self, before: Anomaly | None, after: Anomaly, order: Order) -> None:
        """A case was opened (`before` is None) or changed: remember it, and all that follows."""
        if after == before:
            return
        self.cases.append(after)
        if before is None:
            self.opened[after.id] = order
        self.history += entries(before, after, self.now)
        book = self.world.directory.rules.of(after)
        decided = consequences(before, after, order, book, self.world.directory.roster, self.now)
        if any(isinstance(one, PostCard) or is_push_of_limit(one) for one in decided):
            self.raised[after.id] = order
        raised = is_raised(before, after)
        self._carry_out(after, decided, occasion_of_breach(after) if raised else f"v{after.version}")

    def attempt(self, case: Anomaly, act: Act, order: Order) -> Anomaly | Refused:
        """Do what somebody wants to do, with all that follows; or remember who was refused."""
        after = apply(case, act)
        if isinstance(after, Refused):
            self.refuse(case, act.action, after.why)
        else:
            self.change(case, after, order)
            self.note(act.action, case, case, after)
        return after

    def refuse(self, of: Anomaly | ShownCard, deed: str, why: Why | Hindrance) -> None:
        """Somebody's act had no effect, which the timeline tells as well."""
        self.history.append(refusal(of, UserId(self.by.actor), why, self.now))
        self.note_refused(of, deed, why)

    def note_refused(self, of: Anomaly | ShownCard, deed: str, why: Why | Hindrance) -> None:
        """Put down in the audit trail that somebody's act had no effect."""
        case = of if isinstance(of, Anomaly) else None
        self.note(f"{REFUSED}{deed}", of, case, case, why=why)

    def note(
        self,
        deed: str,
        of: Anomaly | ShownCard,
        before: Anomaly | Task | None,
        after: Anomaly | Task | None,
        **detail: str,
    ) -> None:
        """Put down in the audit trail what somebody did about a case, and what it changed."""
        case = of.case if isinstance(of, ShownCard) else of.id
        digests = {"before": before and digest_of(before), "after": after and digest_of(after)}
        self.trail.append(
            self.by.did(deed, case, self.now, order=of.order, case=case, detail=detail, **digests)
        )

    async def flush(self, work: Work) -> None:
        """Write everything; of a case that changed twice, what it became."""
        await work.cases.save({case.id: case for case in self.cases}.values())
        await self._keep_incidents(work)
        await work.cases.note(self.history)
        await work.trail.note(self.trail)
        await self._end_tasks(work)
        await work.tasks.save(self.tasks.values())
        await work.promises.put({(one.order, one.ref): one for one in self.promises}.values())
        await work.approvals.put({(one.id, one.case): one for one in self.approved}.values())
        await work.dues.arm({(due.order, due.kind, due.ref): due for due in self.dues}.values())
        await work.dues.disarm(self.stopped)
        for case in self.to_refresh:
            await self._refresh(case, work)
        for case, kind, but in self.task_cards:
            await self._refresh_task(case, kind, but, work)
        await work.outbox.post(self.letters)

    async def _keep_incidents(self, work: Work) -> None:
        """Write them; one whose last case was closed is over, and its cards say so."""
        await work.incidents.add(self.begun)
        await work.incidents.update(*{one.id: one for one in self.incidents}.values())
        closed = {case.incident for case in self.cases if case.closed_at is not None and case.incident}
        over = await work.incidents.close_finished(closed, self.now)
        change_cards(await work.incident_cards.changeable(over, self.now), self, self.now)

    def hush(self) -> None:
        """What was collected stays true, but nobody hears of it and no timer is set."""
        self.letters, self.to_refresh, self.task_cards, self.dues = [], [], [], []
        self.tasks = {name: task for name, task in self.tasks.items() if task.done_at is not None}

    def push(self, case: Anomaly, one: PushCard, occasion: str = "") -> None:
        """Send the card to somebody in person, once for the occasion, or for this version of the case."""
        self._push_card(case, one, occasion or f"v{case.version}")

    def keep_task(self, task: Task) -> None:
        """Write a task, and set its timer or stop it."""
        name = name_of(task.case, task.kind)
        self.tasks[name] = task
        if task.waits:
            self.dues.append(Due(order=task.order, kind=DueKind.TASK, ref=name, at=task.due_at))
        else:
            self.stopped.append((task.order, DueKind.TASK, name))

    def drop_tasks(self, cases: Collection[AnomalyId]) -> None:
        """What was about to be asked because of these cases is not."""
        dropped = {name for name, task in self.tasks.items() if task.case in cases}
        self.tasks = {name: task for name, task in self.tasks.items() if name not in dropped}
        self.dues = [due for due in self.dues if due.kind is not DueKind.TASK or due.ref not in dropped]
        self.letters = [
            letter
            for letter in self.letters
            if letter.kind is not LetterKind.TASK_CARD or letter.case not in cases
        ]

    def ask(self, case: Anomaly, task: Task, occasion: str, **content: str) -> None:
        """Send the card of a task to its owner, once for each occasion."""
        self.add(
            case,
            key=f"{case.id}:{case.book_version}:{task.kind}:{occasion}",
            kind=LetterKind.TASK_CARD,
            medium=self.world.surfaces.to_members,
            to=task.owner,
            content={"action": task.kind.value, **content},
        )

    def absorb(self, part: "Scribe") -> None:
        """Take over what another one has collected."""
        self.cases += part.cases
        self.opened |= part.opened
        self.raised |= part.raised
        self.begun += part.begun
        self.incidents += part.incidents
        self.history += part.history
        self.letters += part.letters
        self.dues += part.dues
        self.stopped += part.stopped
        self.tasks |= part.tasks
        self.ended += part.ended
        self.task_cards += part.task_cards
        self.promises += part.promises
        self.to_refresh += part.to_refresh
        self.void |= part.void
        self.passed += part.passed
        self.trail += part.trail
        self.approved += part.approved

    # --- consequences -------------------------------------------------------

    def _carry_out(self, case: Anomaly, decided: list[Consequence], occasion: str) -> None:
        before = len(self.letters)
        for one in decided:
            match one:
                case PostCard():
                    self._post_card(case, one, occasion, waits=len(self.letters) > before)
                case PushCard():
                    self._push_card(case, one, occasion)
                case GiveTask():
                    self._give(case, one, occasion)
                case EndTasks():
                    self.ended.append(case)
                case Climb():
                    self.ring(case, DueKind.LADDER, one.at)
                case Nudge():
                    self.ring(case, DueKind.STANDSTILL, one.at)
                case RefreshCards():
                    self.to_refresh.append(case)
                    self.void |= {case.id} if one.void else set()
                case TellRecovery():
                    self._tell_recovery(one)

    def _post_card(self, case: Anomaly, one: PostCard, occasion: str, *, waits: bool) -> None:
        """Into the group; without a bot to the agents on shift, who hold it together, and a notice into the group."""
        waits = waits and one.at <= self.now
        action = AutomaticAction.POST_CARD
        for medium, reader in readers_of(self.world, case, one.group, self.now):
            self.add(
                case,
                key=f"{case.id}:{case.book_version}:{action}:{occasion}:{reader}",
                kind=LetterKind.CASE_CARD,
                medium=medium,
                to=reader,
                due_at=self.now + WAIT_FOR_ACTIONS if waits else one.at,
                waits=waits,
                content={"action": action.value},
            )

    def _push_card(self, case: Anomaly, one: PushCard, occasion: str) -> None:
        action = AutomaticAction.PUSH_DUTY_MANAGER
        self.add(
            case,
            key=f"{case.id}:{case.book_version}:{action}:{one.why}:{occasion}:{one.to}",
            kind=LetterKind.CASE_CARD,
            medium=self.world.surfaces.to_members,
            to=one.to,
            priority=Priority.P1,
            content={"action": action.value, "why": one.why.value},
        )

    def _give(self, case: Anomaly, one: GiveTask, occasion: str) -> None:
        """Ask, unless somebody is being asked already, or has just been."""
        fresh = Task(
            case=case.id,
            kind=one.kind,
            order=case.order,
            owner=one.owner,
            given_at=self.now,
            asked_at=self.now,
            due_at=one.due_at,
        )
        rules = self.world.directory.rules.of(case).tasks[one.kind]
        task = asked(self.known.tasks.get(name_of(case.id, one.kind)), fresh, rules)
        if task is not None:
            self.keep_task(task)
        if task is not None and task.asked_at == self.now:
            self.ask(case, task, occasion)

    def ring(self, case: Anomaly, kind: DueKind, at: datetime | None) -> None:
        """Set a timer of the case; None stops it."""
        if at is None:
            self.stopped.append((case.order, kind, case.id))
        else:
            self.dues.append(Due(order=case.order, kind=kind, ref=case.id, at=at))

    async def _end_tasks(self, work: Work) -> None:
        """What has no result yet needs none any more; what has got one in this transaction keeps it."""
        ended = {case.id: case for case in self.ended if case.ended_at is not None}
        for case, tasks in (await work.tasks.of_cases(ended)).items():
            how = result_at_end(ended[case].ended_how or Ended.MOVED)
            for kind, known in tasks.items():
                task = self.tasks.get(name_of(case, kind), known)
                if task.done_at is None:
                    self.keep_task(settle_task(task, how, self.now))

    async def _refresh(self, case: Anomaly, work: Work) -> None:
        """A change for each member card that may still be changed; of the others, what is void is taken back."""
        for card in await work.cards.of_case(case.id):
            if card.can_change(self.now):
                self._change_card(case, card, f"{case.version}", await task_of(card, work))
            elif card.medium is Medium.APP and case.id in self.void:
                await self._recall(case, card, work)

    async def _refresh_task(self, case: Anomaly, kind: TaskKind, but: LetterId | None, work: Work) -> None:
        """A change for each other card of a task that has a result."""
        for card in await work.cards.of_case(case.id):
            if card.id != but and card.can_change(self.now) and await task_of(card, work) is kind:
                self._change_card(case, card, f"{kind}:{to_ms(self.now)}", kind)

    def _change_card(self, case: Anomaly, card: ShownCard, occasion: str, task: TaskKind | None) -> None:
        """A task's card stays the task's."""
        view = {} if task is None else {"view": View.TASK.value, "action": task.value}
        self.add(
            case,
            key=f"{card.id}:refresh:{occasion}",
            kind=LetterKind.REFRESH,
            medium=Medium.APP,
            to=card.to,
            content={"card": card.id, "reply_to": card.response_code or "", **view},
        )

    async def _recall(self, case: Anomaly, card: ShownCard, work: Work) -> None:
        """Take the message back that the card came with."""
        letter = await work.outbox.find(card.id)
        if letter is None or letter.remote_id is None or letter.done_at is None:
            return
        until = letter.done_at + RECALLED_WITHIN
        if until > self.now:
            self.add(
                case,
                key=f"{card.id}:recall",
                kind=LetterKind.RECALL,
                medium=Medium.APP,
                to=card.to,
                expires_at=until,
                content={"msgid": letter.remote_id},
            )

    def _tell_recovery(self, one: TellRecovery) -> None:
        """One line for all that recover until the end of the present five minutes."""
        place = place_of(self.world, one.group)
        if place is not None:
            medium, to = place
            start, end = five_minutes_of(self.now)
            self.add(
                None,
                key=f"recoveries:{to}:{to_ms(start)}",
                kind=LetterKind.DIGEST,
                medium=medium,
                to=to,
                due_at=end,
                priority=Priority.P3,
                content={"from": str(to_ms(start)), "to": str(to_ms(end))},
            )


def is_push_of_limit(one: Consequence) -> bool:
    """Whether it calls somebody because of the rules alone."""
    return isinstance(one, PushCard) and one.why is PushReason.LIMIT


def occasion_of_breach(case: Anomaly) -> str:
    """What the keys of the letters about a case's latest limit have in common."""
    return f"breach{case.breaches}"


async def task_of(card: ShownCard, work: Work) -> TaskKind | None:
    """Which task a card is of; None for the card of a case."""
    letter = await work.outbox.find(card.id)
    action = "" if letter is None else letter.content.get("action", "")
    return next((kind for kind in TaskKind if kind == action), None)


def five_minutes_of(at: datetime) -> tuple[datetime, datetime]:
    """The stretch of `DIGEST_EVERY` that `at` lies in: its start and its end."""
    every = DIGEST_EVERY // timedelta(milliseconds=1)
    start = to_ms(at) // every * every
    return from_ms(start), from_ms(start + every)
