"""Can a newcomer read the page and press its buttons, with and without JavaScript?"""

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

import bot.sandbox
from bot.sandbox import rich_text
from bot.sandbox.rich_text import BlockKind, SpanKind
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import (
    CUSTOMER,
    GROUP,
    App,
    Bot,
    CallbackUrl,
    a_button_card,
    a_form,
    a_news_notice,
    a_selector,
    a_text_notice,
    a_vote,
)

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
STATIC = Path(str(bot.sandbox.__file__)).parent / "static"


async def html(app: App, query: str = "") -> str:
    async with app.http.get(app.sandbox.page_url + query) as response:
        assert response.status == 200
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        return await response.text()


async def post(app: App, path: str, fields: dict[str, Any]) -> tuple[int, str]:
    async with app.http.post(f"{app.sandbox.page_url}page/{path}", data=fields) as response:
        return response.status, await response.text()


async def test_the_page_shows_three_columns_and_who_i_am(app: App, bot: Bot) -> None:
    await bot.push_card(a_button_card(button_selection=a_selector()))
    await app.send_card(a_text_notice(), touser="wangwu")
    app.sandbox.customer_says(CUSTOMER, "我的快递呢?")
    shown = await html(app)
    for words in (
        "客服群",
        "值班经理",
        "顾客手机",
        "张三",
        "李四",
        "王五",
        "发送回复",
        "已恢复",
        "我的快递呢?",
    ):
        assert words in shown
    assert shown.count('role="log"') == 3


async def test_the_pages_own_words_come_in_english_too(app: App) -> None:
    shown = await html(app, "?lang=en")
    assert '<html lang="en">' in shown
    own = re.sub(r"<(nav|main).*?</\1>|lang=\"zh-CN\">中文", "", shown, flags=re.DOTALL)
    for word in ("WeCom sandbox", "Bot offline", "Whole state"):
        assert word in shown
    assert "机器人离线" not in own


