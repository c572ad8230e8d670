"""How does a poster become a picture? `python -m bot.drawing` reads one as JSON and writes a PNG, for the width of a phone.

A process of its own: drawing takes a third of a second and a library for fonts, neither of which the service needs
between one Monday and the next.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageDraw, ImageFont

from replies.posters import Figure, Mood, Poster, Section

FONT = Path(__file__).parent / "fonts" / "NotoSansSC-GB2312.ttf"
WIDTH, MARGIN, PADDING = 1080, 44, 32
"""A phone shows a picture about 360 points wide: a third of these numbers."""
BEYOND = "·–—‘’“”…‰′″※℃№←↑→↓−×÷≈≠≤≥±●○◆▲▼△▽■□★☆✓、。〈〉《》「」『』【】〔〕！（），：；？％～＋－／＝￥¥°§"
"""What the font has beside ASCII and GB 2312."""
INSTEAD = "※"
"""Stands for a character that the font has not got."""
FIRST_HAN = 0xB0
"""The row of GB 2312 with which its Chinese characters begin; before it are signs and other scripts."""
MOST_PIXELS = 6_000
"""High."""

GROUND, PANEL, INK, QUIET, LINE, ACCENT = "#F3F5F8", "#FFFFFF", "#1B2028", "#5A6473", "#DFE4EB", "#1558B0"
MOODS = {Mood.PLAIN: INK, Mood.GOOD: "#14693A", Mood.BAD: "#B3261E"}
TITLE, HEAD, BODY, NOTE = 60, 34, 36, 28
"""Sizes, in pixels."""


def is_drawable(character: str) -> bool:
    """Whether the font has a shape for it."""
    if " " <= character <= "~" or character in BEYOND:
        return True
    try:
        return character.encode("gb2312")[0] >= FIRST_HAN
    except UnicodeEncodeError:
        return False


def drawable(text: str) -> str:
    """The text with a mark in place of what the font has not got."""
    return "".join(character if is_drawable(character) else INSTEAD for character in text)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Ours, at a size in pixels."""
    return ImageFont.truetype(str(FONT), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def advance(character: str, size: int) -> float:
    """How wide it is with the room behind it; the font moves none nearer to another."""
    return font(size).getlength(character)


def length(text: str, size: int) -> float:
    """How wide a text is."""
    return sum(advance(character, size) for character in text)


def wrapped(text: str, size: int, room: float) -> list[str]:
    """The text in lines that are no wider than `room`; words of letters stay whole where they can."""
    lines, line = list[str](), ""
    for piece in _pieces(drawable(text)):
        if line and length(line + piece.rstrip(), size) > room:
            lines.append(line.rstrip())
            line = ""
        for character in piece if not line and length(piece.rstrip(), size) > room else [piece]:
            if line and length(line + character, size) > room:
                lines.append(line)
                line = ""
            line += character
    return [*lines, line.rstrip()] if line else lines


def _pieces(text: str) -> Iterator[str]:
    """Words of letters and digits with the space behind them, and everything else one by one."""
    word = ""
    for character in text:
        if character.isascii() and character != " ":
            word += character
            continue
        if word:
            yield word + (" " if character == " " else "")
            word = ""
            if character == " ":
                continue
        yield character
    if word:
        yield word


@dataclass(slots=True)
class _Canvas:
    """Is drawn on from the top down; grows as it is."""

    image: Any = field(default_factory=lambda: Image.new("RGB", (WIDTH, MOST_PIXELS), GROUND))
    y: int = MARGIN

    @property
    def pen(self) -> Any:
        return ImageDraw.Draw(self.image)

    def write(self, lines: Iterable[str], x: float, size: int, colour: str, *, bold: bool = False) -> None:
        """Lines one below the other."""
        for line in lines:
            width = 1 if bold else 0
            self.pen.text(
                (x, self.y), line, font=font(size), fill=colour, stroke_width=width, stroke_fill=colour
            )
            self.y += round(size * 1.4)


def draw(poster: Poster) -> bytes:
    """The picture as a PNG."""
    canvas = _Canvas()
    canvas.write(wrapped(poster.title, TITLE, WIDTH - 2 * MARGIN), MARGIN, TITLE, INK, bold=True)
    canvas.write(wrapped(poster.subtitle, HEAD, WIDTH - 2 * MARGIN), MARGIN, HEAD, QUIET)
    canvas.y += 22
    for section in poster.sections:
        _draw_section(canvas, section)
    canvas.write(wrapped(poster.foot, NOTE, WIDTH - 2 * MARGIN), MARGIN, NOTE, QUIET)
    canvas.y += MARGIN - 14
    picture = canvas.image.crop((0, 0, WIDTH, min(canvas.y, MOST_PIXELS)))
    written = io.BytesIO()
    few = picture.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(written, "PNG")
    return written.getvalue()


def _draw_section(canvas: _Canvas, section: Section) -> None:
    """A panel: drawn once to learn how high it is, and once more upon it."""
    begin = canvas.y
    trial = _Canvas(image=Image.new("RGB", (1, 1)), y=begin)  # what lies beside it is not drawn at all
    _fill(trial, section)
    box = (MARGIN - 12, begin, WIDTH - MARGIN + 12, trial.y)
    canvas.pen.rounded_rectangle(box, radius=20, fill=PANEL, outline=LINE, width=2)
    _fill(canvas, section)
    canvas.y += 22


def _fill(canvas: _Canvas, section: Section) -> None:
    left = MARGIN - 12 + PADDING
    canvas.y += 22
    canvas.write(wrapped(section.title, HEAD, WIDTH - 2 * left), left, HEAD, ACCENT, bold=True)
    canvas.y += 4
    for figure in section.figures:
        _draw_figure(canvas, figure, left)
    if section.note:
        canvas.write(wrapped(section.note, NOTE, WIDTH - 2 * left), left, NOTE, QUIET)
    canvas.y += 16


def _draw_figure(canvas: _Canvas, figure: Figure, left: int) -> None:
    """A label with its value at the right, a bar, and the note below."""
    room, colour = WIDTH - 2 * left, MOODS[figure.mood]
    value = drawable(figure.value)
    width = length(value, BODY) + 4
    begin = canvas.y
    canvas.pen.text(
        (WIDTH - left, begin), value, font=font(BODY), fill=colour, anchor="ra", stroke_width=1, stroke_fill=colour
    )  # fmt: skip
    canvas.write(wrapped(figure.label, BODY, room - width - 24), left, BODY, INK)
    if figure.bar is not None:
        canvas.y += 8
        _draw_bar(canvas, (left, canvas.y, WIDTH - left, canvas.y + 14), figure.bar, figure.mood)
        canvas.y += 22
    if figure.note:
        canvas.write(
            wrapped(figure.note, NOTE, room), left, NOTE, QUIET if figure.mood is Mood.PLAIN else colour
        )
    canvas.y += 12


def _draw_bar(canvas: _Canvas, box: tuple[int, int, int, int], share: float, mood: Mood) -> None:
    left, top, right, bottom = box
    canvas.pen.rounded_rectangle(box, radius=7, fill=LINE)
    end = left + round((right - left) * min(max(share, 0.0), 1.0))
    if end > left:
        colour = ACCENT if mood is Mood.PLAIN else MOODS[mood]
        canvas.pen.rounded_rectangle((left, top, max(end, left + 14), bottom), radius=7, fill=colour)


def main() -> None:
    """Read a poster from the standard input, and write the picture to the standard output."""
    poster = msgspec.json.decode(sys.stdin.buffer.read(), type=Poster)
    sys.stdout.buffer.write(draw(poster))


if __name__ == "__main__":
    main()
