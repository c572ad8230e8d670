"""What may a roster file say about changes of duty, and what does it mean?"""

import re
from datetime import date, datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field, model_validator

from rules.changes import Flaw, FlawKind, flaw_of
from rules.dates import A_DAY
from rules.duty import AHEAD, Change, ChangeKind, moment
from rules.roster import Roster
from rules.staff import Staff
from rules.strict import STRICT, UserIdText, fault

BEGINS = "write a day or a day and a time, such as 2026-12-03 or 2026-12-03 09:00, in quotes"
ENDS = "write a day, a day and a time, or a time of the same day, such as 2026-12-05, 2026-12-03 18:00 or 18:00, in quotes"
OVER_MIDNIGHT = (
    "that is not after `from`; what lasts over midnight ends on a day of its own, such as {example}"
)
_WALL = re.compile(r"(?:(\d{4}-\d\d-\d\d)(?:[T ]+|$))?(?:(\d\d?):(\d\d))?", re.ASCII)


def _wall(text: str) -> tuple[date | None, time | None, bool] | None:
    """Day, time, and whether that is 24:00; None for what cannot be read."""
    match = _WALL.fullmatch(text.strip())
    if match is None or not text.strip():
        return None
    try:
        day = None if match[1] is None else date.fromisoformat(match[1])
        if match[2] is None:
            return day, None, False
        is_midnight = (match[2], match[3]) == ("24", "00")
        return day, time() if is_midnight else time(int(match[2]), int(match[3])), is_midnight
    except ValueError:
        return None


def _begins(text: str) -> str:
    read = _wall(text)
    if read is None or read[0] is None:
        raise fault(BEGINS)
    return text


def _ends(text: str) -> str:
    if _wall(text) is None:
        raise fault(ENDS)
    return text


class OverrideFile(BaseModel):
    """`{do: swap, userid: zhangsan, with: lisi, from: "2026-12-03 09:00", to: "18:00"}`."""

    model_config = STRICT

    do: ChangeKind
    userid: UserIdText
    substitute: UserIdText | None = Field(default=None, alias="with")
    start: Annotated[str, AfterValidator(_begins)] = Field(alias="from")
    end: Annotated[str, AfterValidator(_ends)] = Field(alias="to")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.do is ChangeKind.SWAP and self.substitute is None:
            raise fault("`swap` needs a `with`: who has the duty instead", "do")
        if self.do is not ChangeKind.SWAP and self.substitute is not None:
            raise fault(f"`{self.do}` takes no `with`; only `swap` does", "with")
        start, end = self.walls
        if end <= start:
            example = f"{start.date() + A_DAY} {end:%H:%M}"
            raise fault(OVER_MIDNIGHT.format(example=example), "to")
        return self

    @property
    def walls(self) -> tuple[datetime, datetime]:
        """From when until when, by the clock on the wall."""
        first, begin, late = _wall(self.start) or (None, None, False)
        last, end, midnight = _wall(self.end) or (None, None, False)
        first = first or date.min
        start = datetime.combine(first + A_DAY if late else first, begin or time())
        last = last or first
        return start, datetime.combine(last + A_DAY if end is None or midnight else last, end or time())

    def change(self, staff: Staff, zone: ZoneInfo) -> Change:
        """The change in the form that is used."""
        start, end = self.walls
        return Change(
            kind=self.do,
            userid=staff.userid(self.userid),
            substitute=None if self.substitute is None else staff.userid(self.substitute),
            start=moment(start, zone),
            end=moment(end, zone),
            made_by=IN_FILE,
        )


IN_FILE = "file"
"""Who has made what stands in the file, where the file's name is not at hand."""


def check(override: OverrideFile, roster: Roster, now: datetime, *, everybody: bool) -> None:
    """Raise a fault when something stands in the way of an override; of people only where `everybody` is named."""
    change = override.change(Staff(), roster.zone)
    flaw = flaw_of(change, roster, now) if everybody else None
    if change.end > now + AHEAD:
        flaw = flaw or Flaw(kind=FlawKind.FAR, userid=change.userid)
    if flaw is not None:
        place, words = _told(flaw, override)
        raise fault(words, place, known=[*roster.members] if flaw.kind is FlawKind.UNKNOWN else [])


def _told(flaw: Flaw, override: OverrideFile) -> tuple[str, str]:
    """The key that is at fault, and the words with the mend."""
    named = "userid" if flaw.userid == override.userid else "with"
    match flaw.kind:
        case FlawKind.UNKNOWN:
            return named, f"{flaw.userid!r} is not among the members"
        case FlawKind.FAR:
            return "to", f"that is more than {AHEAD.days} days ahead; write what is later into the shifts"
        case FlawKind.ONESELF:
            return "with", "nobody stands in for themselves; name somebody else"
        case FlawKind.ROLE if flaw.role is None:
            return named, f"{flaw.userid!r} has no role to be on shift for; give them agent, lead or manager"
        case FlawKind.ROLE:
            return (
                named,
                f"{flaw.userid!r} has not got the role {flaw.role} of this duty; name somebody who has",
            )
        case FlawKind.SHOP:
            shop = "every shop" if flaw.shop == "*" else f"the shop {flaw.shop!r}"
            return named, f"{flaw.userid!r} does not serve {shop} of this duty; name somebody who does"
        case FlawKind.NIGHT:
            begin, end = flaw.shift or override.walls
            write = f'from: "{begin:%Y-%m-%d %H:%M}", to: "{end:%Y-%m-%d %H:%M}"'
            return "from", f"whole days cut the shift over midnight in two; write {write}"
        case FlawKind.NOTHING:
            return "from", f"{flaw.userid!r} has no shift in that time; write days and times of one"
        case _:
            return (
                "from",
                f"another line changes the duty of {flaw.userid!r} in that time; leave one of them out",
            )
