"""Is every field rule of a template card kept? wecom.md §4.4 to §4.6 (90236) and §8.7 (101032)."""

from typing import Any

import pytest

from bot.sandbox.card_display import display
from bot.sandbox.card_parts import Surface
from bot.sandbox.config import Knobs
from tests.bot.sandbox.harness import (
    App,
    Bot,
    a_button_card,
    a_form,
    a_news_notice,
    a_sandbox,
    a_selector,
    a_text_notice,
    a_vote,
    an_app,
)

URL = "https://example.com/x"
KEY = "k" * 1024


def buttons(count: int) -> list[dict[str, Any]]:
    return [{"text": f"按钮{number}", "key": f"k{number}"} for number in range(count)]


def options(count: int) -> list[dict[str, Any]]:
    return [{"id": f"o{number}", "text": f"选项{number}"} for number in range(count)]


def rows(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"keyname": "仓库", "value": "杭州一仓"} | fields for _ in range(count)]


def menu(*keys: str) -> dict[str, Any]:
    return {"desc": "更多", "action_list": [{"text": "静音", "key": key} for key in keys]}


GOOD = {
    "a plain button card": a_button_card(),
    "six buttons": a_button_card(button_list=buttons(6)),
    "six rows": a_button_card(horizontal_content_list=rows(6)),
    "a selector": a_button_card(button_selection=a_selector()),
    "a wrong selected_id means the first option": a_button_card(button_selection=a_selector(selected_id="x")),
    "a quote": a_button_card(quote_area={"type": 0, "title": "草稿", "quote_text": "您好" * 200}),
    "a key of 1024 bytes": a_button_card(button_list=[{"text": "好", "key": KEY}]),
    "a task_id of 128 characters": a_button_card(task_id="aZ0_-@" + "x" * 122),
    "long advised texts": a_button_card(main_title={"title": "单" * 400}, sub_title_text="单" * 400),
    "a grey source": a_button_card(source={"desc": "盯单", "desc_color": 2, "icon_url": URL}),
    "a vote of twenty": a_vote(checkbox={"question_key": "q", "mode": 1, "option_list": [*options(20)]}),
    "three selectors": a_form(select_list=[a_selector(question_key=f"q{number}") for number in range(3)]),
    "a submit button without text": a_form(submit_button={"key": "s"}),
    "a notice with a menu": a_text_notice(action_menu=menu("a", "b", "c"), task_id="menu-1"),
    "a notice with a subtitle only": a_text_notice(main_title=None, sub_title_text="好了"),
    "a notice with everything": a_text_notice(
        emphasis_content={"title": "3h", "desc": "未揽收"},
        jump_list=[{"type": 1, "title": "看板", "url": URL}],
        horizontal_content_list=rows(1, type=3, userid="zhangsan"),
    ),
    "news with a text area": a_news_notice(
        card_image=None, image_text_area={"type": 1, "url": URL, "image_url": URL, "title": "图"}
    ),
    "news with four verticals": a_news_notice(vertical_content_list=[{"title": "a", "desc": "b"}] * 4),
}

