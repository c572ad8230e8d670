"""Which face does an update give a card? Pages 94888 (API), 90241 (passive reply) and 101031 (智能机器人)."""

from bot.sandbox.card_parts import Rules, Surface
from bot.sandbox.card_rules import INTERACTIVE, check_card
from bot.sandbox.cards import Card, Face
from bot.sandbox.config import Knobs
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node


def new_face(template: Node, card: Card, knobs: Knobs) -> Face:
    """Read the card that takes the place of `card`. Raises Refused."""
    check_card(template, Rules(surface=card.surface, knobs=knobs, update=True))
    _check_task_id(template, card)
    content = {name: value for name, value in template.values.items() if name != "replace_text"}
    return Face(content=content, greyed=template.optional_text("replace_text"))


def replacement_text(button: Node, card: Card) -> str:
    """Read form A, which only greys the buttons of an interactive card. Raises Refused."""
    text = button.text("replace_name")
    if card.original.card_type not in INTERACTIVE:
        raise Refused(Errcode.BAD_CARD_TYPE, "only interactive cards have buttons to replace")
    return text


def _check_task_id(template: Node, card: Card) -> None:
    """The bot must echo the task_id unchanged (101032); the app's updates need none."""
    if card.surface is Surface.BOT and template.values.get("task_id", "") != card.task_id:
        template.refuse("task_id", Errcode.BAD_REQ_ID, "is not that of the card that was clicked")
    if template.has("task_id") and template.values["task_id"] != card.task_id:
        template.refuse("task_id", Errcode.BAD_TASK_ID, "is not that of the card")
