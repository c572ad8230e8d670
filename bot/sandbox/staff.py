"""Who works here, in which department, under which tag? The directory, and what changes in it (wecom.md §2, §10.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.sandbox.callback_xml import Post, contact_event
from bot.sandbox.misuse import Misuse
from bot.sandbox.watch import wire_time
from bot.sandbox.world import USERID, World

ROOT = 1
ACTIVE, DISABLED, INACTIVE, LEFT = 1, 2, 4, 5
STATUSES = (ACTIVE, DISABLED, INACTIVE, LEFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    userid: str
    name: str
    departments: tuple[int, ...]
    status: int = ACTIVE


class Staff:
    """The people of the corp. A change is told to the app by change_contact."""

    def __init__(self, world: World, post: Post) -> None:
        self._world = world
        self._post = post
        self._changed: dict[str, Employee] = {}
        self.departments: Mapping[int, str] = {ROOT: world.config.shop_name} | dict(world.config.departments)
        self.tags: dict[int, tuple[str, set[str]]] = {
            tag: (name, set(userids)) for tag, (name, userids) in world.config.tags.items()
        }

    def get(self, userid: str) -> Employee | None:
        """The member, however the userid is spelled; None: nobody, or deleted. One who has left may be found."""
        spelled = self._world.spelled(userid)
        if spelled is None:
            return None
        config = self._world.config
        return self._changed.get(spelled) or Employee(
            userid=spelled,
            name=config.name_of(spelled),
            departments=config.staff_departments.get(spelled, (ROOT,)),
        )

    def everybody(self) -> tuple[Employee, ...]:
        """Those who have left are among them, those who were deleted are not."""
        return tuple(one for userid in self._world.everybody() if (one := self.get(userid)))

    def within(self, department: int, *, children: bool = True) -> tuple[Employee, ...]:
        """The members of a department, and of those below it."""
        ids = self.below(department) if children else {department}
        return tuple(one for one in self.everybody() if ids & set(one.departments))

    def below(self, department: int) -> set[int]:
        """The department and all that stand under it; all but the root stand under the root, where nothing is said."""
        found = {department}
        for _ in self.departments:
            found |= {one for one in self.departments if one != ROOT and self.parent(one) in found}
        return found

    def parent(self, department: int) -> int:
        """0 for the root."""
        return 0 if department == ROOT else self._world.config.department_parents.get(department, ROOT)

    def change(
        self,
        userid: str,
        *,
        name: str | None = None,
        status: int | None = None,
        departments: Sequence[int] | None = None,
        tags: Iterable[int] | None = None,
    ) -> Employee:
        """Change a member, or take on a new one. Raises Misuse."""
        self._check(userid, status, departments, tags)
        before = self.get(userid)
        known = before or Employee(userid=userid, name=userid, departments=(ROOT,))
        after = replace(
            known,
            name=known.name if name is None else name,
            status=known.status if status is None else status,
            departments=known.departments if departments is None else tuple(departments),
        )
        self._changed[after.userid] = after
        self._world.takes_on(after.userid)
        self._world.unreachable(after.userid, gone=after.status in {DISABLED, LEFT})
        if before is None or before != after:
            self._tell("update_user" if before else "create_user", _fields(after))
        if tags is not None:
            self._tag(after.userid, set(tags))
        self._world.changes.note()
        return after

    def leaves(self, userid: str) -> None:
        """Delete a member from the directory. Raises Misuse."""
        known = self.get(userid)
        if known is None:
            raise Misuse("userid", f"one of {', '.join(self._world.members())}")
        self._changed.pop(known.userid, None)
        for _, userids in self.tags.values():
            userids.discard(known.userid)
        self._world.dismiss(known.userid)
        self._tell("delete_user", {"UserID": known.userid})
        self._world.changes.note()

    def tag_users(self, tag: int, userids: Sequence[str], *, add: bool) -> None:
        """Put members under a tag or take them away; the app is told."""
        held = self.tags[tag][1]
        moved = [one for one in userids if (one in held) != add]
        held.update(moved) if add else held.difference_update(moved)
        if moved:
            items = "AddUserItems" if add else "DelUserItems"
            self._tell("update_tag", {"TagId": str(tag), items: ",".join(moved)})
        self._world.changes.note()

    def _tag(self, userid: str, wanted: set[int]) -> None:
        for tag in self.tags:
            self.tag_users(tag, [userid], add=tag in wanted)

    def _check(
        self,
        userid: str,
        status: int | None,
        departments: Sequence[int] | None,
        tags: Iterable[int] | None,
    ) -> None:
        if not USERID.fullmatch(userid):
            raise Misuse("userid", "1 to 64 of 0-9 a-z A-Z _ . @ -")
        if status is not None and status not in STATUSES:
            raise Misuse("status", "1 active, 2 disabled, 4 inactive or 5 left")
        if departments is not None and not (departments and set(departments) <= self.departments.keys()):
            raise Misuse("departments", f"some of {', '.join(map(str, self.departments))}")
        if tags is not None and not set(tags) <= self.tags.keys():
            raise Misuse("tags", f"some of {', '.join(map(str, self.tags))}")

    def _tell(self, change: str, fields: Mapping[str, str]) -> None:
        xml = contact_event(
            corp_id=self._world.config.corp_id,
            created=wire_time(self._world.watch),
            event="change_contact",
            change=change,
            fields=fields,
        )
        self._post("change_contact", fields.get("UserID", ""), xml)


def _fields(one: Employee) -> dict[str, str]:
    return {
        "UserID": one.userid,
        "Name": one.name,
        "Department": ",".join(map(str, one.departments)),
        "MainDepartment": str(one.departments[0]),
        "Status": str(one.status),
    }
