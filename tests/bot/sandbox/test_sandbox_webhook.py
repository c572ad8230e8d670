"""Does a group's webhook behave as wecom.md §7 says? webhook/send and webhook/upload_media (91770, 99110)."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.server import Sandbox
from bot.sandbox.world import DropReason, Speaker
from tests.bot.sandbox.harness import (
    GROUP,
    App,
    a_button_card,
    a_config,
    a_form,
    a_news_notice,
    a_sandbox,
    a_text_notice,
    a_vote,
    an_app,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def an_image(data: bytes = PNG, **fields: str) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode(), "md5": hashlib.md5(data).hexdigest()} | fields


async def test_7_a_text_lands_in_the_keys_group_with_its_mentions(app: App, sandbox: Sandbox) -> None:
    content = {"content": "有一单停住了", "mentioned_list": ["lisi", "@all"]}
    assert await app.webhook("text", content) == 0
    (message,) = sandbox.group(GROUP).messages
    assert message.speaker is Speaker.WEBHOOK
    assert message.content.text == "有一单停住了 @lisi @all"


async def test_7_each_key_leads_to_its_own_group() -> None:
    groups = {"wrA": "一组", "wrB": "二组"}
    async with a_sandbox(groups=groups, webhooks={"key-b": "wrB"}) as sandbox, an_app(sandbox) as app:
        assert sandbox.webhook_key == "key-b"
        assert await app.webhook() == 0
        assert len(sandbox.group("wrB").messages) == 1
        assert not sandbox.group("wrA").messages
    with pytest.raises(ValueError, match="wrElsewhere"):
        a_config(webhooks={"key": "wrElsewhere"})


@pytest.mark.parametrize("key", ["", "made-up"])
async def test_7_a_bad_key_is_93000(app: App, key: str) -> None:
    assert await app.webhook(key=key) == 93000


@pytest.mark.parametrize(
    ("msgtype", "content"),
    [
        ("text", {"content": "x" * 2048}),
        ("markdown", {"content": "x" * 4096}),
        ("markdown_v2", {"content": "| 一 | 二 |"}),
        ("news", {"articles": [{"title": "周报", "url": "https://example.com/w"}]}),
        ("news", {"articles": [{"title": "长" * 100, "description": "x" * 999, "url": "https://x.example"}]}),
        ("image", an_image()),
        ("template_card", a_text_notice()),
        ("template_card", a_news_notice()),
    ],
)
async def test_7_every_type_of_the_table_is_taken(app: App, msgtype: str, content: Any) -> None:
    assert await app.webhook(msgtype, content) == 0
    assert len(app.sandbox.group().messages) == 1


@pytest.mark.parametrize(
    ("msgtype", "content", "errcode"),
    [
        ("text", {"content": "x" * 2049}, 45002),
        ("text", {"content": " "}, 93017),
        ("text", {"content": "x", "mentioned_list": "@all"}, 40058),
        ("markdown", {"content": "x" * 4097}, 45002),
        ("markdown_v2", {"content": "单" * 1366}, 45002),
        ("news", {"articles": []}, 40058),
        ("news", {"articles": [{"title": "一", "url": "https://x.example"}] * 9}, 40058),
        ("news", {"articles": [{"title": "一", "url": "x.example"}]}, 45034),
        ("news", {"articles": [{"title": "一"}]}, 42028),
        ("image", an_image(md5="0" * 32), 40058),
        ("image", an_image(base64="%%%"), 40058),
        ("image", an_image(b"GIF89a" + b"\x00" * 20), 40058),
        ("image", an_image(PNG + b"\x00" * 2 * 1024 * 1024), 93018),
        ("file", {"media_id": "made-up"}, 40007),
        ("voice", {}, 41006),
        ("template_card", a_button_card(), 42031),
        ("template_card", a_vote(), 42031),
        ("template_card", a_form(), 42031),
        ("template_card", a_text_notice(card_action=None), 42045),
        ("template_card", a_text_notice(card_action={"type": 0}), 42045),
        ("template_card", a_text_notice(task_id="t-1"), 40058),
        (
            "template_card",
            a_text_notice(action_menu={"desc": "更多", "action_list": [{"text": "一", "key": "1"}]}),
            40058,
        ),
        ("textcard", {"title": "一", "description": "二", "url": "https://x.example"}, 40008),
    ],
)
async def test_7_what_the_table_does_not_list_is_refused(
    app: App, msgtype: str, content: Any, errcode: int
) -> None:
    assert await app.webhook(msgtype, content) == errcode
    assert not app.sandbox.group().messages


async def test_13_1_the_code_for_a_card_with_buttons_is_a_knob() -> None:
    async with a_sandbox(Knobs(webhook_card_type=40058)) as sandbox, an_app(sandbox) as app:
        assert await app.webhook("template_card", a_button_card()) == 40058


async def test_7_twenty_a_minute_then_the_key_is_shut_for_the_window(app: App, clock: ManualClock) -> None:
    assert [await app.webhook() for _ in range(21)] == [0] * 20 + [45009]
    clock.advance(timedelta(seconds=59))
    assert await app.webhook() == 45009
    clock.advance(timedelta(seconds=1))
    assert await app.webhook() == 0


async def test_7_every_key_has_its_own_ration() -> None:
    keys = {"one": GROUP, "two": GROUP}
    knobs = Knobs(webhook_per_minute=1)
    async with a_sandbox(knobs, webhooks=keys) as sandbox, an_app(sandbox) as app:
        assert [await app.webhook(key=key) for key in ("one", "one", "two")] == [0, 45009, 0]


async def test_7_an_uploaded_file_is_good_for_its_key_and_three_days(clock: ManualClock) -> None:
    keys = {"one": GROUP, "two": GROUP}
    async with a_sandbox(webhooks=keys) as sandbox, an_app(sandbox) as app:
        answer = await app.upload("webhook/upload_media", b"a report", key="one", type="file")
        assert (answer["errcode"], answer["type"]) == (0, "file")
        part = {"media_id": answer["media_id"]}
        assert await app.webhook("file", part, key="one") == 0
        assert sandbox.group().texts() == ("a.bin",)
        assert await app.webhook("voice", part, key="one") == 40007
        assert await app.webhook("file", part, key="two") == 40007
        watch = sandbox.world.watch
        assert isinstance(watch, ManualClock)
        watch.advance(timedelta(days=3))
        assert await app.webhook("file", part, key="one") == 40007


@pytest.mark.parametrize(
    ("kind", "data", "errcode"),
    [
        ("file", b"12345", 40058),
        ("voice", b"no amr at all", 40058),
        ("voice", b"#!AMR\n" + b"x" * 2 * 1024 * 1024, 40058),
        ("image", b"123456789", 40058),
    ],
)
async def test_7_an_upload_has_limits(app: App, kind: str, data: bytes, errcode: int) -> None:
    answer = await app.upload("webhook/upload_media", data, key=app.sandbox.webhook_key, type=kind)
    assert answer["errcode"] == errcode


async def test_7_an_upload_without_the_part_media_is_41006(app: App) -> None:
    url = f"{app.sandbox.api_base}/cgi-bin/webhook/upload_media"
    query = {"key": app.sandbox.webhook_key, "type": "file"}
    async with app.http.post(url, params=query, data=b"raw") as response:
        assert (await response.json())["errcode"] == 41006


async def test_a_webhooks_faults(app: App, sandbox: Sandbox) -> None:
    sandbox.fault("webhook/send", 45009, times=1)
    sandbox.fault("webhook/send", "invaliduser", times=1)
    sandbox.fault("webhook/send", "silently_drop", times=1)
    assert [await app.webhook() for _ in range(3)] == [45009, 93000, 0]
    assert not sandbox.group().messages
    assert [drop.reason for drop in sandbox.drops] == [DropReason.FAULT]


async def test_a_webhook_is_posted_to(app: App, sandbox: Sandbox) -> None:
    assert (await app.get("webhook/send", key=sandbox.webhook_key))["errcode"] == 40058
    assert sandbox.webhook_key not in str(sandbox.calls)
