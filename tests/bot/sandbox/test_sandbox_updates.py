"""Do app cards change as pages 94888 (API) and 90241 (passive reply) say? wecom.md §5."""

import asyncio
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.courier import Outcome
from bot.sandbox.misuse import Misuse
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import (
    App,
    CallbackUrl,
    a_button_card,
    a_form,
    a_sandbox,
    a_selector,
    a_task_id,
    a_text_notice,
    a_vote,
    an_app,
    callback_url,
)

GREY: dict[str, Any] = {"button": {"replace_name": "已接单"}}


async def sent(app: App, card: dict[str, Any] | None = None, **fields: Any) -> str:
    """Send a card; return its response_code."""
    answer = await app.send_card(card or a_button_card(), **fields)
    assert answer["errcode"] == 0, answer
    return answer["response_code"]


def texts(sandbox: Sandbox, userid: str = "zhangsan") -> tuple[str, ...]:
    return sandbox.member(userid).cards[-1].face(userid).button_texts


async def test_5_1_form_a_greys_the_buttons(app: App, sandbox: Sandbox) -> None:
    code = await sent(app)
    assert (await app.update(code, **GREY))["errcode"] == 0
    face = sandbox.member("zhangsan").cards[0].face("zhangsan")
    assert (face.greyed, face.button_texts) == ("已接单", ())
    with pytest.raises(Misuse, match="已接单"):
        await sandbox.click("zhangsan", sandbox.member("zhangsan").cards[0].task_id, "认领")


async def test_5_1_form_b_replaces_the_whole_card(app: App, sandbox: Sandbox) -> None:
    code = await sent(app)
    fresh = a_button_card(task_id=None, button_list=[{"text": "记录原因", "key": "reason"}])
    assert (await app.update(code, template_card=fresh))["errcode"] == 0
    assert texts(sandbox) == ("记录原因",)


async def test_5_1_form_b_may_become_any_type_and_carry_replace_text(app: App, sandbox: Sandbox) -> None:
    code = await sent(app)
    greyed = a_form(task_id=None, replace_text="已提交", select_list=[a_selector(disable=True)])
    assert (await app.update(code, template_card=greyed))["errcode"] == 0
    face = sandbox.member("zhangsan").cards[0].face("zhangsan")
    assert (face.card_type, face.greyed, face.questions[0].disabled) == (
        "multiple_interaction",
        "已提交",
        True,
    )
    code = await sent(app)
    assert (await app.update(code, template_card=a_text_notice()))["errcode"] == 0


async def test_5_1_a_code_works_once(app: App) -> None:
    code = await sent(app)
    assert (await app.update(code, **GREY))["errcode"] == 0
    assert (await app.update(code, **GREY))["errcode"] == 40058


async def test_13_1_the_code_of_a_spent_response_code_is_a_knob() -> None:
    async with a_sandbox(Knobs(spent_code=42016)) as sandbox, an_app(sandbox) as app:
        assert (await app.update("unknown", **GREY))["errcode"] == 42016


async def test_5_1_a_code_lives_72_hours(app: App, clock: ManualClock) -> None:
    early, late = await sent(app), await sent(app)
    clock.advance(timedelta(hours=72) - timedelta(milliseconds=1))
    await app.log_in()
    assert (await app.update(early, **GREY))["errcode"] == 0
    clock.advance(timedelta(milliseconds=1))
    assert (await app.update(late, **GREY))["errcode"] == 40058


async def test_5_1_another_app_gets_42015() -> None:
    async with a_sandbox(other_apps={1000003: "other-secret"}) as sandbox, an_app(sandbox) as app:
        code = await sent(app)
        await app.log_in("other-secret", 1000003)
        assert (await app.update(code, **GREY))["errcode"] == 42015


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        pytest.param({"agentid": None}, 41011, id="no agentid"),
        pytest.param({"response_code": None}, 40058, id="no code"),
        pytest.param({}, 40058, id="neither form"),
        pytest.param(GREY | {"template_card": a_text_notice()}, 40058, id="both forms"),
        pytest.param({"button": {"replace_name": ""}}, 40058, id="empty replace_name"),
        pytest.param(GREY | {"atall": 0}, 82001, id="nobody named"),
        pytest.param(GREY | {"atall": 2}, 40058, id="atall out of range"),
        pytest.param(GREY | {"atall": 0, "userids": ["lisi"]}, 81013, id="nobody who has it"),
        pytest.param(GREY | {"atall": 0, "userids": "zhangsan"}, 40058, id="userids as text"),
        pytest.param({"template_card": {"card_type": "button_interaction"}}, 40058, id="a bad card"),
        pytest.param({"template_card": a_button_card(task_id="another")}, 42014, id="another task_id"),
        pytest.param({"template_card": a_text_notice(replace_text="x")}, 40058, id="nothing to grey"),
    ],
)
async def test_5_1_a_wrong_update_is_refused(app: App, fields: dict[str, Any], errcode: int) -> None:
    code = await sent(app)
    assert (await app.update(**({"response_code": code} | fields)))["errcode"] == errcode
    assert app.sandbox.member("zhangsan").cards[-1].changes == 0