REFUSED_ON_BOTH = {
    "no card_type": (a_button_card(card_type=None), 42031),
    "an unknown card_type": (a_button_card(card_type="button"), 42031),
    "no main_title": (a_button_card(main_title=None), 40058),
    "an empty title": (a_button_card(main_title={"title": ""}), 40058),
    "a notice with neither title nor subtitle": (a_text_notice(main_title={"desc": "d"}), 40058),
    "no task_id": (a_button_card(task_id=None), 42014),
    "a task_id with a dot": (a_button_card(task_id="a.b"), 42014),
    "a task_id with Chinese": (a_button_card(task_id="订单1"), 42014),
    "a task_id of 129 characters": (a_button_card(task_id="x" * 129), 42014),
    "a vote without task_id": (a_vote(task_id=None), 42014),
    "a menu without task_id": (a_text_notice(action_menu=menu("a")), 42014),
    "no buttons": (a_button_card(button_list=[]), 40058),
    "seven buttons": (a_button_card(button_list=buttons(7)), 40058),
    "a button without text": (a_button_card(button_list=[{"key": "k"}]), 42038),
    "a button without key": (a_button_card(button_list=[{"text": "好"}]), 42039),
    "a key of 1025 bytes": (a_button_card(button_list=[{"text": "好", "key": KEY + "k"}]), 42039),
    "two buttons with one key": (a_button_card(button_list=[{"text": "好", "key": "k"}] * 2), 42039),
    "a style of 5": (a_button_card(button_list=[{"text": "好", "key": "k", "style": 5}]), 40058),
    "a style as text": (a_button_card(button_list=[{"text": "好", "key": "k", "style": "1"}]), 40058),
    "seven rows": (a_button_card(horizontal_content_list=rows(7)), 42035),
    "a row without keyname": (a_button_card(horizontal_content_list=[{"value": "v"}]), 42027),
    "a link row without url": (a_button_card(horizontal_content_list=rows(1, type=1)), 42028),
    "a link row without scheme": (
        a_button_card(horizontal_content_list=rows(1, type=1, url="example.com")),
        45034,
    ),
    "a member row without userid": (a_button_card(horizontal_content_list=rows(1, type=3)), 42050),
    "a row of type 4": (a_button_card(horizontal_content_list=rows(1, type=4)), 40058),
    "five verticals": (a_news_notice(vertical_content_list=[{"title": "t"}] * 5), 42036),
    "a vertical without title": (a_news_notice(vertical_content_list=[{"desc": "d"}]), 42033),
    "four jumps": (a_text_notice(jump_list=[{"title": "t"}] * 4), 42042),
    "a jump without title": (a_text_notice(jump_list=[{"type": 0}]), 42033),
    "a jump without url": (a_text_notice(jump_list=[{"type": 1, "title": "t"}]), 42028),
    "a jump without appid": (a_text_notice(jump_list=[{"type": 2, "title": "t"}]), 42030),
    "a notice without card_action": (a_text_notice(card_action=None), 42045),
    "a notice with card_action 0": (a_text_notice(card_action={"type": 0}), 42045),
    "a card_action without url": (a_text_notice(card_action={"type": 1}), 42028),
    "a card_action without appid": (a_news_notice(card_action={"type": 2}), 42030),
    "news without picture": (a_news_notice(card_image=None), 42044),
    "a picture without url": (a_news_notice(card_image={"aspect_ratio": 1.5}), 42044),
    "a ratio of exactly 1.3": (a_news_notice(card_image={"url": URL, "aspect_ratio": 1.3}), 40058),
    "a ratio of exactly 2.25": (a_news_notice(card_image={"url": URL, "aspect_ratio": 2.25}), 40058),
    "a text area without picture": (
        a_news_notice(card_image=None, image_text_area={"title": "t"}),
        40058,
    ),
    "a selector without question_key": (a_button_card(button_selection=a_selector(question_key="")), 42043),
    "a selector without options": (a_button_card(button_selection=a_selector(option_list=[])), 42037),
    "eleven options": (a_button_card(button_selection=a_selector(option_list=options(11))), 42037),
    "an option without id": (a_form(select_list=[a_selector(option_list=[{"text": "t"}])]), 42040),
    "an option id of 129 bytes": (
        a_form(select_list=[a_selector(option_list=[{"id": "i" * 129, "text": "t"}])]),
        42040,
    ),
    "two options with one id": (
        a_form(select_list=[a_selector(option_list=[{"id": "i", "text": "t"}] * 2)]),
        42040,
    ),
    "an option without text": (a_form(select_list=[a_selector(option_list=[{"id": "i"}])]), 42041),
    "no selectors": (a_form(select_list=[]), 42047),
    "four selectors": (a_form(select_list=[a_selector(question_key=f"q{n}") for n in range(4)]), 42047),
    "two selectors with one question_key": (a_form(select_list=[a_selector()] * 2), 42043),
    "no submit button": (a_form(submit_button=None), 42046),
    "a submit button without key": (a_form(submit_button={"text": "提交"}), 42046),
    "a submit text as number": (a_form(submit_button={"text": 1, "key": "s"}), 42049),
    "no checkbox": (a_vote(checkbox=None), 40058),
    "twenty-one votes": (a_vote(checkbox={"question_key": "q", "option_list": options(21)}), 42037),
    "a checkbox of mode 2": (
        a_vote(checkbox={"question_key": "q", "mode": 2, "option_list": options(2)}),
        40058,
    ),
    "an empty menu": (a_text_notice(action_menu={"action_list": []}, task_id="e"), 40058),
    "a menu of four": (a_text_notice(action_menu=menu("a", "b", "c", "d"), task_id="f"), 40058),
    "two menu keys alike": (a_text_notice(action_menu=menu("a", "a"), task_id="g"), 42051),
    "a menu key like a button's": (a_button_card(action_menu=menu("send")), 42051),
    "a menu on a vote": (a_vote(action_menu=menu("a")), 40058),
    "jumps on a button card": (a_button_card(jump_list=[{"title": "t"}]), 40058),
    "a subtitle on news": (a_news_notice(sub_title_text="s"), 40058),
    "an unknown field": (a_button_card(buttons=[]), 40058),
    "an unknown field deep inside": (a_button_card(main_title={"title": "t", "colour": 1}), 40058),
    "a disabled selector before any update": (
        a_button_card(button_selection=a_selector(disable=True)),
        40058,
    ),
    "replace_text before any update": (a_button_card(replace_text="x"), 40058),
    "a quote link without url": (a_button_card(quote_area={"type": 1}), 42028),
    "a list where an object belongs": (a_button_card(source=[]), 40058),
    "an object where a list belongs": (a_button_card(horizontal_content_list={}), 42035),
}


@pytest.mark.parametrize("card", GOOD.values(), ids=GOOD.keys())
async def test_4_4_the_app_may_send(app: App, card: dict[str, Any]) -> None:
    assert (await app.send_card(card))["errmsg"] == "ok"


