"""Who is behind the id that a frame of the bot shows? WeCom may encrypt it; the app can ask (pages 101521 and 95884).

Whoever is on the roster or was asked about before costs no call. Whatever somebody unknown did is kept, stored as it
is, until WeCom has told; when it does not in time, they are told that it had no effect.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.directory import Directory
from bot.signals import Signal
from bot.storage.store import Store, Transaction
from bot.wecom.answers import NoAnswerError, NotSentError
from bot.wecom.codes import Upshot, code_of
from bot.wecom.contacts import Contacts, NotToldError
from handlers.messages import Incoming, Sender, Surface, Unrecognised
from handlers.ports import StoreUnavailableError
from rules.events import UserId

KEPT = timedelta(minutes=1)
"""So long what somebody did is kept for WeCom to say who they are."""
AGAIN_AFTER = timedelta(seconds=2)
CALL_SECONDS = 3
"""A tap is answered within 5 seconds or never: better a second call than a long one."""
STRANGER_FOR = timedelta(minutes=10)
"""So long somebody whom WeCom does not know is not asked about again."""
NOT_PERMITTED = frozenset({48001, 48002, 48005})
"""The app may not ask at all: ids are taken as they are."""
PASSING = frozenset({Upshot.STALE_TOKEN, Upshot.RETRY, Upshot.WAIT, Upshot.OPERATOR})

PLAIN = frozenset({Surface.APP, Surface.KF})
"""Where WeCom tells userids as they are, or none."""

log = structlog.get_logger("callers")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """Something that came in from somebody unknown."""

    shown: UserId
    at: datetime


class Callers:
    """Recognises those who speak to the bot."""

    def __init__(
        self, contacts: Contacts, directory: Directory, store: Store, clock: Clock, recognised: Signal
    ) -> None:
        self._contacts = contacts
        self._directory = directory
        self._store = store
        self._clock = clock
        self._recognised = recognised
        self._wanted = asyncio.Event()
        self._waiting: dict[str, _Waiting] = {}
        self._learnt: dict[str, UserId] = {}
        """Known here already, and to the directory a moment later."""
        self._strangers: dict[str, datetime] = {}
        self._given_up: set[str] = set()

    @property
    def waiting(self) -> Collection[str]:
        """What is kept, by identity."""
        return self._waiting

    def read(self, identity: str, message: Incoming) -> Incoming | None:
        """The message with its sender's userid; None while it is kept, because WeCom is being asked."""
        sender = message.sender
        userid = sender.userid if sender.surface in PLAIN else self._userid(sender.userid)
        if userid is not None:
            return replace(message, sender=replace(sender, userid=userid))
        if identity in self._given_up:
            self._given_up.discard(identity)
            return Unrecognised(sender=sender)
        return None

    def keep(self, identity: str, sender: Sender) -> None:
        """Ask about the sender of something, which is kept meanwhile."""
        self._waiting[identity] = _Waiting(shown=sender.userid, at=sender.at)
        self._wanted.set()

    async def run(self) -> None:
        """Ask, for ever; all who are unknown in one question."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._waiting:
                if await self._ask():
                    continue
                self._give_up()
                if self._waiting:
                    await self._clock.sleep(AGAIN_AFTER)

    def _userid(self, shown: UserId) -> UserId | None:
        """Who it is, as far as is known."""
        roster, staff = self._directory.roster, self._directory.staff
        if shown in roster.members or shown in roster.former:
            return shown
        known = staff.ids.get(shown) or self._learnt.get(shown)
        if known is None and (shown in staff.members or self._is_stranger(shown)):
            return shown
        return known

    def _is_stranger(self, shown: UserId) -> bool:
        until = self._strangers.get(shown)
        return until is not None and self._clock.now() < until

    async def _ask(self) -> bool:
        """Ask about everybody who is waited for; whether WeCom told."""
        asked = {one.shown for one in self._waiting.values()}
        try:
            async with asyncio.timeout(CALL_SECONDS):
                found = await self._contacts.plain_userids(sorted(asked))
        except (TimeoutError, NoAnswerError, NotSentError) as error:
            log.warning("callers.untold", error=str(error) or type(error).__name__)
            return False
        except NotToldError as error:
            log.warning("callers.untold", error=str(error))
            if error.code not in NOT_PERMITTED and code_of(error.code).upshot in PASSING:
                return False
            found = dict[str, UserId]()
        now = self._clock.now()
        self._strangers = {one: until for one, until in self._strangers.items() if until > now}
        self._strangers |= dict.fromkeys(asked - found.keys(), now + STRANGER_FOR)
        self._learnt |= found
        self._let_go({identity for identity, one in self._waiting.items() if one.shown in asked})
        await self._remember(found, now)
        return True

    async def _remember(self, found: dict[str, UserId], now: datetime) -> None:
        """Let all replicas know, and the next process."""
        new = {shown: userid for shown, userid in found.items() if shown != userid}

        async def learn(work: Transaction) -> None:
            await work.staff.learn(new, now)

        if new:
            try:
                await self._store.run("staff", learn)
            except StoreUnavailableError:
                log.warning("callers.forgotten")  # asked again when this process is gone

    def _give_up(self) -> None:
        """Whoever could not be recognised in time is told so."""
        now = self._clock.now()
        late = {identity for identity, one in self._waiting.items() if now - one.at >= KEPT}
        self._given_up |= late
        self._let_go(late)

    def _let_go(self, identities: Collection[str]) -> None:
        for identity in identities:
            del self._waiting[identity]
        self._recognised.call()
