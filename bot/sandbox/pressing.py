"""Which button does a member press, and what has he chosen? Only what his screen shows can be pressed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.sandbox.cards import Button, Card, Press, Question
from bot.sandbox.misuse import Misuse
from bot.sandbox.world import Chat, ChatKind, Message, World

Choices = Mapping[str, str | Sequence[str]]
"""Question key -> the id or the text of an option, or several of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    chat: Chat
    message: Message
    card: Card
    button: Button
    selected: Mapping[str, tuple[str, ...]]
    """Question key -> option ids; empty when nothing rides along."""


def press(world: World, userid: str, target: str, button: str, choices: Choices) -> Pressed:
    """Find the button that `userid` means by its text or key. Raises Misuse."""
    chat, message = _visible(world, userid, target)
    card = message.card
    if card is None or message.recalled:
        raise Misuse("task_id", f"{target} is no card, or it was recalled")
    pressed = _button(card, userid, button)
    selected = _selected(card, userid, choices)
    rides = selected if pressed.press is not Press.MENU else {}
    return Pressed(chat=chat, message=message, card=card, button=pressed, selected=rides)


def _visible(world: World, userid: str, target: str) -> tuple[Chat, Message]:
    """The newest message with this id or task_id in a chat that `userid` is in."""
    if found := world.find(target):
        if not _sees(found[0], userid):
            raise Misuse("userid", f"{userid} is not in the chat {found[0].id}")
        return found
    for chat in world.chats.values():
        for message in reversed(chat.messages) if _sees(chat, userid) else ():
            if message.card and message.card.task_id == target:
                return chat, message
    seen = [card.task_id for chat in world.chats.values() if _sees(chat, userid) for card in chat.cards]
    raise Misuse("task_id", f"{userid} has no card {target}; he has: {', '.join(seen) or 'none'}")


def _sees(chat: Chat, userid: str) -> bool:
    if chat.kind is ChatKind.GROUP:
        return True
    return chat.kind in {ChatKind.SINGLE, ChatKind.APP} and chat.key.split("@")[0] == userid


def _button(card: Card, userid: str, wanted: str) -> Button:
    face = card.face(userid)
    for button in face.buttons:
        if wanted in {button.key, button.text}:
            if button.press is Press.LINK:
                raise Misuse("button", f"{wanted} opens {button.url}; WeCom tells nobody")
            return button
    texts = ", ".join(button.text for button in face.buttons) or "nothing"
    grey = f"; the buttons are grey: {face.greyed}" if face.greyed else ""
    raise Misuse("button", f"{wanted} is not on the card; it shows: {texts}{grey}")


def _selected(card: Card, userid: str, choices: Choices) -> dict[str, tuple[str, ...]]:
    """What stands in every selector after these choices."""
    questions = {question.key: question for question in card.face(userid).questions}
    for key, choice in choices.items():
        if key not in questions:
            raise Misuse(f"selected.{key}", f"the card asks: {', '.join(questions) or 'nothing'}")
        picked = [choice] if isinstance(choice, str) else list(choice)
        card.choose(userid, questions[key], _options(questions[key], picked))
    return {key: card.chosen(userid, question) for key, question in questions.items()}


def _options(question: Question, picked: Sequence[str]) -> tuple[str, ...]:
    field = f"selected.{question.key}"
    if question.disabled:
        raise Misuse(field, "this selector is disabled")
    if len(picked) != 1 and not question.multiple:
        raise Misuse(field, "choose exactly one option")
    ids = {option.id: option.id for option in question.options}
    names = {option.text: option.id for option in question.options} | ids
    for name in picked:
        if name not in names:
            raise Misuse(field, f"{name} is none of: {', '.join(option.text for option in question.options)}")
    return tuple(names[name] for name in picked)
