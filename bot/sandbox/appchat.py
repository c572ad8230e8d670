"""Which groups does the app make itself? appchat/create, get, update and send (90245, 90248, wecom.md §6)."""

import re
import secrets
from datetime import timedelta

from bot.sandbox import contents
from bot.sandbox.endpoints import Answer, Asked, Endpoint, Endpoints, ok
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.faults import FaultKind
from bot.sandbox.fields import Node
from bot.sandbox.media import Media
from bot.sandbox.windows import Barrier, Quota
from bot.sandbox.world import Chat, ChatKind, DropReason, Speaker, World

CHATID = re.compile(r"[0-9a-zA-Z]{1,32}")
NAME_CHARACTERS = 50
LEAST_MEMBERS, MOST_MEMBERS = 2, 2000
CREATES_PER_DAY = 1000
CHANGES_PER_HOUR = 1000


class _Group:
    def __init__(self, chat: Chat, agent_id: int, owner: str, members: list[str]) -> None:
        self.chat = chat
        self.agent_id = agent_id
        self.owner = owner
        self.members = members


class AppChats:
    """The answer to a message is bare: no msgid, no recall, and what is too much is dropped without a word."""

    def __init__(self, world: World, media: Media) -> None:
        self._world = world
        self._media = media
        self._groups: dict[str, _Group] = {}
        self._creates = Barrier(timedelta(days=1))
        self._changes = Barrier(timedelta(hours=1))
        self._person_times = Barrier(timedelta(minutes=1))
        self._quota = Quota(
            lambda: (world.knobs.appchat_per_minute, world.knobs.appchat_per_day), longer=timedelta(days=1)
        )

    @property
    def endpoints(self) -> Endpoints:
        return {
            "appchat/create": Endpoint(answer=self._create),
            "appchat/update": Endpoint(answer=self._update, bare=True),
            "appchat/get": Endpoint(answer=self._get, verb="GET"),
            "appchat/send": Endpoint(answer=self._send),
        }

    def _create(self, asked: Asked) -> Answer:
        request = asked.node()
        self._check_range()
        members = self._members(request, "userlist", asked)
        self._check_count(members)
        owner = self._world.member(request.optional_text("owner") or members[0])
        if owner not in members:
            raise Refused(Errcode.BAD_OWNER, "owner must be in userlist")
        chat_id = self._chat_id(request)
        if not self._creates.admit("corp", CREATES_PER_DAY, self._world.now()):
            raise Refused(Errcode.TOO_OFTEN, "1000 groups a day")
        name = request.optional_text("name")[:NAME_CHARACTERS] or "群聊"
        chat = self._world.open_app_group(chat_id, name)
        self._groups[chat_id] = _Group(chat, asked.agent_id, owner or "", members)
        self._world.changes.note()
        return ok(chatid=chat_id)

    def _update(self, asked: Asked) -> Answer:
        request = asked.node()
        group = self._group(request.text("chatid", Errcode.BAD_CHATID), asked)
        if not self._changes.admit("corp", CHANGES_PER_HOUR, self._world.now()):
            raise Refused(Errcode.TOO_OFTEN, "1000 changes an hour")
        added = self._members(request, "add_user_list", asked)
        gone = self._members(request, "del_user_list", asked)
        members = [one for one in dict.fromkeys([*group.members, *added]) if one not in gone]
        self._check_count(members)
        owner = self._world.member(request.optional_text("owner") or group.owner)
        if owner not in members:
            raise Refused(Errcode.BAD_OWNER, "the owner must be in the group")
        group.members, group.owner = members, owner or ""
        if request.has("name"):
            group.chat.title = request.text("name", Errcode.BAD_CHAT_NAME)[:NAME_CHARACTERS]
        self._world.changes.note()
        return ok()

    def _get(self, asked: Asked) -> Answer:
        chat_id = asked.required("chatid", Errcode.BAD_CHATID)
        group = self._group(chat_id, asked)
        return ok(
            chat_info={
                "chatid": chat_id,
                "name": group.chat.title,
                "owner": group.owner,
                "userlist": list(group.members),
            }
        )

    def _send(self, asked: Asked) -> Answer:
        request = asked.node()
        group = self._group(request.text("chatid", Errcode.BAD_CHATID), asked)
        request.choice("safe", range(2))
        content = contents.of_app(request, self._media, self._world.knobs)
        now, size = self._world.now(), len(group.members)
        most = self._world.knobs.appchat_person_times_per_minute
        if not all(self._person_times.admit("corp", most, now) for _ in range(size)):
            raise Refused(Errcode.TOO_OFTEN, "the corp's person-times of this minute are used up")
        if asked.has_fault(FaultKind.SILENTLY_DROP):
            self._world.drop(group.chat, content.text_for(), DropReason.FAULT)
            return ok()
        reached = [one for one in group.members if self._quota.admit((asked.agent_id, one), now)]
        for _ in range(size - len(reached)):
            self._world.drop(group.chat, content.text_for(), DropReason.OVER_LIMIT)
        if reached:
            self._world.put(group.chat, Speaker.APP, str(asked.agent_id), content)
        return ok()

    def _check_range(self) -> None:
        """The app must be visible to the root department."""
        if self._world.config.visible is not None:
            raise Refused(Errcode.OUT_OF_RANGE, "the app must be visible to the whole corp")

    def _group(self, chat_id: str, asked: Asked) -> _Group:
        group = self._groups.get(chat_id)
        if group is None or asked.has_fault(FaultKind.INVALIDUSER):
            ordinary = self._world.chats.get(f"{ChatKind.GROUP}:{chat_id}")
            raise Refused(Errcode.FOREIGN_CHAT if ordinary else Errcode.NO_SUCH_CHAT, "no group of this app")
        if group.agent_id != asked.agent_id:
            raise Refused(Errcode.FOREIGN_CHAT, "another app has made this group")
        return group

    def _chat_id(self, request: Node) -> str:
        if not request.has("chatid"):
            return secrets.token_hex(16)
        chat_id = request.text("chatid", Errcode.BAD_CHATID)
        if not CHATID.fullmatch(chat_id):
            request.refuse("chatid", Errcode.BAD_CHATID, "is 1 to 32 of 0-9 a-z A-Z")
        if chat_id in self._groups:
            raise Refused(Errcode.CHAT_EXISTS, "this chatid exists")
        return chat_id

    def _members(self, request: Node, name: str, asked: Asked) -> list[str]:
        named = request.texts(name, most=MOST_MEMBERS + 1)
        members = [self._world.member(one) for one in named if not asked.spoils(one)]
        if None in members or len(members) != len(named):
            request.refuse(name, Errcode.BAD_MEMBER, "names somebody who is no member")
        return [one for one in dict.fromkeys(members) if one]

    def _check_count(self, members: list[str]) -> None:
        if not LEAST_MEMBERS <= len(members) <= MOST_MEMBERS:
            raise Refused(Errcode.MEMBER_COUNT, f"a group has {LEAST_MEMBERS} to {MOST_MEMBERS} members")
