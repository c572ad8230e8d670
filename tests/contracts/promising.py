"""A shop without a service: orders, agents and channels that do what chance says, on a clock of their own.

Handlers, database and rules are the real ones. Chance decides when sources report what, whether an agent follows up,
and what becomes of a message.
"""

import heapq
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bot.clock import ManualClock
from bot.ground import make_world
from bot.settings import load
from bot.storage.promises import PROMISES
from bot.storage.store import Store, Transaction
from handlers.bus import on_due
from handlers.delivery import Receipt, settle
from handlers.intake import take_in
from handlers.outbox import Letter, LetterKind, Medium, content_of
from handlers.pen import key_of_round
from handlers.scribe import Scribe
from handlers.situations import situation_of
from handlers.trail import Doer, Way
from handlers.world import World
from replies.drafts import Draft, draft
from rules.actions import Act, Action, Refused
from rules.anomalies import AnomalyId
from rules.delivery import DeliveryState, Outcome
from rules.editions import Rules
from rules.events import OrderKey, UserId
from rules.instants import MILLISECOND, to_ms
from rules.promises import Promise
from rules.replynames import FOLLOW_UP
from tests.contracts.backend import rows
from tests.contracts.builders import BOOK, NOW, a_key, a_report
from tests.replies.builders import ROSTER

