"""What stands on a card for each member, and what can be pressed on it?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.sandbox.card_display import Display, display
from bot.sandbox.card_parts import Surface
from bot.sandbox.errcodes import Errcode
from bot.sandbox.fields import Node


class Press(StrEnum):
    BUTTON = "button"
    """Calls back with its key."""
    SUBMIT = "submit"
    """Calls back with its key and everything that was chosen."""
    MENU = "menu"
    """An entry of the menu in the card's corner."""
    LINK = "link"
    """Opens a page; WeCom tells nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    text: str
    key: str
    press: Press = Press.BUTTON
    style: int = 1
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A selector or a checkbox."""

    key: str
    title: str
    options: tuple[Option, ...]
    chosen: tuple[str, ...]
    """Option ids before the member has chosen."""
    is_checkbox: bool = False
    multiple: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One look of a card."""

    content: Mapping[str, object]
    greyed: str = ""
    """The text that has taken the place of the buttons; "" while they can be pressed."""

    @property
    def card_type(self) -> str:
        return str(self.content["card_type"])

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What can be pressed now, the menu last."""
        card = Node(values=self.content)
        row = () if self.greyed else (*_buttons(card), *_submit(card))
        return (*row, *_menu(card))

    @property
    def button_texts(self) -> tuple[str, ...]:
        """The texts of the buttons, without the menu."""
        return tuple(button.text for button in self.buttons if button.press is not Press.MENU)

    @property
    def questions(self) -> tuple[Question, ...]:
        card = Node(values=self.content)
        selection = card.optional_node("button_selection")
        return (
            *([_selector(selection)] if selection else []),
            *(_selector(node) for node in card.nodes("select_list", Errcode.SELECTS_LENGTH, most=3)),
            *([_checkbox(box)] if (box := card.optional_node("checkbox")) else []),
        )


class Card:
    """One card that was sent: the same for all who got it, until an update shows some of them another face."""

    def __init__(
        self, *, surface: Surface, agent: str, content: Mapping[str, object], readers: Iterable[str] = ()
    ) -> None:
        self.surface = surface
        self.agent = agent
        """The agent id or bot id that sent it."""
        self.task_id = str(content.get("task_id", ""))
        self.original = Face(content=content)
        self.readers = frozenset(readers)
        """Who got it from the app; in a bot's conversation everybody there has it."""
        self._face = self.original
        self._own_faces: dict[str, Face] = {}
        self._chosen: dict[tuple[str, str], tuple[str, ...]] = {}
        self.changes = 0

    def face(self, userid: str = "") -> Face:
        """What this member sees; "" for somebody without a face of his own."""
        return self._own_faces.get(userid, self._face)

    @property
    def own_faces(self) -> Mapping[str, Face]:
        return self._own_faces

    def display(self, userid: str = "") -> Display:
        """What the client draws for this member."""
        return display(self.face(userid).content, self.surface)

    def show(self, face: Face, userids: Iterable[str] | None = None) -> None:
        """Replace the card for these members; None for everybody."""
        self.changes += 1
        if userids is None:
            self._face = face
            self._own_faces.clear()
            self._chosen.clear()
            return
        for userid in userids:
            self._own_faces[userid] = face
            self._chosen = {who: what for who, what in self._chosen.items() if who[0] != userid}

    def grey(self, text: str, userids: Iterable[str] | None = None) -> None:
        """Put `text` in the place of the buttons for these members; None for everybody."""
        if userids is None:
            faces = {userid: replace(face, greyed=text) for userid, face in self._own_faces.items()}
            self._face = replace(self._face, greyed=text)
            self._own_faces = faces
            self.changes += 1
            return
        for userid in userids:
            self.show(replace(self.face(userid), greyed=text), [userid])

    def choose(self, userid: str, question: Question, option_ids: tuple[str, ...]) -> None:
        """Remember what the member has picked, as the client does."""
        self._chosen[userid, question.key] = option_ids

    def chosen(self, userid: str, question: Question) -> tuple[str, ...]:
        return self._chosen.get((userid, question.key), question.chosen)


def _buttons(card: Node) -> Iterator[Button]:
    for node in card.nodes("button_list", Errcode.BAD_PARAMETER, most=6):
        url = node.optional_text("url") if node.values.get("type") == 1 else ""
        yield Button(
            text=node.optional_text("text"),
            key=node.optional_text("key"),
            press=Press.LINK if url else Press.BUTTON,
            style=node.choice("style", range(1, 5), default=1),
            url=url,
        )


def _submit(card: Node) -> Iterator[Button]:
    if node := card.optional_node("submit_button"):
        text = node.optional_text("text") or "提交"
        yield Button(text=text, key=node.optional_text("key"), press=Press.SUBMIT)


def _menu(card: Node) -> Iterator[Button]:
    if menu := card.optional_node("action_menu"):
        for node in menu.nodes("action_list", Errcode.BAD_PARAMETER, most=10):
            yield Button(text=node.optional_text("text"), key=node.optional_text("key"), press=Press.MENU)


def _options(node: Node) -> tuple[Option, ...]:
    return tuple(
        Option(id=option.optional_text("id"), text=option.optional_text("text"))
        for option in node.nodes("option_list", Errcode.OPTIONS_LENGTH, most=20)
    )


def _selector(node: Node) -> Question:
    options = _options(node)
    ids = [option.id for option in options]
    selected = node.optional_text("selected_id")
    return Question(
        key=node.optional_text("question_key"),
        title=node.optional_text("title"),
        options=options,
        chosen=(selected if selected in ids else ids[0],),
        disabled=node.flag("disable"),
    )


def _checkbox(node: Node) -> Question:
    multiple = node.choice("mode", range(2)) == 1
    checked = [
        option.optional_text("id")
        for option in node.nodes("option_list", Errcode.OPTIONS_LENGTH, most=20)
        if option.flag("is_checked")
    ]
    return Question(
        key=node.optional_text("question_key"),
        title="",
        options=_options(node),
        chosen=tuple(checked if multiple else checked[:1]),
        is_checkbox=True,
        multiple=multiple,
        disabled=node.flag("disable"),
    )
