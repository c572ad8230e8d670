"""What a record of 微信客服 tells (page 94670), and that nothing strange in it does any harm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sources.kf import FAILURES, SOURCE, news_of
from handlers.messages import ConversationMoved, CustomerWrote, MessageBounced
from rules.contact import Because
from rules.events import ContactReport, EventKey, EventType

NOW = datetime(2026, 3, 2, 2, 0, 0, 500_000, tzinfo=UTC)
SENT = datetime(2026, 3, 2, 1, 59, tzinfo=UTC)
KF, CHEN = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q", "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"

WROTE: dict[str, Any] = {
    "msgid": "4Wr1qUAnCa4Nw4gGRDjCvDqcHeEzZR4vvm9Sj",
    "open_kfid": KF,
    "external_userid": CHEN,
    "send_time": int(SENT.timestamp()),
    "origin": 3,
    "msgtype": "text",
    "text": {"content": "您好，DB20251222-883怎么还没发？运单 YT0000000000001", "menu_id": "101"},
}


def an_event(kind: str, **fields: Any) -> dict[str, Any]:
    """A system event, which names account and customer within."""
    event = {"event_type": kind, "open_kfid": KF, "external_userid": CHEN, **fields}
    return {
        "msgid": "e1",
        "send_time": int(SENT.timestamp()),
        "origin": 4,
        "msgtype": "event",
        "event": event,
    }


def test_a_message_is_a_contact_without_its_words() -> None:
    news = news_of(WROTE, KF, NOW)

    assert isinstance(news, CustomerWrote)
    event = news.report.event
    assert (event.key, event.type) == (EventKey(SOURCE, WROTE["msgid"]), EventType.CONTACTED)
    assert (event.occurred_at, event.observed_at) == (SENT, NOW)
    assert event.report == ContactReport(channel="kf", open_kfid=KF, external_userid=CHEN)
    assert (news.open_kfid, news.external_userid) == (KF, CHEN)
    assert "发" not in news.report.body


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("您好，DB20251222-883怎么还没发？", {"DB20251222-883"}),
        ("订单号DB1_a，还有 4321-09", {"4321-09", "DB1_a"}),
        ("催一下 abc", set[str]()),
        ("x" * 81, set[str]()),
        ("", set[str]()),
        (" ".join(f"N{number:04}" for number in range(99)), {f"N{number:04}" for number in range(20)}),
    ],
)
def test_what_may_be_a_number_is_picked_out_of_the_words(text: str, mentions: set[str]) -> None:
    news = news_of({**WROTE, "text": {"content": text}}, KF, NOW)

    assert isinstance(news, CustomerWrote)
    assert news.mentions == mentions


def test_a_picture_is_a_message_as_well() -> None:
    picture = {**WROTE, "msgtype": "image", "image": {"media_id": "m1"}}
    del picture["text"]

    news = news_of(picture, KF, NOW)

    assert isinstance(news, CustomerWrote)
    assert news.mentions == frozenset()


def test_a_clock_of_wecom_that_is_ahead_makes_no_message_of_the_future() -> None:
    ahead = int((NOW + timedelta(hours=1)).timestamp())

    news = news_of({**WROTE, "send_time": ahead}, KF, NOW)

    assert isinstance(news, CustomerWrote)
    assert news.report.event.occurred_at == NOW


@pytest.mark.parametrize(("fail_type", "told"), FAILURES.items())
def test_a_message_that_failed_is_told_with_its_reason(
    fail_type: int, told: tuple[str, Because | None]
) -> None:
    news = news_of(an_event("msg_send_fail", fail_msgid="OURS", fail_type=fail_type), KF, NOW)

    why, shut = told
    assert news == MessageBounced(
        message="OURS", why=why, shut=shut, open_kfid=KF, external_userid=CHEN, at=SENT
    )


def test_a_reason_that_nobody_knows_is_told_by_its_number() -> None:
    news = news_of(an_event("msg_send_fail", fail_msgid="OURS", fail_type=99), KF, NOW)

    assert isinstance(news, MessageBounced)
    assert (news.why, news.shut) == ("原因不明 99", None)


@pytest.mark.parametrize(
    ("change_type", "now"),
    [
        (1, Because.WITH_COLLEAGUE),
        (2, Because.WITH_COLLEAGUE),
        (3, Because.SESSION_ENDED),
        (4, Because.WITH_COLLEAGUE),
    ],
)
def test_a_conversation_that_changes_hands(change_type: int, now: Because) -> None:
    told = an_event("session_status_change", change_type=change_type, new_servicer_userid="lisi")

    assert news_of(told, KF, NOW) == ConversationMoved(now=now, open_kfid=KF, external_userid=CHEN, at=SENT)


def test_what_a_colleague_writes_tells_who_has_the_conversation() -> None:
    news = news_of({**WROTE, "origin": 5, "servicer_userid": "lisi"}, KF, NOW)

    assert news == ConversationMoved(now=Because.WITH_COLLEAGUE, open_kfid=KF, external_userid=CHEN, at=SENT)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {**WROTE, "origin": 9},
        {**WROTE, "origin": "3"},
        {**WROTE, "send_time": "1740880740"},
        {**WROTE, "send_time": -1},
        {**WROTE, "send_time": 10**15},
        {**WROTE, "open_kfid": None},
        {**WROTE, "external_userid": ["wm"]},
        {**WROTE, "msgid": ""},
        {**WROTE, "msgid": "line\nbreak"},
        {**WROTE, "external_userid": "x" * 201},
        an_event("enter_session", scene="123"),
        an_event("servicer_status_change", status=2),
        an_event("servicer_recall_msg", recall_msgid="m1"),
        an_event("session_status_change", change_type=[3]),
        an_event("session_status_change", change_type=9),
        an_event("msg_send_fail", fail_type=4),
        {**an_event("msg_send_fail"), "event": "text"},
    ],
)
def test_what_nobody_waits_for_and_what_cannot_be_read_is_nothing(record: dict[str, Any]) -> None:
    assert news_of(record, KF, NOW) is None


@pytest.mark.parametrize("text", ["text", 7, ["a"], {"content": 7}])
def test_words_that_are_none_are_no_words(text: object) -> None:
    news = news_of({**WROTE, "text": text}, KF, NOW)

    assert isinstance(news, CustomerWrote)
    assert news.mentions == frozenset()
