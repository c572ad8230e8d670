"""Does 企业群发 behave as wecom.md §9.2 says? Tasks that an employee confirms, and the monthly cap (92135)."""

from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs, MassCap
from bot.sandbox.misuse import Misuse
from bot.sandbox.server import Sandbox
from bot.sandbox.world import DropReason
from tests.bot.sandbox.harness import CUSTOMER, App, CallbackUrl, a_sandbox, an_app, clock_of, without_none

OTHER = "wmCustomer0002"
FRIENDS = {"zhangsan": frozenset({CUSTOMER}), "lisi": frozenset({CUSTOMER, OTHER})}
AT_ONCE = Knobs(mass_dispatch_seconds=0)


async def mass(app: App, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "external_userid": [CUSTOMER],
        "sender": "zhangsan",
        "text": {"content": "您的包裹已补发"},
    }
    return await app.call("externalcontact/add_msg_template", without_none(body | fields))


async def ask(app: App, name: str, **fields: Any) -> dict[str, Any]:
    return await app.call(f"externalcontact/{name}", without_none(fields))


async def result(app: App, msgid: str, userid: str = "zhangsan") -> list[tuple[str, int]]:
    answer = await ask(app, "get_groupmsg_send_result", msgid=msgid, userid=userid)
    assert answer["errcode"] == 0, answer
    return [(row["external_userid"], row["status"]) for row in answer["send_list"]]


async def test_9_2_nothing_reaches_the_customer_until_the_employee_confirms() -> None:
    async with a_sandbox(AT_ONCE) as sandbox, an_app(sandbox) as app:
        answer = await mass(app)
        assert (answer["errcode"], answer["fail_list"]) == (0, [])
        msgid = answer["msgid"]
        tasks = await ask(app, "get_groupmsg_task", msgid=msgid)
        assert tasks["task_list"] == [{"userid": "zhangsan", "status": 0}]
        assert await result(app, msgid) == [(CUSTOMER, 0)]
        assert not sandbox.customer(CUSTOMER).messages
        sandbox.confirm("zhangsan", msgid)
        assert sandbox.customer(CUSTOMER).texts() == ("您的包裹已补发",)
        (task,) = (await ask(app, "get_groupmsg_task", msgid=msgid))["task_list"]
        assert task == {"userid": "zhangsan", "status": 2, "send_time": int(sandbox.world.now().timestamp())}
        assert await result(app, msgid) == [(CUSTOMER, 1)]


async def test_9_2_a_task_is_confirmed_once_and_by_its_employee(app: App, sandbox: Sandbox) -> None:
    msgid = (await mass(app))["msgid"]
    with pytest.raises(Misuse, match="lisi has to confirm: none"):
        sandbox.confirm("lisi", msgid)
    sandbox.confirm("zhangsan", msgid)
    with pytest.raises(Misuse, match="msgid"):
        sandbox.confirm("zhangsan", msgid)
    assert len(sandbox.customer(CUSTOMER).messages) == 1


async def test_9_2_right_after_its_creation_it_is_being_dispatched(app: App, clock: ManualClock) -> None:
    msgid = (await mass(app))["msgid"]
    for name in ("get_groupmsg_task", "get_groupmsg_send_result"):
        assert (await ask(app, name, msgid=msgid, userid="zhangsan"))["errcode"] == 41063
    clock.advance(timedelta(seconds=5))
    for name in ("get_groupmsg_task", "get_groupmsg_send_result"):
        assert (await ask(app, name, msgid=msgid, userid="zhangsan"))["errcode"] == 0


async def test_9_2_the_results_can_be_chosen() -> None:
    async with a_sandbox(AT_ONCE, friends=FRIENDS) as sandbox, an_app(sandbox) as app:
        answer = await mass(app, sender="lisi", external_userid=[CUSTOMER, OTHER])
        sandbox.confirm("lisi", answer["msgid"], {CUSTOMER: 2})
        assert await result(app, answer["msgid"], "lisi") == [(CUSTOMER, 2), (OTHER, 1)]
        assert not sandbox.customer(CUSTOMER).messages
        again = await mass(app, sender="lisi")
        for wrong in ({OTHER: 1}, {CUSTOMER: 0}, {CUSTOMER: 4}):
            with pytest.raises(Misuse, match="results"):
                sandbox.confirm("lisi", again["msgid"], wrong)


