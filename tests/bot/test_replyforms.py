"""The form of a reply says what a template would; what is wrong with the text stands at its field, with its line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from bot.bookfaults import checked
from bot.web.board.replyforms import ALWAYS, CHOSEN, FIELDS, placed, shown_in_parts
from bot.web.board.replytools import ours_at, reply_groups, title_of, use_of
from bot.web.board.ruleforms import Part, field_of, read_part
from bot.web.board.rules import faults_of
from replies.frontmatter import Parts
from replies.library import begun_with, built_in, template
from replies.wordlint import REFUSED, Snag
from replies.words import Language
from rules.bookplain import Plain
from rules.promises import Slot
from rules.replynames import NAMES
from tests.replies.builders import present

WORDS = "---\ntitle: 试\nfacts: [order_no, news_by]\npromises: {news_by: 2h}\n---\n您好，\n{{ order_no }}，{{ news_by }} 前告诉您。\n"


def a_draft(text: str = WORDS, **of: Any) -> Plain:
    return {"replies": [{"name": "pickup", "text": text, **of}]}


def as_shown(parts: Parts) -> list[tuple[str, str]]:
    """The form of a text as the page shows it."""
    return [
        ("reply.title", parts.title),
        ("reply.body", parts.body.replace("\n", "\r\n")),
        *((f"reply.promises.{slot}", parts.promises.get(slot, "")) for slot in Slot),
        *((f"reply.uses.{name}", use_of(parts, name)) for name in CHOSEN),
    ]


def read(tree: Plain, *fields: tuple[str, str], number: int = 0) -> Plain:
    return read_part(Part.REPLY, number, MultiDict[Any](fields), tree)["replies"][number]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_form_that_is_sent_off_as_it_was_shown_changes_nothing(name: str) -> None:
    text = begun_with(name)
    sent = read(
        a_draft(text), *as_shown(present(shown_in_parts(text))), ("reply.shops", ""), ("reply.lanes[]", "")
    )
    assert sent == {"name": "pickup", "text": text}


def test_what_was_chosen_and_typed_is_what_differs() -> None:
    changed = {
        "reply.title": "催件", "reply.uses.carrier": "facts", "reply.uses.parcel": "spare",
        "reply.promises.news_by": "", "reply.promises.done_by": "90 分钟", "reply.shops": "a， b", "reply.body": "话",
    }  # fmt: skip
    shown = dict(as_shown(present(shown_in_parts(WORDS))))
    sent = read(a_draft(), *{**shown, **changed}.items(), ("reply.lanes[]", ""), ("reply.lanes[]", "618"))
    assert sent == {
        "name": "pickup",
        "shops": ["a", "b"],
        "lanes": ["618"],
        "text": "---\ntitle: 催件\nfacts: [order_no, carrier, done_by]\nspare: [parcel]\npromises: {done_by: 90m}\n---\n话\n",
    }


def test_all_of_a_text_can_be_typed_and_what_no_form_shows_stays() -> None:
    assert read(a_draft(), ("reply.text", "a\r\nb"))["text"] == "a\nb\n"
    assert read(a_draft(shops=["a"]), ("other", "x")) == a_draft(shops=["a"])["replies"][0]
    assert read_part(Part.REPLY, 3, MultiDict[Any]([("reply.body", "x")]), a_draft()) == a_draft()


@pytest.mark.parametrize(
    "text",
    ["您好", "---\ntitle: a\nfacts: [who]\n---\n", "---\ntitle: a\nfacts: []\npromises: {soon: 2h}\n---\n"],
)
def test_a_text_of_which_a_form_would_lose_something_is_shown_as_it_is(text: str) -> None:
    assert shown_in_parts(text) is None
    (line,) = faults_of(a_draft(text))
    assert line.field == "reply.text"


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        (WORDS + "{{ carrier }}", "reply.body", "第 3 行：用了 快递公司（carrier），事实里还没选它"),
        (WORDS.replace("title: 试", "title:"), "reply.title", "写上用途"),
        (WORDS.replace("2h", "5m"), "reply.promises.news_by", "下次告知时间（news_by）：答应 15m 到 30d 之间的时间，5m 不行"),
        (WORDS.replace(": 2h", ": bald"), "reply.promises.news_by", "下次告知时间（news_by）：写时长，例如 30m、2h、1d"),
        (WORDS.replace("promises: {news_by: 2h}\n", ""), "reply.promises.news_by", "用了 下次告知时间（news_by），还没写多久之内"),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_field_with_the_line_within_the_words(text: str, field: str, said: str) -> None:
    (line,) = faults_of(a_draft(text))
    assert (line.field, line.said[Language.ZH]) == (field, said)


def test_other_faults_of_a_reply_stand_at_their_fields_too() -> None:
    tree = {"replies": [*a_draft(shops=["a", "a"])["replies"], {"name": "pikup", "text": WORDS}]}
    assert [line.field for line in faults_of(tree)] == ["reply.shops"]
    (line,) = faults_of({"replies": tree["replies"][1:]})
    assert (line.field, line.suggestion) == ("reply.name", "pickup")
    assert placed(("lanes", 0, "name"), "line 1: x", tree) is None
    assert placed(("replies", 0, "text"), "write a text", tree) is None
    assert field_of(("replies",)) == "replies"


def test_what_can_never_be_said_has_a_field() -> None:
    assert {one: FIELDS.get(one, "") for one in REFUSED} == {
        Snag.SHADOWED: "",
        Snag.TOO_SOON: "reply.promises",
        Snag.NOTHING_DOES: "reply.uses",
    }


def test_every_name_is_in_one_group_and_knows_what_the_house_says_by_it() -> None:
    tree = a_draft(shops=["a"])
    groups = reply_groups(tree)
    assert sorted(one.name for _, names in groups for one in names) == sorted(NAMES)
    (own,) = [one for _, names in groups for one in names if one.own]
    assert (own.name, own.own[0][0], own.title) == ("pickup", 0, title_of(built_in("pickup") or ""))
    assert ours_at(("replies", "pickup · a")) == built_in("pickup")
    assert ours_at(("replies", "pickup · a", "text")) is None


NAMES_OF_FIELDS = st.sampled_from(
    ["reply", "title", "body", "text", "uses", "promises", "news_by", "carrier", "order_no", "shops", "lanes[]", "0"]
)  # fmt: skip
FORMS = st.lists(
    st.tuples(st.lists(NAMES_OF_FIELDS, min_size=1, max_size=3).map(".".join), st.text(max_size=12)),
    max_size=12,
)


@given(fields=FORMS)
def test_no_form_breaks_anything(fields: list[tuple[str, str]]) -> None:
    book, faults = checked(read_part(Part.REPLY, 0, MultiDict[Any](fields), a_draft()))
    assert (book is None) == bool(faults)
    assert ALWAYS in template("pickup", WORDS).facts
