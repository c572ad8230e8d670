"""Who works here, who is on shift, and who may do what?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

from rules.calendar import SHANGHAI
from rules.duty import Change, Plan, Shift
from rules.events import Shop, UserId
from rules.rights import FOR_ALL_SHOPS, Right, Role, grants

ANY = "*"
DEFAULT_GROUP = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the team."""

    userid: UserId
    name: str
    roles: frozenset[Role]
    shops: frozenset[str] = frozenset({ANY})

    @property
    def serves_all(self) -> bool:
        """Whether every shop is this member's."""
        return ANY in self.shops

    def serves(self, shop: Shop) -> bool:
        """Whether the shop is among this member's."""
        return self.serves_all or shop in self.shops

    def may(self, right: Right) -> bool:
        """Whether this member has a right, in the shops that they serve; what has its effect in all of them takes all."""
        return grants(self.roles, right) and (self.serves_all or right not in FOR_ALL_SHOPS)

    def may_act(self, shop: Shop) -> bool:
        """Whether this member may touch the cases of a shop."""
        return self.serves(shop) and self.may(Right.WORK)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierContact:
    """Who speaks to a carrier, in a region or in all."""

    carrier: str
    region: str
    contact: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseContact:
    """Who looks into a warehouse, for the orders that go to a region or to all."""

    warehouse: str
    region: str
    contact: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentContact:
    """Who sees what has come in by a payment channel, or by all."""

    channel: str
    contact: UserId


