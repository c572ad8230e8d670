"""Which part of a card does a member really see? The client cuts what is longer than the pages advise.

Characters, from wecom.md §4.4 (90236) for the app, §8.7 (101032) for the 智能机器人, and §7 for a webhook.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from bot.sandbox.card_parts import Surface

_BOTH = {
    "horizontal_content_list.keyname": 5,
    "button_list.text": 10,
    "submit_button.text": 10,
}
_NARROW = _BOTH | {
    "source.desc": 13,
    "main_title.title": 26,
    "main_title.desc": 30,
    "emphasis_content.title": 10,
    "emphasis_content.desc": 15,
    "sub_title_text": 112,
    "horizontal_content_list.value": 26,
    "vertical_content_list.title": 26,
    "vertical_content_list.desc": 112,
    "jump_list.title": 13,
}
"""Of a card in a group."""
ADVICE: dict[Surface, dict[str, int]] = {
    Surface.APP: _BOTH
    | {
        "source.desc": 20,
        "main_title.title": 36,
        "main_title.desc": 44,
        "emphasis_content.title": 14,
        "emphasis_content.desc": 22,
        "sub_title_text": 160,
        "horizontal_content_list.value": 30,
        "vertical_content_list.title": 38,
        "vertical_content_list.desc": 160,
        "jump_list.title": 18,
        "button_selection.option_list.text": 16,
        "select_list.option_list.text": 16,
        "checkbox.option_list.text": 17,
    },
    Surface.WEBHOOK: _NARROW,
    Surface.BOT: _NARROW
    | {
        "button_selection.title": 13,
        "button_selection.option_list.text": 10,
        "select_list.title": 13,
        "select_list.option_list.text": 10,
        "checkbox.option_list.text": 11,
    },
}
_NOT_SHOWN = frozenset(
    {"card_type", "task_id", "key", "url", "icon_url", "image_url", "appid", "pagepath", "media_id", "userid"}
    | {"question_key", "id", "selected_id", "question"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """A card as the client draws it."""

    content: Mapping[str, object]
    cuts: tuple[str, ...]
    """The paths of what was cut, such as `main_title.title`."""

    @property
    def text(self) -> str:
        """Every word on the card, one line each."""
        return "\n".join(_words(self.content))


def display(content: Mapping[str, object], surface: Surface) -> Display:
    cuts: list[str] = []
    shown = cast(Mapping[str, object], _cut(content, "", ADVICE[surface], cuts))
    return Display(content=shown, cuts=tuple(dict.fromkeys(cuts)))


def _cut(value: object, path: str, limits: Mapping[str, int], cuts: list[str]) -> object:
    if isinstance(value, Mapping):
        parts = cast(Mapping[str, object], value)
        return {
            name: _cut(part, f"{path}.{name}" if path else name, limits, cuts) for name, part in parts.items()
        }
    if isinstance(value, list):
        return [_cut(item, path, limits, cuts) for item in cast(list[object], value)]
    limit = limits.get(path)
    if limit is None or not isinstance(value, str) or len(value) <= limit:
        return value
    cuts.append(path)
    return value[:limit] + "…"


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in cast(Mapping[str, object], value).items():
            if name not in _NOT_SHOWN:
                yield from _words(part)
    elif isinstance(value, list):
        for item in cast(list[object], value):
            yield from _words(item)
