"""Does every link in the documents lead somewhere, and every file that they name exist?"""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, anchors, code_words, links, name_of, pages, prose

OUTSIDE = ("http://", "https://")
A_FILE = re.compile(r"(?:bot|handlers|replies|rules|tests|docs)/[\w./-]*\w|Dockerfile|Makefile")


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(OUTSIDE):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_files_that_are_named_exist(page: Path) -> None:
    named = [word for word in code_words(prose(page)) if A_FILE.fullmatch(word)]
    assert [name for name in named if not (ROOT / name).exists()] == []