@pytest.mark.parametrize("card", GOOD.values(), ids=GOOD.keys())
async def test_8_7_the_bot_may_send(bot: Bot, card: dict[str, Any]) -> None:
    assert (await bot.push_card(card))["errmsg"] == "ok"


@pytest.mark.parametrize(("card", "errcode"), REFUSED_ON_BOTH.values(), ids=REFUSED_ON_BOTH.keys())
async def test_4_6_the_app_may_not_send(app: App, card: dict[str, Any], errcode: int) -> None:
    answer = await app.send_card(card)
    assert answer["errcode"] == errcode, answer
    assert not app.sandbox.member("zhangsan").messages


@pytest.mark.parametrize(("card", "errcode"), REFUSED_ON_BOTH.values(), ids=REFUSED_ON_BOTH.keys())
async def test_8_7_the_bot_may_not_send(bot: Bot, card: dict[str, Any], errcode: int) -> None:
    answer = await bot.push_card(card)
    assert answer["errcode"] == errcode, answer
    assert not bot.sandbox.group().cards


ONLY_THE_APP = {
    "a button that jumps": a_button_card(button_list=[{"type": 1, "text": "详情", "url": URL}]),
    "a button of type 0": a_button_card(button_list=[{"type": 0, "text": "好", "key": "k"}]),
    "a file row": a_button_card(horizontal_content_list=rows(1, type=2, media_id="m")),
}
ONLY_THE_BOT = {
    "a smart question": a_text_notice(jump_list=[{"type": 3, "title": "问", "question": "怎么办"}]),
    "feedback": a_text_notice(feedback={"id": "f1"}),
    "a form without task_id": a_form(task_id=None),
}


@pytest.mark.parametrize("card", ONLY_THE_APP.values(), ids=ONLY_THE_APP.keys())
async def test_8_7_what_only_the_app_has(app: App, bot: Bot, card: dict[str, Any]) -> None:
    assert (await app.send_card(card))["errcode"] == 0
    assert (await bot.push_card(card))["errcode"] == 40058


@pytest.mark.parametrize("card", ONLY_THE_BOT.values(), ids=ONLY_THE_BOT.keys())
async def test_8_7_what_only_the_bot_has(app: App, bot: Bot, card: dict[str, Any]) -> None:
    assert (await bot.push_card(card))["errcode"] == 0
    assert (await app.send_card(card))["errcode"] in {40058, 42014}


@pytest.mark.parametrize(
    ("button", "errcode"),
    [
        ({"type": 1, "text": "x"}, 42028),
        ({"type": 1, "text": "x", "url": "ftp://x"}, 45034),
        ({"type": 2}, 42038),
    ],
)
async def test_4_4_a_button_that_jumps_needs_a_url(app: App, button: dict[str, Any], errcode: int) -> None:
    assert (await app.send_card(a_button_card(button_list=[button])))["errcode"] == errcode


async def test_4_4_a_file_row_needs_a_media_id(app: App) -> None:
    card = a_button_card(horizontal_content_list=rows(1, type=2))
    assert (await app.send_card(card))["errcode"] == 42029


async def test_8_7_a_smart_question_has_at_most_200_bytes(bot: Bot) -> None:
    card = a_text_notice(jump_list=[{"type": 3, "title": "问", "question": "q" * 201}])
    assert (await bot.push_card(card))["errcode"] == 40058


async def test_13_10_the_longer_menu_is_a_knob() -> None:
    card = a_text_notice(action_menu=menu(*"abcdefghij"), task_id="m10")
    async with a_sandbox(Knobs(menu_actions_most=10)) as sandbox, an_app(sandbox) as app:
        assert (await app.send_card(card))["errcode"] == 0


async def test_4_5_foreign_fields_may_be_ignored_by_a_knob() -> None:
    async with a_sandbox(Knobs(foreign_fields_refused=False)) as sandbox, an_app(sandbox) as app:
        assert (await app.send_card(a_button_card(jump_list=[], wording="x")))["errcode"] == 0


async def test_4_4_errmsg_names_the_field(app: App) -> None:
    answer = await app.send_card(a_button_card(button_list=[{"text": "好", "key": "k"}, {"text": "坏"}]))
    assert "template_card.button_list[1].key" in answer["errmsg"]


@pytest.mark.parametrize(("surface", "limit"), [(Surface.APP, 36), (Surface.BOT, 26)])
def test_8_7_the_client_cuts_what_is_longer_than_advised(surface: Surface, limit: int) -> None:
    fits = display({"main_title": {"title": "单" * limit}}, surface)
    assert fits.cuts == ()
    cut = display({"main_title": {"title": "单" * (limit + 1)}, "task_id": "hidden"}, surface)
    assert cut.cuts == ("main_title.title",)
    assert cut.text == "单" * limit + "…"


def test_8_7_a_row_is_cut_on_its_own() -> None:
    shown = display({"horizontal_content_list": [{"keyname": "承运商名称", "value": "v" * 27}]}, Surface.BOT)
    assert shown.cuts == ("horizontal_content_list.value",)
    assert "承运商名称" in shown.text
