"""What does the app's answer to a callback ask for? Encrypted XML of page 90241, read into the JSON of a card."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.fields import Node
from bot.wecom.crypto import CallbackCrypto, NotAuthentic, Sealed
from bot.wecom.markup import UnreadableXmlError, read_xml


@dataclass(frozen=True, slots=True, kw_only=True)
class PassiveReply:
    kind: str
    """update_button, update_template_card or text."""
    words: Node
    """The button's replace_name, the card, or the text's content."""


def read_passive_reply(body: bytes, crypto: CallbackCrypto) -> PassiveReply:
    """Open and read the answer. Raises Refused."""
    try:
        sealed = Sealed.from_xml(body)
        message = crypto.verify_and_decrypt(
            sealed.signature, sealed.timestamp, sealed.nonce, sealed.encrypted
        )
        tree = read_xml(message)
    except (NotAuthentic, UnreadableXmlError):
        raise Refused(Errcode.BAD_PARAMETER, "the passive reply cannot be opened") from None
    match kind := tree.findtext("MsgType", ""):
        case "update_button":
            name = tree.findtext("Button/ReplaceName", "")
            return PassiveReply(kind=kind, words=Node(values={"replace_name": name}))
        case "update_template_card":
            card = tree.find("TemplateCard")
            values = {} if card is None else _read(card, CARD)
            return PassiveReply(kind=kind, words=Node(values=values, path="TemplateCard"))
        case "text":
            return PassiveReply(kind=kind, words=Node(values={"content": tree.findtext("Content", "")}))
        case _:
            raise Refused(Errcode.BAD_MSGTYPE, f"a passive reply cannot be {kind or 'without MsgType'}")


def _whole_number(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() else text


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _yes_or_no(text: str) -> object:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Element:
    """One XML element: its JSON name, and how its text or its children are read."""

    name: str
    read: Callable[[str], object] = str
    children: Mapping[str, "_Element"] | None = None
    repeated: bool = False


def _text(name: str) -> _Element:
    return _Element(name=name)


def _int(name: str) -> _Element:
    return _Element(name=name, read=_whole_number)


def _flag(name: str) -> _Element:
    return _Element(name=name, read=_yes_or_no)


def _object(name: str, **children: _Element) -> _Element:
    return _Element(name=name, children=children)


def _list(name: str, **children: _Element) -> _Element:
    return _Element(name=name, children=children, repeated=True)


_TITLED = {"Title": _text("title"), "Desc": _text("desc")}
_LINK = {"Type": _int("type"), "Url": _text("url"), "AppId": _text("appid"), "PagePath": _text("pagepath")}
_OPTIONS = _list("option_list", Id=_text("id"), Text=_text("text"))
_SELECTOR = {
    "QuestionKey": _text("question_key"),
    "Title": _text("title"),
    "SelectedId": _text("selected_id"),
    "Disable": _flag("disable"),
    "OptionList": _OPTIONS,
}
CARD: dict[str, _Element] = {
    "CardType": _text("card_type"),
    "Source": _object("source", IconUrl=_text("icon_url"), Desc=_text("desc"), DescColor=_int("desc_color")),
    "MainTitle": _object("main_title", **_TITLED),
    "SubTitleText": _text("sub_title_text"),
    "EmphasisContent": _object("emphasis_content", **_TITLED),
    "QuoteArea": _object("quote_area", **_LINK, Title=_text("title"), QuoteText=_text("quote_text")),
    "HorizontalContentList": _list(
        "horizontal_content_list",
        KeyName=_text("keyname"),
        Value=_text("value"),
        Type=_int("type"),
        Url=_text("url"),
        MediaId=_text("media_id"),
        UserId=_text("userid"),
    ),
    "VerticalContentList": _list("vertical_content_list", **_TITLED),
    "JumpList": _list("jump_list", **_LINK, Title=_text("title")),
    "CardAction": _object("card_action", **_LINK),
    "CardImage": _object(
        "card_image", Url=_text("url"), AspectRatio=_Element(name="aspect_ratio", read=_number)
    ),
    "ImageTextArea": _object("image_text_area", **_LINK, **_TITLED, ImageUrl=_text("image_url")),
    "ActionMenu": _object(
        "action_menu",
        Desc=_text("desc"),
        ActionList=_list("action_list", Text=_text("text"), Key=_text("key")),
    ),
    "ButtonSelection": _object("button_selection", **_SELECTOR),
    "ButtonList": _list(
        "button_list",
        Text=_text("text"),
        Style=_int("style"),
        Key=_text("key"),
        Type=_int("type"),
        Url=_text("url"),
    ),
    "CheckBox": _object(
        "checkbox",
        QuestionKey=_text("question_key"),
        Mode=_int("mode"),
        Disable=_flag("disable"),
        OptionList=_list("option_list", Id=_text("id"), Text=_text("text"), IsChecked=_flag("is_checked")),
    ),
    "SelectList": _list("select_list", **_SELECTOR),
    "SubmitButton": _object("submit_button", Text=_text("text"), Key=_text("key")),
    "ReplaceText": _text("replace_text"),
}


def _read(tree: ET.Element, children: Mapping[str, _Element]) -> dict[str, object]:
    values: dict[str, object] = {}
    for child in tree:
        element = children.get(child.tag)
        if element is None:
            raise Refused(Errcode.BAD_PARAMETER, f"{tree.tag}/{child.tag} does not belong here")
        value = (
            _read(child, element.children) if element.children is not None else element.read(child.text or "")
        )
        if element.repeated:
            cast(list[object], values.setdefault(element.name, [])).append(value)
        else:
            values[element.name] = value
    return values
