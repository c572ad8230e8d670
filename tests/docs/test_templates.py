"""Nothing that people read stands in a template of the board: it would speak one language only."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

BOARD = ROOT / "bot" / "web" / "templates" / "board"
TEMPLATES = sorted(BOARD.rglob("*.html"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMES = {"Enter", "UTC", "YAML"}
"""A key, a zone and a format: the same in every language."""
CODE = re.compile(r"""{#.*?#}|{%.*?%}|{{(?:"[^"]*"|[^"])*?}}""", re.DOTALL)
MARKUP = re.compile(r"""<pre.*?</pre>|aria-\w+="[^"]*"|<[^>]*>""", re.DOTALL)
SPOKEN = re.compile(r"""\b(?:alt|aria-label|placeholder|title)="[^"{]*[^\W\d_]""")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_what_people_read_is_in_the_catalogues(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not CHINESE.search(re.sub(r"{#.*?#}", "", text, flags=re.DOTALL))
    read = re.sub(r"&\w+;", "", MARKUP.sub(" ", CODE.sub("", text)))
    assert set(re.findall(r"[A-Za-z]{2,}", read)) <= NAMES
    assert not SPOKEN.search(text)


def test_there_are_templates_to_look_at() -> None:
    assert {"anomalies.html", "case.html", "frame.html"} <= {path.name for path in TEMPLATES}
