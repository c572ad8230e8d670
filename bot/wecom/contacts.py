"""Who is in the company's address book (通讯录), and who has just logged in? The calls that read it, typed.

Only ids, names and whether somebody is still there: phone numbers and addresses are neither asked for nor kept.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from bot.wecom.answers import Answer, NoAnswerError
from bot.wecom.client import WecomClient
from rules.events import UserId
from rules.staff import Employment

ABSENT = frozenset({40003, 60111})
"""There is no such userid (page 90313)."""
OUT_OF_SIGHT = frozenset({50002, 60011, 60021})
"""The app may not see the member, which says nothing about whether they are there."""
BAD_CODE = frozenset({40029, 41008, 42003, 42022})
"""The code of a login is wrong, too old or used."""
MOST_IDS = 1000
"""In one question about open_userids (page 95884)."""

_STATUS: Mapping[int, Employment] = {
    1: Employment.ACTIVE,
    2: Employment.DISABLED,
    4: Employment.INACTIVE,
    5: Employment.LEFT,
}


class NotToldError(Exception):
    """WeCom has answered, and refuses to say."""

    def __init__(self, call: str, answer: Answer) -> None:
        super().__init__(f"{call}: {answer.code} {answer.text}".rstrip())
        self.code = answer.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member as page 90196 tells of one."""

    userid: UserId
    """As WeCom writes it, whatever the letter case of the question."""
    name: str
    employment: Employment


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department (page 90208); the root has the number 1."""

    number: int
    name: str
    parent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """Who has a tag (page 90213): people, and whole departments by number."""

    userids: tuple[UserId, ...]
    departments: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCard:
    """The app as the admin console knows it (page 90227)."""

    name: str
    closed: bool
    trusted_domain: str
    """Where logins may come back to; empty when none is set."""


class Contacts:
    """The address book. Every call raises NotToldError, NoAnswerError or NotSentError."""

    def __init__(self, client: WecomClient) -> None:
        self._client = client

    async def person(self, userid: str) -> Person | None:
        """One member; None when there is nobody of that id. Page 90196."""
        answer = await self._client.ask("user/get", userid=userid)
        if answer.code in ABSENT:
            return None
        body = _told("user/get", answer)
        status = body.get("status", 1)
        return Person(
            userid=UserId(_text("user/get", body, "userid")),
            name=str(body.get("name") or ""),
            employment=_STATUS.get(status if isinstance(status, int) else 1, Employment.ACTIVE),
        )

    async def people_in(self, department: int) -> list[UserId]:
        """The members of one department, not of those below it. Page 90200."""
        call = "user/simplelist"
        body = _told(call, await self._client.ask(call, department_id=str(department)))
        return [UserId(_text(call, one, "userid")) for one in _items(call, body, "userlist")]

    async def departments(self) -> list[Department]:
        """All that the app may see. Page 90208."""
        call = "department/list"
        body = _told(call, await self._client.ask(call))
        return [
            Department(
                number=_number(call, one, "id"),
                name=str(one.get("name") or ""),
                parent=_number(call, one, "parentid"),
            )
            for one in _items(call, body, "department")
        ]

    async def tags(self) -> dict[int, str]:
        """The names of the tags that the app may see, by number. Page 90216."""
        call = "tag/list"
        body = _told(call, await self._client.ask(call))
        return {
            _number(call, one, "tagid"): str(one.get("tagname") or "")
            for one in _items(call, body, "taglist")
        }

    async def tagged(self, tag: int) -> Tagged:
        """Who has a tag. Page 90213."""
        call = "tag/get"
        body = _told(call, await self._client.ask(call, tagid=str(tag)))
        return Tagged(
            userids=tuple(UserId(_text(call, one, "userid")) for one in _items(call, body, "userlist")),
            departments=tuple(_numbers(call, body, "partylist")),
        )

    async def plain_userids(self, shown: Collection[str]) -> dict[str, UserId]:
        """The userids behind open_userids; those that are none are left out. Page 95884."""
        call, found = "batch/openuserid_to_userid", dict[str, UserId]()
        asked = list(shown)
        for start in range(0, len(asked), MOST_IDS):
            question = msgspec.json.encode({"open_userid_list": asked[start : start + MOST_IDS]})
            body = _told(call, await self._client.call(call, question))
            for one in _items(call, body, "userid_list"):
                found[_text(call, one, "open_userid")] = UserId(_text(call, one, "userid"))
        return {one: userid for one, userid in found.items() if userid}

    async def visitor(self, code: str) -> UserId | None:
        """Who has logged in with a code; None for somebody who is no member. Page 96442.

        NotToldError with a code of BAD_CODE when the login has to be begun again.
        """
        body = _told("auth/getuserinfo", await self._client.ask("auth/getuserinfo", code=code))
        userid = body.get("userid") or body.get("UserId")
        return UserId(userid) if isinstance(userid, str) else None

    async def app(self, agent_id: int) -> AppCard:
        """The app itself. Page 90227."""
        body = _told("agent/get", await self._client.ask("agent/get", agentid=str(agent_id)))
        return AppCard(
            name=str(body.get("name") or ""),
            closed=body.get("close") == 1,
            trusted_domain=str(body.get("redirect_domain") or ""),
        )

    async def kf_accounts(self) -> list[str]:
        """The 微信客服 accounts that the app may use, by open_kfid; the first hundred. Page 94661."""
        call = "kf/account/list"
        question = msgspec.json.encode({"offset": 0, "limit": 100})
        body = _told(call, await self._client.call(call, question))
        return [_text(call, one, "open_kfid") for one in _items(call, body, "account_list")]


def within(numbers: Iterable[int], departments: Iterable[Department]) -> list[int]:
    """The departments and all below them, each once; a loop among them ends where it began."""
    below: dict[int, list[int]] = {}
    for one in departments:
        below.setdefault(one.parent, []).append(one.number)
    found: dict[int, None] = {}
    waiting = list(numbers)
    while waiting:
        number = waiting.pop(0)
        if number not in found:
            found[number] = None
            waiting += below.get(number, [])
    return list(found)


def _told(call: str, answer: Answer) -> Mapping[str, Any]:
    if not answer.ok:
        raise NotToldError(call, answer)
    return answer.body


def _items(call: str, body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects; an absent one is empty, as WeCom leaves out what there is none of."""
    listed: object = body.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in cast(list[Any], listed)):
        raise _unreadable(call)
    return cast(list[Mapping[str, Any]], listed)


def _numbers(call: str, body: Mapping[str, Any], name: str) -> list[int]:
    listed: object = body.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(one, int) for one in cast(list[Any], listed)):
        raise _unreadable(call)
    return cast(list[int], listed)


def _text(call: str, body: Mapping[str, Any], name: str) -> str:
    value: object = body.get(name)
    if not isinstance(value, str):
        raise _unreadable(call)
    return value


def _number(call: str, body: Mapping[str, Any], name: str) -> int:
    value: object = body.get(name)
    if not isinstance(value, int):
        raise _unreadable(call)
    return value


def _unreadable(call: str) -> NoAnswerError:
    return NoAnswerError(f"{call}: an answer of another shape")
