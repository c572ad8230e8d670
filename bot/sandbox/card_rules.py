"""Is this template card one that WeCom takes? The composition matrix of wecom.md §4.5, part by part."""

from collections.abc import Callable
from enum import StrEnum

from bot.sandbox import card_parts
from bot.sandbox.card_parts import Rules, Surface
from bot.sandbox.errcodes import Errcode
from bot.sandbox.fields import Node


class CardType(StrEnum):
    TEXT_NOTICE = "text_notice"
    NEWS_NOTICE = "news_notice"
    BUTTON_INTERACTION = "button_interaction"
    VOTE_INTERACTION = "vote_interaction"
    MULTIPLE_INTERACTION = "multiple_interaction"


INTERACTIVE = frozenset(
    {CardType.BUTTON_INTERACTION, CardType.VOTE_INTERACTION, CardType.MULTIPLE_INTERACTION}
)

_NOTICE = {"source", "action_menu", "main_title", "quote_area", "horizontal_content_list", "jump_list"}
PARTS: dict[CardType, set[str]] = {
    CardType.TEXT_NOTICE: _NOTICE | {"emphasis_content", "sub_title_text", "card_action"},
    CardType.NEWS_NOTICE: _NOTICE | {"vertical_content_list", "card_image", "image_text_area", "card_action"},
    CardType.BUTTON_INTERACTION: (_NOTICE - {"jump_list"})
    | {"sub_title_text", "card_action", "button_selection", "button_list"},
    CardType.VOTE_INTERACTION: {"source", "main_title", "checkbox", "submit_button"},
    CardType.MULTIPLE_INTERACTION: {"source", "main_title", "select_list", "submit_button"},
}

_OBJECTS: dict[str, Callable[[Node, Rules], object]] = {
    "source": card_parts.source,
    "main_title": card_parts.main_title,
    "emphasis_content": card_parts.emphasis_content,
    "quote_area": card_parts.quote_area,
    "card_image": card_parts.card_image,
    "image_text_area": card_parts.image_text_area,
    "button_selection": card_parts.button_selection,
}
_LISTS: dict[str, Callable[[Node, Rules], object]] = {
    "horizontal_content_list": card_parts.horizontal_content_list,
    "vertical_content_list": card_parts.vertical_content_list,
    "jump_list": card_parts.jump_list,
}


def check_card(card: Node, rules: Rules) -> CardType:
    """Check every field. Raises Refused with the code of §4.6."""
    kind = card_type(card)
    parts = PARTS[kind] - ({"action_menu"} if rules.surface is Surface.WEBHOOK else set())
    rules.only(card, parts | _frame(kind, rules))
    for name in parts & _OBJECTS.keys():
        if part := card.optional_node(name):
            _OBJECTS[name](part, rules)
    for name in parts & _LISTS.keys():
        _LISTS[name](card, rules)
    card.optional_text("sub_title_text")
    _REQUIRED[kind](card, rules)
    if "action_menu" in parts:
        _check_menu(card, kind, rules)
    if feedback := card.optional_node("feedback"):
        feedback.text("id", most_bytes=256)
    if rules.surface is Surface.WEBHOOK:
        return kind
    if card.has("task_id") or (not rules.update and needs_task_id(card, kind, rules.surface)):
        card_parts.task_id(card)
    return kind


def card_type(card: Node) -> CardType:
    value = card.values.get("card_type")
    if value not in tuple(CardType):
        card.refuse("card_type", Errcode.BAD_CARD_TYPE, f"must be one of {', '.join(CardType)}")
    return CardType(str(value))


def calls_back(card: Node) -> bool:
    """Whether a member can answer with this card, and so whether it has a response_code (§4.5, last row)."""
    return card_type(card) in INTERACTIVE or card.has("action_menu")


def needs_task_id(card: Node, kind: CardType, surface: Surface) -> bool:
    if surface is Surface.BOT and kind is CardType.MULTIPLE_INTERACTION:
        return False  # page 101032 lists it as optional there
    return kind in INTERACTIVE or card.has("action_menu")


def _frame(kind: CardType, rules: Rules) -> set[str]:
    """The fields around the parts."""
    if rules.surface is Surface.WEBHOOK:
        return {"card_type"}
    frame = {"card_type", "task_id"}
    if rules.surface is Surface.BOT:
        return frame | {"feedback"}
    return frame | {"replace_text"} if rules.update and kind in INTERACTIVE else frame


def _check_text_notice(card: Node, rules: Rules) -> None:
    title = card.optional_node("main_title")
    if not (title and title.has("title")) and not card.has("sub_title_text"):
        card.refuse("main_title.title", Errcode.BAD_PARAMETER, "or sub_title_text is required")
    _check_action(card, rules, required=True)


def _check_news_notice(card: Node, rules: Rules) -> None:
    _check_title(card)
    if not card.has("card_image") and not card.has("image_text_area"):
        card.refuse("card_image", Errcode.CARD_IMAGE_URL, "or image_text_area is required")
    _check_action(card, rules, required=True)


def _check_button_interaction(card: Node, rules: Rules) -> None:
    _check_title(card)
    _check_action(card, rules, required=False)
    card_parts.button_list(card, rules)


def _check_vote_interaction(card: Node, rules: Rules) -> None:
    _check_title(card)
    card_parts.checkbox(card.node("checkbox"), rules)
    card_parts.submit_button(card.node("submit_button", Errcode.SUBMIT_KEY), rules)


def _check_multiple_interaction(card: Node, rules: Rules) -> None:
    _check_title(card)
    card_parts.select_list(card, rules)
    card_parts.submit_button(card.node("submit_button", Errcode.SUBMIT_KEY), rules)


_REQUIRED: dict[CardType, Callable[[Node, Rules], None]] = {
    CardType.TEXT_NOTICE: _check_text_notice,
    CardType.NEWS_NOTICE: _check_news_notice,
    CardType.BUTTON_INTERACTION: _check_button_interaction,
    CardType.VOTE_INTERACTION: _check_vote_interaction,
    CardType.MULTIPLE_INTERACTION: _check_multiple_interaction,
}


def _check_title(card: Node) -> None:
    card.node("main_title").text("title")


def _check_action(card: Node, rules: Rules, *, required: bool) -> None:
    if required or card.has("card_action"):
        part = card.node("card_action", Errcode.CARD_ACTION)
        card_parts.card_action(part, rules, least=1 if required else 0)


def _check_menu(card: Node, kind: CardType, rules: Rules) -> None:
    menu = card.optional_node("action_menu") if "action_menu" in PARTS[kind] else None
    if menu is None:
        return
    keys = card_parts.action_menu(menu, rules)
    if kind is CardType.BUTTON_INTERACTION and keys & card_parts.button_list(card, rules):
        menu.refuse("action_list", Errcode.MENU_KEY_TWICE, "repeats the key of a button")
