"""Whatever a frame holds, it becomes a message or nothing; it never ends the connection that it came over."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wecom.incoming import Arrival, from_fields, from_frame
from bot.wecom.markup import read_fields
from handlers.messages import CardClicked, StaffChanged, TextReceived
from rules.staff import Employment

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


# --- callbacks (page 90240) -------------------------------------------------------------------------------

CLICK = """<xml><ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>
<CreateTime>123456789</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[template_card_event]]></Event>
<EventKey><![CDATA[submit]]></EventKey><TaskId><![CDATA[task1]]></TaskId><ResponseCode><![CDATA[rc]]></ResponseCode>
<AgentID>1</AgentID>{selected}</xml>"""
SELECTED = """<SelectedItems><SelectedItem><QuestionKey><![CDATA[q1]]></QuestionKey>
<OptionIds><OptionId><![CDATA[o1]]></OptionId><OptionId><![CDATA[o2]]></OptionId></OptionIds></SelectedItem>
</SelectedItems>"""


def clicked(selected: str) -> CardClicked:
    arrival = from_fields(*read_fields(CLICK.format(selected=selected).encode()), NOW)
    assert arrival is not None
    assert isinstance(arrival.message, CardClicked)
    return arrival.message


def test_a_click_says_who_tapped_what_on_which_card() -> None:
    click = clicked("")
    assert (click.sender.userid, click.sender.reply_to) == ("zhangsan", "rc")
    assert (click.card, click.key, click.selected) == ("task1", "submit", {})


def test_a_click_brings_what_was_selected() -> None:
    click = clicked(SELECTED)
    assert (click.card, click.key, click.selected) == ("task1", "submit", {"q1": "o1"})


def contact_change(change: str, **fields: str) -> Arrival | None:
    """What comes of a change in the address book (page 90970)."""
    more = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    body = (
        "<xml><ToUserName><![CDATA[ww]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        "<CreateTime>1</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_contact]]></Event>"
        f"<ChangeType><![CDATA[{change}]]></ChangeType>{more}</xml>"
    )
    return from_fields(*read_fields(body.encode()), NOW)


@pytest.mark.parametrize(
    ("change", "status", "employment"),
    [
        ("delete_user", "", Employment.LEFT),
        ("update_user", "1", Employment.ACTIVE),
        ("update_user", "2", Employment.DISABLED),
        ("update_user", "4", Employment.INACTIVE),
        ("update_user", "5", Employment.LEFT),
    ],
)
def test_wecom_tells_who_comes_and_goes(change: str, status: str, employment: Employment) -> None:
    arrival = contact_change(change, UserID="zhangsan", **({"Status": status} if status else {}))
    assert arrival is not None
    assert isinstance(arrival.message, StaffChanged)
    assert (arrival.message.userid, arrival.message.employment) == ("zhangsan", employment)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ("update_user", {"UserID": "zhangsan", "Name": "张三"}),
        ("update_user", {"UserID": "zhangsan", "Status": "9"}),
        ("create_user", {"UserID": "zhangsan", "Status": "1"}),
        ("delete_user", {}),
        ("update_tag", {"TagId": "1", "AddUserItems": "zhangsan"}),
        ("delete_party", {"Id": "2"}),
    ],
)
def test_other_changes_in_the_address_book_wait_for_the_next_census(
    change: str, fields: Mapping[str, str]
) -> None:
    assert contact_change(change, **fields) is None


def test_two_who_leave_in_the_same_second_are_two() -> None:
    arrivals = [contact_change("delete_user", UserID=userid) for userid in ("zhangsan", "lisi")]
    assert len({arrival.identity for arrival in arrivals if arrival}) == 2
