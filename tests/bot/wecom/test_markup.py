"""Is WeCom's XML read as it is meant, and anything hostile refused with little effort?"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.wecom.markup import MOST_TAGS, UnreadableXmlError, cdata, read_fields, read_xml
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
    with effort() as spent:
        for read_it in (read_xml, read_fields):
            with pytest.raises(UnreadableXmlError):
                read_it(body)
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


# --- what WeCom writes is read without the parser, and as the parser would read it -----------------------

Fields = Mapping[str, str]


def parsed(text: str) -> Fields | None:
    """What the parser makes of it."""
    try:
        return {child.tag: child.text or "" for child in ET.fromstring(text)}
    except ET.ParseError:
        return None


def read(text: str) -> Fields | None:
    try:
        return read_fields(text.encode())[0]
    except UnreadableXmlError:
        return None


NAMES = st.sampled_from(["ToUserName", "Encrypt", "MsgId", "Location_X", "xml"])
WORDS = st.text(max_size=20)
PLAIN = WORDS.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;"))
GAPS = st.sampled_from(["", "\n", " \t\n", "\r\n"])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Documents as WeCom writes them, with any text and any gaps."""
    written = draw(st.lists(st.tuples(NAMES, st.one_of(WORDS.map(cdata), PLAIN), GAPS), max_size=9))
    fields = "".join(f"<{name}>{text}</{name}>{gap}" for name, text, gap in written)
    return f"<xml>{draw(GAPS)}{fields}</xml>{draw(GAPS)}"


@given(documents())
def test_a_document_says_what_the_parser_says(text: str) -> None:
    assert read(text) == parsed(text)


PIECES = (
    *("<xml>", "</xml>", "<a>", "</a>", "<b>", "</b>", "<a", "<a/>", "<a x='1'>", "</a >", "<", ">", "&", "&amp;"),
    *("<![CDATA[", "]]>", "]", "x", "é", " ", "\n", "\r", "\0", "\x1f", "\x85", "\ufffe", "<!-- -->", "<?p?>"),
)  # fmt: skip


@example(["<xml>", "<a>", "x", "</a>", "x", "<b>", "x", "</b>", "</xml>"])
@example(["<xm", "<a>", "x", "</a>", "l>", "</xml>"])
@example(["<xml>", "<a>", "x", "</b>", "</xml>"])
@example(["<xml>", "<a>", "<b>", "x", "</b>", "</a>", "</xml>"])
@example(["<xml>", "<a>", "<![CDATA[", "x", "]]>", "x", "</a>", "</xml>"])
@example(["<xml>", "<a>", "x", "</a>", "</xml>", "<xml>", "</xml>"])
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: ["<xml>", *pieces, "</xml>"]))
def test_whatever_it_is_the_parser_would_have_said_the_same(pieces: Sequence[str]) -> None:
    text = "".join(pieces)
    assert read(text) == parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        "<xml><ToUserName><![CDATA[ww1]]></ToUserName><AgentID><![CDATA[]]></AgentID><Encrypt>x+/=</Encrypt></xml>",
        "<xml>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[你好 & 再见]]></Content>\n</xml>\n",
    ],
)
def test_what_wecom_writes_needs_no_parser(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = parsed(text)
    monkeypatch.setattr(ET, "fromstring", None)
    assert read(text) == expected


def test_there_is_a_tree_when_fields_are_not_all() -> None:
    flat, no_tree = read_fields(b"<xml><a>1</a></xml>")
    fields, tree = read_fields(b"<xml><a>1</a><b><c>2</c></b></xml>")
    assert (flat, no_tree) == ({"a": "1"}, None)
    assert fields == {"a": "1", "b": ""}
    assert tree is not None
    assert tree.findtext("b/c") == "2"
