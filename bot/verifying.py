"""Does the database keep every promise? The checker: `dingdan doctor --verify`, and after each run of tests/chaos.

It reads page by page, each page in a short snapshot of its own. Every law is about one order, one letter, one tap,
one event, one trial or one lease; so a service at work is judged as well as one that stands still, no transaction lasts long,
and memory does not grow with the orders.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bot.clock import Clock
from bot.reception import message_of
from bot.storage.audit import Audit, InboxRow
from bot.storage.inbox import TRIES
from bot.storage.store import Store
from bot.testimony import Testimony
from bot.witness import Seen, sightings
from handlers.invariants import OF_AN_ORDER, Moment, named, of_letter, violations
from handlers.laws import Law, Violation, Why
from handlers.messages import CardClicked
from handlers.outbox import Letter
from handlers.triallaws import broken_exposure, broken_trials
from rules.editions import Rules
from rules.events import FIRST, EventKey
from rules.instants import from_ms

PAGE = 500
SHOWN = 20
"""The violations of one law that are kept; of more, only the number."""
GRACE = timedelta(seconds=60)
"""How long what is due may take before it counts as left undone."""
REMEMBERED = timedelta(days=6)
"""The inbox forgets after a week what was dealt with."""

Item = TypeVar("Item")


@dataclass(slots=True)
class Verdict:
    """How one law fares."""

    law: Law
    checked: int = 0
    """How many orders, letters, taps, events, acceptances or leases it was held against."""
    broken: int = 0
    shown: list[Violation] = field(default_factory=list[Violation])
    """The first of the violations."""

    @property
    def ok(self) -> bool | None:
        """Whether it holds; None when there was nothing to hold it against."""
        if self.broken:
            return False
        return True if self.checked else None

    def take(self, found: Iterable[Violation], *, checked: int = 0) -> None:
        """Take down what was found, in so many things."""
        self.checked += checked
        for violation in found:
            self.broken += 1
            if len(self.shown) < SHOWN:
                self.shown.append(violation)


async def verify(
    store: Store, rules: Rules, clock: Clock, *, history: Path | None = None, grace: timedelta = GRACE
) -> list[Verdict]:
    """Hold everything that is stored against every law, and against what was seen from outside.

    Raises StoreUnavailableError, and for the history HistoryError and OSError.
    """
    checker = _Checker(store=store, rules=rules, clock=clock, grace=grace)
    heard_at = clock.now()
    if history is not None:
        await checker.hear(history)
    await checker.check_orders()
    await checker.check_outlooks()
    await checker.check_letters(heard_at)
    await checker.check_inbox()
    await checker.check_trials()
    return list(checker.verdicts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checker:
    """One look at everything."""

    store: Store
    rules: Rules
    clock: Clock
    grace: timedelta
    testimony: Testimony = field(default_factory=Testimony)
    verdicts: Mapping[Law, Verdict] = field(default_factory=lambda: {law: Verdict(law) for law in Law})

    async def hear(self, history: Path) -> None:
        """Read the history, and ask for what it says was acknowledged."""
        lines = sightings(history)
        while batch := list(islice(lines, PAGE)):
            for line in batch:
                self._take(self.testimony.hear(line))
            await self._ask_for(
                {EventKey(one.source, one.id) for one in batch if one.seen is Seen.EVENT_ACKED}
            )
        for lease in await self._read(Audit.leases):
            self._take(self.testimony.hear_of_lease(lease.name, lease.version))
        self.verdicts[Law.LEASES].checked = len(self.testimony.leases)
        self.verdicts[Law.ACCEPTED].checked = len(self.testimony.accepted)

    async def _ask_for(self, events: set[EventKey]) -> None:
        for source, ident in await self._read(lambda audit: audit.unknown(events)):
            self._take([Violation(law=Law.EVENTS, why=Why.EVENT_LOST, about=ident, detail=source)])
        self.verdicts[Law.EVENTS].checked += len(events)

    async def check_orders(self) -> None:
        """Every order, with its events, timers, cases and their letters."""
        after = FIRST
        while True:
            moment = self._moment()
            files = await self._read(lambda audit, key=after: audit.orders(key, PAGE))
            for file in files:
                self._take(violations(file, moment))
            for law in OF_AN_ORDER:
                self.verdicts[law].checked += len(files)
            if len(files) < PAGE:
                return
            after = files[-1].order.key

    async def check_outlooks(self) -> None:
        """Every outlook, for one that is of no order."""
        after = FIRST
        while True:
            found = await self._read(lambda audit, key=after: audit.outlooks(key, PAGE))
            for key, is_there in found:
                if not is_there:
                    self._take([Violation(law=Law.OUTLOOKS, why=Why.OUTLOOK_NEEDLESS, about=named(key))])
            if len(found) < PAGE:
                return
            after, _ = found[-1]

    async def check_letters(self, heard_at: datetime) -> None:
        """Every letter. `heard_at` is when the history was read: what was sent later is not in it."""
        async for letters in self._pages(Audit.letters, lambda letter: letter.id):
            moment = self._moment()
            for letter in letters:
                self._take(of_letter(letter, moment))
                self._take(self.testimony.of_letter(letter, heard_at))
            self.verdicts[Law.LETTERS].checked += len(letters)
        self._take(self.testimony.of_nobody())

    async def check_inbox(self) -> None:
        """Whatever was taken in."""
        async for rows in self._pages(Audit.inbox, lambda row: row.id):
            await self._check_rows(rows)
            self.verdicts[Law.TAPS].checked += len(rows)
        self._take(self.testimony.of_no_tap(self.clock.now() - REMEMBERED))

    async def check_trials(self) -> None:
        """The trials that go on, and every order that one concerned."""
        async with self.store.snapshot() as connection:
            running, in_force = await Audit(connection).trials()
        self._take(broken_trials(running, in_force, self.clock.now(), self.grace))
        self.verdicts[Law.TRIALS].checked += len(running)
        after = ("", "", "")
        while found := await self._read(lambda audit, last=after: audit.exposures(last, PAGE)):
            for exposure, trial in found:
                self._take(broken_exposure(exposure, trial, self.grace))
            self.verdicts[Law.TRIALS].checked += len(found)
            last, _ = found[-1]
            after = (last.order.shop, last.order.order_no, last.experiment)

    async def _check_rows(self, rows: Sequence[InboxRow]) -> None:
        since, taps = self.clock.now() - self.grace, dict[str, CardClicked]()
        for row in rows:
            message = message_of(row.body)
            self.testimony.clicks.pop(message.sender.reply_to, None)
            if row.done_at is None:
                self._take(_left_undone(row, since))
            elif isinstance(message, CardClicked):
                taps[row.id] = message
        self._take(await self._read(lambda audit: _unlike_one(taps, audit)))

    def _moment(self) -> Moment:
        return Moment(rules=self.rules, now=self.clock.now(), grace=self.grace)

    def _take(self, found: Iterable[Violation]) -> None:
        for violation in found:
            self.verdicts[violation.law].take([violation])

    async def _pages(
        self, read: Callable[[Audit, str, int], Awaitable[list[Item]]], name: Callable[[Item], str]
    ) -> AsyncGenerator[list[Item]]:
        after = ""
        while page := await self._read(lambda audit, last=after: read(audit, last, PAGE)):
            yield page
            after = name(page[-1])

    async def _read(self, question: Callable[[Audit], Awaitable[list[Item]]]) -> list[Item]:
        async with self.store.snapshot() as connection:
            return await question(Audit(connection))


# --- taps --------------------------------------------------------------------------


def _left_undone(row: InboxRow, since: datetime) -> Iterator[Violation]:
    """Taken in before `since`, and not dealt with."""
    if row.tries >= TRIES:
        yield Violation(law=Law.TAPS, why=Why.TAP_GIVEN_UP, about=row.id)
    elif from_ms(row.received_at) < since:
        yield Violation(law=Law.TAPS, why=Why.TAP_WAITS, about=row.id)


async def _unlike_one(taps: Mapping[str, CardClicked], audit: Audit) -> list[Violation]:
    """The taps that were not answered once. One of an unknown card is answered in person."""
    cases = await audit.cases_of_cards({tap.card for tap in taps.values()})
    people = {name for tap in taps.values() for name in (tap.sender.userid, tap.sender.chat)}
    answers = await audit.answers(cases, people)
    found: list[Violation] = []
    for ident, tap in taps.items():
        faces = [letter for letter in answers if letter.content.get("reply_to") == tap.sender.reply_to]
        if len(faces) > 1:
            found.append(Violation(law=Law.TAPS, why=Why.TAP_TWICE, about=ident, detail=str(len(faces))))
        elif not faces and not _in_person(tap, answers):
            found.append(Violation(law=Law.TAPS, why=Why.TAP_UNANSWERED, about=ident))
    return found


def _in_person(tap: CardClicked, answers: Iterable[Letter]) -> bool:
    """Whether the tapper, or their group, was told something that is about no case."""
    return any(
        letter.case is None and letter.to in {tap.sender.userid, tap.sender.chat} for letter in answers
    )
