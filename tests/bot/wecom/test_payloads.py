import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import card_parts
from bot.sandbox.card_rules import check_card
from bot.sandbox.config import Knobs
from bot.sandbox.fields import Node
from bot.wecom.payloads import Payload, PayloadError, aibot_card, app_card, app_update, canonical
from replies.cards import Button, Card, Form, News, Option, Row, Selector, Tap, Tone, Weight
from tests.bot.wecom import card_rules, golden
from tests.bot.wecom.golden import HOME, TASK_ID, key, payloads
from tests.replies.gallery import LONG_NO, gallery

FACES = gallery()
PAYLOADS = payloads()
SURFACES = {
    "app": card_rules.APP,
    "app-update": card_rules.APP,
    "aibot": card_rules.AIBOT,
    "webhook": card_rules.WEBHOOK,
}
PRODUCTS = {"aibot": card_parts.Surface.BOT, "webhook": card_parts.Surface.WEBHOOK}


def visible(node: object) -> str:
    """Every text of a payload that somebody sees, in one string."""
    if isinstance(node, dict):
        hidden = {"key", "task_id", "question_key", "id", "selected_id", "url", "card_type"}
        return "\n".join(visible(part) for name, part in node.items() if name not in hidden)  # type: ignore[misc]
    if isinstance(node, list):
        return "\n".join(visible(part) for part in node)  # type: ignore[misc]
    return node if isinstance(node, str) else ""


def texts(payload: Payload) -> list[str]:
    return [button["text"] for button in payload.get("button_list", [])]


# --- golden files ---------------------------------------------------------------------


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_card_is_as_its_golden_file_shows_it(name: str) -> None:
    path = HOME / f"{name}.json"
    assert path.read_text("utf-8") == golden.text(PAYLOADS[name]), "see tests/bot/wecom/golden.py"


def test_no_golden_file_is_left_of_a_card_that_is_gone() -> None:
    assert {str(path.relative_to(HOME).with_suffix("")) for path in HOME.rglob("*.json")} == set(PAYLOADS)


# --- the vendor's rules ------------------------------------------------------------------


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_card_keeps_every_rule_of_its_surface(name: str) -> None:
    surface, _, _ = name.partition("/")
    assert card_rules.faults(PAYLOADS[name], SURFACES[surface], update=surface == "app-update") == []


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_strict_sandbox_takes_every_card(name: str) -> None:
    place, _, _ = name.partition("/")
    surface = PRODUCTS.get(place, card_parts.Surface.APP)
    rules = card_parts.Rules(surface=surface, knobs=Knobs(), update=place == "app-update")
    card = Node.read(canonical(PAYLOADS[name]))
    assert check_card(card, rules) == card.values["card_type"]


@pytest.mark.parametrize("name", [name for name in PAYLOADS if "/incident" not in name])
def test_the_full_order_number_is_visible_however_long(name: str) -> None:
    number = LONG_NO if "long-number" in name else "DB20251222-883"
    assert number in visible(PAYLOADS[name])


@pytest.mark.parametrize("name", PAYLOADS)
def test_nothing_of_a_face_is_lost_on_its_way(name: str) -> None:
    face = FACES[name.partition("/")[2]]
    shown = visible(PAYLOADS[name])
    assert face.title in shown
    assert face.subtitle in shown
    if isinstance(face, Card):
        assert face.text in shown
        assert all(row.value in shown for row in face.rows)
        shown_buttons = () if name.startswith("webhook/") else face.buttons
        assert [button.text for button in shown_buttons] == texts(PAYLOADS[name]) or not shown_buttons
    if isinstance(face, News):
        assert all(point.title in shown and point.text in shown for point in face.points)


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_shows_a_phone_number_and_those_of_several_orders_alone_count_them(name: str) -> None:
    assert not re.search(r"1[3-9]\d{9}", visible(PAYLOADS[name]))
    assert bool(re.search(r"\d\s*单", visible(PAYLOADS[name]))) == (
        "/overflow" in name or "/incident" in name
    )


# --- cards without buttons -----------------------------------------------------------------