async def test_the_header_tells_what_is_not_well(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("message/send", 45009)
    shown = await html(app)
    for words in ("机器人离线", "回调未通过验证", "1 个故障生效中", "先有人提到它"):
        assert words in shown
    await sandbox.set_callback(None)
    assert "没有回调" in await html(app, "?chat=bot")


async def test_pictures_and_smart_links_are_drawn_without_loading_anything(app: App, bot: Bot) -> None:
    await bot.push_card(a_news_notice(vertical_content_list=[{"title": "纵向", "desc": "说明"}]))
    area = {"type": 0, "title": "图文", "desc": "说明", "image_url": "https://example.com/x.png"}
    await bot.push_card(a_news_notice(card_image=None, image_text_area=area))
    shown = await html(app)
    assert "纵向" in shown
    assert "图文 说明" in shown
    assert "example.com/x.png" not in shown


async def test_an_address_with_unknown_people_falls_back(app: App) -> None:
    shown = await html(app, "?me=nobody&chat=wrNone&phone=x&customer=y&tab=z&lang=xx")
    assert "企业微信沙箱" in shown
    assert 'data-here="/?me=zhangsan' in shown


async def test_what_people_and_apps_write_is_never_markup(app: App, bot: Bot, callback: CallbackUrl) -> None:
    card = a_button_card(
        main_title={"title": HOSTILE, "desc": HOSTILE},
        quote_area={"type": 0, "title": HOSTILE, "quote_text": HOSTILE},
        horizontal_content_list=[
            {"keyname": HOSTILE, "value": HOSTILE, "type": 0, "url": "javascript:alert(3)"}
        ],
        button_selection=a_selector(title=HOSTILE, option_list=[{"id": HOSTILE, "text": HOSTILE}]),
        button_list=[{"text": HOSTILE, "key": HOSTILE}],
    )
    assert (await bot.push_card(card))["errcode"] == 0
    await bot.push(
        content={"content": f"**{HOSTILE}** `{HOSTILE}` [{HOSTILE}](https://example.com/{HOSTILE})"}
    )
    await app.send(
        content={"content": f'<a href="https://x.example/">{HOSTILE}</a>{HOSTILE}'}, touser="wangwu"
    )
    await app.send(
        "textcard", {"title": HOSTILE, "description": HOSTILE, "url": "https://example.com"}, touser="wangwu"
    )
    app.sandbox.customer_says(CUSTOMER, HOSTILE)
    await app.sandbox.say("wangwu", HOSTILE, "app")
    assert callback.messages
    shown = await html(app)
    assert re.findall(r"<script[^>]*>", shown) == ['<script src="/static/page.js" defer>']
    assert "<img" not in shown
    assert "javascript:" not in shown


def fields_of(app: App, **fields: str) -> dict[str, str]:
    return {"userid": "zhangsan", "me": "zhangsan", "chat": GROUP, "tab": "group", "lang": "zh"} | fields


async def test_a_button_is_a_plain_form(app: App, callback: CallbackUrl) -> None:
    async def claimed(_event: Element) -> bytes:
        return callback.seal(
            "<MsgType>update_button</MsgType><Button><ReplaceName>已认领</ReplaceName></Button>"
        )

    callback.answering = claimed
    await app.send_card(a_button_card(button_selection=a_selector()), touser="zhangsan")
    message = app.sandbox.member("zhangsan").messages[0].id
    fields = fields_of(app, message=message, button="claim", phone="zhangsan") | {"choice.reason": "pack"}
    status, shown = await post(app, "click", fields)
    assert status == 200
    assert "已认领" in shown
    assert callback.messages[0].findtext("SelectedItems/SelectedItem/OptionIds/OptionId") == "pack"


async def test_a_form_that_comes_too_late_is_told_why(app: App, bot: Bot) -> None:
    await bot.push_card(a_button_card())
    message = app.sandbox.group().messages[-1].id
    status, shown = await post(app, "click", fields_of(app, message=message, button="gone"))
    assert status == 409
    assert "gone is not on the card" in shown


async def test_three_composers_speak_for_three_people(app: App, bot: Bot, callback: CallbackUrl) -> None:
    mention = {"as": "group", "room": GROUP, "mention": "盯单", "text": "/待办"}
    await post(app, "say", fields_of(app) | mention)
    await post(app, "say", fields_of(app) | {"as": "app", "room": "app", "text": "/今日"})
    await post(app, "say", fields_of(app) | {"as": "customer", "userid": CUSTOMER, "text": "在吗"})
    await post(app, "say", fields_of(app) | {"as": "group", "room": "", "text": "悄悄话"})
    sandbox = app.sandbox
    assert sandbox.group().texts()[-1] == "@盯单 /待办"
    assert sandbox.member("zhangsan").texts() == ("/今日",)
    assert sandbox.customer(CUSTOMER).texts() == ("在吗",)
    assert sandbox.bot_chat("zhangsan").texts() == ("悄悄话",)
    assert (await post(app, "say", fields_of(app) | {"as": "group", "room": GROUP, "text": " "}))[0] == 409


async def test_each_member_sees_his_own_face_of_a_card(app: App) -> None:
    answer = await app.send_card(a_button_card(), touser="zhangsan|lisi")
    await app.update(answer["response_code"], atall=0, userids=["lisi"], button={"replace_name": "只给李四"})
    assert "只给李四" in await html(app, "?phone=lisi")
    assert "只给李四" not in await html(app, "?phone=zhangsan")


async def test_a_recalled_message_and_old_ones_leave_a_line(app: App, bot: Bot) -> None:
    answer = await app.send(touser="wangwu")
    await app.call("message/recall", {"msgid": answer["msgid"]})
    for number in range(70):
        await app.sandbox.say("lisi", f"闲聊 {number}", GROUP)
    shown = await html(app, "?phone=wangwu")
    assert "撤回了一条消息" in shown
    assert "更早的 11 条没有显示" in shown
    assert "闲聊 69" in shown


async def test_changes_are_told_as_they_happen(app: App) -> None:
    async with app.http.get(f"{app.sandbox.page_url}page/live") as response:
        assert response.content_type == "text/event-stream"
        first = await read_event(response.content)
        app.sandbox.customer_says(CUSTOMER, "在吗")
        second = await read_event(response.content)
        assert int(second.split()[0]) > int(first.split()[0])
        assert second.split()[1] == "10:00:00"


async def read_event(stream: Any) -> str:
    while True:
        line = (await stream.readline()).decode()
        if line.startswith("data: "):
            return line.removeprefix("data: ")


def test_markdown_reads_as_in_the_client() -> None:
    blocks = rich_text.markdown(
        "# 标题\n> 引用 **粗**\n1. 一\n- 二\n---\n```\na\n\nb\n```\n"
        '<font color="warning">橙</font> `码` *斜* [链](https://e.example) <@li> [坏](javascript:x)'
    )
    assert [block.kind for block in blocks] == [
        BlockKind.HEADING,
        BlockKind.QUOTE,
        BlockKind.ITEM,
        BlockKind.ITEM,
        BlockKind.RULE,
        BlockKind.CODE,
        BlockKind.PARAGRAPH,
    ]
    assert (blocks[2].mark, blocks[3].mark) == ("1.", "•")
    assert blocks[5].spans[0].text == "a\n\nb"
    kinds = [span.kind for span in blocks[6].spans if span.text.strip()]
    assert kinds == [
        SpanKind.WARNING,
        SpanKind.CODE,
        SpanKind.ITALIC,
        SpanKind.LINK,
        SpanKind.MENTION,
        SpanKind.TEXT,
    ]
    assert rich_text.markdown("```\nopen")[0].kind is BlockKind.CODE


def test_a_textcard_reads_its_three_tones() -> None:
    blocks = rich_text.textcard('<div class="gray">灰</div>常<br><div class="highlight">亮</div>尾')
    assert [(block.kind, block.spans[0].text) for block in blocks] == [
        (BlockKind.GRAY, "灰"),
        (BlockKind.PARAGRAPH, "常"),
        (BlockKind.HIGHLIGHT, "亮"),
        (BlockKind.PARAGRAPH, "尾"),
    ]


PAIRS = [
    *(
        ("ink", ground)
        for ground in ("ground", "panel", "surface", "sunken", "mine", "theirs", "customer-mine")
    ),
    *(("soft", ground) for ground in ("ground", "panel", "surface", "sunken", "theirs", "customer-panel")),
    *(("accent", ground) for ground in ("surface", "sunken", "accent-wash", "theirs", "ground")),
    *(("danger", ground) for ground in ("theirs", "sunken", "bad-wash")),
    *(("good", ground) for ground in ("theirs", "good-wash")),
    *(("warn", ground) for ground in ("theirs", "surface")),
    ("accent-ink", "accent"),
    *(("avatar-ink", f"hue-{hue}") for hue in range(6)),
]


def palettes() -> dict[str, dict[str, str]]:
    text = (STATIC / "frame.css").read_text("utf-8")
    light, dark = text.split("prefers-color-scheme: dark")
    pattern = r"--([a-z0-9-]+): (#[0-9a-f]{6});"
    base = dict(re.findall(pattern, light))
    return {"light": base, "dark": base | dict(re.findall(pattern, dark))}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_ink_has_a_contrast_of_4_5(scheme: str, ink: str, ground: str) -> None:
    palette = palettes()[scheme]
    bright, dim = sorted((luminance(palette[ink]), luminance(palette[ground])), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    quiet = ["background-networking", "component-update", "sync", "gpu"]
    async with async_playwright() as playwright:
        one = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in quiet)],
        )
        yield one
        await one.close()


