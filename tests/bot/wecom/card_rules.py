"""What WeCom says of a template_card (pages 90236, 94888, 101032): an independent check of every field.

Written from the pages, not from our code; the strict sandbox enforces the same rules on the wire.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Card = Mapping[str, Any]

PARTS = {
    "text_notice": {
        "source", "action_menu", "main_title", "emphasis_content", "quote_area", "sub_title_text",
        "horizontal_content_list", "jump_list", "card_action", "task_id",
    },
    "news_notice": {
        "source", "action_menu", "main_title", "quote_area", "horizontal_content_list", "vertical_content_list",
        "card_image", "image_text_area", "jump_list", "card_action", "task_id",
    },
    "button_interaction": {
        "source", "action_menu", "main_title", "quote_area", "sub_title_text", "horizontal_content_list",
        "card_action", "button_selection", "button_list", "task_id",
    },
    "multiple_interaction": {"source", "main_title", "select_list", "submit_button", "task_id"},
}  # fmt: skip
REQUIRED = {
    "text_notice": {"card_action"},
    "news_notice": {"main_title", "card_action"},
    "button_interaction": {"main_title", "button_list", "task_id"},
    "multiple_interaction": {"main_title", "select_list", "submit_button", "task_id"},
}
KEYS = {
    "source": {"icon_url", "desc", "desc_color"},
    "main_title": {"title", "desc"},
    "quote_area": {"type", "url", "appid", "pagepath", "title", "quote_text"},
    "card_action": {"type", "url", "appid", "pagepath"},
    "submit_button": {"text", "key"},
    "card_image": {"url", "aspect_ratio"},
    "image_text_area": {"type", "url", "appid", "pagepath", "title", "desc", "image_url"},
}


@dataclass(frozen=True)
class Surface:
    """The advised lengths of one product, and what else differs."""

    title: int
    desc: int
    text: int
    value: int
    source: int
    option: int
    selector_title: int
    item: int
    horizontal_types: frozenset[int]
    button_keys: frozenset[str]
    refused: frozenset[str] = frozenset()


APP = Surface(
    36,
    44,
    160,
    30,
    20,
    16,
    36,
    38,
    frozenset({0, 1, 2, 3}),
    frozenset({"text", "style", "key", "type", "url"}),
)
AIBOT = Surface(26, 30, 112, 26, 13, 10, 13, 26, frozenset({0, 1, 3}), frozenset({"text", "style", "key"}))
WEBHOOK = Surface(
    26,
    30,
    112,
    26,
    13,
    0,
    0,
    26,
    frozenset({0, 1, 2, 3}),
    frozenset(),
    frozenset({"task_id", "action_menu", "button_list"}),
)
"""Page 91770: nothing can be tapped, nothing is named."""


def faults(card: Card, surface: Surface, *, update: bool = False) -> list[str]:
    """Everything that is wrong with a card; empty when nothing is."""
    return list(_faults(card, surface, update=update))


def _faults(card: Card, surface: Surface, *, update: bool) -> Iterator[str]:
    kind = card.get("card_type")
    if kind not in PARTS:
        yield f"42031 card_type {kind!r}"
        return
    allowed = {*PARTS[kind], "card_type", *(["replace_text"] if update else [])}
    yield from (f"{part} is no part of {kind}" for part in card.keys() - allowed)
    yield from (f"{part} here" for part in card.keys() & surface.refused)
    missing = REQUIRED[kind] - card.keys()
    yield from (f"{part} is missing" for part in missing if not (update and part == "task_id"))
    if kind == "text_notice" and not (card.get("main_title", {}).get("title") or card.get("sub_title_text")):
        yield "a notice needs a title or a text"
    for part, keys in KEYS.items():
        yield from (f"{part}.{key} is unknown" for key in card.get(part, {}).keys() - keys)
    if "task_id" in card and not re.fullmatch(r"[0-9A-Za-z_\-@]{1,128}", card["task_id"]):
        yield "42014 task_id"
    yield from _texts(card, surface)
    yield from _picture(card, surface) if kind == "news_notice" else ()
    yield from _rows(card, surface)
    yield from _buttons(card, surface)
    for selector in [*card.get("select_list", []), *filter(None, [card.get("button_selection")])]:
        yield from _selector(selector, surface)
    action = card.get("card_action")
    if action is not None and (
        action.get("type") not in {0, 1, 2} or (action["type"] == 1 and not action.get("url"))
    ):
        yield "42045 card_action"
    if kind in {"text_notice", "news_notice"} and action is not None and action.get("type") not in {1, 2}:
        yield "42045 a notice must lead somewhere"
    if card.get("quote_area", {}).get("type", 0) not in {0, 1, 2}:
        yield "quote_area.type"


def _texts(card: Card, surface: Surface) -> Iterator[str]:
    title = card.get("main_title", {})
    if card["card_type"] != "text_notice" and not title.get("title"):
        yield "main_title.title is missing"
    advised = {
        "main_title.title": (title.get("title"), surface.title),
        "main_title.desc": (title.get("desc"), surface.desc),
        "sub_title_text": (card.get("sub_title_text"), surface.text),
        "source.desc": (card.get("source", {}).get("desc"), surface.source),
    }
    for name, (value, limit) in advised.items():
        if value is not None and not 0 < len(value) <= limit:
            yield f"{name} has {len(value)} characters, {limit} are shown"
    if card.get("source", {}).get("desc_color", 0) not in {0, 1, 2, 3}:
        yield "source.desc_color"
    if "quote_area" in card and not card["quote_area"].get("quote_text"):
        yield "an empty quote"


def _picture(card: Card, surface: Surface) -> Iterator[str]:
    if ("card_image" in card) == ("image_text_area" in card):
        yield "one of card_image and image_text_area is required"
    if "card_image" in card and not card["card_image"].get("url"):
        yield "42044 card_image.url"
    if not 1.3 < card.get("card_image", {}).get("aspect_ratio", 1.31) < 2.25:
        yield "card_image.aspect_ratio"
    items = card.get("vertical_content_list", [])
    if "vertical_content_list" in card and not 1 <= len(items) <= 4:
        yield "42036 vertical_content_list length"
    for item in items:
        if not 0 < len(item.get("title", "")) <= surface.item or item.keys() - {"title", "desc"}:
            yield f"42033 item {item!r}"
        if "desc" in item and not 0 < len(item["desc"]) <= surface.text:
            yield f"item {item!r}"


def _rows(card: Card, surface: Surface) -> Iterator[str]:
    rows = card.get("horizontal_content_list", [])
    if "horizontal_content_list" in card and not 1 <= len(rows) <= 6:
        yield "42035 horizontal_content_list length"
    for row in rows:
        if not 0 < len(row.get("keyname", "")) <= 5:
            yield f"42027 keyname {row.get('keyname')!r}"
        if not 0 < len(row.get("value", "")) <= surface.value:
            yield f"value {row.get('value')!r}"
        if row.get("type", 0) not in surface.horizontal_types or row.keys() - {
            "keyname",
            "value",
            "type",
            "url",
            "userid",
        }:
            yield f"row {row!r}"


def _buttons(card: Card, surface: Surface) -> Iterator[str]:
    buttons = card.get("button_list", [])
    if "button_list" in card and not 1 <= len(buttons) <= 6:
        yield "button_list length"
    submit = card.get("submit_button")
    for button in [*buttons, *([submit] if submit else [])]:
        if not 0 < len(button.get("text", "")) <= 10:
            yield f"42038 button text {button.get('text')!r}"
        if not 0 < len(button.get("key", "").encode()) <= 1024:
            yield "42039 button key"
        if button.get("style", 1) not in {1, 2, 3, 4} or button.keys() - surface.button_keys:
            yield f"button {button!r}"
    keys = [button.get("key") for button in buttons]
    if len(keys) != len(set(keys)):
        yield "two buttons have one key"


def _selector(selector: Card, surface: Surface) -> Iterator[str]:
    if selector.keys() - {"question_key", "title", "selected_id", "option_list", "disable"}:
        yield f"selector {selector.keys()}"
    if not 0 < len(selector.get("question_key", "").encode()) <= 1024:
        yield "42043 question_key"
    if len(selector.get("title", "")) > surface.selector_title:
        yield "selector title"
    options = selector.get("option_list", [])
    if not 1 <= len(options) <= 10:
        yield "42037 option_list length"
    for option in options:
        if not 0 < len(option.get("id", "").encode()) <= 128:
            yield "42040 option id"
        if not 0 < len(option.get("text", "")) <= surface.option:
            yield f"42041 option text {option.get('text')!r}"
    ids = [option.get("id") for option in options]
    if len(ids) != len(set(ids)) or selector.get("selected_id") not in ids:
        yield "option ids"
