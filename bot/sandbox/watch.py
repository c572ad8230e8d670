"""Which time does the sandbox live in? An injected clock, and one whose hands a control may turn."""

from datetime import date, datetime, timedelta, timezone
from typing import Protocol, runtime_checkable

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


class Watch(Protocol):
    """What the sandbox needs of a clock; every Clock of bot/clock is one."""

    def now(self) -> datetime: ...


@runtime_checkable
class Movable(Protocol):
    """A watch that can be set, such as ManualClock."""

    def now(self) -> datetime: ...
    def move_to(self, moment: datetime) -> None: ...
    def advance(self, duration: timedelta) -> None: ...


class ShiftedWatch:
    """Another watch plus an offset: for a sandbox that runs beside the app in a process of its own."""

    def __init__(self, base: Watch) -> None:
        self._base = base
        self._offset = timedelta()

    def now(self) -> datetime:
        return self._base.now() + self._offset

    def unshifted(self) -> datetime:
        """The time of the app, which does not see the shift."""
        return self._base.now()

    def move_to(self, moment: datetime) -> None:
        self._offset = moment - self._base.now()

    def advance(self, duration: timedelta) -> None:
        self._offset += duration


def wire_time(watch: Watch) -> int:
    """Unix seconds as the app shall read them: a shift of the sandbox must not look like a replay to it."""
    return int(app_time(watch).timestamp())


def app_time(watch: Watch) -> datetime:
    """What the app's own clock says."""
    return watch.unshifted() if isinstance(watch, ShiftedWatch) else watch.now()


def day_of(moment: datetime) -> date:
    """The natural day in China, by which WeCom counts."""
    return moment.astimezone(SHANGHAI).date()
