"""What may stand in a roster file, and what does it mean?"""

from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rules.calendar import DAY, SHANGHAI
from rules.events import UserId
from rules.roster import ANY, CarrierContact, Member, Role, Roster, Shift
from rules.weektime import DAYS, parse_clock, parse_days

UserIdText = Annotated[str, Field(min_length=1, max_length=64)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class MemberFile(_Strict):
    """`{userid: zhangsan, name: 张三, roles: [agent], shops: ["*"]}`."""

    userid: UserIdText
    name: str = Field(min_length=1, max_length=64)
    roles: list[Role] = Field(min_length=1)
    shops: list[str] = Field(default=[ANY], min_length=1)

    def member(self) -> Member:
        return Member(
            userid=UserId(self.userid),
            name=self.name,
            roles=frozenset(self.roles),
            shops=frozenset(self.shops),
        )


class ShiftFile(_Strict):
    """`{userid: zhangsan, days: [mon, tue], from: "09:00", to: "18:00"}`; `from` after `to` crosses midnight."""

    userid: UserIdText
    days: list[str] = list(DAYS)
    start: str = Field(default="00:00", alias="from")
    end: str = Field(default="24:00", alias="to")

    @field_validator("days")
    @classmethod
    def _are_days(cls, days: list[str]) -> list[str]:
        for day in days:
            parse_days(day)
        return days

    @field_validator("start", "end")
    @classmethod
    def _is_a_clock_time(cls, text: str) -> str:
        parse_clock(text)
        return text

    def shift(self) -> Shift:
        end = parse_clock(self.end)
        return Shift(
            userid=UserId(self.userid),
            days=frozenset(day for text in self.days for day in parse_days(text)),
            start=_time(parse_clock(self.start) % DAY),
            end=None if end == DAY else _time(end),
        )


class CarrierFile(_Strict):
    """`{carrier: yuantong, region: "*", contact: lisi}`."""

    carrier: str = ANY
    region: str = ANY
    contact: UserIdText

    def entry(self) -> CarrierContact:
        return CarrierContact(carrier=self.carrier, region=self.region, contact=UserId(self.contact))


class RosterFile(_Strict):
    """The file `DINGDAN_ROSTER_FILE` names."""

    version: Literal[1] = Field(default=1, description="of this format")
    members: list[MemberFile] = Field(min_length=1)
    shifts: list[ShiftFile] = []
    fallback: UserIdText
    groups: dict[str, str] = {}
    carriers: list[CarrierFile] = []

    @model_validator(mode="after")
    def _names_known_people(self) -> Self:
        known = {member.userid for member in self.members}
        if len(known) < len(self.members):
            raise ValueError("two members have the same userid")
        named = {"fallback": self.fallback}
        named |= {f"shifts.{number}.userid": shift.userid for number, shift in enumerate(self.shifts)}
        named |= {f"carriers.{number}.contact": entry.contact for number, entry in enumerate(self.carriers)}
        unknown = [
            f"{place}: {userid!r} is not among the members"
            for place, userid in named.items()
            if userid not in known
        ]
        if unknown:
            raise ValueError("; ".join(unknown))
        return self

    def compile(self, zone: ZoneInfo = SHANGHAI) -> Roster:
        """The roster in the form that is used."""
        members = [member.member() for member in self.members]
        return Roster(
            members={member.userid: member for member in members},
            shifts=tuple(shift.shift() for shift in self.shifts),
            fallback=UserId(self.fallback),
            groups=self.groups,
            carriers=tuple(entry.entry() for entry in self.carriers),
            zone=zone,
        )


def parse_roster(data: dict[str, Any]) -> RosterFile:
    """The file's content, checked. Raises pydantic.ValidationError with every fault."""
    return RosterFile.model_validate(data)


def _time(distance: timedelta) -> time:
    minutes = int(distance.total_seconds()) // 60
    return time(minutes // 60, minutes % 60)
