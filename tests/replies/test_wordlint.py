"""A reply that nobody would ever get, or that claims what no action does, is told before it is in force."""

from typing import Any

import pytest

from replies.library import built_in
from replies.wordlint import REFUSED, Remark, Snag, remarks
from rules.bookfile import RuleBookFile, parse_rule_book
from rules.replynames import NAMES

WORDS = "---\ntitle: 试\nfacts: [order_no, news_by]\npromises: {news_by: 2h}\n---\n您好，{{ order_no }}，{{ news_by }} 前告诉您。"


def reply(name: str = "pickup_no_update", text: str = WORDS, **of: Any) -> dict[str, Any]:
    return {"name": name, "text": text, **of}


def resting_on(fact: str, *, key: str = "facts") -> str:
    facts = "order_no" if key == "claims" else f"order_no, {fact}"
    claims = f"\nclaims: [{fact}]" if key == "claims" else ""
    said = f"{{{{ {fact} }}}}"
    said = f"{{% if {fact} %}}{said}{{% endif %}}" if key == "claims" else said
    return f"---\ntitle: 试\nfacts: [{facts}]{claims}\n---\n您好，{{{{ order_no }}}}{said}。"


def book(*replies: dict[str, Any], lanes: tuple[str, ...] = (), **more: Any) -> RuleBookFile:
    return parse_rule_book({"lanes": [{"name": name} for name in lanes], "replies": list(replies), **more})


def found(*replies: dict[str, Any], **of: Any) -> list[Remark]:
    shops = of.pop("shops_known", ())
    return remarks(book(*replies, **of), shops=shops)


def slips(*replies: dict[str, Any], **of: Any) -> list[Snag]:
    return [one.slip for one in found(*replies, **of)]


def test_what_is_sound_has_nothing_said_of_it() -> None:
    assert found(reply()) == []


# --- for which orders ---------------------------------------------------------------------


def test_one_that_earlier_ones_speak_for_is_refused_and_they_are_named() -> None:
    other = WORDS.replace("您好", "亲")
    (one,) = found(reply(), reply(text=other, shops=["a"]))
    assert (one.slip, one.at, one.others, one.refused) == (
        Snag.SHADOWED,
        ("replies", 1, "name"),
        ("pickup_no_update",),
        True,
    )


@pytest.mark.parametrize(
    ("earlier", "later", "lanes", "shadowed"),
    [
        ([{"shops": ["a"]}, {"shops": ["b"]}], {"shops": ["a", "b"]}, (), True),
        ([{"shops": ["a"]}, {"shops": ["b"]}], {"shops": ["a", "c"]}, (), False),
        ([{"shops": ["a"]}], {}, (), False),
        ([{"lanes": ["618"]}], {"shops": ["a"]}, ("618",), False),
        ([{"lanes": ["618"]}], {"shops": ["a"], "lanes": ["618"]}, ("618", "双11"), True),
        ([{"shops": ["a"], "lanes": ["618"]}], {"lanes": ["618"]}, ("618",), False),
        ([{"name": "pickup"}], {}, (), False),
    ],
)
def test_which_replies_are_left_no_order(
    earlier: list[dict[str, Any]], later: dict[str, Any], lanes: tuple[str, ...], shadowed: bool
) -> None:
    said = slips(*(reply(**one) for one in earlier), reply(**later), lanes=lanes)
    assert (Snag.SHADOWED in said) is shadowed


def test_a_shop_that_nobody_knows_is_told_and_not_refused() -> None:
    (one,) = found(reply(shops=["main", "mian"]), shops_known={"main"})
    assert (one.slip, one.others, one.refused) == (Snag.UNKNOWN_SHOP, ("mian",), False)
    assert found(reply(shops=["mian"])) == [], "no shop is known at all yet"


# --- what it says -------------------------------------------------------------------------


