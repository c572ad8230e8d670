"""Which mistakes does no line of ours make? Signatures compared byte by byte, and calls that may wait for ever."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SANDBOX = ROOT / "bot" / "sandbox"
SOURCES = [
    path
    for path in sorted((ROOT / "bot").rglob("*.py"))
    if SANDBOX not in path.parents and path.name != "demo.py"
]
SECRET_WORDS = ("signature", "msg_signature", "hmac", "mac")
CALLS = {"request", "post", "put", "get", "ws_connect"}
SESSIONS = ("session", "http")


def named(node: ast.expr) -> str:
    """The last word of a name, an attribute or a call; blank for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return named(function)
        case _:
            return ""


def naive_comparisons(tree: ast.AST) -> Iterator[int]:
    """Lines that hold a signature against another with == or !=."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops):
            names = [named(side).strip("_").lower() for side in (node.left, *node.comparators)]
            if any(name in SECRET_WORDS for name in names):
                yield node.lineno


def endless_calls(tree: ast.AST) -> Iterator[int]:
    """Lines that call an HTTP session without a time limit, be it the call's, its session's or the block's."""
    limited = {
        id(inner)
        for block in ast.walk(tree)
        if isinstance(block, ast.AsyncWith) and _limits(block)
        for inner in ast.walk(block)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or id(node) in limited:
            continue
        on_session = named(node.func.value).strip("_").lower().endswith(SESSIONS)
        if on_session and node.func.attr in CALLS and not _has_timeout(node):
            yield node.lineno


def _limits(block: ast.AsyncWith) -> bool:
    calls = [item.context_expr for item in block.items if isinstance(item.context_expr, ast.Call)]
    return any(
        named(call) == "timeout" or (named(call) == "ClientSession" and _has_timeout(call)) for call in calls
    )


def _has_timeout(call: ast.Call) -> bool:
    return any(keyword.arg == "timeout" for keyword in call.keywords)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_signatures_are_compared_in_constant_time_and_calls_have_a_time_limit(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert list(naive_comparisons(tree)) == []
    assert list(endless_calls(tree)) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("if given == self.signature(a, b): pass", True),
        ("ok = signature != expected", True),
        ("ok = hmac.compare_digest(expected, signature)", False),
        ("ok = kind == 'text'", False),
    ],
)
def test_the_check_of_comparisons_finds_what_is_wrong(line: str, wrong: bool) -> None:
    assert bool(list(naive_comparisons(ast.parse(line)))) == wrong


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ("await session.post(url)", True),
        ("await self._session.ws_connect(url)", True),
        ("await session.post(url, timeout=T)", False),
        ("async with asyncio.timeout(1):\n  await session.post(url)", False),
        ("async with ClientSession(timeout=T) as session, session.get(url): pass", False),
        ("names.get('x')", False),
    ],
)
def test_the_check_of_calls_finds_what_is_wrong(body: str, wrong: bool) -> None:
    indented = "\n".join(f"  {line}" for line in body.splitlines())
    assert bool(list(endless_calls(ast.parse(f"async def f():\n{indented}")))) == wrong
