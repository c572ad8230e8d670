"""Through which channel can the customer be reached, and why through that one?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.contact import (
    NEVER_BY_US,
    WINDOW,
    Allowance,
    Because,
    Channel,
    Per,
    Route,
    Ways,
    Window,
    allowance,
    is_marketplace,
    route_to,
)
from rules.events import DRILL, Attribute, Customer, OrderKey, OrderNo, UserId
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
    return route_to(an_order_of(channel), Ways(connected=connected, window=window), NOW)


def copied(because: Because) -> Route:
    return Route(channel=Channel.COPY, because=because)


def by_hand(external_userid: str | None = "u1", owner_userid: str | None = "lisi", **ways: Any) -> Route:
    """The route to somebody whom 微信客服 cannot write to."""
    customer = Customer(external_userid=external_userid, owner_userid=owner_userid)
    known: dict[str, Any] = {"connected": True, "mass_left": 3, "sidebar": True, **ways}
    return route_to(an_order(an_event(customer=customer)), Ways(**known), NOW)


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


# --- through the hand of an employee ---------------------------------------------


def test_after_customer_service_comes_the_employee_who_knows_the_customer() -> None:
    assert by_hand() == Route(
        channel=Channel.MASS,
        because=Because.NO_ADDRESS,
        external_userid="u1",
        employee=UserId("lisi"),
    )
    assert by_hand(window=a_window(sent=5)).because is Because.QUOTA_SPENT
    assert by_hand(window=a_window()).channel is Channel.KF


@pytest.mark.parametrize(
    ("ways", "because"),
    [
        ({"mass_left": 0}, Because.MASS_SPENT),
        ({"refused": frozenset({Channel.MASS})}, Because.MASS_REFUSED),
        ({"mass_left": None}, Because.NO_ADDRESS),
    ],
)
def test_where_no_mass_message_goes_the_sidebar_is_next(ways: dict[str, Any], because: Because) -> None:
    route = by_hand(**ways)
    assert (route.channel, route.because, route.employee) == (Channel.SIDEBAR, because, "lisi")


def test_without_a_known_employee_whoever_has_the_customer_uses_the_sidebar() -> None:
    route = by_hand(owner_userid=None)
    assert (route.channel, route.because, route.employee) == (Channel.SIDEBAR, Because.NO_ADDRESS, None)


def test_last_of_all_the_words_are_copied() -> None:
    assert by_hand(external_userid=None) == copied(Because.NO_ADDRESS)
    assert by_hand(mass_left=0, sidebar=False) == copied(Because.MASS_SPENT)
    both = frozenset({Channel.MASS, Channel.SIDEBAR})
    assert by_hand(refused=both) == copied(Because.SIDEBAR_REFUSED)
    assert by_hand(connected=False) == copied(Because.NOT_CONNECTED)


PLACE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("per", "now", "since", "most"),
    [
        (Per.MONTH, datetime(2026, 2, 28, 15, 59, tzinfo=UTC), datetime(2026, 1, 31, 16, tzinfo=UTC), 28),
        (Per.MONTH, datetime(2026, 2, 28, 16, 0, tzinfo=UTC), datetime(2026, 2, 28, 16, tzinfo=UTC), 31),
        (Per.MONTH, datetime(2026, 12, 31, 15, 0, tzinfo=UTC), datetime(2026, 11, 30, 16, tzinfo=UTC), 31),
        (Per.WEEK, datetime(2026, 3, 4, 2, 0, tzinfo=UTC), datetime(2026, 3, 1, 16, tzinfo=UTC), 7),
        (Per.DAY, datetime(2026, 3, 4, 17, 0, tzinfo=UTC), datetime(2026, 3, 4, 16, tzinfo=UTC), 1),
    ],
)
def test_the_cap_counts_by_the_calendar_of_the_corp(
    per: Per, now: datetime, since: datetime, most: int
) -> None:
    assert allowance(per, now, PLACE) == Allowance(since=since, most=most)


# --- whatever is known ------------------------------------------------------------

reasons = st.sampled_from([
    Because.WINDOW_CLOSED,
    Because.QUOTA_SPENT,
    Because.WITH_COLLEAGUE,
    Because.IN_QUEUE,
    Because.SESSION_ENDED,
    Because.CUSTOMER_REFUSES,
    Because.ACCOUNT_SHUT,
])  # fmt: skip
"""What is told of a window that is shut."""
windows = st.builds(
    a_window,
    ago=st.timedeltas(timedelta(), timedelta(hours=60)),
    sent=st.integers(0, 7),
).flatmap(
    lambda window: st.builds(replace, st.just(window), waiting=st.integers(0, 3), blocked=st.none() | reasons)
)
all_ways = st.builds(
    Ways,
    connected=st.booleans(),
    window=st.none() | windows,
    mass_left=st.none() | st.integers(-1, 3),
    sidebar=st.booleans(),
    refused=st.frozensets(st.sampled_from([Channel.MASS, Channel.SIDEBAR])),
)
customers = st.builds(
    Customer, external_userid=st.none() | st.just("u1"), owner_userid=st.none() | st.just("lisi")
)


@given(all_ways, customers, st.sampled_from(["官网", "天猫", ""]))
def test_there_is_always_a_way_that_is_open_and_a_reason_for_it(
    ways: Ways, customer: Customer, channel: str
) -> None:
    order = an_order(an_event(customer=customer, attributes={Attribute.CHANNEL: channel}))
    route = route_to(order, ways, NOW)
    window, is_market = ways.window, is_marketplace(channel)
    if route.channel is Channel.KF:
        assert window is not None
        assert NOW - window.last_message_at < WINDOW
        assert window.sent + window.waiting < 5
        assert window.blocked is None
    assert (route.because is Because.WINDOW_OPEN) == (route.channel is Channel.KF)
    assert (route.because is Because.MARKETPLACE) == is_market
    assert route.channel not in ways.refused
    assert (route.employee is not None) == (route.channel is not Channel.KF and route.employee == "lisi")
    if route.channel is Channel.MASS:
        assert (route.external_userid, route.employee) == ("u1", "lisi")
        assert (ways.mass_left or 0) > 0
    if is_market or not ways.connected:
        assert route.channel is Channel.COPY


@given(all_ways, customers, st.sampled_from(["官网", "天猫", ""]))
def test_nothing_about_a_drill_goes_to_a_customer_whatever_is_known_of_one(
    ways: Ways, customer: Customer, channel: str
) -> None:
    event = an_event(customer=customer, attributes={Attribute.CHANNEL: channel})
    order = an_order(event, key=OrderKey(DRILL, OrderNo("演练-1")))
    assert route_to(order, ways, NOW) == Route(channel=Channel.COPY, because=Because.DRILL)
    assert not route_to(order, ways, NOW).by_bot
    assert Because.DRILL in NEVER_BY_US
