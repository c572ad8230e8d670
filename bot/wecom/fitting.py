"""How does a face fit into the lengths that a surface shows? Nothing is lost: what is too long moves.

The client cuts what is longer than the page advises, so a long value leaves a shortened one behind and goes,
in full, into the quote of the card, for which no length is advised.
"""

from dataclasses import dataclass

from replies.cards import Card, Row
from replies.lengths import shortened

KEYNAME = 5
BUTTON = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """The characters that a surface shows of each part."""

    source: int
    title: int
    desc: int
    text: int
    value: int
    selector_title: int
    option: int
    point: int
    """The title of a point under a picture."""


APP = Lengths(source=20, title=36, desc=44, text=160, value=30, selector_title=36, option=16, point=38)
"""The self-built app: page 90236. No length is given for the title of a selector."""
AIBOT = Lengths(source=13, title=26, desc=30, text=112, value=26, selector_title=13, option=10, point=26)
"""The 智能机器人: page 101032."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The parts of a card, each within its length; `quote` holds in full whatever was too long."""

    source: str
    title: str
    desc: str
    quote: str
    text: str
    rows: tuple[Row, ...]


def fitted(card: Card, lengths: Lengths) -> Fitted:
    """The card cut to measure."""
    moved: list[str] = []
    if len(card.title) > lengths.title:
        moved.append(card.title)
    if len(card.subtitle) > lengths.desc:
        moved.append(card.subtitle)
    moved += [f"{row.label}：{row.value}" for row in card.rows if len(row.value) > lengths.value]
    text = card.text
    if len(text) > lengths.text:
        moved.append(text)
        text = ""
    return Fitted(
        source=shortened(card.source, lengths.source),
        title=shortened(card.title, lengths.title),
        desc=shortened(card.subtitle, lengths.desc),
        quote="\n".join(moved),
        text=text,
        rows=tuple(
            Row(label=shortened(row.label, KEYNAME), value=shortened(row.value, lengths.value))
            for row in card.rows
        ),
    )
