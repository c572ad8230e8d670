"""What the house writes for itself: its texts take the place of built-in ones, for the orders that they are for."""

from dataclasses import replace

import pytest

from replies.library import TemplateError, Templates, begun_with, built_in, in_use, template
from rules.book import RuleBook
from rules.bookfile import parse_rule_book
from rules.events import Attribute, Shop
from rules.replynames import NAMES
from tests.replies.builders import a_case, drafted

CARRIER = "---\ntitle: 试\nfacts: [order_no, carrier]\n---\n亲，{{ order_no }} 等 {{ carrier }} 揽收。"


def a_book(*replies: dict[str, object], lanes: tuple[str, ...] = ()) -> RuleBook:
    return parse_rule_book({"lanes": [{"name": name} for name in lanes], "replies": list(replies)}).compile(1)


def reply(text: str, **of: object) -> dict[str, object]:
    return {"name": "pickup_no_update", "text": CARRIER.replace("亲", text), **of}


def said(book: RuleBook, *, shop: str = "shop1", lane: str | None = None) -> str:
    case = a_case(facts={Attribute.CARRIER: "yto"}, book=book)
    order = case.anomaly.order._replace(shop=Shop(shop))
    return drafted(replace(case, anomaly=replace(case.anomaly, order=order, lane=lane))).text.partition("，")[
        0
    ]


def test_a_text_of_the_house_takes_the_place_of_ours() -> None:
    assert said(a_book(reply("您好"))) == "您好"


def test_a_shop_has_its_own() -> None:
    book = a_book(reply("二店", shops=["shop2"]), reply("大家"))
    assert (said(book, shop="shop2"), said(book)) == ("二店", "大家")


def test_a_lane_has_its_own() -> None:
    book = a_book(reply("大促", lanes=["618"]), reply("大家"), lanes=("618",))
    assert (said(book, lane="618"), said(book)) == ("大促", "大家")


def test_of_two_for_the_same_order_the_first_is_said() -> None:
    assert said(a_book(reply("大家"), reply("二店", shops=["shop2"])), shop="shop2") == "大家"


def test_its_version_is_that_of_its_text() -> None:
    case = a_case(facts={Attribute.CARRIER: "yto"}, book=a_book(reply("您好")))
    made = drafted(case)
    assert made.version == template("pickup_no_update", CARRIER.replace("亲", "您好")).version
    assert made.version != Templates()["pickup_no_update"].version


def test_one_that_is_no_longer_sound_is_left_to_ours() -> None:
    book = a_book({"name": "pickup_no_update", "text": "{{ nothing }}"})
    assert said(book) == drafted(a_case(facts={Attribute.CARRIER: "yto"})).text.partition("，")[0]


def test_in_use_are_ours_that_still_speak_and_those_of_the_house() -> None:
    book = a_book(
        reply("大家"), reply("二店", shops=["shop2"]), {"name": "pickup", "text": CARRIER, "shops": ["a"]}
    )
    found = in_use(Templates(), (*book.replies, replace(book.replies[0], text="{{ nothing }}")))
    ours = {made.name for made, one in found if one is None}
    assert "pickup_no_update" not in ours
    assert {"pickup", "recovered"} <= ours
    assert [(made.name, sorted(one.shops)) for made, one in found if one] == [
        ("pickup_no_update", []),
        ("pickup_no_update", ["shop2"]),
        ("pickup", ["a"]),
    ]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_one_of_the_house_begins_with_the_words_that_speak_in_its_place(name: str) -> None:
    assert template(name, begun_with(name)).title


def test_a_name_that_no_reply_goes_by_is_a_fault() -> None:
    with pytest.raises(TemplateError, match="no reply goes by this name; there are cancelled, confirm"):
        template("mine", CARRIER)
    assert built_in("mine") is None
    assert template("stock_short", built_in("stock_short") or "").stage is None


def test_the_built_in_texts_are_read_once_for_whoever_asks_for_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = built_in("pickup")
    monkeypatch.setattr("replies.library.resources", None)
    assert known is not None
    assert built_in("pickup") == begun_with("pickup") == known
