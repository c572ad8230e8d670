"""What do the lines about an incident say? Worded when they leave, from the incident as it is then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.outbox import Letter, Say
from handlers.ports import Work
from handlers.wording import Words
from handlers.world import World
from replies import incident_lines
from rules.anomalies import Anomaly
from rules.events import UserId
from rules.incidents import Incident, as_a_case, waiting_of
from rules.instants import from_ms
from rules.ladder import contact_by
from rules.storms import IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """An incident at one instant, and what a letter is to say of it."""

    incident: Incident
    cases: Sequence[Anomaly]
    """In the order in which they joined."""
    content: Mapping[str, str]
    world: World
    now: datetime

    @property
    def waiting(self) -> int:
        """How many of its cases wait for an answer."""
        return len(waiting_of(self.cases))

    @property
    def left(self) -> str:
        """How long there is until the first of their customers is to be reached."""
        case = as_a_case(self.incident, self.cases)
        rules = self.world.directory.rules
        if case is None:
            return "都已联系"
        book = rules.of(case)
        return incident_lines.time_left(contact_by(case, book), self.now, book.calendar.zone)

    def name(self, key: str) -> str | None:
        """The name of the person whom the letter's content names so."""
        userid = self.content.get(key)
        return self.world.directory.roster.name(UserId(userid)) if userid else None


async def line_words(letter: Letter, work: Work, world: World, now: datetime) -> Words | None:
    """The words of a line about the incident that its content names; None when there is nothing left to say."""
    incident = await work.incidents.find(IncidentId(letter.content["incident"]))
    if incident is None or incident.closed_at is not None:
        return None
    cases = await work.incidents.cases(incident.id)
    file = _File(incident=incident, cases=cases, content=letter.content, world=world, now=now)
    said = _SAY[Say(letter.content["say"])](file)
    return None if said is None else Words(said=said)


def _reminder(file: _File) -> str | None:
    if not file.waiting:
        return None
    return incident_lines.reminder(file.incident, file.waiting, file.name("owner"), file.left)


def _handed_over(file: _File) -> str:
    to, previous = file.name("to") or "", file.name("previous")
    return incident_lines.handed_over(file.incident, file.waiting, to, previous, file.left)


def _pushed(file: _File) -> str:
    return incident_lines.pushed(file.incident, file.waiting, file.name("to") or "", file.left)


def _wave(file: _File) -> str:
    return incident_lines.wave(file.incident, int(file.content["more"]), int(file.content["total"]))


def _joined(file: _File) -> str | None:
    """Those of the five minutes who came after the last burst that was told of."""
    since, until = from_ms(int(file.content["since"])), from_ms(int(file.content["until"]))
    told = file.incident.wave_at
    more = sum(
        one.joined_at is not None and since <= one.joined_at < until and one.joined_at > told
        for one in file.cases
    )
    return incident_lines.joined(file.incident, more) if more else None


_SAY: Mapping[Say, Callable[[_File], str | None]] = {
    Say.INCIDENT_REMINDER: _reminder,
    Say.INCIDENT_HANDED_OVER: _handed_over,
    Say.INCIDENT_PUSHED: _pushed,
    Say.INCIDENT_WAVE: _wave,
    Say.INCIDENT_JOINED: _joined,
}