def test_a_closed_card_opens_its_page() -> None:
    for payload in (PAYLOADS[f"{surface}/case-closed-linked"] for surface in SURFACES):
        assert payload["card_type"] == "text_notice"
        assert payload["card_action"] == {"type": 1, "url": "https://dingdan.example/cases/a1"}
        assert "button_list" not in payload


def test_a_closed_card_without_a_page_can_only_be_looked_at_again() -> None:
    assert texts(PAYLOADS["aibot/case-closed"]) == ["刷新"]
    assert texts(PAYLOADS["app/case-closed"]) == ["刷新"]
    assert "replace_text" not in PAYLOADS["app/case-closed"]


def test_where_a_card_can_be_greyed_a_closed_one_is() -> None:
    assert PAYLOADS["app-update/case-closed"]["replace_text"] == "没有可做的了"
    assert "replace_text" not in PAYLOADS["app-update/case-open"]
    assert "replace_text" not in PAYLOADS["app-update/case-closed-linked"]
    assert "replace_text" not in PAYLOADS["app-update/reason-form"]


# --- shape -------------------------------------------------------------------------------------


def test_the_reason_form_is_a_form_where_it_fits() -> None:
    form = PAYLOADS["aibot/reason-form"]
    assert form["card_type"] == "multiple_interaction"
    assert form["select_list"][0]["selected_id"] == "not_picked_up"
    assert form["submit_button"] == {"key": "key-of-submit_reason", "text": "提交"}
    long = PAYLOADS["aibot/reason-form-long-number"]
    assert long["card_type"] == "button_interaction"
    assert long["button_selection"]["question_key"] == form["select_list"][0]["question_key"]
    assert texts(long) == ["提交"]


def test_danger_is_red_on_both_surfaces_though_numbered_differently() -> None:
    styles = {
        surface: {
            button["text"]: button["style"] for button in PAYLOADS[f"{surface}/case-open"]["button_list"]
        }
        for surface in ("app", "aibot")
    }
    assert styles["app"] == {"发送回复": 1, "认领": 2, "升级": 4, "稍后": 2}
    assert styles["aibot"] == {"发送回复": 1, "认领": 2, "升级": 3, "稍后": 2}


def test_an_update_carries_no_task_id_on_the_app_and_the_same_one_on_the_bot() -> None:
    assert "task_id" not in PAYLOADS["app-update/case-open"]
    assert PAYLOADS["aibot/case-open"]["task_id"] == TASK_ID


def test_the_same_card_has_the_same_bytes() -> None:
    face = FACES["case-open"]
    first = canonical(app_card(face, TASK_ID, key))
    assert first == canonical(app_card(replace(face), TASK_ID, key))
    assert json.loads(first) == app_card(face, TASK_ID, key)
    assert "订单".encode() in first


@pytest.mark.parametrize("task_id", ["", "a b", "订单", "x" * 129])
def test_a_task_id_that_wecom_refuses_is_refused_here(task_id: str) -> None:
    for make in (app_card, aibot_card):
        with pytest.raises(PayloadError, match="task id"):
            make(FACES["case-open"], task_id, key)


@pytest.mark.parametrize("bad", ["", "键" * 400])
def test_a_key_that_wecom_refuses_is_refused_here(bad: str) -> None:
    for face in (FACES["case-open"], FACES["reason-form"]):
        with pytest.raises(PayloadError, match="a key has"):
            app_update(face, lambda _: bad)


# --- any face at all -------------------------------------------------------------------------------