async def test_9_2_who_has_deleted_the_employee_since_is_no_friend(callback: CallbackUrl, app: App) -> None:
    sandbox = app.sandbox
    answer = await mass(app)
    sandbox.unfriend("zhangsan", CUSTOMER)
    sandbox.confirm("zhangsan", answer["msgid"])
    clock_of(sandbox).advance(timedelta(seconds=5))
    assert await result(app, answer["msgid"]) == [(CUSTOMER, 2)]
    await sandbox.until(lambda: callback.events("change_external_contact"))
    (event,) = callback.events("change_external_contact")
    assert event.findtext("ChangeType") == "del_follow_user"
    assert event.findtext("ExternalUserID") == CUSTOMER
    assert event.findtext("FromUserName") == "sys"


@pytest.mark.parametrize(("cap", "most"), [(MassCap.DAY, 1), (MassCap.WEEK, 7), (MassCap.MONTH, 31)])
async def test_9_2_the_cap_makes_status_3(cap: MassCap, most: int) -> None:
    async with a_sandbox(Knobs(mass_dispatch_seconds=0, mass_cap=cap)) as sandbox, an_app(sandbox) as app:
        clock_of(sandbox).move_to(clock_of(sandbox).now().replace(month=1, day=5))
        await app.log_in()
        msgids = [(await mass(app))["msgid"] for _ in range(most + 1)]
        for msgid in msgids:
            sandbox.confirm("zhangsan", msgid)
        statuses = [(await result(app, msgid))[0][1] for msgid in msgids]
        assert statuses == [1] * most + [3]
        assert len(sandbox.customer(CUSTOMER).messages) == most
        clock_of(sandbox).advance(timedelta(days=31))
        await app.log_in()
        later = (await mass(app))["msgid"]
        sandbox.confirm("zhangsan", later)
        assert await result(app, later) == [(CUSTOMER, 1)]


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"external_userid": None, "sender": None}, 40063),
        ({"external_userid": [f"wm{n}" for n in range(10_001)]}, 40058),
        ({"external_userid": ["wmStranger"]}, 41048),
        ({"external_userid": [OTHER]}, 41048),
        ({"sender": "nobody"}, 60111),
        ({"sender": "wangwu"}, 60021),
        ({"text": None}, 40063),
        ({"text": {"content": "单" * 1334}}, 45002),
        (
            {"attachments": [{"msgtype": "link", "link": {"title": "一", "url": "https://x.example"}}] * 10},
            40058,
        ),
        ({"attachments": [{"msgtype": "link", "link": {"title": "一", "url": "x.example"}}]}, 45034),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "made-up"}}]}, 40007),
        ({"attachments": [{"msgtype": "text", "text": {"content": "x"}}]}, 40008),
        ({"chat_type": "everyone"}, 40058),
        ({"chat_type": "group", "sender": None}, 40063),
        ({"chat_type": "group", "chat_id_list": ["wrNone"]}, 41048),
        ({"allow_select": 1}, 40058),
    ],
)
async def test_9_2_a_wrong_task_is_refused(fields: dict[str, Any], errcode: int) -> None:
    allowed = frozenset({"zhangsan", "lisi"})
    async with a_sandbox(friends=FRIENDS, contact_members=allowed) as sandbox, an_app(sandbox) as app:
        assert (await mass(app, **fields))["errcode"] == errcode
        assert not sandbox.mass.tasks


async def test_9_2_without_the_permission_it_is_48002() -> None:
    async with a_sandbox(Knobs(contact_permitted=False)) as sandbox, an_app(sandbox) as app:
        assert (await mass(app))["errcode"] == 48002


async def test_9_2_whom_the_sender_does_not_know_stands_in_the_fail_list() -> None:
    async with a_sandbox(friends=FRIENDS) as sandbox, an_app(sandbox) as app:
        answer = await mass(app, external_userid=[CUSTOMER, OTHER])
        assert (answer["errcode"], answer["fail_list"]) == (0, [OTHER])


async def test_9_2_without_a_sender_the_employee_who_last_chatted_is_asked() -> None:
    async with a_sandbox(friends=FRIENDS) as sandbox, an_app(sandbox) as app:
        first = await mass(app, sender=None)
        assert list(sandbox.mass.tasks[first["msgid"]].shares) == ["zhangsan"]
        sandbox.confirm("lisi", (await mass(app, sender="lisi"))["msgid"])
        second = await mass(app, sender=None, external_userid=[CUSTOMER, OTHER])
        assert list(sandbox.mass.tasks[second["msgid"]].shares) == ["lisi"]


