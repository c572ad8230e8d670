import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.lengths import ELLIPSIS, shortened, shortened_to_bytes
from replies.masking import free, masked, plain

PHONE = re.compile(r"1[3-9]\d{9}")
TEXTS = st.text(max_size=80) | st.from_regex(r"[ -]{0,2}1[3-9]\d{9}.{0,5}")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("电话13800138000，急", "电话138****8000，急"),
        ("+86 138 0013 8000", "+86 138****8000"),
        ("138-0013-8000", "138****8000"),
        ("8613800138000", "86138****8000"),
        ("１３８００１３８０００", "１３８****８０００"),
        ("出库交接", "出库交接"),
    ],
)
def test_phone_numbers_are_masked_however_they_are_written(typed: str, shown: str) -> None:
    assert masked(typed) == shown


@given(TEXTS)
def test_no_phone_number_passes(typed: str) -> None:
    assert not PHONE.search(free(typed))


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
