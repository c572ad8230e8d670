"""Who on the roster still works here? WeCom is asked, round after round, by whichever replica holds the lease.

Only what WeCom says takes rights away. A call that fails, or a member out of the app's sight, changes nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.directory import Directory
from bot.labels import Labels
from bot.leader import Tenure
from bot.signals import Signal
from bot.storage.store import Transaction
from bot.wecom.answers import NoAnswerError, NotSentError
from bot.wecom.codes import Upshot, code_of
from bot.wecom.contacts import OUT_OF_SIGHT, Contacts, NotToldError
from handlers.staffing import of_employment
from rules.events import UserId
from rules.staff import GONE, Employment, Staff, StaffMember

EVERY = timedelta(seconds=20)
"""Three rounds in the minute in which a leaver has to lose all rights."""
FOR_EACH = timedelta(milliseconds=20)
"""A large roster is asked about more slowly: WeCom takes 10,000 questions of a kind in a minute (page 90454)."""
BLOCKED = timedelta(minutes=1)
SIDE_BY_SIDE = 8
MOST_FAILURES = 3
"""One spoilt answer is not yet an outage; after so many the rest of the round is spared."""
NOBODY_TELLS = frozenset({Upshot.STALE_TOKEN, Upshot.RETRY, Upshot.WAIT, Upshot.OPERATOR})
"""A refusal that is about us or the moment, and not about whom we asked for."""

log = structlog.get_logger("staffing")


@dataclass(slots=True, kw_only=True)
class _Round:
    """What one round has learnt so far."""

    known: Mapping[UserId, StaffMember]
    """What was known when it began."""
    members: dict[UserId, StaffMember] = field(default_factory=dict[UserId, StaffMember])
    ids: dict[str, UserId] = field(default_factory=dict[str, UserId])
    troubles: set[str] = field(default_factory=set[str])
    failures: int = 0
    pause: timedelta = EVERY

    @property
    def is_over(self) -> bool:
        """Whether there is no use in asking further."""
        return self.failures >= MOST_FAILURES or self.pause > EVERY

    def failed(self, error: Exception) -> None:
        """A call came to nothing."""
        self.troubles.add(str(error))
        self.failures += 1
        if isinstance(error, NotToldError) and code_of(error.code).upshot is Upshot.WAIT:
            self.pause = BLOCKED


class Census:
    """Keeps what is known of the people whom the roster names."""

    def __init__(self, contacts: Contacts, directory: Directory, clock: Clock, asked: Signal) -> None:
        self._contacts = contacts
        self.directory = directory
        self._clock = clock
        self._asked = asked
        self._told: set[str] = set()
        """The troubles of the last round: each is logged once."""

    async def keep(self, tenure: Tenure) -> None:
        """Ask, for ever; at once when the roster has changed."""
        while True:
            pause = await self.round(tenure)
            await self._asked.wait(self._clock, pause)

    async def round(self, tenure: Tenure) -> timedelta:
        """Ask about everybody once and write down what was said; how long to wait before the next round."""
        written = self.directory.written
        if written is None:
            return EVERY
        this = _Round(known=self.directory.staff.members)
        before = Labels.remembered(written, self.directory.staff)
        labels = await self._labels(before, this)
        userids = dict.fromkeys([*written.userids, *labels.userids, *before.userids])
        turns = asyncio.Semaphore(SIDE_BY_SIDE)
        async with asyncio.TaskGroup() as group:
            for userid in userids:
                group.create_task(self._ask_about(userid, labels, this, turns))
        await self._write(tenure, this)
        self._tell(this.troubles)
        return max(this.pause, FOR_EACH * len(userids))

    async def _labels(self, before: Labels, this: _Round) -> Labels:
        """Who is in the departments and has the tags; as before, where WeCom does not tell."""
        try:
            return await before.looked_up(self._contacts, this.troubles)
        except (NotToldError, NoAnswerError, NotSentError) as error:
            this.failed(error)
            return before

    async def _ask_about(self, written: str, labels: Labels, this: _Round, turns: asyncio.Semaphore) -> None:
        async with turns:
            if this.is_over:
                return
            try:
                member = await look_up(self._contacts, self.directory.staff, written)
            except (NoAnswerError, NotSentError) as error:
                this.failed(error)
            except NotToldError as error:
                if error.code not in OUT_OF_SIGHT and code_of(error.code).upshot in NOBODY_TELLS:
                    this.failed(error)
                else:
                    this.troubles.add(f"{written}: {error}")
            else:
                this.members[member.userid] = labels.put_on(member)
                if member.userid != written:
                    this.ids[written] = member.userid

    async def _write(self, tenure: Tenure, this: _Round) -> None:
        """Write it down, except of whom WeCom has told something by callback meanwhile: that is newer."""
        known, now_known = self.directory.staff.ids, self.directory.staff.members
        learnt = [
            one for one in this.members.values() if now_known.get(one.userid) == this.known.get(one.userid)
        ]
        new = {written: userid for written, userid in this.ids.items() if known.get(written) != userid}

        async def write(work: Transaction) -> int:
            now = self._clock.now()
            await work.staff.learn(new, now)
            changed = await work.staff.save(learnt)
            moved = [one for one in learnt if one.userid in changed and _has_moved(one, now_known)]
            await work.trail.note([of_employment(one.userid, one.employment, now) for one in moved])
            return len(changed)

        changed = await tenure.run("staff", write)
        if changed or new:
            log.info("staff.changed", people=changed, ids=len(new))

    def _tell(self, troubles: set[str]) -> None:
        for trouble in sorted(troubles - self._told):
            log.warning("staff.trouble", trouble=trouble)
        self._told = troubles


def _has_moved(one: StaffMember, before: Mapping[UserId, StaffMember]) -> bool:
    """Whether somebody's place in the company is another than what was known; who is new is merely there."""
    known = before.get(one.userid)
    return one.employment in GONE if known is None else one.employment is not known.employment


async def look_up(contacts: Contacts, staff: Staff, written: str) -> StaffMember:
    """What WeCom says of a member, be it by open_userid. Raises what a call of `contacts` raises."""
    userid = staff.userid(written)
    person = await contacts.person(userid)
    if person is None and userid == written and userid not in staff.members:
        plain = await _plain(contacts, written)
        if plain is not None:
            userid, person = plain, await contacts.person(plain)
    if person is None:
        return StaffMember(userid=userid, name="", employment=Employment.LEFT)
    return StaffMember(userid=person.userid, name=person.name, employment=person.employment)


async def _plain(contacts: Contacts, written: str) -> UserId | None:
    """The userid behind an open_userid; None for what is none, or when the app may not ask."""
    try:
        return (await contacts.plain_userids([written])).get(written)
    except NotToldError as error:
        if code_of(error.code).upshot in NOBODY_TELLS - {Upshot.OPERATOR}:
            raise
        return None