@pytest.mark.parametrize(("contact", "said"), [("2h", [Snag.TOO_SOON]), ("1h59m", [])])
def test_a_promise_that_nobody_has_the_time_to_keep_is_refused(contact: str, said: list[Snag]) -> None:
    budget = {"contact": contact, "complaint": "4h"}
    assert slips(reply(), budget=budget, ladder=[]) == said


@pytest.mark.parametrize(
    ("fact", "action"),
    [
        ("carrier_reminded", "remind_carrier"),
        ("carrier_said", "remind_carrier"),
        ("stock_rechecking", "recheck_stock"),
        ("stock_found", "recheck_stock"),
        ("stock_missing", "recheck_stock"),
        ("warehouse_asked", "follow_warehouse"),
        ("payment_asked", "follow_payment"),
    ],
)
def test_a_claim_without_its_action_is_refused_and_with_it_is_not(fact: str, action: str) -> None:
    own = reply("transit_no_update", resting_on(fact))
    (one,) = found(own)
    assert (one.slip, one.at, one.others, one.refused) == (
        Snag.NOTHING_DOES,
        ("replies", 0, "text"),
        (fact,),
        True,
    )
    assert found(own, stages={"transit": {"actions": ["post_card", action]}}) == []


def test_a_lane_that_has_the_action_is_enough_unless_the_reply_is_for_others() -> None:
    own = resting_on("carrier_reminded")
    lanes: list[dict[str, Any]] = [
        {"name": "a", "stages": {"transit": {"actions": ["post_card", "remind_carrier"]}}},
        {"name": "b"},
        {"name": "c", "skip": ["transit"], "stages": {"transit": {"actions": ["remind_carrier"]}}},
    ]
    for for_lanes, refused in ((["a"], False), ([], False), (["b"], True), (["c"], True)):
        made = parse_rule_book(
            {"lanes": lanes, "replies": [reply("transit_no_update", own, lanes=for_lanes)]}
        )
        assert any(one.slip is Snag.NOTHING_DOES for one in remarks(made)) is refused, for_lanes


def test_a_sentence_that_is_never_said_is_told_and_not_refused() -> None:
    (one,) = found(reply("transit_no_update", resting_on("carrier_reminded", key="claims")))
    assert (one.slip, one.others, one.refused) == (Snag.NEVER_SAID, ("carrier_reminded",), False)


def test_what_belongs_to_no_stage_goes_by_the_actions_of_all() -> None:
    assert slips(reply("stock_short", resting_on("stock_rechecking"))) == []
    assert slips(reply("stock_short", resting_on("warehouse_asked"))) == [Snag.NOTHING_DOES]


def test_words_that_say_by_themselves_that_something_was_done_are_told() -> None:
    said = WORDS.replace("您好，", "您好，已安排专人催快递，")
    (one,) = found(reply(text=said))
    assert (one.slip, one.others, one.refused) == (Snag.SAYS_DONE, ("已安排",), False)
    assert found(reply(text=resting_on("carrier_reminded").replace("您好", "已催快递"))) == []


def test_none_of_ours_is_refused_when_it_is_what_one_begins_with() -> None:
    ours = [reply(name, built_in(name) or "") for name in sorted(NAMES) if built_in(name)]
    assert {one.slip for one in found(*ours)} == {Snag.NEVER_SAID}
    assert Snag.NEVER_SAID not in REFUSED


# --- what was there before ------------------------------------------------------------------


def test_what_the_book_in_force_has_as_well_is_told_and_not_refused() -> None:
    known = book(reply("transit_no_update", resting_on("carrier_reminded")))
    draft = book(reply(), *(reply(one.name, one.text) for one in known.replies))
    (one,) = remarks(draft, known)
    assert (one.slip, one.at[1], one.refused) == (Snag.NOTHING_DOES, 1, False)


def test_what_is_unsound_is_left_to_its_fault() -> None:
    assert found(reply(text="{{ nothing }}")) == []