async def test_9_2_a_sender_alone_reaches_all_his_customers() -> None:
    async with (
        a_sandbox(friends=FRIENDS, customers={CUSTOMER: "一", OTHER: "二"}) as sandbox,
        an_app(sandbox) as app,
    ):
        answer = await mass(app, external_userid=None, sender="lisi")
        share = sandbox.mass.tasks[answer["msgid"]].shares["lisi"]
        assert sorted(share.results) == [CUSTOMER, OTHER]


async def test_9_2_a_group_of_customers_hears_its_owner() -> None:
    async with (
        a_sandbox(AT_ONCE, customer_groups={"wrCustomers": "lisi"}) as sandbox,
        an_app(sandbox) as app,
    ):
        answer = await mass(app, chat_type="group", sender="lisi", external_userid=None)
        sandbox.confirm("lisi", answer["msgid"])
        assert sandbox.world.customer_group("wrCustomers").texts() == ("您的包裹已补发",)
        found = await ask(app, "get_groupmsg_send_result", msgid=answer["msgid"], userid="lisi")
        assert found["send_list"][0]["chat_id"] == "wrCustomers"


async def test_9_2_three_reminders_in_24_hours(app: App, clock: ManualClock) -> None:
    msgid = (await mass(app))["msgid"]
    answers = [(await ask(app, "remind_groupmsg_send", msgid=msgid))["errcode"] for _ in range(4)]
    assert answers == [0, 0, 0, 41094]
    clock.advance(timedelta(hours=24))
    await app.log_in()
    assert (await ask(app, "remind_groupmsg_send", msgid=msgid))["errcode"] == 0


async def test_9_2_what_is_cancelled_can_no_longer_be_confirmed(app: App, sandbox: Sandbox) -> None:
    msgid = (await mass(app))["msgid"]
    assert (await ask(app, "cancel_groupmsg_send", msgid=msgid))["errcode"] == 0
    assert (await ask(app, "cancel_groupmsg_send", msgid=msgid))["errcode"] == 97611
    assert (await ask(app, "remind_groupmsg_send", msgid=msgid))["errcode"] == 41093
    with pytest.raises(Misuse):
        sandbox.confirm("zhangsan", msgid)
    sent = (await mass(app))["msgid"]
    sandbox.confirm("zhangsan", sent)
    assert (await ask(app, "cancel_groupmsg_send", msgid=sent))["errcode"] == 97610


async def test_9_2_pages_of_results_have_a_cursor() -> None:
    customers = [f"wmMany{number}" for number in range(5)]
    async with a_sandbox(AT_ONCE) as sandbox, an_app(sandbox) as app:
        msgid = (await mass(app, external_userid=customers))["msgid"]
        found, cursor = list[str](), ""
        for _ in range(3):
            answer = await ask(
                app, "get_groupmsg_send_result", msgid=msgid, userid="zhangsan", limit=2, cursor=cursor
            )
            found += [row["external_userid"] for row in answer["send_list"]]
            cursor = answer["next_cursor"]
        assert (found, cursor) == (customers, "")
        for wrong in ({"limit": 1001}, {"cursor": "x"}, {"cursor": "99"}):
            fields = {"msgid": msgid, "userid": "zhangsan"} | wrong
            assert (await ask(app, "get_groupmsg_send_result", **fields))["errcode"] == 40058
        assert (await ask(app, "get_groupmsg_send_result", msgid=msgid, userid="lisi"))["errcode"] == 60111
        assert (await ask(app, "get_groupmsg_task", msgid="made-up"))["errcode"] == 40058


async def test_9_2_the_list_of_tasks(app: App, clock: ManualClock) -> None:
    now = int(clock.now().timestamp())
    msgid = (await mass(app))["msgid"]
    span = {"chat_type": "single", "start_time": now - 60, "end_time": now + 60}
    (listed,) = (await ask(app, "get_groupmsg_list_v2", **span))["group_msg_list"]
    assert (listed["msgid"], listed["creator"], listed["create_time"]) == (msgid, "zhangsan", now)
    assert listed["text"] == {"content": "您的包裹已补发"}
    for none in ({"creator": "lisi"}, {"filter_type": 1}, {"chat_type": "group"}):
        assert not (await ask(app, "get_groupmsg_list_v2", **(span | none)))["group_msg_list"]
    too_long = span | {"end_time": now + 40 * 86400}
    assert (await ask(app, "get_groupmsg_list_v2", **too_long))["errcode"] == 40058


async def test_9_2_an_uploaded_picture_goes_along(app: App, sandbox: Sandbox) -> None:
    uploaded = await app.upload("media/upload", b"\x89PNG\r\n\x1a\n", type="image")
    assert uploaded["errcode"] == 0
    image = {"msgtype": "image", "image": {"media_id": uploaded["media_id"]}}
    sandbox.confirm("zhangsan", (await mass(app, attachments=[image]))["msgid"])
    assert sandbox.customer(CUSTOMER).texts() == ("您的包裹已补发", "a.bin")


