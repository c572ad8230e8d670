"""What may stand in a roster file, and what does it mean?"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from rules.calendar import SHANGHAI
from rules.dates import A_DAY
from rules.duty import Shift
from rules.events import UserId
from rules.overridefile import OverrideFile, check
from rules.rights import Role
from rules.roster import ANY, CarrierContact, Member, PaymentContact, Roster, WarehouseContact
from rules.staff import Staff, StaffMember
from rules.strict import STRICT, UserIdText, fault, within
from rules.weektime import DAYS, ClockText, DaysText, ShiftText, parse_clock, parse_days, parse_shift

WHO = ("userid", "department", "tag")
ONE_OR_MANY: dict[str, Any] = {
    "oneOf": [{"required": ["userid", "name"]}, {"required": ["department"]}, {"required": ["tag"]}]
}
ONE_OF_THEM: dict[str, Any] = {"oneOf": [{"required": [name]} for name in WHO]}
"""For editors: what the checks below say in words."""
NOBODY_KNOWN = Staff()
WHOLE_DAY = "00:00", "24:00"
NOW = "now"
"""In the context of a check: when the file is read."""


def _as_label(value: object) -> object:
    """Departments and tags may be given by their number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


LabelText = Annotated[
    str, BeforeValidator(_as_label, json_schema_input_type=str | int), Field(min_length=1, max_length=64)
]
"""A department or tag, by name or number."""


class _Strict(BaseModel):
    model_config = STRICT


class _WhoFile(_Strict):
    """Who a line is about: one person, or everybody of a department or with a tag."""

    userid: UserIdText | None = None
    department: LabelText | None = None
    tag: LabelText | None = None

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        given = [name for name in WHO if getattr(self, name) is not None]
        if not given:
            raise fault(f"write one of {', '.join(WHO)}")
        if len(given) > 1:
            raise fault(f"only one of {', '.join(WHO)} can stand here; `{given[0]}` does already", given[1])
        return self

    @property
    def is_group(self) -> bool:
        """Whether it is about as many as WeCom names."""
        return self.userid is None

    def of(self, staff: Staff) -> list[StaffMember]:
        """Everybody of the group, as far as is known; empty for one person."""
        if self.department is not None:
            return staff.in_department(self.department)
        return [] if self.tag is None else staff.with_tag(self.tag)

    def userids(self, staff: Staff) -> list[UserId]:
        """Everybody that the line is about."""
        return [one.userid for one in self.of(staff)] if self.userid is None else [staff.userid(self.userid)]


class MemberFile(_WhoFile):
    """`{userid: zhangsan, name: 张三, roles: [agent], shops: ["*"]}`, or `department:` or `tag:` in place of userid and name."""

    model_config = STRICT | ConfigDict(json_schema_extra=ONE_OR_MANY)

    name: str | None = Field(default=None, min_length=1, max_length=64)
    roles: list[Role] = Field(min_length=1)
    shops: list[str] = Field(default=[ANY], min_length=1)

    @model_validator(mode="after")
    def _has_a_name_if_it_is_one(self) -> Self:
        if self.name is None and self.userid is not None:
            raise fault("`name` is missing")
        if self.name is not None and self.userid is None:
            raise fault("a department or tag has no name of ours; WeCom says who is in it", "name")
        return self

    def members(self, staff: Staff) -> list[Member]:
        """The members that the line makes."""
        if self.userid is None:
            return [self._member(one.userid, one.name or one.userid) for one in self.of(staff)]
        return [self._member(staff.userid(self.userid), self.name or self.userid)]

    def _member(self, userid: UserId, name: str) -> Member:
        return Member(userid=userid, name=name, roles=frozenset(self.roles), shops=frozenset(self.shops))


