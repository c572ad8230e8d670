import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.lengths import ELLIPSIS, shortened, shortened_to_bytes
from replies.masking import coded, digits, free, masked, plain

PHONE = re.compile(r"1[3-9]\d{9}")
TEXTS = st.text(max_size=80) | st.from_regex(r"[ -]{0,2}1[3-9]\d{9}.{0,5}") | st.from_regex(r"\d{11,40}")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("电话13800138000，急", "电话138****8000，急"),
        ("+86 138 0013 8000", "+86 138****8000"),
        ("138-0013-8000", "138****8000"),
        ("8613800138000", "86138****8000"),
        ("１３８００１３８０００", "１３８****８０００"),
        ("0086-138-0013-8000", "0086-138****8000"),
        ("138 0013 80 00", "138****8000"),
        ("138—0013—8000", "138****8000"),
        ("138.0013.8000", "138****8000"),
        ("(138)0013·8000", "(138****8000"),
        ("138\u200b0013\u200d8000", "138****8000"),
        ("1\ufeff3\u20608\u3000００１３8\n000", "138****8000"),
        ("①③⑧00138000", "①③⑧****8000"),
        ("10013800138000999", "100138****8000999"),
        ("138001315201234567", "138****152****4567"),
        ("13800138000、13900139000", "138****8000、139****9000"),
        ("12800138000", "12800138000"),
        ("2025-12-19 14:00 到 2025-12-22 13:20", "2025-12-19 14:00 到 2025-12-22 13:20"),
        ("出库交接", "出库交接"),
    ],
)
def test_phone_numbers_are_masked_however_they_are_written(typed: str, shown: str) -> None:
    assert masked(typed) == shown


@given(TEXTS)
def test_no_phone_number_passes(typed: str) -> None:
    assert not PHONE.search(free(typed))


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("MUG-RED", "MUG-RED"),
        ("6917878012345", "6917878012345"),
        ("13800138000", "138****8000"),
        ("MUG-138 0013 8000", "MUG-138****8000"),
        ("+8613800138000", "+86138****8000"),
        ("<b>MUG</b>", "MUG"),
    ],
)
def test_a_barcode_is_no_phone_number_where_goods_are_named(code: str, shown: str) -> None:
    assert coded(code) == shown


def test_the_digits_of_a_text_are_found_whatever_their_script() -> None:
    assert digits("+86 １３8-٠٠13 ⑧000") == "8613800138000"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('<a href="http://evil.example">点我</a>领奖', "点我领奖"),
        ("[点我](http://evil.example)", "点我"),
        ("![图](http://evil.example/x.png)", "图"),
        ("[a<b>](http://evil.example)", "a"),
        ("[[x](y)](z)", "[x] (z)"),
        ("<<b>script>", "＜script＞"),
        ("{{ order_no }}{% raw %}", "｛｛ order_no ｝｝｛% raw %｝"),
        ("a\u202eb\u200bc\x00d\r\ne\tf", "abcd e f"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("DB-2025_[A](1)", "DB-2025_A"),
        ("DB20251222-883", "DB20251222-883"),
    ],
)
def test_markup_and_hidden_characters_go(typed: str, shown: str) -> None:
    assert plain(typed) == shown


@given(st.text(max_size=200))
def test_what_is_left_is_one_harmless_line(typed: str) -> None:
    shown = plain(typed)
    assert not re.search(r"[<>{}\n\r]|\]\(", shown)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in shown)


@given(st.text(max_size=60), st.integers(1, 30))
def test_a_shortened_text_fits_and_says_that_it_was_cut(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith(ELLIPSIS) and text.startswith(short[:-1]))


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("一二三四", 4, "一二三四"),
        ("一二三四五", 4, "一二三…"),
        ("一👨‍👩‍👧好好", 5, "一…"),
        ("ab👍🏽cd", 4, "ab…"),
        ("a🇨🇳🇯🇵b", 5, "a🇨🇳…"),
        ("cafe\u0301x", 5, "caf…"),
        ("☁️☁️☁️", 4, "☁️…"),
    ],
)
def test_no_character_is_cut_in_two(text: str, limit: int, short: str) -> None:
    assert shortened(text, limit) == short


@given(TEXTS, st.integers(min_value=3, max_value=200))
def test_a_text_shortened_to_bytes_fits_and_breaks_no_character(text: str, limit: int) -> None:
    short = shortened_to_bytes(text, limit)

    assert len(short.encode()) <= limit
    assert short == text or (short.endswith(ELLIPSIS) and text.startswith(short.removesuffix(ELLIPSIS)))
