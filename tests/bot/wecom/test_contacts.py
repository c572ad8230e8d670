"""What WeCom tells of people is taken for what it says, and for nothing when it has another shape."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.clock import ManualClock
from bot.redis import EMBEDDED, open_redis
from bot.settings import Wecom
from bot.wecom.answers import NoAnswerError, unheard
from bot.wecom.client import WecomClient
from bot.wecom.contacts import AppCard, Contacts, Department, NotToldError, Person, Tagged, within
from rules.events import UserId
from rules.staff import Employment

TOKEN = {"errcode": 0, "errmsg": "ok", "access_token": "t", "expires_in": 7200}
ZHANG = {"userid": "zhangsan", "name": "张三", "status": 1, "mobile": "13800138000", "department": [1]}


@asynccontextmanager
async def contacts(answers: Mapping[str, object]) -> AsyncGenerator[Contacts]:
    """An address book whose calls are answered like this; `errcode` is 0 where it is not given."""

    async def answer(request: web.Request) -> web.Response:
        call = request.path.removeprefix("/cgi-bin/")
        body: Any = {"gettoken": TOKEN, **answers}[call]
        return web.json_response({"errcode": 0, **body} if isinstance(body, dict) else body)

    app = web.Application()
    app.router.add_route("*", "/cgi-bin/{call:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session, open_redis(EMBEDDED) as cache:
        base = str(server.make_url("/"))
        settings = Wecom(api_base=base, corp_id="ww", agent_id=1000002, secret=SecretStr("s"))
        yield Contacts(WecomClient(session, settings, cache, now=ManualClock().now, heard=unheard))


@pytest.mark.parametrize(
    ("status", "employment"),
    [
        (1, Employment.ACTIVE),
        (2, Employment.DISABLED),
        (4, Employment.INACTIVE),
        (5, Employment.LEFT),
        (7, Employment.ACTIVE),
        (None, Employment.ACTIVE),
    ],
)
async def test_a_member_is_there_unless_wecom_says_otherwise(
    status: int | None, employment: Employment
) -> None:
    async with contacts({"user/get": {**ZHANG, "status": status}}) as book:
        assert await book.person("ZhangSan") == Person(
            userid=UserId("zhangsan"), name="张三", employment=employment
        )


async def test_nobody_of_that_id_is_told_from_nobody_in_sight() -> None:
    async with contacts({"user/get": {"errcode": 60111}}) as book:
        assert await book.person("zhangsan") is None
    async with contacts({"user/get": {"errcode": 60011, "errmsg": "no privilege"}}) as book:
        with pytest.raises(NotToldError, match="60011 no privilege"):
            await book.person("zhangsan")


async def test_departments_tags_and_who_is_in_them() -> None:
    answers: dict[str, object] = {
        "department/list": {"department": [{"id": 1, "name": "青禾", "parentid": 0, "order": 1}]},
        "user/simplelist": {"userlist": [{"userid": "zhangsan", "name": "张三", "department": [1]}]},
        "tag/list": {"taglist": [{"tagid": 7, "tagname": "值班"}]},
        "tag/get": {"tagname": "值班", "userlist": [{"userid": "lisi", "name": "李四"}], "partylist": [1]},
    }
    async with contacts(answers) as book:
        assert await book.departments() == [Department(number=1, name="青禾", parent=0)]
        assert await book.people_in(1) == ["zhangsan"]
        assert await book.tags() == {7: "值班"}
        assert await book.tagged(7) == Tagged(userids=(UserId("lisi"),), departments=(1,))


async def test_open_userids_have_members_behind_them_or_nobody() -> None:
    answer = {
        "userid_list": [{"open_userid": "woA", "userid": "zhangsan"}, {"open_userid": "woB", "userid": ""}],
        "invalid_open_userid_list": ["woC"],
    }
    async with contacts({"batch/openuserid_to_userid": answer}) as book:
        assert await book.plain_userids(["woA", "woB", "woC"]) == {"woA": "zhangsan"}
        assert await book.plain_userids([]) == {}


@pytest.mark.parametrize(
    ("answer", "userid"),
    [
        ({"userid": "zhangsan"}, "zhangsan"),
        ({"UserId": "zhangsan"}, "zhangsan"),
        ({"openid": "oABC"}, None),
        ({"openid": "oABC", "external_userid": "wmABC"}, None),
    ],
)
async def test_a_visitor_is_a_member_or_nobody(answer: Mapping[str, str], userid: str | None) -> None:
    async with contacts({"auth/getuserinfo": answer}) as book:
        assert await book.visitor("code") == userid


async def test_the_app_and_its_accounts() -> None:
    answers: dict[str, object] = {
        "agent/get": {"agentid": 1000002, "name": "盯单", "close": 0, "redirect_domain": "dd.example.com"},
        "kf/account/list": {"account_list": [{"open_kfid": "wkA", "name": "旗舰店"}]},
    }
    async with contacts(answers) as book:
        assert await book.app(1000002) == AppCard(name="盯单", closed=False, trusted_domain="dd.example.com")
        assert await book.kf_accounts() == ["wkA"]


@pytest.mark.parametrize(
    "answer",
    [
        {"userlist": {}},
        {"userlist": ["zhangsan"]},
        {"userlist": [{"name": "张三"}]},
        {"userlist": [{"userid": 7}]},
    ],
)
async def test_an_answer_of_another_shape_is_none(answer: object) -> None:
    async with contacts({"user/simplelist": answer}) as book:
        with pytest.raises(NoAnswerError, match="another shape"):
            await book.people_in(1)


async def test_numbers_and_lists_have_their_shape_too() -> None:
    answers: dict[str, object] = {
        "department/list": {"department": [{"id": "1", "parentid": 0}]},
        "tag/get": {"partylist": ["1"]},
    }
    async with contacts(answers) as book:
        for question in (book.departments(), book.tagged(7)):
            with pytest.raises(NoAnswerError, match="another shape"):
                await question


def test_what_is_below_a_department_belongs_to_it_even_in_a_loop() -> None:
    tree = [
        Department(number=number, name="", parent=parent)
        for number, parent in ((1, 0), (2, 1), (3, 2), (4, 1), (5, 6), (6, 5))
    ]
    assert within([2], tree) == [2, 3]
    assert within([1], tree) == [1, 2, 4, 3]
    assert within([5], tree) == [5, 6]
    assert within([9], tree) == [9]
