"""Which failpoints does the code pass? Read off the code itself, so that none can be forgotten."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.processes.commands import ROOT

SIDES = ("before_commit", "after_commit")
"""`Store.run(name, …)` passes one on each side of its commit."""


def all_failpoints() -> list[str]:
    """Every name with which the service can be told to die."""
    found: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for method, name in _named_calls(path):
            if method == "run":
                found |= {f"{name}.{side}" for side in SIDES}
            elif method == "reached":
                found.add(name)
    return sorted(found)


def _named_calls(path: Path) -> Iterator[tuple[str, str]]:
    """Calls whose first argument is a text: what is called, and the text."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=method) | ast.Name(id=method),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield method, name
            case _:
                pass