async def test_5_1_a_refused_update_has_spent_its_code_unless_a_knob_says_no(app: App) -> None:
    code = await sent(app)
    assert (await app.update(code, button={}))["errcode"] == 40058
    assert (await app.update(code, **GREY))["errcode"] == 40058
    async with a_sandbox(Knobs(refused_update_spends=False)) as sandbox, an_app(sandbox) as kind:
        code = await sent(kind)
        assert (await kind.update(code, button={}))["errcode"] == 40058
        assert (await kind.update(code, **GREY))["errcode"] == 0


async def test_5_1_form_a_is_only_for_interactive_originals(app: App) -> None:
    card = a_text_notice(action_menu={"action_list": [{"text": "静音", "key": "m"}]}, task_id=a_task_id())
    code = await sent(app, card)
    assert (await app.update(code, **GREY))["errcode"] == 42031


async def test_5_1_userids_see_the_update_and_the_others_do_not(app: App, sandbox: Sandbox) -> None:
    code = await sent(app, touser="zhangsan|lisi")
    answer = await app.update(code, atall=0, userids=["zhangsan", "WangWu"], **GREY)
    assert answer["errcode"] == 0
    assert answer["invaliduser"] == ["wangwu"]
    assert texts(sandbox, "zhangsan") == ()
    assert "认领" in texts(sandbox, "lisi")


async def test_4_5_a_click_tells_key_task_type_and_a_fresh_code(
    app: App, sandbox: Sandbox, callback: CallbackUrl
) -> None:
    card = a_button_card()
    first_code = await sent(app, card)
    clicked = await sandbox.click("zhangsan", card["task_id"], "认领")
    assert clicked.delivery
    assert clicked.delivery.outcome is Outcome.ANSWERED
    event = callback.messages[0]
    assert event.findtext("Event") == "template_card_event"
    assert event.findtext("EventKey") == "claim"
    assert event.findtext("TaskId") == card["task_id"]
    assert event.findtext("CardType") == "button_interaction"
    assert event.findtext("FromUserName") == "zhangsan"
    assert event.findtext("AgentID") == "1000002"
    assert event.find("SelectedItems") is None
    await sandbox.click("zhangsan", card["task_id"], "escalate")
    codes = {first_code, *(one.findtext("ResponseCode", "") for one in callback.messages)}
    assert len(codes) == 3
    for code in codes:
        assert (await app.update(code, template_card=a_button_card(task_id=None)))["errcode"] == 0


async def test_4_5_what_was_selected_rides_along(app: App, sandbox: Sandbox, callback: CallbackUrl) -> None:
    card = a_button_card(button_selection=a_selector(selected_id="pack"))
    await sent(app, card)
    await sandbox.click("zhangsan", card["task_id"], "稍后")
    await sandbox.click("zhangsan", card["task_id"], "稍后", {"reason": "支付失败"})
    chosen = [
        message.findtext("SelectedItems/SelectedItem/OptionIds/OptionId") for message in callback.messages
    ]
    assert chosen == ["pack", "pay"]
    assert callback.messages[0].findtext("SelectedItems/SelectedItem/QuestionKey") == "reason"


async def test_2_a_checkbox_may_send_several_options(
    app: App, sandbox: Sandbox, callback: CallbackUrl
) -> None:
    box = {
        "question_key": "q",
        "mode": 1,
        "option_list": [{"id": f"o{n}", "text": f"选{n}"} for n in range(3)],
    }
    card = a_vote(checkbox=box)
    await sent(app, card)
    await sandbox.click("zhangsan", card["task_id"], "提交", {"q": ["o0", "选2"]})
    found = callback.messages[0].findall("SelectedItems/SelectedItem/OptionIds/OptionId")
    assert [option.text for option in found] == ["o0", "o2"]


