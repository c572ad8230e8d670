"""What may stand in a roster file, and what does it mean?"""

from datetime import time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator

from rules.calendar import DAY, SHANGHAI
from rules.events import UserId
from rules.roster import ANY, CarrierContact, Member, Role, Roster, Shift
from rules.strict import STRICT, fault
from rules.weektime import DAYS, ClockText, DaysText, parse_clock, parse_days

UserIdText = Annotated[str, Field(min_length=1, max_length=64)]


class _Strict(BaseModel):
    model_config = STRICT


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
    days: list[DaysText] = list(DAYS)
    start: ClockText = Field(default="00:00", alias="from")
    end: ClockText = Field(default="24:00", alias="to")

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


def _check_known(userid: str, info: ValidationInfo, *at: str) -> None:
    """Raise a fault when `userid` is not among the members; faulty members have faults of their own."""
    members: list[MemberFile] = info.data.get("members", [])
    known = [member.userid for member in members]
    if known and userid not in known:
        raise fault(f"{userid!r} is not among the members", *at, known=known)


def _is_known(userid: str, info: ValidationInfo) -> str:
    _check_known(userid, info)
    return userid


def _is_of_a_member(shift: ShiftFile, info: ValidationInfo) -> ShiftFile:
    _check_known(shift.userid, info, "userid")
    return shift


def _leads_to_a_member(entry: CarrierFile, info: ValidationInfo) -> CarrierFile:
    _check_known(entry.contact, info, "contact")
    return entry


class RosterFile(_Strict):
    """The file `DINGDAN_ROSTER_FILE` names."""

    version: Literal[1] = Field(default=1, description="of this format")
    members: list[MemberFile] = Field(min_length=1)
    shifts: list[Annotated[ShiftFile, AfterValidator(_is_of_a_member)]] = []
    fallback: Annotated[UserIdText, AfterValidator(_is_known)]
    groups: dict[str, str] = {}
    carriers: list[Annotated[CarrierFile, AfterValidator(_leads_to_a_member)]] = []

    @field_validator("members")
    @classmethod
    def _have_ids_of_their_own(cls, members: list[MemberFile]) -> list[MemberFile]:
        seen: set[str] = set()
        for number, member in enumerate(members):
            if member.userid in seen:
                raise fault("another member has this userid already", number, "userid")
            seen.add(member.userid)
        return members

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
