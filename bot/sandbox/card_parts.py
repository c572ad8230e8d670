"""What may each part of a template card hold? wecom.md §4.4 (90236) and the aibot column of §8.7 (101032).

Lengths that the pages call advice (建议) are not refused here: the client cuts them (`card_display`).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.sandbox.config import Knobs
from bot.sandbox.errcodes import Errcode
from bot.sandbox.fields import Node

KEY_BYTES = 1024
OPTION_ID_BYTES = 128
TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")


class Surface(StrEnum):
    APP = "app"
    """The self-built app: single chats, buttons may jump."""
    BOT = "bot"
    """The 智能机器人: single chats and groups, every button calls back."""
    WEBHOOK = "webhook"
    """A group's webhook: notices that nobody can answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Under which rules a card is read."""

    surface: Surface
    knobs: Knobs
    update: bool = False
    """Whether the card replaces an older one."""

    def only(self, node: Node, names: Collection[str]) -> None:
        if self.knobs.foreign_fields_refused:
            node.only(names)


def web_address(node: Node, name: str, missing: int = Errcode.URL_MISSING) -> str:
    """An http or https URL."""
    url = node.text(name, missing, most_bytes=2048)
    if not url.startswith(("http://", "https://")):
        node.refuse(name, Errcode.URL_WITHOUT_SCHEME, "needs http:// or https://")
    return url


def source(part: Node, rules: Rules) -> None:
    rules.only(part, {"icon_url", "desc", "desc_color"})
    if part.has("icon_url"):
        web_address(part, "icon_url")
    part.optional_text("desc")
    part.choice("desc_color", range(4))


def main_title(part: Node, rules: Rules) -> None:
    rules.only(part, {"title", "desc"})
    part.optional_text("title")
    part.optional_text("desc")


def emphasis_content(part: Node, rules: Rules) -> None:
    main_title(part, rules)


def quote_area(part: Node, rules: Rules) -> None:
    rules.only(part, {"type", "url", "appid", "pagepath", "title", "quote_text"})
    _jump(part, range(3))
    part.optional_text("title")
    part.optional_text("quote_text")


def image_text_area(part: Node, rules: Rules) -> None:
    rules.only(part, {"type", "url", "appid", "pagepath", "title", "desc", "image_url"})
    _jump(part, range(3))
    part.optional_text("title")
    part.optional_text("desc")
    web_address(part, "image_url", Errcode.BAD_PARAMETER)


def card_image(part: Node, rules: Rules) -> None:
    rules.only(part, {"url", "aspect_ratio"})
    web_address(part, "url", Errcode.CARD_IMAGE_URL)
    ratio = part.values.get("aspect_ratio")
    if ratio is not None and not (isinstance(ratio, int | float) and 1.3 < ratio < 2.25):
        part.refuse("aspect_ratio", Errcode.BAD_PARAMETER, "must lie strictly between 1.3 and 2.25")


def card_action(part: Node, rules: Rules, *, least: int) -> None:
    """`least` is 1 where the whole card must lead somewhere, 0 on a button_interaction."""
    rules.only(part, {"type", "url", "appid", "pagepath"})
    kind = part.choice("type", range(least, 3), Errcode.CARD_ACTION, default=None)
    _jump_of(part, kind)


def action_menu(part: Node, rules: Rules) -> set[str]:
    """Return the keys of its actions."""
    rules.only(part, {"desc", "action_list"})
    part.optional_text("desc")
    keys: set[str] = set()
    most = rules.knobs.menu_actions_most
    for action in part.nodes("action_list", Errcode.BAD_PARAMETER, least=1, most=most):
        rules.only(action, {"text", "key"})
        action.text("text")
        key = action.text("key", most_bytes=KEY_BYTES)
        if key in keys:
            action.refuse("key", Errcode.MENU_KEY_TWICE, "is there twice")
        keys.add(key)
    return keys


def horizontal_content_list(card: Node, rules: Rules) -> None:
    types = {0, 1, 3} if rules.surface is Surface.BOT else {0, 1, 2, 3}
    for row in card.nodes("horizontal_content_list", Errcode.HORIZONTAL_LENGTH, most=6):
        rules.only(row, {"keyname", "value", "type", "url", "media_id", "userid"})
        row.text("keyname", Errcode.KEYNAME_MISSING)
        row.optional_text("value")
        match row.choice("type", types):
            case 1:
                web_address(row, "url")
            case 2:
                row.text("media_id", Errcode.MEDIA_ID_MISSING)
            case 3:
                row.text("userid", Errcode.USERID_MISSING)
            case _:
                pass


