"""Who may call the server API, and how often? The checks at the door, before any endpoint (wecom.md §3.1, §3.3).

Addresses that fail, that ask for too many tokens, and APIs that are called too often or by too many at once.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.windows import Barrier, Window
from bot.sandbox.world import World

A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
DEBUG_PER_MINUTE = 5
UNCOUNTED = frozenset({"message/send", "auth/getuserinfo"})
"""They have limits of their own, or none (90454, 91023)."""


class Door:
    def __init__(self, world: World) -> None:
        self._world = world
        self._inside: Counter[str] = Counter()
        self._minutes = Barrier(A_MINUTE)
        self._hours = Barrier(AN_HOUR)
        self._debugging = Barrier(A_MINUTE)
        self._tokens = Barrier(A_MINUTE)
        self._wrong: dict[str, Window] = {}
        self._shut_until: dict[str, datetime] = {}

    @contextmanager
    def passage(self, path: str) -> Generator[None, None, None]:
        """Be inside for the length of a call. Raises Refused when too many are (45033)."""
        if self._inside[path] >= self._world.knobs.api_concurrent:
            raise Refused(Errcode.TOO_MANY_AT_ONCE, "api concurrent out of limit")
        self._inside[path] += 1
        try:
            yield
        finally:
            self._inside[path] -= 1

    def check_gettoken(self, address: str) -> None:
        """Whether this address may ask for a token. Raises Refused."""
        now = self._world.now()
        self._check_address(address, now)
        if not self._tokens.admit(address, self._world.knobs.gettokens_per_minute, now):
            raise Refused(Errcode.TOO_OFTEN, "gettoken is called too often; keep the token")

    def wrong_secret(self, address: str) -> None:
        """An address that is wrong too often is shut out for an hour (90313, help on 45009)."""
        now = self._world.now()
        wrong = self._wrong.setdefault(address, Window(AN_HOUR))
        wrong.take(now)
        if not wrong.has_room(self._world.knobs.wrong_secrets, now):
            self._shut_until[address] = now + AN_HOUR

    def check(self, address: str, path: str, *, debug: bool) -> None:
        """Whether this call may go in. Raises Refused."""
        now, knobs = self._world.now(), self._world.knobs
        self._check_address(address, now)
        if not knobs.caller_trusted:
            raise Refused(Errcode.ADDRESS_REFUSED, f"not allow to access from your ip, from ip: {address}")
        if knobs.app_disabled:
            raise Refused(Errcode.APP_DISABLED, "the app is disabled")
        if debug and not self._debugging.admit(path, DEBUG_PER_MINUTE, now):
            raise Refused(Errcode.TOO_OFTEN, "debug=1 is for 5 calls a minute")
        if path in UNCOUNTED:
            return
        minute = self._minutes.admit(path, knobs.api_per_minute, now)
        if not (minute and self._hours.admit(path, knobs.api_per_hour, now)):
            raise Refused(Errcode.TOO_OFTEN, "api freq out of limit")

    def _check_address(self, address: str, now: datetime) -> None:
        until = self._shut_until.get(address)
        if until is not None and now < until:
            raise Refused(Errcode.TOO_OFTEN, "this address is blocked for an hour")