HEIRS = (Role.MANAGER, Role.ADMIN, Role.LEAD, Role.AGENT, Role.OPERATIONS)
"""Who stands in for a fallback that is gone: the first of the first of these roles that anybody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The team. `members` keep the order of the file; `fallback` is asked when nobody is on shift.

    Whoever has left the company is not among the members, though the file may still name them.
    """

    members: Mapping[UserId, Member]
    former: Mapping[UserId, Member] = field(default_factory=dict[UserId, Member])
    """Whom the file names although they are gone: their names stay on what they did."""
    shifts: tuple[Shift, ...] = ()
    fallback: UserId | None = None
    groups: Mapping[str, str] = field(default_factory=dict[str, str])
    carriers: tuple[CarrierContact, ...] = ()
    warehouses: tuple[WarehouseContact, ...] = ()
    payments: tuple[PaymentContact, ...] = ()
    zone: ZoneInfo = SHANGHAI
    changes: tuple[Change, ...] = ()
    """What has been changed about the shifts, for certain stretches of time."""
    named: Mapping[Role, tuple[UserId, ...]] = field(default_factory=dict[Role, tuple[UserId, ...]])
    """Who stands for all others of a role: whom a lane names for its orders. Empty for what is about no lane."""

    @property
    def plan(self) -> Plan:
        """Who is on duty when; of people whom nobody knows, too."""
        return Plan(shifts=self.shifts, changes=self.changes, zone=self.zone)

    def name(self, userid: UserId) -> str:
        """The member's name, or the id of somebody who never was on the roster."""
        member = self.members.get(userid) or self.former.get(userid)
        return userid if member is None else member.name

    def naming(self, named: Mapping[Role, tuple[UserId, ...]]) -> "Roster":
        """The roster for those orders for which these people stand for the others of their roles."""
        return replace(self, named=named) if named else self

    def on_shift(self, role: Role, shop: Shop, now: datetime) -> tuple[UserId, ...]:
        """The members of a role who are on shift for a shop, in the roster's order; may be empty.

        Where some are named for the role: those of them, in the order in which they are named, if any is on shift.
        """
        on_duty = self.plan.on_duty(now)
        return self._named(on_duty, role, shop) or self.fit(on_duty, role, shop)

    def _named(self, on_duty: Collection[UserId], role: Role, shop: Shop) -> tuple[UserId, ...]:
        """Those named for a role who are on duty, and may act for the shop: whatever else they are on the roster."""
        present = (self.members.get(userid) for userid in self.named.get(role, ()) if userid in on_duty)
        return tuple(one.userid for one in present if one is not None and one.may_act(shop))

    def fit(self, userids: Collection[UserId], role: Role, shop: Shop) -> tuple[UserId, ...]:
        """Those of `userids` who have a role for a shop, in the roster's order."""
        return tuple(
            member.userid
            for member in self.members.values()
            if member.userid in userids and role in member.roles and member.serves(shop)
        )

    def asked(self, role: Role, shop: Shop, now: datetime) -> tuple[UserId, ...]:
        """Who can be asked of a role: those on shift, in the roster's order, else the last resort alone.

        In place of leads it is managers who are asked first. Empty only for an empty roster.
        """
        on_shift = self.on_shift(role, shop, now)
        if role is Role.LEAD and not on_shift:
            on_shift = self.on_shift(Role.MANAGER, shop, now)
        last = None if on_shift else self.last_resort(now)
        return on_shift or ((last,) if last else ())

    def last_resort(self, now: datetime) -> UserId | None:
        """The fallback; while it is on leave, whoever would be next, and the fallback all the same if nobody is left."""
        if not self.changes or self.fallback is None:
            return self.fallback
        away = self.plan.away(now)
        present = {userid: member for userid, member in self.members.items() if userid not in away}
        return self.fallback if self.fallback in present else _heir(present) or self.fallback

    def duty_manager(self, shop: Shop, now: datetime) -> UserId | None:
        """A manager on shift now, else the last resort; None only for an empty roster."""
        return next(iter(self.asked(Role.MANAGER, shop, now)), None)

    def lead(self, shop: Shop, now: datetime) -> UserId | None:
        """A lead on shift now, else the duty manager."""
        return next(iter(self.asked(Role.LEAD, shop, now)), None)

    def agents(self, shop: Shop, now: datetime) -> tuple[UserId, ...]:
        """The agents on shift now, else the last resort alone; empty only for an empty roster."""
        return self.asked(Role.AGENT, shop, now)

    def standby(self, role: Role, shop: Shop, now: datetime) -> tuple[UserId, ...]:
        """Who can be asked instead of somebody of a role, in this order: others of it, a lead, the manager, the last resort."""
        of_role = (*self.on_shift(role, shop, now), *self.fit(self.plan.on_duty(now), role, shop))
        others = (*of_role, *self.on_shift(Role.LEAD, shop, now))
        last = self.duty_manager(shop, now), self.last_resort(now)
        return tuple(filter(None, dict.fromkeys((*others, *last))))

    def group_of(self, chat: str) -> str | None:
        """The name of the group that a chat id is of."""
        return next((name for name, its_chat in self.groups.items() if its_chat == chat), None)

    def carrier_contact(
        self, carrier: str | None, region: str | None, shop: Shop, now: datetime
    ) -> UserId | None:
        """Who speaks to the carrier: the entry for it in the region, else for it, for the region, for all.

        Whoever is on leave is passed over; where all are, the lead does it.
        """
        entries = [((entry.carrier, entry.region), entry.contact) for entry in self.carriers]
        fitting = _fitting(product((carrier, ANY), (region, ANY)), entries)
        return self._present(fitting, now) or (self.lead(shop, now) if fitting else None)

    def warehouse_contact(self, warehouse: str | None, region: str | None, now: datetime) -> UserId | None:
        """Who looks into the warehouse: the entry for it and the region, else for it, for the region, for all.

        None where there is none, or all are on leave.
        """
        entries = [((entry.warehouse, entry.region), entry.contact) for entry in self.warehouses]
        return self._present(_fitting(product((warehouse, ANY), (region, ANY)), entries), now)

    def payment_contact(self, channel: str | None, now: datetime) -> UserId | None:
        """Who sees what has come in by the payment channel: the entry for it, else for all; None as above."""
        entries = [(entry.channel, entry.contact) for entry in self.payments]
        return self._present(_fitting((channel, ANY), entries), now)

    def _present(self, contacts: Iterable[UserId], now: datetime) -> UserId | None:
        """The first who is not on leave."""
        away = self.plan.away(now)
        return next((contact for contact in contacts if contact not in away), None)

    def without(self, gone: Collection[UserId]) -> "Roster":
        """The roster after some have left: nobody calls them, and somebody else is the fallback."""
        staying = {userid: member for userid, member in self.members.items() if userid not in gone}
        if len(staying) == len(self.members):
            return self
        left = {userid: member for userid, member in self.members.items() if userid in gone}
        return replace(
            self,
            members=staying,
            former={**self.former, **left},
            shifts=tuple(shift for shift in self.shifts if shift.userid in staying),
            fallback=self.fallback if self.fallback in staying else _heir(staying),
            carriers=tuple(entry for entry in self.carriers if entry.contact in staying),
            warehouses=tuple(entry for entry in self.warehouses if entry.contact in staying),
            payments=tuple(entry for entry in self.payments if entry.contact in staying),
        )

    def chat(self, group: str) -> str | None:
        """The chat id of a group by its name, or of the default group."""
        return self.groups.get(group) or self.groups.get(DEFAULT_GROUP)


def _heir(members: Mapping[UserId, Member]) -> UserId | None:
    """Who is asked in place of a fallback that has left; None when nobody is there any more."""
    return next((one.userid for role in HEIRS for one in members.values() if role in one.roles), None)


def _fitting(wanted: Iterable[object], entries: Collection[tuple[object, UserId]]) -> list[UserId]:
    """The contacts of what is wanted, in that order."""
    return [contact for place in wanted for known, contact in entries if known == place]
