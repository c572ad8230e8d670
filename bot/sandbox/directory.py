"""How does an app read the directory? user/*, department/* and tag/* (wecom.md §10.2)."""

from collections.abc import Sequence

from bot.sandbox.bot_api import BotApi
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import FaultKind
from bot.sandbox.paging import page
from bot.sandbox.staff import ROOT, Employee, Staff
from bot.sandbox.tokens import CONTACTS
from bot.sandbox.world import World

MOST_USERS = 1000
MOST_PARTIES = 100


class Directory:
    """What an app may see is its visible range; a self-built app of today gets neither mobile nor e-mail."""

    def __init__(self, world: World, staff: Staff, bot: BotApi) -> None:
        self._world = world
        self._staff = staff
        self._bot = bot

    @property
    def endpoints(self) -> Endpoints:
        gets = {
            "user/get": self._user,
            "user/simplelist": self._simple_users,
            "user/list": self._users,
            "department/list": self._departments,
            "department/simplelist": self._department_ids,
            "tag/list": self._tags,
            "tag/get": self._tag,
        }
        return {path: Endpoint(answer=answer, verb="GET") for path, answer in gets.items()} | {
            "user/list_id": Endpoint(answer=self._user_ids),
            "tag/addtagusers": Endpoint(answer=lambda asked: self._tag_users(asked, add=True)),
            "tag/deltagusers": Endpoint(answer=lambda asked: self._tag_users(asked, add=False)),
        }

    def _user(self, asked: Asked) -> Answer:
        userid = asked.required("userid", Errcode.NO_USERID)
        one = None if asked.spoils(userid) else self._staff.get(userid)
        if one is None:
            raise Refused(Errcode.NO_SUCH_USERID, "userid not found")
        if not self._may_see(asked, one):
            raise Refused(Errcode.OUT_OF_RANGE, "no privilege on this member")
        return ok(**self._shown(one))

    def _simple_users(self, asked: Asked) -> Answer:
        return ok(
            userlist=[
                {"userid": one.userid, "name": one.name, "department": list(one.departments)}
                for one in self._members(asked)
            ]
        )

    def _users(self, asked: Asked) -> Answer:
        return ok(userlist=[self._shown(one) for one in self._members(asked)])

    def _user_ids(self, asked: Asked) -> Answer:
        if self._world.knobs.list_id_needs_contacts_secret and asked.agent_id != CONTACTS:
            raise Refused(Errcode.NO_PERMISSION, "only the secret of 通讯录同步 may call this")
        rows = [
            {"userid": one.userid, "department": department}
            for one in self._staff.everybody()
            for department in one.departments
        ]
        return page(asked.node(), "dept_user", rows, most=10_000)

    def _departments(self, asked: Asked) -> Answer:
        staff = self._staff
        rows = [
            {"id": one, "name": staff.departments[one], "parentid": staff.parent(one), "order": 1}
            for one in self._below(asked)
        ]
        leaders: list[str] = []
        return ok(department=[row | {"name_en": "", "department_leader": leaders} for row in rows])

    def _department_ids(self, asked: Asked) -> Answer:
        rows = [{"id": one, "parentid": self._staff.parent(one), "order": 1} for one in self._below(asked)]
        return ok(department_id=rows)

    def _tags(self, _asked: Asked) -> Answer:
        return ok(taglist=[{"tagid": tag, "tagname": name} for tag, (name, _) in self._staff.tags.items()])

    def _tag(self, asked: Asked) -> Answer:
        tag = self._known_tag(asked.number("tagid", 0, Errcode.BAD_TAG))
        name, userids = self._staff.tags[tag]
        seen = [one for userid in sorted(userids) if (one := self._staff.get(userid))]
        rows = [{"userid": one.userid, "name": one.name} for one in seen if self._may_see(asked, one)]
        return ok(tagname=name, userlist=rows, partylist=[])

    def _tag_users(self, asked: Asked, *, add: bool) -> Answer:
        request = asked.node()
        tag = self._known_tag(request.integer("tagid", Errcode.BAD_TAG))
        if tag in self._world.config.foreign_tags:
            raise Refused(Errcode.OUT_OF_RANGE, "another app has made this tag")
        named = request.texts("userlist", most=MOST_USERS)
        parties = request.integers("partylist", most=MOST_PARTIES)
        if not named and not parties:
            raise Refused(Errcode.EMPTY_PARAMETER, "userlist and partylist are both empty")
        found = {userid: None if asked.spoils(userid) else self._staff.get(userid) for userid in named}
        good = [one.userid for one in found.values() if one and self._may_see(asked, one)]
        bad = [userid for userid, one in found.items() if one is None or one.userid not in good]
        if not good:
            raise Refused(Errcode.BAD_USERS, "all userids are invalid")
        if not asked.has_fault(FaultKind.SILENTLY_DROP):
            self._staff.tag_users(tag, good, add=add)
        lists: Answer = {"invalidlist": "|".join(bad)} if bad else {}
        return ok(**lists, **({"invalidparty": parties} if parties else {}))

    def _members(self, asked: Asked) -> list[Employee]:
        department = self._department(asked, "department_id", None)
        children = asked.number("fetch_child", 0) == 1
        within = self._staff.within(department, children=children)
        return [one for one in within if self._may_see(asked, one)]

    def _below(self, asked: Asked) -> Sequence[int]:
        return sorted(self._staff.below(self._department(asked, "id", ROOT)))

    def _department(self, asked: Asked, name: str, default: int | None) -> int:
        if default is None:
            asked.required(name)
        department = asked.number(name, default or 0)
        if department not in self._staff.departments:
            raise Refused(Errcode.NO_SUCH_PARTY, "no such department")
        return department

    def _known_tag(self, tag: int) -> int:
        if tag not in self._staff.tags:
            raise Refused(Errcode.BAD_TAG, "no such tag")
        return tag

    def _may_see(self, asked: Asked, one: Employee) -> bool:
        return asked.agent_id == CONTACTS or self._world.sees(one.userid)

    def _shown(self, one: Employee) -> Answer:
        """Neither mobile, nor email, nor avatar: apps made after 2022-06 do not get them."""
        return {
            "userid": one.userid,
            "name": one.name,
            "department": list(one.departments),
            "order": [0] * len(one.departments),
            "position": "",
            "is_leader_in_dept": [0] * len(one.departments),
            "direct_leader": [],
            "telephone": "",
            "alias": "",
            "status": one.status,
            "enable": int(one.status == 1),
            "main_department": one.departments[0],
            "open_userid": self._bot.open_userid(one.userid),
            "extattr": {"attrs": []},
        }
