"""How do addressees stand, and what may a letter do then? Go, wait, or be one too many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.outbox import EXPIRED, SHARED_BY, TO_CUSTOMERS, Letter, LetterKind, Medium, Overflow
from rules.delivery import DeliveryState, too_late
from rules.pace import CONVERSATION, WEBHOOK, Spent, rank_of, wait_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Which readers a letter is on its way to, and what each was sent within the last hour and minute."""

    busy: set[str]
    spent: dict[str, Spent]

    def take_in(self, addressee: str, spent: Spent, *, under_way: bool, message: bool) -> None:
        """What an addressee was sent, and whether something, or a message, is on its way; to several: to each."""
        readers = addressee.split(SHARED_BY)
        if under_way:
            self.busy.add(addressee)
        if message:
            self.busy.update(readers)
        for reader in readers:
            self.spent[reader] = self.spent.get(reader, Spent()).and_also(spent)

    def next(self, letter: Letter, now: datetime, lease_until: datetime) -> Letter | Overflow | None:
        """The letter as it goes out now, waits for its readers' pace, or is too late; None before its turn.

        An alert that would have to wait for the pace is one too many.
        """
        if letter.takes_turns and not self.busy.isdisjoint(letter.turns):
            self.busy.update(letter.turns)  # one that needs several keeps its place before those after it
            return None
        if letter.expires_at is not None and letter.expires_at < now:
            return _expired(letter, now)
        waits = self._waits(letter)
        if waits and letter.is_alert and letter.payload is None:
            return Overflow(letter=letter, full=tuple(waits), room_at=max(waits.values()))
        goes_at = max([now, *waits.values()])
        if letter.expires_at is not None and letter.expires_at < goes_at:
            return _expired(letter, now)
        if goes_at > now:
            return replace(letter, due_at=goes_at)
        self._goes(letter, now)
        return replace(
            letter,
            state=DeliveryState.SENDING,
            attempts=letter.attempts + 1,
            attempted_at=now,
            lease_until=lease_until,
        )

    def _waits(self, letter: Letter) -> Mapping[str, datetime]:
        """When those of its readers have room for it who have none now."""
        if not _is_paced(letter):
            return {}
        paces = WEBHOOK if letter.medium is Medium.WEBHOOK else CONVERSATION
        digest = letter.kind is LetterKind.OVERFLOW
        pace = paces[rank_of(letter.priority, answer=letter.is_answer, digest=digest)]
        room = {reader: wait_until(self.spent.get(reader, Spent()), pace) for reader in letter.readers}
        return {reader: at for reader, at in room.items() if at is not None}

    def _goes(self, letter: Letter, now: datetime) -> None:
        if letter.takes_turns:
            self.busy.update(letter.turns)
        if _is_paced(letter):
            for reader in letter.readers:
                self.spent[reader] = self.spent.get(reader, Spent()).one_more(now)


def _expired(letter: Letter, now: datetime) -> Letter:
    note = f"{EXPIRED}: {letter.note}" if letter.note else EXPIRED
    state = too_late(letter.guarantee, unclear_before=letter.unclear)
    return replace(letter, state=state, done_at=now, note=note)


def _is_paced(letter: Letter) -> bool:
    return letter.is_message and letter.medium not in TO_CUSTOMERS
