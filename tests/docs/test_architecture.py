"""docs/architecture.md and docs/glossary.md: what they name is there."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

from bot.following import LOOK_EVERY
from bot.leader import LEASE as SOCKET_LEASE
from bot.storage import migrations
from handlers.leaving import LEASE as LETTER_LEASE
from tests.docs.pages import DOCS, ENGLISH, ROOT, code_in, code_words, name_of, prose, table_of, tables

PAGE = DOCS / "architecture.md"
GLOSSARY = DOCS / "glossary.md"
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "bot").rglob("*.py")))
TERMS = [row for table in tables(GLOSSARY) for row in table.rows]


def test_each_point_of_death_is_one_that_is_passed() -> None:
    for cell in table_of(PAGE, "死在").column("死在"):
        for point in code_words(cell):
            transaction = re.sub(r"\.(before|after)_commit$", "", point)
            assert f'.run("{transaction}"' in SOURCES or f'reached("{point}"' in SOURCES, point


def test_the_loops_are_those_of_the_service() -> None:
    loops = [code_in(cell) for cell in table_of(PAGE, "循环").column("循环")]
    assembled = (ROOT / "bot" / "app.py").read_text("utf-8")
    started = re.findall(r'^ {8}"(\w+)": .*\(.*\),$', assembled, re.MULTILINE)
    started_when_set_up = re.findall(r'loops\["(\w+)"\] = ', assembled)
    assert set(loops) == {*started, *started_when_set_up}


def test_the_files_are_looked_at_as_often_as_the_page_says() -> None:
    assert LOOK_EVERY.total_seconds() == 2
    assert "每两秒看一眼文件" in PAGE.read_text("utf-8")


def test_the_leases_are_as_long_as_the_page_says() -> None:
    text = prose(PAGE)
    assert f"每封信的租约 {LETTER_LEASE.total_seconds():.0f} 秒" in text
    assert f"长连接的租约 {SOCKET_LEASE.total_seconds():.0f} 秒" in text


@pytest.mark.parametrize("page", [DOCS / "scale.md", ENGLISH / "scale.md"], ids=name_of)
def test_each_table_has_its_place_among_the_shards(page: Path) -> None:
    numbered = [
        import_module(f"{migrations.__name__}.{one.name}")
        for one in pkgutil.iter_modules(migrations.__path__)
    ]
    made = {table for one in numbered for table in getattr(one, "TABLES", ())} - {"stock_tasks"}
    shards = next(tables(page))
    assert {name for cell in shards.column(shards.head[0]) for name in code_words(cell)} == made


@pytest.mark.parametrize("row", TERMS, ids=[row["English"] for row in TERMS])
def test_a_term_is_one_of_the_code(row: dict[str, str]) -> None:
    assert pkgutil.resolve_name(code_in(row["代码 · Code"])) is not None


def test_no_term_stands_twice() -> None:
    for column in ("中文", "English"):
        words = [row[column] for row in TERMS]
        assert len(words) == len(set(words)), column


def test_every_decision_is_listed_with_its_title() -> None:
    folder = DOCS / "decisions"
    listed = (folder / "README.md").read_text("utf-8")
    records = sorted(folder.glob("[0-9]*.md"))
    assert len({record.name[:4] for record in records}) == len(records)
    for record in records:
        title = record.read_text("utf-8").splitlines()[0].removeprefix("# ")
        assert f"| [{title[:4]}]({record.name}) | {title[5:]} |" in listed