ZHANG = UserId("zhangsan")
MINUTE = timedelta(minutes=1)
Step = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Shop:
    """Its clock, its chance, and what it has seen."""

    store: Store
    chance: random.Random
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    coming: list[tuple[datetime, int, Step]] = field(default_factory=list[tuple[datetime, int, Step]])
    told: dict[str, DeliveryState] = field(default_factory=dict[str, DeliveryState])
    """What became of each text with a promise in it."""
    keys: set[OrderKey] = field(default_factory=set[OrderKey])
    near: set[str] = field(default_factory=set[str])
    """The promises of whose time people were told, since nothing had happened and nobody had written."""
    followed_in_time: set[str] = field(default_factory=set[str])
    """Those of them whose next text was there before their time had passed."""
    events: int = 0
    steps: int = 0
    world: World = field(init=False)

    def __post_init__(self) -> None:
        rules = Rules.only(BOOK)
        directory: Any = SimpleNamespace(rules=rules, roster=ROSTER, outages=())
        self.world = make_world(load({}), self.clock, self.store, directory, b"secret")

    def at(self, when: datetime, step: Step) -> None:
        """Do it then."""
        self.steps += 1
        heapq.heappush(self.coming, (when, self.steps, step))

    async def run(self) -> None:
        """Let time pass until nothing is left to come but what is due after it."""
        while self.coming:
            when, _, step = heapq.heappop(self.coming)
            await self._pass_until(when)
            await step()
        await self._pass_until(self.clock.now() + timedelta(hours=6))

    async def _pass_until(self, end: datetime) -> None:
        while (due := await self.store.next_due()) is not None and due < end:
            self.clock.move_to(max(due + MILLISECOND, self.clock.now()))
            round_ = await self.store.run("test", lambda work: on_due(work, self.world, 100))
            if not round_.lags:  # no limit was passed: it was about a promise, or a ladder
                await self._look()
        self.clock.move_to(max(end, self.clock.now()))

    # --- an order --------------------------------------------------------------------

    def open(self, number: int) -> None:
        """An order that is paid, and confirmed sooner or later, or never; the news of it may be late."""
        key = a_key(f"DB{number:04}")
        self.keys.add(key)
        paid_at = NOW + self.chance.random() * 120 * MINUTE
        self.at(paid_at, lambda: self._reports(key, "payment", "completed", paid_at))
        stands_for = 20 * MINUTE + self.chance.expovariate(1 / 110) * MINUTE
        if self.chance.random() < 0.9:
            done_at = paid_at + stands_for
            late = self.chance.choice([0, 0, 0, 5, 45, 150]) * MINUTE
            self.at(done_at + late, lambda: self._reports(key, "confirm", "completed", done_at))
        wait = self.chance.uniform(1, 9) * MINUTE
        self.at(paid_at + 20 * MINUTE + wait, lambda: self._answers(key, first=True))

    async def _reports(self, key: OrderKey, stage: str, status: str, at: datetime) -> None:
        self.events += 1
        arrived = self.clock.now()
        report = a_report(
            key.order_no, id_=f"e{self.events:05}", at=at, observed_at=arrived, stage=stage, status=status
        )
        await self.store.run("test", lambda work: take_in(work, self.world, [report]))

    # --- an agent --------------------------------------------------------------------

    async def _answers(self, key: OrderKey, *, first: bool) -> None:
        """Somebody sends what there is to send; some time later it is known what became of it."""
        letter = await self.store.run("test", lambda work: self._order_letter(work, key, first=first))
        if letter is None:
            return
        outcome = self.chance.choices(
            [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNCLEAR], [0.86, 0.07, 0.07]
        )[0]
        self.clock.advance(timedelta(milliseconds=self.chance.randrange(1, 900)))
        await self._settles(letter, outcome)
        if outcome is Outcome.ACCEPTED and self.chance.random() < 0.06:
            sent = await self.store.run("test", lambda work: work.outbox.find(letter.id))
            if sent is not None:
                later = self.clock.now() + self.chance.uniform(0, 3) * MINUTE
                self.at(later, lambda: self._settles(sent, Outcome.BOUNCE))

    async def _order_letter(self, work: Transaction, key: OrderKey, *, first: bool) -> Letter | None:
        world, now = self.world, self.clock.now()
        order = (await work.orders.lock([key]))[key]
        case = next((one for one in (await work.cases.of([key]))[key] if one.stage == "confirm"), None)
        if case is None or (case.send_round > 0) is first:
            return None
        text = draft(await situation_of(work, world, case, order, now), world.templates)
        if not isinstance(text, Draft):
            return None
        scribe = Scribe(world, now, Doer(actor=ZHANG, way=Way.CARD))
        act = Act(action=Action.SEND, actor=ZHANG, at=now, again=not first)
        after = scribe.attempt(case, act, order)
        if isinstance(after, Refused):
            return None  # it has healed by itself and is closed
        letter = Letter(
            id=world.new_id(),
            key=key_of_round(case.id, case.send_round + 1),
            kind=LetterKind.CUSTOMER,
            medium=Medium.SIDEBAR,
            to=f"sidebar/{key.order_no}",
            due_at=now,
            order=key,
            case=case.id,
            content=content_of(text),
            payload=b"{}",
            state=DeliveryState.SENDING,
            attempts=1,
            attempted_at=now,
            lease_until=now + MINUTE,
        )
        scribe.letters.append(letter)
        await scribe.flush(work)
        return letter

    async def _settles(self, letter: Letter, outcome: Outcome) -> None:
        await self.store.run(
            "test", lambda work: settle(work, self.world, [(letter, Receipt(outcome=outcome))])
        )
        after = await self.store.run("test", lambda work: work.outbox.find(letter.id))
        if after is not None and '"news_by"' in letter.content["claims"]:
            self.told[letter.id] = after.state

    async def _look(self) -> None:
        """Of whatever people were told just now the next text is there; some of them send it."""
        told = await rows(self.store, "SELECT * FROM promises WHERE warned_at = $1", to_ms(self.clock.now()))
        for promise in map(PROMISES.record, told):
            if promise.pending and promise.ref not in self.near:
                self.near.add(promise.ref)
                text = await self.store.run("test", lambda work, one=promise: self._next_text(work, one))
                if text.startswith(FOLLOW_UP) and self.clock.now() < promise.due_at:
                    self.followed_in_time.add(promise.ref)
                if self.chance.random() < 0.5:
                    soon = self.clock.now() + self.chance.uniform(1, 12) * MINUTE
                    self.at(soon, lambda key=promise.order: self._answers(key, first=False))

    async def _next_text(self, work: Transaction, promise: Promise) -> str:
        found = (await work.cases.with_orders([AnomalyId(promise.case)]))[promise.case]
        text = draft(await situation_of(work, self.world, *found, self.clock.now()), self.world.templates)
        return text.template if isinstance(text, Draft) else ""

    async def promises(self) -> list[Promise]:
        """All that there are."""
        found = await self.store.run("test", lambda work: work.promises.of(self.keys))
        return [promise for theirs in found.values() for promise in theirs]
