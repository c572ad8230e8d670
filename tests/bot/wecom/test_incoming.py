"""Whatever a frame holds, it becomes a message or nothing; it never ends the connection that it came over."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wecom.incoming import from_frame
from handlers.messages import TextReceived

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KEYS = [
    "body",
    "headers",
    "req_id",
    "from",
    "userid",
    "chatid",
    "chattype",
    "msgid",
    "msgtype",
    "text",
    "content",
    "mixed",
    "msg_item",
    "event",
    "eventtype",
    "template_card_event",
    "task_id",
    "event_key",
    "selected_items",
    "selected_item",
    "question_key",
    "option_ids",
    "option_id",
]
WORDS = st.sampled_from(
    ["event", "text", "mixed", "group", "template_card_event", "enter_chat", "@盯单 /P1", ""]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
)


@given(
    body=st.dictionaries(st.sampled_from(KEYS), ANYTHING), words=st.sampled_from(["event", "mixed", "text"])
)
def test_no_frame_is_too_odd(body: Mapping[str, Any], words: str) -> None:
    arrival = from_frame({"body": {"from": {"userid": "zhangsan"}, **body, "msgtype": words}}, NOW)

    assert arrival is None or (arrival.message.sender.userid and arrival.identity.startswith("bot:"))


@pytest.mark.parametrize("words", ["@盯单 /P1", "@盯单/P1", "@盯单\u2005/P1", "/P1", "  @盯单  /P1 "])
def test_the_name_of_the_bot_is_not_part_of_the_command(words: str) -> None:
    body = {"msgtype": "text", "from": {"userid": "zhangsan"}, "text": {"content": words}}

    arrival = from_frame({"body": body}, NOW)

    assert arrival is not None
    assert isinstance(arrival.message, TextReceived)
    assert arrival.message.text == "/P1"
