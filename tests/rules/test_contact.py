"""Through which channel can the customer be reached, and why through that one?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from rules.contact import Because, Channel, Route, Window, is_marketplace, route_to
from rules.events import Attribute
from rules.orders import Order
from tests.builders import HOUR, TICK, an_event, an_order, at

NOW = at("10:00")


def a_window(*, ago: timedelta = HOUR, sent: int = 0) -> Window:
    """The customer wrote to 微信客服, and has been sent so many messages since then."""
    return Window(open_kfid="kf1", external_userid="u1", last_message_at=NOW - ago, sent=sent)


def an_order_of(channel: str | None) -> Order:
    attributes = {} if channel is None else {Attribute.CHANNEL: channel}
    return an_order(an_event(attributes=attributes))


def route(window: Window | None, *, channel: str | None = "官网", connected: bool = True) -> Route:
    return route_to(an_order_of(channel), window, NOW, connected=connected)


def copied(because: Because) -> Route:
    return Route(channel=Channel.COPY, because=because)


@pytest.mark.parametrize("channel", ["官网", "小程序", "", None])
def test_while_the_window_is_open_the_bot_writes_by_wechat_customer_service(channel: str | None) -> None:
    window = a_window()
    assert route(window, channel=channel) == Route(
        channel=Channel.KF, because=Because.WINDOW_OPEN, window=window
    )


@pytest.mark.parametrize(
    ("ago", "because"),
    [
        (timedelta(), Because.WINDOW_OPEN),
        (48 * HOUR - TICK, Because.WINDOW_OPEN),
        (48 * HOUR, Because.WINDOW_CLOSED),
        (100 * HOUR, Because.WINDOW_CLOSED),
    ],
)
def test_the_window_is_open_for_48_hours(ago: timedelta, because: Because) -> None:
    assert route(a_window(ago=ago)).because is because


@pytest.mark.parametrize(("sent", "because"), [(4, Because.WINDOW_OPEN), (5, Because.QUOTA_SPENT)])
def test_the_window_takes_five_messages(sent: int, because: Because) -> None:
    assert route(a_window(sent=sent)).because is because


def test_where_the_bot_cannot_write_the_agent_copies_and_learns_why() -> None:
    assert route(None) == copied(Because.NO_ADDRESS)
    assert route(a_window(ago=48 * HOUR)) == copied(Because.WINDOW_CLOSED)
    assert route(a_window(sent=5)) == copied(Because.QUOTA_SPENT)
    assert route(a_window(), connected=False) == copied(Because.NOT_CONNECTED)
    assert route(a_window(), channel="淘宝") == copied(Because.MARKETPLACE)


def test_what_was_ordered_and_has_yet_to_go_takes_its_place_in_the_window() -> None:
    window = replace(a_window(sent=3), waiting=2)

    assert route(window) == copied(Because.QUOTA_SPENT)
    assert route(replace(window, waiting=1)).because is Because.WINDOW_OPEN
    assert window.shut(NOW) is None, "those that wait may go"
    assert replace(window, sent=5).shut(NOW) is Because.QUOTA_SPENT


def test_a_blocked_window_is_not_used_and_says_why() -> None:
    window = replace(a_window(sent=5), blocked=Because.WITH_COLLEAGUE)

    assert route(window) == copied(Because.WITH_COLLEAGUE)
    assert route(replace(window, last_message_at=NOW - 48 * HOUR)) == copied(Because.WINDOW_CLOSED)


def test_the_reason_is_the_one_that_would_have_to_go_first() -> None:
    spent = a_window(ago=48 * HOUR, sent=5)
    assert route(spent, channel="jd", connected=False).because is Because.MARKETPLACE
    assert route(spent, connected=False).because is Because.NOT_CONNECTED
    assert route(spent).because is Because.WINDOW_CLOSED


@pytest.mark.parametrize(
    "channel",
    [
        "taobao",
        "TMALL",
        "tmall-global",
        "JD",
        "JD自营",
        "jd.com",
        "京东到家",
        "拼多多旗舰店",
        "1688",
        "抖音",
        "Marketplace",
    ],
)
def test_a_marketplace_is_known_by_its_name(channel: str) -> None:
    assert is_marketplace(channel)


@pytest.mark.parametrize("channel", ["", "官网", "wechat", "jdk", "adjd", "shop16889", "抖", "微信小商店"])
def test_what_only_resembles_a_marketplace_is_none(channel: str) -> None:
    assert not is_marketplace(channel)
