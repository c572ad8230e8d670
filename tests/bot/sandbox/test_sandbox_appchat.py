"""Do the groups that an app makes behave as wecom.md §6 says? appchat/create, get, update, send (90245, 90248)."""

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.config import Knobs
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Chat, DropReason
from tests.bot.sandbox.harness import App, a_sandbox, a_text_notice, an_app, clock_of, without_none

CHAT = "chat1"


async def create(app: App, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"chatid": CHAT, "name": "值班群", "userlist": ["zhangsan", "lisi"]}
    return await app.call("appchat/create", without_none(body | fields))


async def send(app: App, msgtype: str = "text", part: Any = None, chatid: str = CHAT) -> dict[str, Any]:
    content = {"content": "有一单停住了"} if part is None else part
    return await app.call("appchat/send", {"chatid": chatid, "msgtype": msgtype, msgtype: content})


def group(sandbox: Sandbox) -> Chat:
    return sandbox.world.chats[f"app_group:{CHAT}"]


async def test_6_a_group_is_made_read_changed_and_written_to(app: App, sandbox: Sandbox) -> None:
    assert (await create(app, owner="lisi"))["chatid"] == CHAT
    change = {"chatid": CHAT, "name": "夜班群", "add_user_list": ["wangwu"], "del_user_list": ["zhangsan"]}
    assert (await app.call("appchat/update", change))["errcode"] == 0
    info = (await app.get("appchat/get", access_token=app.token, chatid=CHAT))["chat_info"]
    assert info == {"chatid": CHAT, "name": "夜班群", "owner": "lisi", "userlist": ["lisi", "wangwu"]}
    assert await send(app) == {"errcode": 0, "errmsg": "ok"}
    assert group(sandbox).texts() == ("有一单停住了",)


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"userlist": ["zhangsan"]}, 86006),
        ({"userlist": ["zhangsan", "nobody"]}, 86007),
        ({"userlist": [f"u{n}" for n in range(2002)]}, 40058),
        ({"owner": "wangwu"}, 86005),
        ({"chatid": "chat-1"}, 86001),
        ({"chatid": "x" * 33}, 86001),
    ],
)
async def test_6_a_wrong_group_is_refused(app: App, fields: dict[str, Any], errcode: int) -> None:
    assert (await create(app, **fields))["errcode"] == errcode


async def test_6_a_chatid_is_drawn_or_must_be_new(app: App) -> None:
    assert len((await create(app, chatid=None))["chatid"]) == 32
    assert [(await create(app))["errcode"] for _ in range(2)] == [0, 86215]


async def test_6_a_long_name_is_cut(app: App, sandbox: Sandbox) -> None:
    await create(app, name="长" * 60)
    assert group(sandbox).title == "长" * 50


@pytest.mark.parametrize(
    ("msgtype", "part", "errcode"),
    [
        ("template_card", a_text_notice(), 40008),
        ("text", {"content": ""}, 44004),
        ("text", {"content": "x" * 2049}, 45002),
        ("image", {"media_id": "made-up"}, 40007),
        ("markdown", {"content": "**x**"}, 0),
        ("textcard", {"title": "一", "description": "二", "url": "https://x.example"}, 0),
        ("news", {"articles": [{"title": "一", "url": "https://x.example"}]}, 0),
    ],
)
async def test_6_every_type_but_cards_is_taken(
    app: App, msgtype: str, part: dict[str, Any], errcode: int
) -> None:
    await create(app)
    assert (await send(app, msgtype, part))["errcode"] == errcode


async def test_6_only_groups_of_this_app_can_be_reached() -> None:
    async with a_sandbox(other_apps={1000099: "other-secret"}) as sandbox, an_app(sandbox) as app:
        assert (await send(app))["errcode"] == 86003
        ordinary = next(iter(sandbox.config.groups))
        assert (await send(app, chatid=ordinary))["errcode"] == 86008
        await create(app)
        await app.log_in("other-secret", 1000099)
        assert (await send(app))["errcode"] == 86008


async def test_6_the_app_must_be_visible_to_the_root() -> None:
    async with a_sandbox(visible=frozenset({"zhangsan", "lisi"})) as sandbox, an_app(sandbox) as app:
        assert (await create(app))["errcode"] == 60011


async def test_6_beyond_200_a_minute_a_member_gets_nothing_and_nobody_says_so() -> None:
    async with a_sandbox(Knobs(appchat_per_minute=2)) as sandbox, an_app(sandbox) as app:
        await create(app)
        assert [(await send(app))["errcode"] for _ in range(3)] == [0, 0, 0]
        assert len(group(sandbox).messages) == 2
        assert [drop.reason for drop in sandbox.drops] == [DropReason.OVER_LIMIT] * 2
        clock_of(sandbox).advance(timedelta(minutes=1))
        await send(app)
        assert len(group(sandbox).messages) == 3


async def test_3_3_the_corps_person_times_end_in_45009() -> None:
    async with a_sandbox(Knobs(appchat_person_times_per_minute=3)) as sandbox, an_app(sandbox) as app:
        await create(app)
        assert [(await send(app))["errcode"] for _ in range(2)] == [0, 45009]


async def test_a_group_of_the_app_has_faults(app: App, sandbox: Sandbox) -> None:
    await create(app)
    sandbox.fault("appchat/send", "silently_drop", times=1)
    sandbox.fault("appchat/send", "invaliduser", times=1)
    sandbox.fault("appchat/send", 45009, times=1)
    assert [(await send(app))["errcode"] for _ in range(3)] == [0, 86003, 45009]
    assert not group(sandbox).messages