async def test_4_5_a_menu_click_is_its_own_event(app: App, sandbox: Sandbox, callback: CallbackUrl) -> None:
    card = a_text_notice(action_menu={"action_list": [{"text": "静音", "key": "mute"}]}, task_id=a_task_id())
    await sent(app, card)
    await sandbox.click("zhangsan", card["task_id"], "静音")
    assert callback.messages[0].findtext("Event") == "template_card_menu_event"
    assert callback.messages[0].findtext("EventKey") == "mute"


async def test_5_2_a_passive_update_button_changes_only_the_clickers_card(
    app: App, sandbox: Sandbox, callback: CallbackUrl
) -> None:
    async def claimed(_event: Element) -> bytes:
        return callback.seal(
            "<MsgType>update_button</MsgType><Button><ReplaceName>已认领</ReplaceName></Button>"
        )

    callback.answering = claimed
    card = a_button_card()
    await sent(app, card, touser="zhangsan|lisi")
    clicked = await sandbox.click("zhangsan", card["task_id"], "认领")
    assert clicked.delivery
    assert clicked.delivery.reply == "update_button"
    assert sandbox.member("zhangsan").cards[0].face("zhangsan").greyed == "已认领"
    assert "认领" in texts(sandbox, "lisi")


PASSIVE_CARD = """<MsgType>update_template_card</MsgType><TemplateCard>
<CardType>button_interaction</CardType><Source><Desc>盯单</Desc><DescColor>1</DescColor></Source>
<MainTitle><Title>已认领</Title><Desc>张三 14:02</Desc></MainTitle><SubTitleText>草稿</SubTitleText>
<HorizontalContentList><KeyName>负责人</KeyName><Value>张三</Value><Type>3</Type><UserId>zhangsan</UserId>
</HorizontalContentList>
<HorizontalContentList><KeyName>截止</KeyName><Value>14:12</Value></HorizontalContentList>
<ButtonSelection><QuestionKey>q</QuestionKey><Disable>false</Disable>
<OptionList><Id>5</Id><Text>5 分钟</Text></OptionList><OptionList><Id>10</Id><Text>10 分钟</Text></OptionList>
</ButtonSelection>
<ButtonList><Text>记录原因</Text><Style>2</Style><Key>reason</Key></ButtonList>
<ReplaceText>%s</ReplaceText></TemplateCard>"""


async def test_5_2_a_passive_card_is_read_from_pascal_case(
    app: App, sandbox: Sandbox, callback: CallbackUrl
) -> None:
    async def another(_event: Element) -> bytes:
        return callback.seal(PASSIVE_CARD % "")

    callback.answering = another
    card = a_button_card()
    await sent(app, card)
    clicked = await sandbox.click("zhangsan", card["task_id"], "认领")
    assert clicked.delivery
    assert clicked.delivery.reply == "update_template_card"
    shown = sandbox.member("zhangsan").cards[0]
    assert shown.face("zhangsan").button_texts == ("记录原因",)
    assert "张三 14:02" in shown.display("zhangsan").text
    assert [option.text for option in shown.face("zhangsan").questions[0].options] == ["5 分钟", "10 分钟"]


@pytest.mark.parametrize(
    "inside",
    [
        "<MsgType>text</MsgType><Content>好</Content>",
        "<MsgType>update_button</MsgType><Button><ReplaceName></ReplaceName></Button>",
        "<MsgType>update_template_card</MsgType>",
        "<MsgType>image</MsgType>",
        "<Content>without a type</Content>",
        PASSIVE_CARD.replace("<Style>2", "<Style>--2") % "",
        PASSIVE_CARD.replace("<Style>2", "<Style>²") % "",
        PASSIVE_CARD.replace(
            "<SubTitleText>", "<CardImage><AspectRatio>x</AspectRatio></CardImage><SubTitleText>"
        )
        % "",
        "<MsgType>update_template_card</MsgType><TemplateCard><Colour>1</Colour></TemplateCard>",
        PASSIVE_CARD.replace("<Key>reason</Key>", "") % "",
        PASSIVE_CARD.replace("<Style>2", "<Style>x") % "",
    ],
)
async def test_5_2_a_wrong_passive_reply_changes_nothing(
    app: App, sandbox: Sandbox, callback: CallbackUrl, inside: str
) -> None:
    async def wrong(_event: Element) -> bytes:
        return callback.seal(inside)

    callback.answering = wrong
    card = a_button_card()
    await sent(app, card)
    clicked = await sandbox.click("zhangsan", card["task_id"], "认领")
    assert clicked.delivery
    assert clicked.delivery.reply.startswith("refused")
    assert sandbox.member("zhangsan").cards[0].changes == 0