async def update_every_click(bot: Bot, count: int) -> None:
    """Answer clicks as the real bot would: the card says who has claimed it."""
    for _ in range(count):
        frame = await bot.frame()
        event = frame["body"]["event"]["template_card_event"]
        who = frame["body"]["from"]["userid"]
        card = a_text_notice(task_id=event["task_id"], main_title={"title": f"{event['event_key']} {who}"})
        answer = await bot.update(frame["headers"]["req_id"], card)
        assert answer["errcode"] == 0, answer


async def faults_of(page: Page) -> list[str]:
    """Labels that are missing, and widths that overflow."""
    return json.loads(
        await page.evaluate(
            """JSON.stringify([
              ...[...document.querySelectorAll('input:not([type=hidden]), select')]
                .filter((one) => !one.labels.length).map((one) => 'no label: ' + one.outerHTML),
              ...[...document.querySelectorAll('button, a')]
                .filter((one) => !one.textContent.trim()).map((one) => 'no name: ' + one.outerHTML),
              ...(document.documentElement.scrollWidth > innerWidth ? ['overflow'] : []),
            ])"""
        )
    )


@pytest.mark.browser
async def test_buttons_can_be_pressed_as_different_people(
    sandbox: Sandbox, bot: Bot, app: App, browser: Browser
) -> None:
    first, second = a_button_card(), a_form()
    await bot.push_card(first)
    await bot.push_card(second)
    await bot.push_card(a_vote())
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(sandbox.page_url)
    assert await faults_of(page) == []
    group = page.locator("section.group")
    await group.get_by_role("button", name="认领").click()
    await update_every_click(bot, 1)
    await expect(group.get_by_role("heading", name="claim zhangsan")).to_be_visible()
    await group.get_by_role("link", name="李四").click()
    await group.get_by_label("原因").select_option("打包延误")
    await group.get_by_role("button", name="提交").first.click()
    await update_every_click(bot, 1)
    await expect(group.get_by_role("heading", name="submit lisi")).to_be_visible()
    sandbox.customer_says("wmLinXiaoman", "我的快递呢?")
    await expect(page.locator("section.customer")).to_contain_text("我的快递呢?")
    await app.answer_customer("今天 18 点前揽收", touser="wmLinXiaoman")
    await expect(page.locator("section.customer")).to_contain_text("今天 18 点前揽收")
    await group.get_by_placeholder("在群里说…").fill("/待办")
    await group.get_by_role("button", name="发送", exact=True).click()
    assert (await bot.frame())["body"]["text"]["content"] == "@盯单 /待办"
    await expect(group.get_by_placeholder("在群里说…")).to_have_value("")
    assert errors == []


