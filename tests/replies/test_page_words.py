"""Is every word of the pages said somewhere? One whose key no page, script or code names is nobody's any more."""

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import cast

import bot
import replies.pages
from replies.words import Text

BOT, PAGES = Path(bot.__file__).parent, Path(replies.pages.__file__).parent
ROOT = PAGES.parents[1]
TEMPLATES = tuple(chain(BOT.rglob("*.html"), BOT.rglob("*.js")))
FLOORS = ("bot", "handlers", "replies", "rules")
SOURCES = tuple(chain.from_iterable((ROOT / floor).rglob("*.py") for floor in FLOORS))
QUOTED = re.compile(r"""["']([a-z0-9_]+)["']""")
COMPOSED = re.compile(r"""["']([a-z0-9_]+_)["']\s*[~+]|[~+]\s*["'](_[a-z0-9_]+)["']""")
COMPOSED_HERE, FILLED = re.compile(r'f"([^"]*)"'), re.compile(r"\{[^{}]*\}")
LISTED = re.compile(r'^    "[^"]+": (?=Text\()', re.MULTILINE)
KEY = re.compile("[a-z0-9_]+")
SHORTEST = 3
"""Less of a key that is put together tells too little of which ones it can be."""


def of_template(text: str) -> Iterator[str]:
    """What it says by key; a key that is put together, as a pattern."""
    yield from QUOTED.findall(text)
    for head, tail in COMPOSED.findall(text):
        yield f"{head}.+" if head else f".+{tail}"


def of_source(text: str) -> Iterator[str]:
    """The same of Python, but for what a catalogue lists: that is what can be said, and not what is."""
    said = LISTED.sub("", text)
    yield from QUOTED.findall(said)
    for pattern in (FILLED.sub(".+", one) for one in COMPOSED_HERE.findall(said)):
        known = pattern.replace(".+", "")
        if KEY.fullmatch(known) and len(known) >= SHORTEST:
            yield pattern


def catalogues() -> Iterator[tuple[str, str]]:
    """Every key of every page; the names of holidays are another's keys."""
    for file in sorted(PAGES.glob("*.py")):
        for known in vars(import_module(f"replies.pages.{file.stem}")).values():
            if isinstance(known, dict):
                said = cast(dict[object, object], known)
                yield from (
                    (file.stem, str(key))
                    for key, text in said.items()
                    if isinstance(text, Text) and KEY.fullmatch(str(key))
                )


def test_every_word_of_a_page_is_said_somewhere() -> None:
    said = {one for file in TEMPLATES for one in of_template(file.read_text("utf-8"))}
    said |= {one for file in SOURCES for one in of_source(file.read_text("utf-8"))}
    put_together = re.compile("|".join(sorted(one for one in said if ".+" in one)))
    unsaid = {
        f"{page}: {key}" for page, key in catalogues() if key not in said and not put_together.fullmatch(key)
    }
    assert unsaid == set()
