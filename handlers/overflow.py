"""What becomes of alerts that are too many for somebody? Folded into one digest, which says what is still open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.messages import LetterId
from handlers.outbox import SHARED_BY, Letter, LetterKind, Medium, Overflow, Taken, origin_of
from handlers.pen import GIVE_UP_AFTER
from handlers.ports import Work
from handlers.situations import Dossier
from handlers.wording import PRIVATE, Words
from handlers.world import Listing, World
from replies.digests import MOST_SHOWN, overflow_card
from rules.anomalies import Anomaly, AnomalyId
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.pace import digest_at


async def fold(work: Work, world: World, taken: Taken, now: datetime) -> list[Letter]:
    """Fold what is one too many into the digest of its reader; the letters that have ended by it.

    A digest collects until it leaves: what comes later goes into the next one.
    """
    if not taken.overflow:
        return []
    leaving = {letter.id for letter in taken.letters}
    found = await work.outbox.collecting({reader for one in taken.overflow for reader in one.full})
    known = {reader: digest for reader, digest in found.items() if digest.id not in leaving}
    digests, parts = dict(known), list[Letter]()
    for one in taken.overflow:
        for part in _parts(one, world):
            if part.to in one.full:
                digest = _hastened(digests.get(part.to) or _digest(part, one, world, now), one, now)
                digests[part.to] = digest
                parts.append(replace(part, state=DeliveryState.FOLDED, done_at=now, folded_into=digest.id))
            else:
                parts.append(part)
    before = {one.letter.id for one in taken.overflow} | {digest.id for digest in known.values()}
    changed = [digest for reader, digest in digests.items() if digest != known.get(reader)]
    await work.outbox.post(letter for letter in (*changed, *parts) if letter.id not in before)
    await work.outbox.update(*(letter for letter in (*changed, *parts) if letter.id in before))
    return [part for part in parts if part.state is DeliveryState.FOLDED]


def _parts(one: Overflow, world: World) -> Iterator[Letter]:
    """A letter to several readers, of whom some are full: to each of these a part of its own, the rest together."""
    letter = one.letter
    free = [reader for reader in letter.readers if reader not in one.full]
    first, *others = [SHARED_BY.join(free), *one.full] if free else one.full
    yield replace(letter, to=first)
    content = {**letter.content, "instead_of": origin_of(letter)}
    for reader in others:
        id_, key = world.new_id(), f"{letter.key}:{reader}"
        yield replace(letter, id=id_, key=key, to=reader, content=content, version=1)


def _digest(part: Letter, one: Overflow, world: World, now: datetime) -> Letter:
    id_, due_at = world.new_id(), digest_at(one.room_at, now, part.priority)
    return Letter(
        id=id_,
        key=f"overflow:{part.to}:{id_}",
        kind=LetterKind.OVERFLOW,
        medium=part.medium,
        to=part.to,
        due_at=due_at,
        priority=part.priority,
        expires_at=due_at + GIVE_UP_AFTER,
    )


def _hastened(digest: Letter, one: Overflow, now: datetime) -> Letter:
    """As urgent as the most urgent of what it says."""
    due_at = digest_at(one.room_at, now, one.letter.priority)
    return replace(
        digest,
        priority=min(digest.priority, one.letter.priority),
        due_at=min(digest.due_at, due_at),
    )


# --- what it says --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a digest is to say: the cases folded into it that are still open, most urgent first."""

    cases: Sequence[Anomaly] = ()

    @property
    def top(self) -> Sequence[Anomaly]:
        """Those that it names."""
        return self.cases[:MOST_SHOWN]


async def told_by(work: Work, letters: Iterable[Letter]) -> dict[LetterId, Told]:
    """What each of the digests among the letters has to say now."""
    digests = {letter.id for letter in letters if letter.kind is LetterKind.OVERFLOW}
    if not digests:
        return {}
    folded = defaultdict[LetterId | None, set[str]](set)
    alerts = await work.outbox.folded_into(digests)
    for alert in alerts:
        folded[alert.folded_into].add(alert.case or "")
    found = await work.cases.with_orders({alert.case for alert in alerts if alert.case is not None})
    cases = sorted(
        (case for case, _ in found.values() if case.ended_at is None and not case.in_storm), key=_urgency
    )
    return {digest: Told(cases=[one for one in cases if one.id in folded[digest]]) for digest in digests}


def _urgency(case: Anomaly) -> tuple[str, datetime]:
    return case.priority, case.due_at


def narrowed(letter: Letter, told: Mapping[LetterId, Told]) -> Letter:
    """The digest of a single case is that case's card; other letters are what they are."""
    if letter.id not in told:
        return letter
    cases = told[letter.id].cases
    only = cases[0] if len(cases) == 1 else None
    return replace(letter, case=only.id if only else None, order=only.order if only else None)


def overflow_words(
    letter: Letter, told: Told, dossiers: Mapping[AnomalyId, Dossier], world: World, now: datetime
) -> Words | None:
    """The words of a digest of several cases; None when none is open any more."""
    top = [dossiers[case.id].situation for case in told.top if case.id in dossiers]
    if not top:
        return None
    link = _link(letter.medium, letter.readers, world, now)
    return Words(said=overflow_card(top, len(told.cases), link))


def _link(medium: Medium, readers: Collection[str], world: World, now: datetime) -> str:
    """Whoever reads alone gets a link of their own."""
    if medium not in PRIVATE:
        return world.links.listing(Listing.OPEN)
    (reader,) = readers
    return world.links.personal(None, UserId(reader), now, Listing.OPEN)
