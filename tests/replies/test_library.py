import re
from datetime import timedelta

import pytest

from replies.drafts import SHOWN_IN_FULL
from replies.language import OUTPUT_LIMIT
from replies.library import TemplateError, Templates
from rules.promises import Slot
from rules.repliesfile import LONGEST_TEXT
from rules.replynames import FOLLOW_UP
from rules.stages import Stage
from tests.effort import effort
from tests.replies.builders import TEMPLATES, a_case, drafted
from tests.replies.payloads import INJECTIONS

EXACT = {
    "payment_not_completed", "confirm_not_completed", "picking_not_started", "picking_not_completed",
    "packing_not_completed", "pickup_no_update", "transit_no_update", "stock_short", "recovered", "cancelled",
}  # fmt: skip
MATTER = "---\ntitle: 试\nfacts: [order_no, since]\nclaims: [carrier]\nspare: [customer_name]\n---\n"
BODY_STARTS = 7


def a_text(body: str, matter: str = MATTER) -> str:
    return matter + body


def fault_of(text: str) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        Templates({"mine": text})
    return caught.value


def test_there_is_a_reply_for_each_kind_of_trouble_and_for_each_stage() -> None:
    follow_ups = {f"{FOLLOW_UP}{stage}" for stage in Stage}
    assert {template.name for template in TEMPLATES} == EXACT | follow_ups | {stage.value for stage in Stage}


def test_every_reply_about_what_goes_on_promises_news_within_a_time_that_people_can_keep() -> None:
    for template in TEMPLATES:
        assert template.title
        over = template.name in {"recovered", "cancelled"}
        assert set(template.promises) == (set() if over else {Slot.NEWS_BY})
        assert all(1800 <= within.total_seconds() <= 7200 for within in template.promises.values())


def test_a_shop_may_promise_several_things_each_with_its_time() -> None:
    text = a_promise(
        "{news_by: 2h, ship_by: 1d}", "news_by, ship_by", "{{ news_by }} 前有消息，{{ ship_by }} 前交给快递。"
    )
    made = Templates({"mine": text})["mine"]
    assert made.promises == {Slot.NEWS_BY: timedelta(hours=2), Slot.SHIP_BY: timedelta(days=1)}


@pytest.mark.parametrize(
    ("promises", "facts", "body", "line", "fault"),
    [
        ("2h", "news_by", "{{ news_by }} 前", 4, "write `promises: {news_by: 2h}`"),
        ("{soon_by: 2h}", "since", "", 4, "there is no slot 'soon_by'; there are news_by, done_by"),
        ("{news_by}", "news_by", "{{ news_by }} 前", 4, "news_by is a promise without a time"),
        ("{news_by: soon}", "news_by", "{{ news_by }} 前", 4, "news_by: write a duration"),
        ("{news_by: 2h, news_by: 1h}", "news_by", "{{ news_by }} 前", 4, "news_by is promised twice"),
        ("{news_by: 5m}", "news_by", "{{ news_by }} 前", 4, "news_by: promise between 15m and 30d, not 5m"),
        (
            "{deliver_by: 31d}",
            "deliver_by",
            "{{ deliver_by }} 前",
            4,
            "deliver_by: promise between 15m and 30d",
        ),
        ("{}", "news_by", "{{ news_by }} 前", 4, "news_by is a promise without a time"),
        ("{news_by: 2h}", "since", "", 4, "news_by is promised: list it in `facts`"),
        ("{news_by: 2h}", "news_by", "", 6, "what is promised is said: {{ news_by }}"),
        (
            "{news_by: 2h}",
            "news_by, since",
            "{% if since %}{{ news_by }} 前{% endif %}",
            6,
            "outside of conditions",
        ),
        ("{}", "since", "2 小时内告诉您。", 6, "is a time by itself: promise it by a slot"),
        ("{}", "since", "半小时之内告诉您。", 6, "is a time by itself"),
        ("{}", "since", "14:30 前告诉您。", 6, "is a time by itself"),
        ("{}", "since", "明天上午之前告诉您。", 6, "is a time by itself"),
        ("{}", "since", "请放心，明天发出。", 6, "is a time by itself"),
    ],
)
def test_a_promise_and_the_text_that_states_it_must_agree(
    promises: str, facts: str, body: str, line: int, fault: str
) -> None:
    error = fault_of(a_promise(promises, facts, body))
    assert (error.line, fault in error.fault) == (line, True), error.fault