class ShiftFile(_WhoFile):
    """`{userid: zhangsan, days: [mon, tue], from: "09:00", to: "18:00"}`, or `blocks: ["09:00-12:00", "13:30-18:00"]`.

    What ends no later than it begins crosses midnight.
    """

    model_config = STRICT | ConfigDict(json_schema_extra=ONE_OF_THEM)

    days: list[DaysText] = list(DAYS)
    start: ClockText = Field(default=WHOLE_DAY[0], alias="from")
    end: ClockText = Field(default=WHOLE_DAY[1], alias="to")

    blocks: list[ShiftText] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _says_once_when(self) -> Self:
        if self.blocks is not None and (self.start, self.end) != WHOLE_DAY:
            raise fault("write either `blocks` or `from` and `to`", "blocks")
        for number, (one, other) in enumerate(pairwise(self._bounds())):
            if other[0] < one[1]:
                raise fault(
                    "blocks stand in order, and none begins before the one above has ended",
                    "blocks",
                    number + 1,
                )
        return self

    def _bounds(self) -> list[tuple[timedelta, timedelta]]:
        """When the blocks of a day begin and end, from its midnight on."""
        if self.blocks is None:
            return [(parse_clock(self.start) % A_DAY, parse_clock(self.end))]
        return [parse_shift(text) for text in self.blocks]

    def shifts(self, staff: Staff) -> list[Shift]:
        """The shifts of everybody that the line is about."""
        return [self._shift(userid, *bounds) for userid in self.userids(staff) for bounds in self._bounds()]

    def _shift(self, userid: UserId, start: timedelta, end: timedelta) -> Shift:
        return Shift(
            userid=userid,
            days=frozenset(day for text in self.days for day in parse_days(text)),
            start=_time(start),
            end=None if end == A_DAY else _time(end % A_DAY),
        )


class CarrierFile(_Strict):
    """`{carrier: yuantong, region: "*", contact: lisi}`."""

    carrier: str = ANY
    region: str = ANY
    contact: UserIdText

    def entry(self, staff: Staff) -> CarrierContact:
        """The entry in the form that is used."""
        return CarrierContact(carrier=self.carrier, region=self.region, contact=staff.userid(self.contact))


class WarehouseFile(_Strict):
    """`{warehouse: hz1, region: "*", contact: lisi}`."""

    warehouse: str = ANY
    region: str = ANY
    contact: UserIdText

    def entry(self, staff: Staff) -> WarehouseContact:
        """The entry in the form that is used."""
        contact = staff.userid(self.contact)
        return WarehouseContact(warehouse=self.warehouse, region=self.region, contact=contact)


class PaymentFile(_Strict):
    """`{channel: wxpay, contact: lisi}`."""

    channel: str = ANY
    contact: UserIdText

    def entry(self, staff: Staff) -> PaymentContact:
        """The entry in the form that is used."""
        return PaymentContact(channel=self.channel, contact=staff.userid(self.contact))


_Entry = TypeVar("_Entry", CarrierFile, WarehouseFile, PaymentFile)


def _check_known(userid: str, info: ValidationInfo, *at: str) -> None:
    """Raise a fault when `userid` is not among the members; faulty members have faults of their own.

    Who is in a department or has a tag only WeCom knows: a roster with such lines may name anybody.
    """
    members: list[MemberFile] = info.data.get("members", [])
    known = [member.userid for member in members if member.userid is not None]
    if len(known) == len(members) > 0 and userid not in known:
        raise fault(f"{userid!r} is not among the members", *at, known=known)


def _is_of_a_member(shift: ShiftFile, info: ValidationInfo) -> ShiftFile:
    if shift.userid is not None:
        _check_known(shift.userid, info, "userid")
        return shift
    members: list[MemberFile] = info.data.get("members", [])
    name, label = ("department", shift.department) if shift.department is not None else ("tag", shift.tag)
    known = [named for member in members if (named := getattr(member, name)) is not None]
    if members and label not in known:
        raise fault(f"no line of the members is about the {name} {label!r}", name, known=known)
    return shift


def _leads_to_a_member(entry: _Entry, info: ValidationInfo) -> _Entry:
    _check_known(entry.contact, info, "contact")
    return entry


def _is_named(userid: str, info: ValidationInfo) -> str:
    """The fallback is there whatever WeCom says, so it stands in the file itself."""
    members: list[MemberFile] = info.data.get("members", [])
    known = [member.userid for member in members if member.userid is not None]
    if members and userid not in known:
        raise fault(f"{userid!r} is not among the members", known=known)
    return userid