async def test_a_task_has_faults(app: App, sandbox: Sandbox) -> None:
    path = "externalcontact/add_msg_template"
    sandbox.fault(path, "invaliduser", times=1, userids=[CUSTOMER])
    assert (await mass(app))["errcode"] == 41048
    sandbox.fault(path, "silently_drop", times=1)
    msgid = (await mass(app))["msgid"]
    with pytest.raises(Misuse):
        sandbox.confirm("zhangsan", msgid)
    for errcode in (-1, 45009, 45033):
        sandbox.fault(path, errcode, times=1)
        assert (await mass(app))["errcode"] == errcode


async def test_the_employee_confirms_over_http_too(app: App, sandbox: Sandbox) -> None:
    msgid = (await mass(app))["msgid"]
    status, answer = await app.control("_confirm", {"userid": "zhangsan", "results": {CUSTOMER: 3}})
    assert status == 200
    assert answer["task"]["shares"] == [{"userid": "zhangsan", "confirmed": True, "results": {CUSTOMER: 3}}]
    assert (await app.control("_confirm", {"userid": "zhangsan"}))[1]["field"] == "msgid"
    _, state = await app.control("_state", None, "GET")
    assert [task["msgid"] for task in state["mass"]] == [msgid]


async def test_2_a_new_customer_is_told_with_a_welcome_code(
    app: App, sandbox: Sandbox, callback: CallbackUrl
) -> None:
    code = sandbox.befriend("zhangsan", OTHER, "qr-7")
    await sandbox.until(lambda: callback.events("change_external_contact"))
    (event,) = callback.events("change_external_contact")
    told = {name: event.findtext(name) for name in ("ChangeType", "UserID", "State", "WelcomeCode")}
    assert told == {
        "ChangeType": "add_external_contact",
        "UserID": "zhangsan",
        "State": "qr-7",
        "WelcomeCode": code,
    }
    welcome = {"welcome_code": code, "text": {"content": "您好"}}
    assert (await ask(app, "send_welcome_msg", **welcome))["errcode"] == 0
    assert (await ask(app, "send_welcome_msg", **welcome))["errcode"] == 40058
    assert sandbox.customer(OTHER).texts() == ("您好",)


async def test_2_a_welcome_code_lives_20_seconds(app: App, sandbox: Sandbox, clock: ManualClock) -> None:
    code = sandbox.befriend("zhangsan", OTHER)
    clock.advance(timedelta(seconds=20))
    welcome = {"welcome_code": code, "text": {"content": "您好"}}
    assert (await ask(app, "send_welcome_msg", **welcome))["errcode"] == 40058
    sandbox.fault("externalcontact/send_welcome_msg", "silently_drop")
    again = sandbox.befriend("zhangsan", OTHER)
    assert (await ask(app, "send_welcome_msg", **welcome | {"welcome_code": again}))["errcode"] == 0
    assert [drop.reason for drop in sandbox.drops] == [DropReason.FAULT]


async def test_who_knows_whom_can_be_asked() -> None:
    async with (
        a_sandbox(friends=FRIENDS, customers={CUSTOMER: "一", OTHER: "二"}) as sandbox,
        an_app(sandbox) as app,
    ):
        query = {"access_token": app.token}
        found = await app.get("externalcontact/list", **query, userid="lisi")
        assert found["external_userid"] == [CUSTOMER, OTHER]
        assert (await app.get("externalcontact/list", **query, userid="wangwu"))["errcode"] == 84061
        contact = await app.get("externalcontact/get", **query, external_userid=CUSTOMER)
        assert [one["userid"] for one in contact["follow_user"]] == ["zhangsan", "lisi"]
        assert (await app.get("externalcontact/get", **query, external_userid="x"))["errcode"] == 84061


async def test_contacts_change_over_http_too(app: App) -> None:
    contact = {"userid": "zhangsan", "customer": OTHER}
    assert "welcome_code" in (await app.control("_contact", contact | {"change": "add"}))[1]
    assert (await app.control("_contact", contact | {"change": "del"}))[0] == 200
    assert not app.sandbox.friends.knows("zhangsan", OTHER)
    for wrong in (
        {"change": "marry"},
        {"change": "add", "userid": "nobody"},
        {"change": "del", "customer": "a/b"},
    ):
        assert (await app.control("_contact", contact | wrong))[0] == 400
