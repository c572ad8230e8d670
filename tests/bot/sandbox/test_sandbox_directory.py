"""Does the directory behave as wecom.md §10.2 says? user/*, department/*, tag/*, and the change_contact event."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox.config import Knobs
from bot.sandbox.misuse import Misuse
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import MEMBERS, App, a_button_card, a_sandbox, an_app, callback_url

CONTACTS_SECRET = "contacts-secret"
CORP: dict[str, Any] = {
    "departments": {1: "青禾家居", 2: "客服部", 3: "夜班"},
    "department_parents": {3: 2},
    "staff_departments": {"zhangsan": (2,), "lisi": (3, 1)},
    "tags": {7: ("值班", frozenset({"lisi"})), 8: ("别人的", frozenset({"wangwu"}))},
    "foreign_tags": frozenset({8}),
    "contacts_secret": CONTACTS_SECRET,
}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with a_sandbox(**CORP) as one:
        yield one


async def get(app: App, path: str, **query: Any) -> dict[str, Any]:
    return await app.get(path, access_token=app.token, **{name: str(value) for name, value in query.items()})


def userids(answer: dict[str, Any]) -> list[str]:
    assert answer["errcode"] == 0, answer
    return [row["userid"] for row in answer["userlist"]]


async def test_10_2_a_member_is_found_however_the_userid_is_spelled(app: App) -> None:
    one = await get(app, "user/get", userid="LiSi")
    assert (one["errcode"], one["userid"], one["name"]) == (0, "lisi", "李四")
    assert (one["department"], one["main_department"], one["status"]) == ([3, 1], 3, 1)
    assert one["open_userid"]
    assert not {"mobile", "email", "avatar"} & one.keys()


@pytest.mark.parametrize(
    ("path", "query", "errcode"),
    [
        ("user/get", {}, 41009),
        ("user/get", {"userid": "nobody"}, 60111),
        ("user/simplelist", {}, 40058),
        ("user/simplelist", {"department_id": "x"}, 40058),
        ("user/simplelist", {"department_id": 99}, 60123),
        ("department/list", {"id": 99}, 60123),
        ("tag/get", {"tagid": 99}, 40068),
        ("tag/get", {"tagid": "x"}, 40068),
    ],
)
async def test_10_2_what_does_not_exist_is_refused(
    app: App, path: str, query: dict[str, Any], errcode: int
) -> None:
    assert (await get(app, path, **query))["errcode"] == errcode


async def test_10_2_a_department_has_its_own_members_and_on_demand_those_below(app: App) -> None:
    assert userids(await get(app, "user/simplelist", department_id=2)) == ["zhangsan"]
    assert userids(await get(app, "user/list", department_id=2, fetch_child=1)) == ["zhangsan", "lisi"]
    assert userids(await get(app, "user/simplelist", department_id=1)) == ["lisi", "wangwu"]


async def test_10_2_departments_are_listed_from_the_root_or_from_one(app: App) -> None:
    listed = (await get(app, "department/list"))["department"]
    assert [(row["id"], row["name"], row["parentid"]) for row in listed] == [
        (1, "青禾家居", 0),
        (2, "客服部", 1),
        (3, "夜班", 2),
    ]
    below = (await get(app, "department/simplelist", id=2))["department_id"]
    assert [row["id"] for row in below] == [2, 3]


async def test_10_2_these_are_get_calls(app: App) -> None:
    assert (await app.call("user/get", {"userid": "lisi"}))["errcode"] == 40058
    assert (await get(app, "tag/addtagusers"))["errcode"] == 40058


async def test_10_2_list_id_is_for_the_contacts_secret_alone(app: App, sandbox: Sandbox) -> None:
    assert (await app.call("user/list_id", {}))["errcode"] == 48002
    await app.log_in(CONTACTS_SECRET)
    first = await app.call("user/list_id", {"limit": 2})
    second = await app.call("user/list_id", {"limit": 2, "cursor": first["next_cursor"]})
    rows = [(row["userid"], row["department"]) for row in first["dept_user"] + second["dept_user"]]
    assert rows == [("zhangsan", 2), ("lisi", 3), ("lisi", 1), ("wangwu", 1)]
    assert second["next_cursor"] == ""
    async with a_sandbox(Knobs(list_id_needs_contacts_secret=False)) as kind, an_app(kind) as other:
        assert len((await other.call("user/list_id", {}))["dept_user"]) == len(MEMBERS)


async def test_10_2_tags_hold_members_and_can_be_changed(app: App, sandbox: Sandbox) -> None:
    assert [row["tagid"] for row in (await get(app, "tag/list"))["taglist"]] == [7, 8]
    change = {"tagid": 7, "userlist": ["zhangsan", "nobody"], "partylist": [2]}
    added = await app.call("tag/addtagusers", change)
    assert (added["errcode"], added["invalidlist"], added["invalidparty"]) == (0, "nobody", [2])
    assert userids(await get(app, "tag/get", tagid=7)) == ["lisi", "zhangsan"]
    assert (await app.call("tag/deltagusers", {"tagid": 7, "userlist": ["LISI"]}))["errcode"] == 0
    assert userids(await get(app, "tag/get", tagid=7)) == ["zhangsan"]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"userlist": ["lisi"]}, 40068),
        ({"tagid": 99, "userlist": ["lisi"]}, 40068),
        ({"tagid": 8, "userlist": ["lisi"]}, 60011),
        ({"tagid": 7}, 40063),
        ({"tagid": 7, "userlist": ["nobody"]}, 40070),
        ({"tagid": 7, "userlist": [f"u{n}" for n in range(1001)]}, 40058),
        ({"tagid": 7, "partylist": list(range(101))}, 40058),
        ({"tagid": 7, "partylist": ["2"]}, 40058),
    ],
)
async def test_10_2_a_wrong_change_of_a_tag_is_refused(app: App, body: dict[str, Any], errcode: int) -> None:
    assert (await app.call("tag/addtagusers", body))["errcode"] == errcode


async def test_10_2_an_app_sees_its_visible_range_alone() -> None:
    async with a_sandbox(**CORP, visible=frozenset({"zhangsan"})) as sandbox, an_app(sandbox) as app:
        assert (await get(app, "user/get", userid="lisi"))["errcode"] == 60011
        assert userids(await get(app, "user/simplelist", department_id=1, fetch_child=1)) == ["zhangsan"]
        answer = await app.send(touser="zhangsan|lisi")
        assert (answer["errcode"], answer["invaliduser"]) == (0, "lisi")
        seen = await get(app, "agent/get", agentid=app.agent_id)
        assert seen["allow_userinfos"] == {"user": [{"userid": "zhangsan"}]}
        assert seen["allow_partys"] == {"partyid": []}


async def test_4_1_a_message_reaches_departments_and_tags(app: App, sandbox: Sandbox) -> None:
    answer = await app.send(touser=None, toparty="2|99", totag="7|x")
    assert (answer["errcode"], answer["invalidparty"], answer["invalidtag"]) == (0, "99", "x")
    assert [len(sandbox.member(one).messages) for one in MEMBERS] == [1, 1, 0]


async def test_a_member_who_leaves_is_told_and_gets_nothing_more(sandbox: Sandbox, app: App) -> None:
    async with callback_url(sandbox) as callback:
        sandbox.leaves("LISI")
        await sandbox.until(lambda: callback.events("change_contact"))
        (event,) = callback.events("change_contact")
        told = {name: event.findtext(name) for name in ("FromUserName", "ChangeType", "UserID", "AgentID")}
        assert told == {"FromUserName": "sys", "ChangeType": "delete_user", "UserID": "lisi", "AgentID": None}
    assert (await get(app, "user/get", userid="lisi"))["errcode"] == 60111
    assert (await app.send(touser="lisi"))["errcode"] == 81013
    assert not userids(await get(app, "tag/get", tagid=7))
    with pytest.raises(Misuse, match="userid"):
        sandbox.leaves("lisi")


async def test_a_member_changes_over_http_and_the_app_is_told(sandbox: Sandbox, app: App) -> None:
    async with callback_url(sandbox) as callback:
        change = {"userid": "wangwu", "name": "王五五", "departments": [2, 3], "tags": [7]}
        status, answer = await app.control("_staff", change)
        assert (status, answer["departments"], answer["tags"]) == (200, [2, 3], [7])
        await sandbox.until(lambda: len(callback.events("change_contact")) == 3)
        kinds = {event.findtext("ChangeType") for event in callback.events("change_contact")}
        assert kinds == {"update_user", "update_tag"}
    one = await get(app, "user/get", userid="wangwu")
    assert (one["name"], one["department"]) == ("王五五", [2, 3])
    assert userids(await get(app, "tag/get", tagid=7)) == ["lisi", "wangwu"]


async def test_a_member_whose_account_ended_is_still_listed_with_status_5(app: App, sandbox: Sandbox) -> None:
    assert (await app.control("_staff", {"userid": "lisi", "status": 5}))[0] == 200
    assert (await get(app, "user/get", userid="lisi"))["status"] == 5
    assert (await app.send(touser="lisi"))["errcode"] == 81013
    assert (await app.control("_staff", {"userid": "lisi", "status": 1}))[0] == 200
    assert (await app.send(touser="lisi"))["errcode"] == 0


async def test_a_new_member_is_hired(app: App, sandbox: Sandbox) -> None:
    assert (await app.send(touser="zhaoliu"))["errcode"] == 81013
    assert (await app.control("_staff", {"userid": "zhaoliu", "name": "赵六"}))[0] == 200
    assert (await app.send(touser="zhaoliu"))["errcode"] == 0
    assert (await get(app, "user/get", userid="zhaoliu"))["name"] == "赵六"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "userid"),
        ({"userid": "not a userid"}, "userid"),
        ({"userid": "lisi", "status": 3}, "status"),
        ({"userid": "lisi", "departments": []}, "departments"),
        ({"userid": "lisi", "departments": [99]}, "departments"),
        ({"userid": "lisi", "departments": "2"}, "departments"),
        ({"userid": "lisi", "tags": [99]}, "tags"),
        ({"userid": "nobody", "deleted": True}, "userid"),
        ({"userid": "lisi", "boss": True}, "boss"),
    ],
)
async def test_a_wrong_change_of_staff_is_400(app: App, body: dict[str, Any], field: str) -> None:
    status, answer = await app.control("_staff", body)
    assert (status, answer["field"]) == (400, field)


async def test_the_directory_has_faults(app: App, sandbox: Sandbox) -> None:
    for path in ("user/get", "user/simplelist", "department/list", "tag/get", "agent/get"):
        sandbox.fault(path, 45009, times=1)
        assert (await get(app, path))["errcode"] == 45009
    sandbox.fault("user/get", "invaliduser", times=1)
    assert (await get(app, "user/get", userid="lisi"))["errcode"] == 60111
    sandbox.fault("tag/addtagusers", "silently_drop", times=1)
    assert (await app.call("tag/addtagusers", {"tagid": 7, "userlist": ["wangwu"]}))["errcode"] == 0
    assert userids(await get(app, "tag/get", tagid=7)) == ["lisi"]


async def test_5_1_an_update_reaches_departments_and_tags(app: App, sandbox: Sandbox) -> None:
    async with callback_url(sandbox):
        card = a_button_card()
        sent = await app.send_card(card, touser="zhangsan|lisi|wangwu")
        fields: dict[str, Any] = {"atall": None, "button": {"replace_name": "已处理"}}
        update = await app.update(sent["response_code"], **fields, partyids=[2], tagids=[8, 99])
        assert update["errcode"] == 0
        greyed = [sandbox.member(one).cards[0].face(one).greyed for one in MEMBERS]
        assert greyed == ["已处理", "已处理", "已处理"]
        again = await app.send_card(a_button_card(), touser="zhangsan|wangwu")
        assert (await app.update(again["response_code"], **fields, partyids=[3]))["errcode"] == 81013