class RosterFile(_Strict):
    """The file `DINGDAN_ROSTER_FILE` names."""

    version: Literal[1] = Field(default=1, description="of this format")
    members: list[MemberFile] = Field(min_length=1)
    shifts: list[Annotated[ShiftFile, AfterValidator(_is_of_a_member)]] = []
    fallback: Annotated[UserIdText, AfterValidator(_is_named)]
    groups: dict[str, str] = {}
    carriers: list[Annotated[CarrierFile, AfterValidator(_leads_to_a_member)]] = []
    warehouses: list[Annotated[WarehouseFile, AfterValidator(_leads_to_a_member)]] = []
    payments: list[Annotated[PaymentFile, AfterValidator(_leads_to_a_member)]] = []
    overrides: list[OverrideFile] = []

    @field_validator("members")
    @classmethod
    def _are_all_different(cls, members: list[MemberFile]) -> list[MemberFile]:
        seen: set[tuple[str, str]] = set()
        for number, member in enumerate(members):
            for name in WHO:
                value: str | None = getattr(member, name)
                if value is not None and (name, value) in seen:
                    raise fault(f"another member has this {name} already", number, name)
                seen.add((name, value or ""))
        return members

    @model_validator(mode="after")
    def _can_be_changed_so(self, info: ValidationInfo) -> Self:
        """Checked of a file that is read now, not of one that is kept: what is over needs not fit any more.

        What is said of people whom only WeCom knows is found out when the service runs.
        """
        context: dict[str, Any] = info.context or {}
        now: datetime | None = context.get(NOW)
        roster = replace(self.compile(), changes=())
        for number, override in enumerate(self.overrides):
            change = override.change(NOBODY_KNOWN, roster.zone)
            if now is None or change.end <= now:
                continue
            try:
                check(override, roster, now, everybody=self.names_everybody)
            except PydanticCustomError as error:
                raise within(error, "overrides", number) from None
            roster = replace(roster, changes=(*roster.changes, change))
        return self

    @property
    def names_everybody(self) -> bool:
        """Whether no line is about a department or a tag."""
        return not any(line.is_group for line in (*self.members, *self.shifts))

    def over(self, now: datetime, zone: ZoneInfo = SHANGHAI) -> list[int]:
        """Which of the overrides have no effect any more, by their places."""
        changes = (override.change(NOBODY_KNOWN, zone) for override in self.overrides)
        return [number for number, change in enumerate(changes) if change.end <= now]

    @property
    def userids(self) -> list[str]:
        """The ids that the file names as members, as they are written."""
        return [member.userid for member in self.members if member.userid is not None]

    @property
    def departments(self) -> list[str]:
        """The departments that the file names, by name or number."""
        return [member.department for member in self.members if member.department is not None]

    @property
    def tags(self) -> list[str]:
        """The tags that the file names, by name or number."""
        return [member.tag for member in self.members if member.tag is not None]

    def compile(self, zone: ZoneInfo = SHANGHAI, staff: Staff = NOBODY_KNOWN) -> Roster:
        """The roster in the form that is used, with everybody whom WeCom names and without who has left."""
        roster = Roster(
            members=_merged(self.members, staff),
            shifts=tuple(one for shift in self.shifts for one in shift.shifts(staff)),
            fallback=staff.userid(self.fallback),
            groups=self.groups,
            carriers=tuple(entry.entry(staff) for entry in self.carriers),
            warehouses=tuple(entry.entry(staff) for entry in self.warehouses),
            payments=tuple(entry.entry(staff) for entry in self.payments),
            zone=zone,
            changes=tuple(override.change(staff, zone) for override in self.overrides),
        )
        return roster.without([userid for userid in roster.members if staff.is_gone(userid)])


def parse_roster(data: dict[str, Any], now: datetime | None = None) -> RosterFile:
    """The file's content, checked; with `now`, its changes of duty too. Raises pydantic.ValidationError with every fault."""
    return RosterFile.model_validate(data, context={NOW: now})


def _merged(lines: list[MemberFile], staff: Staff) -> dict[UserId, Member]:
    """The members of all lines. What is said of somebody by userid counts alone; of several groups, all of it."""
    named = {member.userid: member for line in lines if not line.is_group for member in line.members(staff)}
    merged: dict[UserId, Member] = {}
    for member in (member for line in lines for member in line.members(staff)):
        known = merged.get(member.userid)
        merged[member.userid] = named.get(member.userid) or (known and _both(known, member)) or member
    return merged


def _both(one: Member, other: Member) -> Member:
    return replace(one, roles=one.roles | other.roles, shops=one.shops | other.shops)


def _time(distance: timedelta) -> time:
    minutes = int(distance.total_seconds()) // 60
    return time(minutes // 60, minutes % 60)
