"""What do the documents say? Their blocks, tables, links and words, read for the tests beside this file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ENGLISH = DOCS / "en"

_FENCE = re.compile(r"^```(\w*)$\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block. `line` is that of its first line, from 1."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its head, and its rows by the names in the head."""

    head: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    def column(self, name: str) -> list[str]:
        """One column, from top to bottom."""
        return [row[name] for row in self.rows]


def pages() -> list[Path]:
    """Every page that people read."""
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


def name_of(page: Path) -> str:
    """A page's path from the root of the project."""
    return str(page.relative_to(ROOT))


def in_both_languages() -> list[tuple[Path, Path]]:
    """Each page that has an English twin, with that."""
    return [(DOCS / twin.relative_to(ENGLISH), twin) for twin in sorted(ENGLISH.rglob("*.md"))]


def blocks(page: Path, *languages: str) -> list[Block]:
    """The blocks of a page, of these languages if any are named."""
    text = page.read_text("utf-8")
    found = [
        Block(page=page, line=text.count("\n", 0, match.start(2)) + 1, language=match[1], text=match[2])
        for match in _FENCE.finditer(text)
    ]
    return [block for block in found if not languages or block.language in languages]


def prose(page: Path) -> str:
    """A page without its blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """Where the page leads to."""
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """What can stand after # in a link to the page, as GitHub makes it from the headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in _HEADING.findall(prose(page))
    }


def code_words(text: str) -> list[str]:
    """What stands between single back-quotes."""
    return _CODE.findall(text)


def code_in(cell: str) -> str:
    """The code that a cell of a table holds."""
    (word,) = code_words(cell)
    return word


def tables(page: Path) -> Iterator[Table]:
    """The tables of a page."""
    for match in re.finditer(r"(?:^\|.*\|$\n?)+", prose(page), re.MULTILINE):
        head, _, *rows = [_cells(line) for line in match[0].strip().splitlines()]
        yield Table(head=tuple(head), rows=tuple(dict(zip(head, row, strict=True)) for row in rows))


def table_of(page: Path, first: str) -> Table:
    """The one table whose first column is called `first`."""
    (found,) = [table for table in tables(page) if table.head[0] == first]
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