WORDS = st.builds(
    str.__mul__,
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20),
    st.sampled_from([1, 1, 3, 12]),
)
"""Short ones and ones that are too long for every part."""
SELECTORS = st.builds(
    Selector,
    id=st.just("q"),
    title=WORDS,
    options=st.lists(WORDS, min_size=1, max_size=10).map(
        lambda found: tuple(Option(id=f"o{at}", text=text) for at, text in enumerate(found))
    ),
    selected=st.just("o0"),
)
BUTTONS = st.lists(st.sampled_from(list(Tap)), max_size=6, unique=True).flatmap(
    lambda taps: st.tuples(
        *(
            st.builds(Button, tap=st.just(tap), text=WORDS, weight=st.sampled_from(list(Weight)))
            for tap in taps
        )
    )
)
CARDS = st.builds(
    Card,
    source=WORDS,
    tone=st.sampled_from(list(Tone)),
    title=WORDS,
    subtitle=WORDS | st.just(""),
    rows=st.lists(st.builds(Row, label=WORDS, value=WORDS), max_size=6).map(tuple),
    text=WORDS | st.just(""),
    selector=st.none() | SELECTORS,
    buttons=BUTTONS,
    link=st.none() | st.just("https://dingdan.example/x"),
)
FORMS = st.builds(
    Form,
    source=WORDS,
    title=WORDS,
    subtitle=WORDS,
    selector=SELECTORS,
    submit=st.just(Button(tap=Tap.SUBMIT_REASON, text="提交")),
)


@given(CARDS | FORMS)
def test_any_face_becomes_a_card_that_wecom_takes(face: Card | Form) -> None:
    for payload, surface in (
        (app_card(face, TASK_ID, key), card_rules.APP),
        (aibot_card(face, TASK_ID, key), card_rules.AIBOT),
    ):
        assert card_rules.faults(payload, surface) == []
        assert face.title in visible(payload)
        if isinstance(face, Card):
            assert face.text in visible(payload)
            assert all(row.value in visible(payload) for row in face.rows)
    assert card_rules.faults(app_update(face, key), card_rules.APP, update=True) == []


# --- the check checks -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"card_type": "poster"},
        {"horizontal_content_list": [{"keyname": "六个字的标签", "value": "x"}]},
        {"horizontal_content_list": [{"keyname": "订单", "value": "x" * 27}]},
        {"horizontal_content_list": [{"keyname": "订单", "value": "x"}] * 7},
        {"horizontal_content_list": [{"keyname": "订单", "value": "x", "type": 2}]},
        {"button_list": []},
        {"button_list": [{"text": "发", "key": "k"}] * 2},
        {"button_list": [{"text": "发", "key": ""}]},
        {"button_list": [{"text": "一二三四五六七八九十一", "key": "k"}]},
        {"button_list": [{"text": "发", "key": "k", "type": 1}]},
        {"sub_title_text": "字" * 113},
        {"sub_title_text": ""},
        {"main_title": {"title": ""}},
        {"main_title": {"title": "字" * 27}},
        {"main_title": {"title": "字", "note": "x"}},
        {"source": {"desc": "字" * 14}},
        {"source": {"desc": "字", "desc_color": 4}},
        {"quote_area": {"type": 0, "quote_text": ""}},
        {"quote_area": {"type": 7, "quote_text": "x"}},
        {"card_action": {"type": 1}},
        {"task_id": "订"},
        {"replace_text": "x"},
        {"button_selection": {"question_key": "", "option_list": []}},
        {
            "button_selection": {
                "question_key": "q",
                "title": "字" * 14,
                "option_list": [{"id": "", "text": ""}],
            }
        },
        {
            "button_selection": {
                "question_key": "q",
                "option_list": [{"id": "a", "text": "b"}],
                "selected_id": "c",
                "x": 1,
            }
        },
    ],
)
def test_the_check_finds_what_is_wrong(wrong: Payload) -> None:
    assert card_rules.faults(PAYLOADS["aibot/case-open"], card_rules.AIBOT) == []
    assert card_rules.faults({**PAYLOADS["aibot/case-open"], **wrong}, card_rules.AIBOT)


def test_the_check_wants_a_notice_to_lead_somewhere() -> None:
    notice = PAYLOADS["aibot/case-closed-linked"]
    assert card_rules.faults({**notice, "card_action": {"type": 0}}, card_rules.AIBOT)
    bare = {name: part for name, part in notice.items() if name not in {"main_title", "sub_title_text"}}
    assert card_rules.faults(bare, card_rules.AIBOT)
    assert card_rules.faults({"card_type": "button_interaction"}, card_rules.AIBOT)
