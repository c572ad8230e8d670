import json

import pytest

from replies.library import Templates
from rules.book import AutomaticAction
from rules.events import Attribute
from tests.replies.builders import a_case, at, drafted


def test_only_what_was_said_is_claimed() -> None:
    plain = drafted(a_case())
    assert set(plain.claims) == {"case", "order_no", "shipped_at", "today", "news_by"}
    told = drafted(a_case(done=[AutomaticAction.REMIND_CARRIER], facts={Attribute.CARRIER: "yto"}))
    assert set(told.claims) - set(plain.claims) == {"carrier_reminded", "carrier"}


def test_claims_are_text_that_survives_json() -> None:
    claims = drafted(a_case(done=[AutomaticAction.REMIND_CARRIER])).claims
    assert json.loads(json.dumps(dict(claims))) == claims
    assert claims["shipped_at"] == "2025-12-22T02:58:00+00:00"
    assert claims["today"] == "2025-12-22"


def test_the_promise_can_be_read_from_the_draft() -> None:
    assert drafted(a_case()).promised_at == at("16:30")


@pytest.mark.parametrize(
    ("carrier", "text", "claimed"),
    [
        ("yto", "甲乙戊", {"carrier": "圆通"}),
        ("zto", "丙乙己", {"carrier": "中通"}),
        ("sto", "丁乙", {"carrier": "申通"}),
        ("c-7", "丁庚", {"carrier": ""}),
    ],
)
def test_an_else_claims_that_what_it_excludes_is_not_so(
    carrier: str, text: str, claimed: dict[str, str]
) -> None:
    body = """---
title: 试
facts: [order_no]
claims: [carrier]
---
{{ order_no }}
{% if carrier == "圆通" %}甲{% elsif carrier == "中通" %}丙{% else %}丁{% endif %}
{% if carrier %}乙{% endif %}
{% case carrier %}{% when "圆通" %}戊{% when "中通" %}己{% endcase %}
{% unless carrier %}庚{% endunless %}"""
    made = drafted(a_case(facts={Attribute.CARRIER: carrier}), Templates({"pickup_no_update": body}))
    assert made.text == f"DB20251222-883{text}"
    assert {name: made.claims[name] for name in ("carrier",)} == claimed


def test_an_unless_that_says_nothing_claims_nothing() -> None:
    body = "---\ntitle: 试\nfacts: [order_no]\nclaims: [carrier]\n---\n{{ order_no }}{% unless carrier %}庚{% endunless %}"
    own = Templates({"pickup_no_update": body})
    assert "carrier" not in drafted(a_case(facts={Attribute.CARRIER: "yto"}), own).claims


def test_a_condition_met_by_an_absence_claims_the_absence() -> None:
    body = "---\ntitle: 试\nfacts: [order_no]\nclaims: [carrier]\n---\n{{ order_no }}{% if carrier == nil %}庚{% endif %}"
    own = Templates({"pickup_no_update": body})
    assert drafted(a_case(), own).claims["carrier"] == ""
