"""Do the rest of 微信客服's calls and the people behind it behave as wecom.md §9.1 says?"""

from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.misuse import Misuse
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import (
    CUSTOMER,
    KFID,
    App,
    CallbackUrl,
    a_sandbox,
    an_app,
    clock_of,
    without_none,
)

SECOND = "wkAccount0002"


async def events(app: App, open_kfid: str = KFID) -> list[dict[str, Any]]:
    """Everything in the account's log, oldest first."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await app.call("kf/sync_msg", without_none({"open_kfid": open_kfid, "cursor": cursor}))
        assert page["errcode"] == 0, page
        found += page["msg_list"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return found


async def event_types(app: App) -> list[str]:
    return [one["event"]["event_type"] for one in await events(app) if one["msgtype"] == "event"]


async def trans(app: App, state: int, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"open_kfid": KFID, "external_userid": CUSTOMER, "service_state": state}
    return await app.call("kf/service_state/trans", body | fields)


async def state_of(app: App) -> int:
    body = {"open_kfid": KFID, "external_userid": CUSTOMER}
    return (await app.call("kf/service_state/get", body))["service_state"]


async def on_event(app: App, code: str, **fields: Any) -> int:
    body: dict[str, Any] = {"code": code, "msgtype": "text", "text": {"content": "您好"}}
    return (await app.call("kf/send_msg_on_event", without_none(body | fields)))["errcode"]


async def an_image(app: App) -> str:
    return (await app.upload("media/upload", b"\x89PNG\r\n\x1a\n", type="image"))["media_id"]


async def test_9_1_every_type_of_the_table_reaches_the_customer(app: App, sandbox: Sandbox) -> None:
    sandbox.kf.account().session(CUSTOMER)
    image = await an_image(app)
    click = {"type": "click", "click": {"id": "1", "content": "查物流"}}
    parts: list[tuple[str, dict[str, Any]]] = [
        ("image", {"media_id": image}),
        ("link", {"title": "订单", "desc": "详情", "url": "https://x.example", "thumb_media_id": image}),
        ("miniprogram", {"appid": "wx1", "title": "订单", "pagepath": "p.html", "thumb_media_id": image}),
        ("msgmenu", {"head_content": "请选择", "list": [click], "tail_content": "谢谢"}),
        ("location", {"latitude": 30.2, "longitude": 120.1, "name": "仓库"}),
        ("ca_link", {"link_url": "https://x.example"}),
    ]
    for msgtype, part in parts:
        sandbox.customer_says(CUSTOMER, "在吗")
        body = {"touser": CUSTOMER, "open_kfid": KFID, "msgtype": msgtype, msgtype: part}
        answer = await app.call("kf/send_msg", body)
        assert answer["errcode"] == 0, msgtype
    assert "请选择\n查物流\n谢谢" in sandbox.customer(CUSTOMER).texts()


@pytest.mark.parametrize(
    ("msgtype", "part", "errcode"),
    [
        ("image", {"media_id": "made-up"}, 40007),
        ("file", {}, 41006),
        ("link", {"title": "一", "url": "https://x.example"}, 41006),
        ("msgmenu", {"list": [{"type": "click", "click": {"content": "一"}}] * 11}, 95008),
        ("msgmenu", {"list": [{"type": "button"}]}, 95009),
        ("msgmenu", {"list": [{"type": "click", "click": {"content": "x" * 129}}]}, 40058),
        ("msgmenu", {"list": [{"type": "click", "click": {"id": "x" * 65, "content": "一"}}]}, 40058),
        ("msgmenu", {"list": [{"type": "view", "view": {"url": "x.example", "content": "一"}}]}, 45034),
        ("msgmenu", {"head_content": "x" * 1025}, 40058),
        ("msgmenu", {"list": []}, 40063),
        ("location", {"latitude": "30", "longitude": 120}, 40058),
        ("template_card", {"card_type": "text_notice"}, 40008),
    ],
)
async def test_9_1_what_breaks_a_limit_is_refused(
    app: App, msgtype: str, part: dict[str, Any], errcode: int
) -> None:
    app.sandbox.customer_says(CUSTOMER, "在吗")
    body = {"touser": CUSTOMER, "open_kfid": KFID, "msgtype": msgtype, msgtype: part}
    assert (await app.call("kf/send_msg", body))["errcode"] == errcode
    assert len(app.sandbox.customer(CUSTOMER).messages) == 1


async def test_9_1_a_welcome_code_is_good_once_and_for_20_seconds(
    app: App, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.servicers.enter(CUSTOMER, "qr")
    (entered,) = await events(app)
    assert (entered["event"]["event_type"], entered["event"]["scene"]) == ("enter_session", "qr")
    code = entered["event"]["welcome_code"]
    menu = {"head_content": "您好", "list": [{"type": "click", "click": {"content": "查物流"}}]}
    assert await on_event(app, code, msgtype="msgmenu", msgmenu=menu, text=None) == 0
    assert await on_event(app, code) == 95007
    sandbox.servicers.enter(CUSTOMER)
    late = (await events(app))[-1]["event"]["welcome_code"]
    clock.advance(timedelta(seconds=20))
    assert await on_event(app, late) == 95007
    assert len(sandbox.customer(CUSTOMER).messages) == 1


async def test_9_1_a_change_of_state_gives_a_code_for_a_tip(
    app: App, sandbox: Sandbox, clock: ManualClock
) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    pooled = await trans(app, 2)
    assert await on_event(app, pooled["msg_code"], msgtype="msgmenu", msgmenu={"head_content": "x"}) == 40008
    assert await on_event(app, pooled["msg_code"]) == 0
    human = await trans(app, 3, servicer_userid="lisi")
    clock.advance(timedelta(hours=1))
    assert await on_event(app, human["msg_code"]) == 0
    ended = await trans(app, 4)
    assert await on_event(app, ended["msg_code"], msgid="a.b") == 40058
    assert await on_event(app, ended["msg_code"]) == 0


async def test_9_1_servicers_take_transfer_answer_and_end(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    await trans(app, 2)
    sandbox.servicers.pick("lisi", CUSTOMER)
    assert await state_of(app) == 3
    assert (await app.answer_customer())["errcode"] == 95018
    sandbox.servicers.say("lisi", CUSTOMER, "我来处理")
    with pytest.raises(Misuse, match="pick"):
        sandbox.servicers.say("zhangsan", CUSTOMER, "我也来")
    sandbox.servicers.pick("zhangsan", CUSTOMER)
    sandbox.servicers.end("zhangsan", CUSTOMER)
    sandbox.servicers.pick("lisi", CUSTOMER)
    log = await events(app)
    changes = [one["event"] for one in log if one["msgtype"] == "event"][1:]
    assert [one["change_type"] for one in changes] == [1, 2, 3, 4]
    assert (changes[1]["old_servicer_userid"], changes[1]["new_servicer_userid"]) == ("lisi", "zhangsan")
    (said,) = [one for one in log if one["origin"] == 5]
    assert (said["servicer_userid"], said["text"]) == ("lisi", {"content": "我来处理"})
    assert said["external_userid"] == CUSTOMER


async def test_9_1_a_resting_servicer_gets_no_session() -> None:
    async with a_sandbox(servicers=frozenset({"lisi"})) as sandbox, an_app(sandbox) as app:
        sandbox.customer_says(CUSTOMER, "在吗")
        assert (await trans(app, 3, servicer_userid="zhangsan"))["errcode"] == 95014
        sandbox.servicers.rest("lisi", rests=True)
        assert (await trans(app, 3, servicer_userid="lisi"))["errcode"] == 95019
        query = {"access_token": app.token, "open_kfid": KFID}
        assert (await app.get("kf/servicer/list", **query))["servicer_list"] == [
            {"userid": "lisi", "status": 1}
        ]
        sandbox.servicers.rest("lisi", rests=False)
        assert (await trans(app, 3, servicer_userid="lisi"))["errcode"] == 0
        assert await event_types(app) == ["enter_session", "servicer_status_change", "servicer_status_change"]


async def test_13_11_from_a_human_back_to_the_assistant_is_a_knob() -> None:
    for allowed, errcode in ((False, 95016), (True, 0)):
        async with a_sandbox(Knobs(kf_back_to_assistant=allowed)) as sandbox, an_app(sandbox) as app:
            sandbox.customer_says(CUSTOMER, "在吗")
            await trans(app, 3, servicer_userid="lisi")
            assert (await trans(app, 1))["errcode"] == errcode


async def test_9_1_a_session_ends_by_itself_after_48_hours(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    await trans(app, 3, servicer_userid="lisi")
    clock_of(sandbox).advance(timedelta(hours=48))
    await app.log_in()
    assert await state_of(app) == 4
    sandbox.customer_says(CUSTOMER, "还在吗")
    assert await state_of(app) == 0


async def test_9_1_what_a_customer_takes_back_or_switches_off_is_told(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "写错了")
    sandbox.servicers.recall(CUSTOMER)
    sandbox.servicers.reject(CUSTOMER, rejects=True)
    log = await events(app)
    assert log[2]["event"]["recall_msgid"] == log[1]["msgid"]
    assert log[3]["event"]["reject_switch"] == 1
    assert sandbox.customer(CUSTOMER).messages[0].recalled
    with pytest.raises(Misuse, match="nothing to take back"):
        sandbox.servicers.recall(CUSTOMER)
    with pytest.raises(Misuse, match="never written"):
        sandbox.servicers.recall("wmSomebodyElse")


async def test_9_1_every_account_has_its_own_log_window_and_callback() -> None:
    async with a_sandbox(kf_accounts={SECOND: "二店"}) as sandbox, an_app(sandbox) as app:
        sandbox.customer_says(CUSTOMER, "在吗", SECOND)
        assert (await app.answer_customer())["errcode"] == 95002
        assert (await app.answer_customer(open_kfid=SECOND))["errcode"] == 0
        assert not await events(app)
        assert len(await events(app, SECOND)) == 2
        listed = (await app.call("kf/account/list", {}))["account_list"]
        assert [row["open_kfid"] for row in listed] == [KFID, SECOND]
        assert (await app.call("kf/account/list", {"offset": 1, "limit": 1}))["account_list"] == listed[1:]
        assert SECOND in sandbox.callbacks[-1].plaintext.decode()


async def test_9_1_accounts_servicers_and_customers_can_be_asked_for(app: App, sandbox: Sandbox) -> None:
    sandbox.customer_says(CUSTOMER, "在吗")
    found = await app.call("kf/customer/batchget", {"external_userid_list": [CUSTOMER, "wmNobody"]})
    assert [row["external_userid"] for row in found["customer_list"]] == [CUSTOMER]
    assert found["invalid_external_userid"] == ["wmNobody"]
    for wrong, errcode in (([], 40063), ([f"wm{n}" for n in range(101)], 40058)):
        answer = await app.call("kf/customer/batchget", {"external_userid_list": wrong})
        assert answer["errcode"] == errcode
    way = await app.call("kf/add_contact_way", {"open_kfid": KFID, "scene": "order"})
    assert way["url"].startswith("https://work.weixin.qq.com/kfid/")
    assert (await app.call("kf/add_contact_way", {"open_kfid": "wkNone"}))["errcode"] == 95004


async def test_9_1_servicers_are_added_and_taken_away(app: App) -> None:
    body = {"open_kfid": KFID, "userid_list": ["lisi", "nobody"]}
    results = (await app.call("kf/servicer/del", body))["result_list"]
    assert [row["errcode"] for row in results] == [0, 60111]
    query = {"access_token": app.token, "open_kfid": KFID}
    listed = (await app.get("kf/servicer/list", **query))["servicer_list"]
    assert [row["userid"] for row in listed] == ["zhangsan", "wangwu"]
    assert (await app.call("kf/servicer/add", body))["result_list"][0]["errcode"] == 0
    assert (await app.call("kf/servicer/add", {"open_kfid": KFID}))["errcode"] == 40063


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "do"),
        ({"do": "dance"}, "do"),
        ({"do": "enter"}, "customer"),
        ({"do": "enter", "customer": "no such/one"}, "customer"),
        ({"do": "enter", "customer": CUSTOMER, "open_kfid": "wkNone"}, "open_kfid"),
        ({"do": "pick", "userid": "lisi", "customer": "wmSilent"}, "customer"),
        ({"do": "pick", "userid": "nobody", "customer": CUSTOMER}, "userid"),
        ({"do": "end", "userid": "lisi", "customer": CUSTOMER}, "userid"),
    ],
)
async def test_a_wrong_lever_of_kf_is_400(app: App, body: dict[str, Any], field: str) -> None:
    app.sandbox.customer_says(CUSTOMER, "在吗")
    status, answer = await app.control("_kf", body)
    assert (status, answer["field"]) == (400, field)


async def test_kf_moves_over_http_too(app: App, callback: CallbackUrl) -> None:
    app.sandbox.customer_says(CUSTOMER, "在吗")
    steps: list[dict[str, str]] = [
        {"do": "pick", "userid": "lisi"},
        {"do": "say", "userid": "lisi", "text": "我来"},
        {"do": "end", "userid": "lisi"},
        {"do": "recall"},
        {"do": "reject"},
        {"do": "enter"},
    ]
    for step in steps:
        assert (await app.control("_kf", step | {"customer": CUSTOMER}))[0] == 200, step
    assert (await app.control("_kf", {"do": "rest", "userid": "lisi"}))[0] == 200
    said = len(steps) + 2
    await app.sandbox.until(lambda: len(callback.events("kf_msg_or_event")) == said)
