"""Is WeCom's XML read as it is meant, and anything hostile refused with little effort?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wecom.markup import MOST_TAGS, UnreadableXmlError, cdata, read_xml
from tests.effort import effort

LITTLE = 200
"""Calls, whatever the body says; a deep or growing one would cost thousands."""
HOSTILE = {
    "billion laughs": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml>&b;</xml>',
    "external entity": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml>&f;</xml>',
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><xml/>',
    "external DTD": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml/>',
    "bare doctype": b"<!DOCTYPE xml><xml/>",
    "undeclared entity": b"<xml>&nbsp;</xml>",
    "not closed": b"<xml><Encrypt>",
    "empty": b"",
    "json": b'{"encrypt":"x"}',
    "utf-16": '<?xml version="1.0"?><xml/>'.encode("utf-16"),
    "bad utf-8": b"<xml>\xff\xfe</xml>",
    "a doctype later on": b"<xml><!DOCTYPE xml></xml>",
    "a doctype behind": b"<xml/><!DOCTYPE xml>",
    "a declared encoding": b'<?xml version="1.0" encoding="utf-7"?><xml>+ADwAIQ-DOCTYPE x></xml',
    "nested tags": b"<a>" * 20_000 + b"</a>" * 20_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_xml_is_refused_with_little_effort(body: bytes) -> None:
    with effort() as spent, pytest.raises(UnreadableXmlError):
        read_xml(body)
    assert spent.calls < LITTLE


def test_the_limit_on_tags_is_exact() -> None:
    most = MOST_TAGS // 2
    assert read_xml(b"<a>" * most + b"</a>" * most).tag == "a"
    with pytest.raises(UnreadableXmlError):
        read_xml(b"<a>" * (most + 1) + b"</a>" * most)


@pytest.mark.parametrize(
    "prolog", ["", "\n ", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='utf-8'?>\n"]
)
def test_a_declaration_may_stand_before_the_first_element(prolog: str) -> None:
    assert read_xml(f"{prolog}<xml>你好</xml>".encode()).text == "你好"


@pytest.mark.parametrize(
    "prolog", ["<!-- -->", "<?php ?>", "<?xml version='1.0'?><!DOCTYPE x>", "x", "<?xml ?> <?y ?>"]
)
def test_nothing_else_may(prolog: str) -> None:
    with pytest.raises(UnreadableXmlError):
        read_xml(f"{prolog}<xml></xml>".encode())


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=50))
def test_any_text_survives_cdata(text: str) -> None:
    assert (read_xml(f"<x>{cdata(text)}</x>".encode()).text or "") == text