async def test_5_2_a_passive_reply_must_be_encrypted_and_signed(
    app: App, sandbox: Sandbox, callback: CallbackUrl
) -> None:
    async def plain(_event: Element) -> bytes:
        return b"<xml><MsgType>update_button</MsgType></xml>"

    callback.answering = plain
    card = a_button_card()
    await sent(app, card)
    clicked = await sandbox.click("zhangsan", card["task_id"], "认领")
    assert clicked.delivery
    assert clicked.delivery.reply.startswith("refused")


async def test_5_2_an_answer_after_the_time_out_is_too_late() -> None:
    knobs = Knobs(callback_seconds=0.05, callback_attempts=1)
    async with a_sandbox(knobs) as sandbox, an_app(sandbox) as app, callback_url(sandbox) as callback:
        released = asyncio.Event()

        async def late(_event: Element) -> bytes:
            await released.wait()
            return callback.seal(
                "<MsgType>update_button</MsgType><Button><ReplaceName>x</ReplaceName></Button>"
            )

        callback.answering = late
        card = a_button_card()
        await sent(app, card)
        clicked = await sandbox.click("zhangsan", card["task_id"], "认领")
        released.set()
        assert clicked.delivery
        assert clicked.delivery.outcome is Outcome.LOST
        assert sandbox.member("zhangsan").cards[0].changes == 0


async def test_5_2_one_clicks_code_updates_the_others(
    app: App, sandbox: Sandbox, callback: CallbackUrl
) -> None:
    card = a_button_card()
    await sent(app, card, touser="zhangsan|lisi")
    await sandbox.click("zhangsan", card["task_id"], "认领")
    code = callback.messages[0].findtext("ResponseCode", "")
    assert (await app.update(code, **GREY))["errcode"] == 0
    assert texts(sandbox, "lisi") == ()


@pytest.mark.parametrize(
    ("userid", "button", "selected", "field"),
    [
        ("zhangsan", "不存在", {}, "button"),
        ("lisi", "认领", {}, "task_id"),
        ("nobody", "认领", {}, "userid"),
        ("zhangsan", "认领", {"q": "x"}, "selected.q"),
        ("zhangsan", "认领", {"reason": "没有"}, "selected.reason"),
        ("zhangsan", "认领", {"reason": ["pay", "pack"]}, "selected.reason"),
        ("zhangsan", "详情", {}, "button"),
    ],
)
async def test_only_what_the_screen_shows_can_be_pressed(
    app: App, userid: str, button: str, selected: dict[str, Any], field: str
) -> None:
    jump = {"type": 1, "text": "详情", "url": "https://example.com"}
    card = a_button_card(button_selection=a_selector(), button_list=[{"text": "认领", "key": "claim"}, jump])
    await sent(app, card)
    with pytest.raises(Misuse) as misuse:
        await app.sandbox.click(userid, card["task_id"], button, selected)
    assert misuse.value.field == field
    assert not app.sandbox.callbacks


async def test_a_disabled_selector_and_a_recalled_card_cannot_be_pressed(app: App) -> None:
    answer = await app.send_card(a_form(), touser="zhangsan|lisi")
    disabled = a_form(task_id=None, select_list=[a_selector(disable=True)])
    await app.update(answer["response_code"], template_card=disabled)
    shown = app.sandbox.member("zhangsan")
    with pytest.raises(Misuse, match="disabled"):
        await app.sandbox.click("zhangsan", shown.cards[0].task_id, "提交", {"reason": "pay"})
    with pytest.raises(Misuse, match="not in the chat"):
        await app.sandbox.click("lisi", shown.messages[0].id, "提交")
    await app.call("message/recall", {"msgid": answer["msgid"]})
    with pytest.raises(Misuse, match="recalled"):
        await app.sandbox.click("zhangsan", shown.messages[0].id, "提交")


async def test_5_1_greying_for_all_reaches_those_with_a_face_of_their_own(
    app: App, sandbox: Sandbox, callback: CallbackUrl
) -> None:
    card = a_button_card()
    code = await sent(app, card, touser="zhangsan|lisi")
    await sandbox.click("lisi", card["task_id"], "认领")
    mine = callback.messages[0].findtext("ResponseCode", "")
    fresh = a_button_card(task_id=None, main_title={"title": "李四的"})
    await app.update(mine, atall=0, userids=["lisi"], template_card=fresh)
    await app.update(code, **GREY)
    shown = sandbox.member("lisi").cards[0]
    assert (shown.face("lisi").greyed, shown.face("zhangsan").greyed) == ("已接单", "已接单")
    assert "李四的" in shown.display("lisi").text