def vertical_content_list(card: Node, rules: Rules) -> None:
    for row in card.nodes("vertical_content_list", Errcode.VERTICAL_LENGTH, most=4):
        rules.only(row, {"title", "desc"})
        row.text("title", Errcode.TITLE_MISSING)
        row.optional_text("desc")


def jump_list(card: Node, rules: Rules) -> None:
    types = range(4) if rules.surface is Surface.BOT else range(3)
    for jump in card.nodes("jump_list", Errcode.JUMPS_LENGTH, most=3):
        rules.only(jump, {"type", "title", "url", "appid", "pagepath", "question"})
        jump.text("title", Errcode.TITLE_MISSING)
        if _jump(jump, types) == 3:
            jump.text("question", most_bytes=200)


def button_list(card: Node, rules: Rules) -> set[str]:
    """Return the keys of the buttons that call back."""
    keys: set[str] = set()
    for button in card.nodes("button_list", Errcode.BAD_PARAMETER, least=1, most=6):
        button.text("text", Errcode.BUTTON_TEXT)
        button.choice("style", range(1, 5), default=1)
        if _is_link(button, rules):
            web_address(button, "url")
            continue
        key = button.text("key", Errcode.BUTTON_KEY, most_bytes=KEY_BYTES)
        if key in keys:
            button.refuse("key", Errcode.BUTTON_KEY, "is there twice")
        keys.add(key)
    return keys


def _is_link(button: Node, rules: Rules) -> bool:
    if rules.surface is Surface.BOT:
        rules.only(button, {"text", "style", "key"})
        return False
    rules.only(button, {"text", "style", "key", "type", "url"})
    return button.choice("type", range(2)) == 1


def button_selection(part: Node, rules: Rules) -> None:
    selector(part, rules)


def selector(part: Node, rules: Rules) -> str:
    """Return its question_key."""
    names = {"question_key", "title", "selected_id", "option_list"}
    rules.only(part, names | {"disable"} if rules.update else names)
    part.optional_text("title")
    part.optional_text("selected_id")  # a wrong one means the first option, so it is never refused
    part.flag("disable")
    _options(part, rules, most=10)
    return part.text("question_key", Errcode.QUESTION_KEY, most_bytes=KEY_BYTES)


def select_list(card: Node, rules: Rules) -> None:
    keys: set[str] = set()
    for select in card.nodes("select_list", Errcode.SELECTS_LENGTH, least=1, most=3):
        key = selector(select, rules)
        if key in keys:
            select.refuse("question_key", Errcode.QUESTION_KEY, "is there twice")
        keys.add(key)


def checkbox(part: Node, rules: Rules) -> None:
    names = {"question_key", "mode", "option_list"}
    rules.only(part, names | {"disable"} if rules.update else names)
    part.text("question_key", Errcode.QUESTION_KEY, most_bytes=KEY_BYTES)
    part.choice("mode", range(2))
    part.flag("disable")
    _options(part, rules, most=20, extra={"is_checked"})
    for option in part.nodes("option_list", Errcode.OPTIONS_LENGTH, most=20):
        option.flag("is_checked")


def submit_button(part: Node, rules: Rules) -> None:
    rules.only(part, {"text", "key"})
    part.optional_text("text", Errcode.SUBMIT_TEXT)  # absent: the client says 提交
    part.text("key", Errcode.SUBMIT_KEY, most_bytes=KEY_BYTES)


def task_id(card: Node) -> str:
    value = card.text("task_id", Errcode.BAD_TASK_ID)
    if not TASK_ID.fullmatch(value):
        card.refuse("task_id", Errcode.BAD_TASK_ID, "is 1 to 128 of 0-9 A-Z a-z _ - @")
    return value


def _options(part: Node, rules: Rules, *, most: int, extra: Collection[str] = ()) -> None:
    seen: set[str] = set()
    for option in part.nodes("option_list", Errcode.OPTIONS_LENGTH, least=1, most=most):
        rules.only(option, {"id", "text", *extra})
        option.text("text", Errcode.OPTION_TEXT)
        option_id = option.text("id", Errcode.OPTION_ID, most_bytes=OPTION_ID_BYTES)
        if option_id in seen:
            option.refuse("id", Errcode.OPTION_ID, "is there twice")
        seen.add(option_id)


def _jump(part: Node, types: Collection[int]) -> int:
    kind = part.choice("type", types)
    _jump_of(part, kind)
    return kind


def _jump_of(part: Node, kind: int) -> None:
    if kind == 1:
        web_address(part, "url")
    elif kind == 2:
        part.text("appid", Errcode.APPID_MISSING)
    part.optional_text("pagepath")
