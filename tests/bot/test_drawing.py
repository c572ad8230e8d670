"""The picture of a week: every character has a shape, nothing leaves the canvas, and it is small enough for WeCom."""

import io
from functools import cache
from typing import Any

import pytest
from PIL import Image

from bot.drawing import BEYOND, BODY, INSTEAD, MARGIN, WIDTH, draw, drawable, font, is_drawable, wrapped
from replies.posters import Figure, Mood, Poster, Section

WEBHOOK_BYTES = 2 * 1024 * 1024
"""An image of a webhook is no larger (page 91770)."""


@cache
def shape(character: str) -> bytes:
    mask: Any = font(14).getmask(character)
    return bytes(mask) + repr(mask.size).encode()


NOTDEF = shape("\uffff")
"""The box of what the font has not got."""


def every_character() -> list[str]:
    pairs = (bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    han = [pair.decode("gb2312", errors="ignore") for pair in pairs]
    return [*map(chr, range(0x21, 0x7F)), *BEYOND, *filter(None, han)]


def test_every_character_that_may_be_drawn_has_a_shape_and_it_is_no_box() -> None:
    characters = every_character()

    assert len(characters) > 6900
    assert all(map(is_drawable, characters))
    assert [one for one in characters if shape(one) == NOTDEF or not any(shape(one))] == []


@pytest.mark.parametrize("character", ["\U00020000", "😀", "\u0301", "ж", "\n", "龘"])
def test_what_the_font_has_not_got_is_drawn_as_a_mark_and_never_as_a_box(character: str) -> None:
    assert not is_drawable(character)
    assert drawable(f"承运商{character}1") == f"承运商{INSTEAD}1"
    assert shape(INSTEAD) != NOTDEF


def test_lines_are_no_wider_than_their_room_and_words_stay_whole() -> None:
    text = "浙江 yuantong-express 杭州仓 " * 6 + "x" * 90

    lines = wrapped(text, BODY, 400)

    assert all(font(BODY).getlength(line) <= 400 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert any("yuantong-express" in line for line in lines)
    assert wrapped("", BODY, 400) == []


def a_poster(label: str = "10 分钟内联系上", sections: int = 6) -> Poster:
    figure = Figure(label=label, value="82.5%", note="66/80 · 上周 75.0%", bar=0.825, mood=Mood.GOOD)
    bare = Figure(label="还没有原因的", value="3 件")
    section = Section(title="黄金十分钟", figures=(figure, bare, figure), note="变化是 95% 区间。")
    return Poster(
        title="盯单周报", subtitle="2026-02-23 – 03-01", sections=(section,) * sections, foot="数据截至"
    )


def test_the_picture_is_a_png_for_a_phone_and_far_below_what_wecom_takes() -> None:
    png = draw(a_poster())

    picture = Image.open(io.BytesIO(png))
    assert (picture.format, picture.width) == ("PNG", WIDTH)
    assert WIDTH < picture.height < 4000
    assert len(png) < WEBHOOK_BYTES / 4
    edge = picture.convert("RGB").crop((0, 0, MARGIN - 14, picture.height)).getcolors()
    assert edge is not None
    assert len(edge) == 1, "nothing is drawn beside the panels"


def test_a_long_label_makes_the_picture_higher_and_not_wider() -> None:
    low, high = (Image.open(io.BytesIO(draw(a_poster(label)))) for label in ("短", "很长的一条决策" * 12))

    assert high.width == low.width
    assert high.height > low.height