def test_a_promise_that_a_text_may_leave_out_is_none() -> None:
    text = (
        "---\ntitle: 试\nfacts: [order_no]\nclaims: [news_by]\npromises: {news_by: 2h}\n---\n{{ order_no }}"
    )
    assert "list it in `facts`, since it is always known" in fault_of(text).fault


def a_promise(promises: str, facts: str, body: str) -> str:
    return f"---\ntitle: 试\nfacts: [order_no, {facts}]\npromises: {promises}\n---\n{{{{ order_no }}}}{body}"


def test_a_shops_own_text_replaces_the_built_in_one() -> None:
    own = Templates({"pickup_no_update": a_text("亲，订单 {{ order_no }} 从 {{ since }} 起等揽收。")})
    assert drafted(a_case(), own).text == "亲，订单 DB20251222-883 从 10:58 起等揽收。"
    assert own["payment"].version == TEMPLATES["payment"].version
    assert own["pickup_no_update"].version != TEMPLATES["pickup_no_update"].version


def test_templates_are_read_when_they_are_built_and_never_again(monkeypatch: pytest.MonkeyPatch) -> None:
    built = Templates()
    monkeypatch.setattr("replies.library.resources", None)
    assert drafted(a_case(), built).text
    with pytest.raises(AttributeError):
        Templates()


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("您好 {{ order_no }}", 1, "front matter is missing"),
        ("---\ntitle: 试\n", 1, "front matter is missing"),
        ("---\ntitle: 试\nfact: [order_no]\n---\n{{ order_no }}", 3, "write one `key: value`"),
        ("---\ntitle: 试\ntitle: 试\n---\n{{ order_no }}", 3, "write one `key: value`"),
        ("---\ntitle: 试\nfacts\n---\n{{ order_no }}", 3, "write one `key: value`"),
        ("---\nfacts: [order_no]\n---\n{{ order_no }}", 1, "does not give `title`"),
        ("---\ntitle: 试\nfacts:\n---\n{{ order_no }}", 1, "does not give `facts`"),
        ("---\ntitle: 试\nfacts: order_no\n---\n{{ order_no }}", 3, "write `facts: [order_no, news_by]`"),
        ("---\ntitle: 试\nfacts: [phone]\n---\n{{ order_no }}", 3, "there is no fact 'phone'"),
        (
            "---\ntitle: 试\nfacts: [order_no]\npromises: soon\n---\n{{ order_no }}",
            4,
            "write `promises: {news_by: 2h}`",
        ),
        (a_text("{{ order_no }}\n{{ parcel }}"), 8, "parcel is declared neither"),
        (a_text("{{ order_no }}{{ now }}"), 7, "now is declared neither"),
        (a_text("{{ order_no.size }}"), 7, "order_no.size is declared neither"),
        (a_text("{{ order_no[0] }}"), 7, "declared neither"),
        (a_text("{{ [order_no] }}"), 7, "declared neither"),
        (a_text("{{ order_no }}\n\n{% for x in (1..9) %}{% endfor %}"), 9, "the tag 'for' is not among"),
        (a_text("{{ order_no }}{% raw %}x{% endraw %}"), 7, "the tag 'raw' is not among"),
        (a_text("{{ order_no }}{% # x %}"), 7, "the tag '#' is not among"),
        (a_text("{{ order_no }}{% %}"), 7, "the tag '' is not among"),
        (a_text("{{ order_no }}\n{{ since | date }}"), 8, "the filter 'date' is not among"),
        (a_text("{{ order_no | truncate: since }}"), 7, "takes plain values only"),
        (a_text("{{ order_no }}{{ (1..9) }}"), 7, "is not permitted here"),
        (a_text("{{ order_no }}{% if since > 3 %}x{% endif %}"), 7, "is not permitted here"),
        (a_text("{{ order_no }}{{ 1.5 }}"), 7, "is not permitted here"),
        (a_text("{{ order_no }}\n{% if since %}x"), 8, "endif"),
        (a_text("{{ order_no }}{% if since %}x{% else since %}y{% endif %}"), 7, "did you mean 'elsif'"),
        (a_text("{{ order_no }}{% endif %}"), 7, "unexpected tag"),
        (a_text("{{ order_no }}{{ since"), 7, "{{ is never closed"),
        (a_text("{{ order_no }}{{ {{ since }} }}"), 7, "{{ has no counterpart here"),
        (a_text("{{ order_no }} }}"), 7, "}} has no counterpart here"),
        (a_text("{{ order_no }}{{ '" + "x" * 220 + "' }}"), 7, "{{ is longer than 200"),
        (a_text("{% if since %}{{ order_no }}{% endif %}"), 7, "every reply says {{ order_no }}"),
        (a_text("{{ order_no | slice: 1 }}"), 7, "every reply says {{ order_no }}"),
        (a_text("{{ order_no }} 请打 13800138000"), 7, "names no phone number"),
        (a_text("{{ order_no }}\n<a href='http://evil.example'>领奖</a>"), 8, "plain words"),
        (a_text("{{ order_no }}\n\n[领奖](http://evil.example)"), 9, "plain words"),
        (a_text("{{ order_no }}{order_no.__class__}"), 7, "plain words"),
        (a_text("{{ order_no }}\n{{ carrier }}"), 8, "carrier may be unknown"),
        (a_text("{{ order_no }}{{ order_no | truncate: 'x' }}"), 7, "truncate"),
        (a_text("{{ order_no }}" + "{% if since %}" * 6 + "x" + "{% endif %}" * 6), 7, "nesting"),
        (a_text("{{ order_no }}" + "。" * LONGEST_TEXT), 1, f"longer than {LONGEST_TEXT} characters"),
    ],
)
def test_an_unsound_template_is_refused_with_its_line(text: str, line: int, fault: str) -> None:
    error = fault_of(text)
    assert (error.name, error.line) == ("mine", line)
    assert fault in error.fault
    assert str(error).startswith(f"mine.liquid:{line}: ")


