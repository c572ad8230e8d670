"""A template comes apart into what a form shows, and what a form says comes together as a template."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.frontmatter import Parts, composed, parts_of, place_of
from replies.library import built_in, template
from rules.replynames import NAMES
from tests.replies.builders import present

BUILT_IN = sorted(name for name in NAMES if built_in(name) is not None)
LINES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85"), max_size=20
)
FACT_NAMES = st.lists(st.sampled_from(["order_no", "news_by", "carrier", "since"]), max_size=3).map(tuple)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_of_ours_comes_together_as_it_was(name: str) -> None:
    text = present(built_in(name))
    assert composed(present(parts_of(text))) == text


@given(
    title=LINES.map(lambda line: " ".join(line.split())),
    facts=FACT_NAMES,
    claims=FACT_NAMES,
    spare=FACT_NAMES,
    promises=st.dictionaries(st.sampled_from(["news_by", "done_by"]), st.sampled_from(["2h", "", "bald"])),
    body=st.lists(LINES, max_size=4),
)
def test_whatever_a_form_says_is_there_again(
    title: str,
    facts: tuple[str, ...],
    claims: tuple[str, ...],
    spare: tuple[str, ...],
    promises: dict[str, str],
    body: list[str],
) -> None:
    parts = Parts(
        title=title, facts=facts, claims=claims, spare=spare, promises=promises, body="\n".join(body)
    )
    again = present(parts_of(composed(parts)))
    assert composed(again) == composed(parts)
    assert (again.title, again.facts, again.promises) == (title, facts, promises)
    assert again.body.strip("\n") == "\n".join(body).strip("\n")


def test_what_would_end_the_list_it_stands_in_is_left_out() -> None:
    parts = Parts(title="a\nfacts: [x]", promises={"news_by": "2h}, {a: 1"}, body="a\r\nb")
    again = present(parts_of(composed(parts)))
    assert (again.title, again.facts) == ("a facts: [x]", ())
    assert again.promises == {"news_by": "2h a: 1"}
    assert again.body == "a\nb\n"


@pytest.mark.parametrize(
    "text",
    [
        "您好",
        "---\ntitle: a\nwho: b\n---\n",
        "---\ntitle: a\nfacts: order_no\n---\n",
        "---\ntitle: a\nfacts: []\npromises: 2h\n---\n",
        "---\ntitle: a\nfacts: []\npromises: {news_by: 2h, news_by: 3h}\n---\n",
    ],
)
def test_what_no_form_can_hold_stays_one_text(text: str) -> None:
    assert parts_of(text) is None
    assert place_of(text, 1) is None


def test_a_line_is_one_of_the_words_or_that_of_a_part() -> None:
    text = "---\ntitle: a\nfacts: [order_no]\npromises: {news_by: 2h}\n---\nfirst\nsecond\n"
    placed = [place_of(text, line) for line in range(1, 8)]
    assert placed == [
        ("title", 0),
        ("title", 0),
        ("facts", 0),
        ("promises", 0),
        ("title", 0),
        ("body", 1),
        ("body", 2),
    ]


def test_what_was_made_of_ours_is_sound() -> None:
    parts = present(parts_of(present(built_in("pickup_no_update"))))
    assert template("pickup_no_update", composed(parts)).promises
