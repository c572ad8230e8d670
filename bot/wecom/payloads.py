"""What does a face look like on the wire? Cards of the app (90236) and of the 智能机器人 (101032).

A card without buttons becomes a `text_notice` that opens its link. A notice must have something to open, so
where there is no link it stays a `button_interaction` with one button 刷新, which is truthful for ever; when
the app replaces a card, that button is greyed by `replace_text` (94888), which a send does not know.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.wecom.fitting import AIBOT, APP, BUTTON, KEYNAME, Lengths, fitted
from replies.actions import REFRESH
from replies.cards import Button, Card, Face, Form, News, Point, Selector, Tap, Tone, Weight
from replies.lengths import shortened

Payload = dict[str, Any]
Key = Callable[[Tap], str]
"""The opaque key of a button; it comes back with a tap on it."""

MOST_POINTS, MOST_ROWS = 4, 6
ASPECT_RATIO = 2
"""Of pictures; between 1.3 and 2.25 (page 90236)."""
NOTHING_LEFT = "没有可做的了"
_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
_LONGEST_KEY = 1024
_COLOURS = {Tone.ALARM: 2, Tone.TAKEN: 1, Tone.CALM: 3, Tone.PLAIN: 0}
"""Red, black, green, grey: the four that there are; amber is not among them."""


class PayloadError(ValueError):
    """A task id or a key is not one that WeCom takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surface:
    """What differs between the two."""

    lengths: Lengths
    styles: Mapping[Weight, int]


_APP = _Surface(lengths=APP, styles={Weight.PRIMARY: 1, Weight.SECONDARY: 2, Weight.DANGER: 4})
_AIBOT = _Surface(lengths=AIBOT, styles={Weight.PRIMARY: 1, Weight.SECONDARY: 2, Weight.DANGER: 3})
"""3 is red here and 4 there (pages 90236 and 101032, pictures of the styles)."""


def app_card(face: Face, task_id: str, key: Key) -> Payload:
    """The `template_card` of a message of the app. Raises PayloadError."""
    return _card(face, key, _APP) | {"task_id": _checked_id(task_id)}


def app_update(face: Face, key: Key) -> Payload:
    """The `template_card` that replaces one of the app's; it takes no task id. Raises PayloadError."""
    payload = _card(face, key, _APP)
    if isinstance(face, Card) and not face.buttons and not face.link:
        payload["replace_text"] = NOTHING_LEFT
    return payload


def aibot_card(face: Face, task_id: str, key: Key) -> Payload:
    """The `template_card` of the 智能机器人, to send and to replace alike. Raises PayloadError."""
    return _card(face, key, _AIBOT) | {"task_id": _checked_id(task_id)}


def webhook_card(face: Face) -> Payload:
    """The `template_card` of a group's webhook (page 91770): a notice that opens its link. Raises PayloadError."""
    if isinstance(face, News):
        return _news(face, _AIBOT)
    if isinstance(face, Form) or face.link is None:
        raise PayloadError("a group's webhook takes a notice alone, with a link to open")
    return _card(replace(face, buttons=(), selector=None), _no_key, _AIBOT)


def _no_key(tap: Tap) -> str:
    raise PayloadError(f"nothing can be tapped here, not {tap}")


def canonical(payload: Payload) -> bytes:
    """The bytes to send: the same for the same card, on every try."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _card(face: Face, key: Key, surface: _Surface) -> Payload:
    if isinstance(face, Form):
        return _form(face, key, surface)
    if isinstance(face, News):
        return _news(face, surface)
    shown = fitted(face, surface.lengths)
    payload: Payload = {
        "source": {"desc": shown.source, "desc_color": _COLOURS[face.tone]},
        "main_title": _titles(shown.title, shown.desc),
    }
    if shown.quote:
        payload["quote_area"] = {"type": 0, "title": "完整内容", "quote_text": shown.quote}
    if shown.text:
        payload["sub_title_text"] = shown.text
    if shown.rows:
        rows = [{"keyname": row.label, "value": row.value} for row in shown.rows]
        payload["horizontal_content_list"] = rows
    if face.link:
        payload["card_action"] = {"type": 1, "url": face.link}
    if not face.buttons and face.link:
        return payload | {"card_type": "text_notice"}
    if face.selector is not None:
        payload["button_selection"] = _selector(face.selector, surface)
    payload["button_list"] = [_button(button, key, surface) for button in face.buttons or (REFRESH,)]
    return payload | {"card_type": "button_interaction"}


def _news(news: News, surface: _Surface) -> Payload:
    """A picture, its points and rows; what is too long is cut, since the page has all of it."""
    lengths = surface.lengths
    payload: Payload = {
        "card_type": "news_notice",
        "source": {"desc": shortened(news.source, lengths.source), "desc_color": _COLOURS[news.tone]},
        "main_title": _titles(shortened(news.title, lengths.title), shortened(news.subtitle, lengths.desc)),
        "card_image": {"url": news.image, "aspect_ratio": ASPECT_RATIO},
        "card_action": {"type": 1, "url": news.link},
    }
    points = [_point(point, lengths) for point in news.points[:MOST_POINTS]]
    rows = [
        {"keyname": shortened(row.label, KEYNAME), "value": shortened(row.value, lengths.value)}
        for row in news.rows[:MOST_ROWS]
    ]
    listed = {"vertical_content_list": points, "horizontal_content_list": rows}
    return payload | {name: some for name, some in listed.items() if some}


def _point(point: Point, lengths: Lengths) -> Payload:
    title = shortened(point.title, lengths.point)
    return {"title": title, "desc": shortened(point.text, lengths.text)} if point.text else {"title": title}


def _form(form: Form, key: Key, surface: _Surface) -> Payload:
    """A form; one whose words do not fit becomes a card with the same question, which has more room."""
    lengths = surface.lengths
    if len(form.title) > lengths.title or len(form.subtitle) > lengths.desc:
        card = Card(
            source=form.source,
            tone=Tone.PLAIN,
            title=form.title,
            subtitle=form.subtitle,
            selector=form.selector,
            buttons=(form.submit,),
        )
        return _card(card, key, surface)
    return {
        "card_type": "multiple_interaction",
        "source": {"desc": shortened(form.source, lengths.source)},
        "main_title": _titles(form.title, form.subtitle),
        "select_list": [_selector(form.selector, surface)],
        "submit_button": {"text": form.submit.text, "key": _checked_key(key(form.submit.tap))},
    }


def _titles(title: str, desc: str) -> Payload:
    return {"title": title, "desc": desc} if desc else {"title": title}


def _selector(selector: Selector, surface: _Surface) -> Payload:
    return {
        "question_key": selector.id,
        "title": shortened(selector.title, surface.lengths.selector_title),
        "option_list": [
            {"id": option.id, "text": shortened(option.text, surface.lengths.option)}
            for option in selector.options
        ],
        "selected_id": selector.selected,
    }


def _button(button: Button, key: Key, surface: _Surface) -> Payload:
    return {
        "text": shortened(button.text, BUTTON),
        "style": surface.styles[button.weight],
        "key": _checked_key(key(button.tap)),
    }


def _checked_id(task_id: str) -> str:
    if not _TASK_ID.fullmatch(task_id):
        raise PayloadError(f"a task id is 1 to 128 of 0-9 A-Z a-z _ - @, not {task_id!r}")
    return task_id


def _checked_key(key: str) -> str:
    if not 0 < len(key.encode()) <= _LONGEST_KEY:
        raise PayloadError(f"a key has 1 to {_LONGEST_KEY} bytes, not {len(key.encode())}")
    return key
