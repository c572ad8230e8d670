"""docs/schemas: what `make schemas` writes, and what an editor makes of our examples with it."""

import json
import re
from pathlib import Path

import pytest

from bot.fileschema import FileKind, schema
from tests.docs.pages import DOCS, ROOT

SCHEMAS: dict[FileKind, Path] = {
    "rules": DOCS / "schemas" / "rulebook.schema.json",
    "roster": DOCS / "schemas" / "roster.schema.json",
    "drill": DOCS / "schemas" / "drill.schema.json",
}
EXAMPLES = [
    *((DOCS / "examples" / f"{kind}.yaml", SCHEMAS[kind]) for kind in ("rules", "roster")),
    *((file, SCHEMAS["drill"]) for file in sorted((DOCS / "examples" / "drills").glob("*.yaml"))),
]


@pytest.mark.parametrize(("kind", "file"), SCHEMAS.items())
def test_a_schema_is_the_one_that_the_service_prints(kind: FileKind, file: Path) -> None:
    printed = json.dumps(schema(kind), ensure_ascii=False, indent=2) + "\n"
    assert file.read_text("utf-8") == printed, "run: make schemas"


@pytest.mark.parametrize("file", SCHEMAS.values())
def test_make_schemas_writes_it(file: Path) -> None:
    assert f"> {file.relative_to(ROOT)}\n" in (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.parametrize(("example", "file"), EXAMPLES)
def test_the_example_leads_an_editor_to_it(example: Path, file: Path) -> None:
    first, _, _ = example.read_text("utf-8").partition("\n")
    hint = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert hint
    assert (example.parent / hint[1]).resolve() == file