@pytest.mark.browser
async def test_on_a_phone_there_are_tabs_and_no_script_is_needed(
    sandbox: Sandbox, bot: Bot, browser: Browser
) -> None:
    await bot.push_card(a_button_card())
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 700})
    page = await context.new_page()
    await page.goto(sandbox.page_url)
    await expect(page.locator("section.customer")).to_be_hidden()
    await page.get_by_role("link", name="顾客手机").click()
    await page.get_by_placeholder("我的快递到哪了？").fill("在吗")
    await page.get_by_role("button", name="发送", exact=True).click()
    await expect(page.locator("section.customer")).to_contain_text("在吗")
    assert sandbox.customer("wmLinXiaoman").texts() == ("在吗",)
    await page.get_by_role("link", name="客服群").click()
    await page.get_by_role("button", name="认领").click()
    await update_every_click(bot, 1)
    await page.reload()
    await expect(page.get_by_role("heading", name="claim zhangsan")).to_be_visible()
    await context.close()
    scripted = await browser.new_page(viewport={"width": 375, "height": 700})
    await scripted.goto(sandbox.page_url)
    assert await faults_of(scripted) == []


async def test_a_webhooks_message_stands_in_the_group(app: App) -> None:
    await app.webhook("template_card", a_text_notice())
    await app.webhook("news", {"articles": [{"title": "周报", "url": "https://example.com/w"}]})
    shown = await html(app)
    assert "已恢复" in shown
    assert "周报" in shown


async def test_a_mass_message_waits_on_the_employees_screen_for_a_button(app: App, sandbox: Sandbox) -> None:
    body = {"external_userid": [CUSTOMER], "sender": "lisi", "text": {"content": "您的包裹已补发"}}
    msgid = (await app.call("externalcontact/add_msg_template", body))["msgid"]
    shown = await html(app, "?phone=lisi")
    assert "确认发送" in shown
    assert "群发任务，发给 1 位顾客" in shown
    assert "确认发送" not in await html(app, "?phone=wangwu")
    status, after = await post(app, "confirm", {"userid": "lisi", "msgid": msgid, "phone": "lisi"})
    assert status == 200
    assert "确认发送" not in after
    assert sandbox.customer(CUSTOMER).texts() == ("您的包裹已补发",)
    assert (await post(app, "confirm", {"userid": "lisi", "msgid": msgid}))[0] == 409