def test_what_staff_need_is_permitted() -> None:
    body = """{{ order_no }}
{% if carrier == "圆通" or carrier contains "通" and since != nil %}甲{% elsif
 carrier %}乙{% else %}丙{% endif %}
{% unless carrier %}丁{% endunless %}
{% case carrier %}{% when "圆通", "中通" %}戊{% else %}己{% endcase %}
{{ carrier | default: "快递" | strip | truncate: 4, "…" | slice: 0, 2 }}"""
    assert "mine" in Templates({"mine": a_text(body)})


# --- hostile templates (promise S-10) --------------------------------------------------


def as_long_as_permitted(batch: int) -> str:
    """Harmless, and of each batch's own: what was checked before takes no work. Nothing hostile takes more."""
    line = f"{batch} 订单 {{{{ order_no }}}}\n"
    return a_text(line * ((LONGEST_TEXT - len(MATTER)) // len(line)))


def test_there_are_five_hundred_hostile_payloads() -> None:
    assert len(set(INJECTIONS)) >= 500


@pytest.mark.parametrize("batch", range(10))
def test_a_hostile_template_is_refused_or_literal_and_always_bounded(batch: int) -> None:
    case = a_case()
    with effort() as harmless:
        drafted(case, Templates({"pickup_no_update": as_long_as_permitted(batch)}))
    for payload in INJECTIONS[batch::10]:
        text = a_text(f"订单 {{{{ order_no }}}} {payload}")
        with effort() as spent:
            try:
                made = drafted(case, Templates({"pickup_no_update": text})).text
            except TemplateError:
                made = ""
        assert spent.calls < harmless.calls, payload
        assert len(made.encode()) <= OUTPUT_LIMIT
        assert not re.search(r"[<>{}\x00-\x1f\u202e]|__|\]\(|49", made), payload


@pytest.mark.parametrize("batch", range(10))
def test_a_hostile_value_is_never_expanded(batch: int) -> None:
    for payload in INJECTIONS[batch::10]:
        case = a_case(order_no=f"DB-1 {payload}"[:120])
        text = drafted(case).text
        assert not re.search(r"\{\{|\}\}|\{%|%\}|<a|\]\(", text), payload
        assert "DB-1" in text
        assert len(text) <= SHOWN_IN_FULL + 120
