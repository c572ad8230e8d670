"""Does somebody still work here, and where? What WeCom last said of people, and what that means for their rights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rules.events import UserId


class Employment(StrEnum):
    """Whether somebody is with the company. Only what is known takes rights away."""

    ACTIVE = "active"
    """Has joined, and can be written to."""
    INACTIVE = "inactive"
    """Has not joined yet: on the books, but not in the client."""
    DISABLED = "disabled"
    """Barred by an administrator; may come back."""
    LEFT = "left"
    """Gone, or never there."""


GONE = frozenset({Employment.DISABLED, Employment.LEFT})
"""Whoever is gone has no rights, whatever the roster says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """Somebody as WeCom knows them."""

    userid: UserId
    """As WeCom itself writes it."""
    name: str
    """Empty when WeCom has none to give."""
    employment: Employment
    departments: frozenset[str] = frozenset()
    """Of the departments that the roster names, by its own labels, those that lead to this member."""
    tags: frozenset[str] = frozenset()
    """The same of tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """All that WeCom has said of people so far; empty where it was never asked."""

    members: Mapping[UserId, StaffMember] = field(default_factory=dict[UserId, StaffMember])
    ids: Mapping[str, UserId] = field(default_factory=dict[str, UserId])
    """The userids behind other ways to write them: open_userids, and other letter cases."""

    def userid(self, written: str) -> UserId:
        """The userid that is meant by an id of the roster or of a frame, as far as is known."""
        return self.ids.get(written, UserId(written))

    def is_gone(self, userid: UserId) -> bool:
        """Whether somebody is known to have left, or to be barred."""
        known = self.members.get(userid)
        return known is not None and known.employment in GONE

    def in_department(self, label: str) -> list[StaffMember]:
        """Who is still there of a department that the roster names, by userid."""
        return self._still_there(lambda one: label in one.departments)

    def with_tag(self, label: str) -> list[StaffMember]:
        """The same of a tag."""
        return self._still_there(lambda one: label in one.tags)

    def _still_there(self, belongs: Callable[[StaffMember], bool]) -> list[StaffMember]:
        found = [one for one in self.members.values() if belongs(one) and one.employment not in GONE]
        return sorted(found, key=lambda one: one.userid)
