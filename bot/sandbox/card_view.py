"""How is a template card drawn for one member? Plain data for the card's template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from bot.sandbox.card_display import Display
from bot.sandbox.card_parts import Surface
from bot.sandbox.cards import Button, Card, Press, Question
from bot.sandbox.page_words import Words

TONES = {
    Surface.APP: {1: "primary", 2: "secondary", 3: "neutral", 4: "danger"},
    Surface.BOT: {1: "primary", 2: "secondary", 3: "danger", 4: "neutral"},
    Surface.WEBHOOK: {},
}
"""Styles 3 and 4 swap their meaning between the two products (wecom.md §5.2)."""
SOURCE_TONES = ("grey", "black", "red", "green")


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonView:
    text: str
    key: str
    tone: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    key: str
    title: str
    options: tuple[tuple[str, str, bool], ...]
    """id, text, chosen."""
    control: str
    """select, radio or checkbox."""
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    name: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    source: str
    source_tone: str
    title: str
    desc: str
    emphasis_title: str
    emphasis_desc: str
    quote_title: str
    quote_text: str
    subtitle: str
    rows: tuple[RowView, ...]
    verticals: tuple[tuple[str, str], ...]
    picture: str
    jumps: tuple[tuple[str, str], ...]
    """title, url."""
    link: str
    questions: tuple[QuestionView, ...]
    buttons: tuple[ButtonView, ...]
    menu: tuple[ButtonView, ...]
    greyed: str
    cuts: tuple[str, ...]


def card_view(card: Card, userid: str, words: Words) -> CardView:
    """The card as `userid` sees it, cut as the client cuts it."""
    face, shown = card.face(userid), card.display(userid)
    content = shown.content
    quote, title, emphasis = (
        _part(content, name) for name in ("quote_area", "main_title", "emphasis_content")
    )
    return CardView(
        source=_text(_part(content, "source"), "desc"),
        source_tone=SOURCE_TONES[_number(_part(content, "source"), "desc_color")],
        title=_text(title, "title"),
        desc=_text(title, "desc"),
        emphasis_title=_text(emphasis, "title"),
        emphasis_desc=_text(emphasis, "desc"),
        quote_title=_text(quote, "title"),
        quote_text=_text(quote, "quote_text"),
        subtitle=_text(content, "sub_title_text"),
        rows=tuple(_row(row) for row in _parts(content, "horizontal_content_list")),
        verticals=tuple(
            (_text(row, "title"), _text(row, "desc")) for row in _parts(content, "vertical_content_list")
        ),
        picture=_picture(content, words),
        jumps=tuple((_text(row, "title"), _url(row)) for row in _parts(content, "jump_list")),
        link=_url(_part(content, "card_action")),
        questions=tuple(
            _question(card, userid, question, part)
            for question, part in zip(face.questions, _question_parts(shown), strict=True)
        ),
        buttons=tuple(_button(card, button) for button in face.buttons if button.press is not Press.MENU),
        menu=tuple(_button(card, button) for button in face.buttons if button.press is Press.MENU),
        greyed=face.greyed,
        cuts=shown.cuts,
    )


def _button(card: Card, button: Button) -> ButtonView:
    limit = 10
    text = button.text if len(button.text) <= limit else button.text[:limit] + "…"
    return ButtonView(
        text=text, key=button.key, tone=TONES[card.surface].get(button.style, "primary"), url=button.url
    )


def _question(card: Card, userid: str, question: Question, shown: Mapping[str, object]) -> QuestionView:
    chosen = card.chosen(userid, question)
    boxes = "checkbox" if question.multiple else "radio"
    texts = [_text(option, "text") for option in _parts(shown, "option_list")]
    return QuestionView(
        key=question.key,
        title=_text(shown, "title"),
        options=tuple(
            (option.id, text, option.id in chosen)
            for option, text in zip(question.options, texts, strict=True)
        ),
        control=boxes if question.is_checkbox else "select",
        disabled=question.disabled,
    )


def _question_parts(shown: Display) -> list[Mapping[str, object]]:
    """The selectors and the checkbox as they are cut, in the order of Face.questions."""
    selection, box = (_part(shown.content, name) for name in ("button_selection", "checkbox"))
    return [part for part in (selection, *_parts(shown.content, "select_list"), box) if part]


def _row(row: Mapping[str, object]) -> RowView:
    return RowView(name=_text(row, "keyname"), value=_text(row, "value"), url=_url(row))


def _picture(content: Mapping[str, object], words: Words) -> str:
    """What stands for a picture: nothing is loaded from elsewhere."""
    area = _part(content, "image_text_area")
    if area:
        return f"{_text(area, 'title')} {_text(area, 'desc')}".strip() or words.picture
    return words.picture if _part(content, "card_image") else ""


def _part(content: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = content.get(name)
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}


def _parts(content: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    value = content.get(name)
    return cast(list[Mapping[str, object]], value) if isinstance(value, list) else []


def _text(part: Mapping[str, object], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _url(part: Mapping[str, object]) -> str:
    """Only a link of type 1 has been checked for its scheme."""
    return _text(part, "url") if part.get("type") == 1 else ""


def _number(part: Mapping[str, object], name: str) -> int:
    value = part.get(name)
    return value if isinstance(value, int) else 0
