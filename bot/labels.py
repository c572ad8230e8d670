"""Who is in the departments and has the tags that the roster names?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.wecom.contacts import Contacts, Department, within
from rules.events import UserId
from rules.rosterfile import RosterFile
from rules.staff import Staff, StaffMember

People = Mapping[str, frozenset[UserId]]
"""The members of each label, as the roster writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The departments and tags of a roster, with everybody in them."""

    departments: People
    tags: People

    @classmethod
    def remembered(cls, written: RosterFile, staff: Staff) -> "Labels":
        """As WeCom said the last time."""
        return cls(
            departments={one: _ids(staff.in_department(one)) for one in written.departments},
            tags={one: _ids(staff.with_tag(one)) for one in written.tags},
        )

    @property
    def userids(self) -> list[UserId]:
        """Everybody, in the order of the labels."""
        everybody = [*self.departments.values(), *self.tags.values()]
        return list(dict.fromkeys(userid for people in everybody for userid in sorted(people)))

    def put_on(self, member: StaffMember) -> StaffMember:
        """The member with the labels that lead to them."""
        return replace(
            member,
            departments=_of(self.departments, member.userid),
            tags=_of(self.tags, member.userid),
        )

    async def looked_up(self, contacts: Contacts, troubles: set[str]) -> "Labels":
        """As WeCom says now; to `troubles` goes what it does not know. Raises what a call of `contacts` raises."""
        people = _PeopleIn(contacts)
        departments, tags = dict[str, frozenset[UserId]](), dict[str, frozenset[UserId]]()
        names = {one.number: one.name for one in await people.tree()} if self.departments else {}
        for label in self.departments:
            departments[label] = await people.below(found(label, names, "department", troubles))
        names = await contacts.tags() if self.tags else {}
        for label in self.tags:
            tags[label] = frozenset[UserId]()
            for number in found(label, names, "tag", troubles):
                tagged = await contacts.tagged(number)
                tags[label] = frozenset(tagged.userids) | await people.below(tagged.departments)
        return Labels(departments=departments, tags=tags)


class _PeopleIn:
    """The people of departments, each asked for once."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts
        self._tree: list[Department] | None = None
        self._known: dict[int, list[UserId]] = {}

    async def tree(self) -> list[Department]:
        """All departments, asked for when they are first needed."""
        if self._tree is None:
            self._tree = await self._contacts.departments()
        return self._tree

    async def below(self, numbers: Collection[int]) -> frozenset[UserId]:
        """Everybody in these departments and in those below them."""
        people: set[UserId] = set()
        for number in within(numbers, await self.tree()) if numbers else []:
            if number not in self._known:
                self._known[number] = await self._contacts.people_in(number)
            people.update(self._known[number])
        return frozenset(people)


def found(label: str, names: Mapping[int, str], kind: str, troubles: set[str]) -> list[int]:
    """The number that a label means; none, with a word about it, when that is unknown or not clear."""
    if label.isascii() and label.isdecimal() and int(label) in names:
        return [int(label)]
    numbers = [number for number, name in names.items() if name == label]
    if len(numbers) == 1:
        return numbers
    if numbers:
        listed = ", ".join(map(str, sorted(numbers)))
        troubles.add(f"roster: several {kind}s are called {label!r}; write the number of one: {listed}")
    else:
        known = ", ".join(f"{name} ({number})" for number, name in sorted(names.items())) or "none"
        troubles.add(f"roster: the app sees no {kind} {label!r}; it sees {known}")
    return []


def _ids(people: Iterable[StaffMember]) -> frozenset[UserId]:
    return frozenset(one.userid for one in people)


def _of(people: People, userid: UserId) -> frozenset[str]:
    return frozenset(label for label, members in people.items() if userid in members)
