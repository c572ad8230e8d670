"""Is a rule book, a roster, a file of tokens or the map of an import right? If not, where and how is it mended?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.drillfile import DrillFile
from bot.faults import Fault, FileError, ValuePath, written
from bot.faultwords import Problem, problems
from bot.fileschema import MODELS, FileKind
from bot.imports.mapfile import MapFile
from bot.keysfile import WebhooksFile
from bot.readersfile import ReadersFile
from bot.replyfaults import faulty_replies
from bot.sources.tokensfile import TokensFile
from bot.yamltree import MAX_FAULTS, START, Mapping, Mark, Node, Sequence, end_of, plain, read_yaml
from rules.bookfile import RuleBookFile
from rules.rosterfile import NOW, RosterFile
from rules.strict import KEPT

MAX_BYTES = 1024 * 1024

Model = TypeVar("Model", bound=BaseModel)


def load_rule_book(path: Path) -> RuleBookFile:
    """Read a rule book. Raises FileError with every fault, or because the file cannot be read."""
    return _load(path, RuleBookFile)


def parse_rules(content: bytes) -> RuleBookFile:
    """Read what a rule book file holds. Raises FileError with every fault."""
    return _parse(content, RuleBookFile)


def load_kept_rule_book(path: Path) -> RuleBookFile:
    """Read a rule book by what was asked of it in versions before this one. Raises FileError."""
    return _load(path, RuleBookFile, KEPT)


def load_roster(path: Path, now: datetime) -> RosterFile:
    """Read a roster, as of `now`. Raises FileError with every fault, or because the file cannot be read."""
    return _load(path, RosterFile, {NOW: now})


def load_map(path: Path) -> MapFile:
    """Read the map of an import. Raises FileError with every fault, or because the file cannot be read."""
    return _load(path, MapFile)


def load_drill(path: Path) -> DrillFile:
    """Read the file of a drill. Raises FileError with every fault, or because the file cannot be read."""
    return _load(path, DrillFile)


def load_tokens_file(path: Path) -> TokensFile:
    """Read the file of tokens. Raises FileError with every fault, or because the file cannot be read.

    No fault names the way to its place: each way begins with a token.
    """
    try:
        return _load(path, TokensFile)
    except FileError as error:
        raise FileError([replace(fault, path="") for fault in error.faults]) from None


def load_readers_file(path: Path) -> ReadersFile:
    """Read the file of tokens for programs. Raises FileError with every fault, or because it cannot be read."""
    return _load(path, ReadersFile)


def load_webhooks_file(path: Path) -> WebhooksFile:
    """Read the file of webhook keys. Raises FileError with every fault, or because the file cannot be read."""
    return _load(path, WebhooksFile)


def located(path: Path, remarks: Iterable[tuple[ValuePath, str]]) -> list[Fault]:
    """Remarks on values of a file that has no faults, each with the place of its value; `()` is the whole file."""
    root = read_yaml(_text(path.read_bytes()), [])
    found = [
        _fault(START if root is None else _mark_of(at, root, at_key=False), said, at) for at, said in remarks
    ]
    return [replace(one, file=str(path)) for one in found]


def check(text: str, kind: FileKind) -> list[Fault]:
    """What is wrong with the text of a file, from top to bottom; empty when all is well."""
    try:
        _parse(text.encode(errors="surrogatepass"), MODELS[kind])
    except FileError as error:
        return error.faults
    return []


def _load(path: Path, model: type[Model], context: dict[str, Any] | None = None) -> Model:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return _parse(content, model, context)
    except OSError as error:
        fault = _fault(START, f"this cannot be read: {error.strerror}")
        raise FileError([replace(fault, file=str(path))]) from error
    except FileError as error:
        raise FileError([replace(fault, file=str(path)) for fault in error.faults]) from None


def _parse(content: bytes, model: type[Model], context: dict[str, Any] | None = None) -> Model:
    faults: list[Fault] = []
    root = read_yaml(_text(content), faults)
    if root is None:
        raise FileError(faults)
    values = plain(root)
    try:
        parsed = model.model_validate({} if values is None else values, context=context)
    except ValidationError as error:
        faults += [_placed(problem, root) for problem in problems(error, model)]
    else:
        if isinstance(parsed, RuleBookFile) and context is not KEPT:
            faults += [_placed(problem, root) for problem in faulty_replies(parsed)]
        if not faults:
            return parsed
    raise FileError(sorted(faults, key=lambda fault: (fault.line, fault.column))[:MAX_FAULTS])


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise FileError([_fault(START, "this is longer than 1 MiB; is it the right file?")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(errors="ignore")
        message = f"this is not UTF-8{_likely_encoding(content)}; save the file as UTF-8"
        raise FileError([_fault(end_of(before), message)]) from None


def _likely_encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return " but UTF-16"
    try:
        content.decode("gbk")
    except UnicodeDecodeError:
        return ""
    return " but probably GBK"


def _placed(problem: Problem, root: Node) -> Fault:
    mark = _mark_of(problem.path, root, at_key=problem.at_key)
    return _fault(mark, problem.message, problem.path, problem.suggestion)


def _mark_of(path: ValuePath, root: Node, *, at_key: bool) -> Mark:
    """Where a value or its key stands; of what is not there, the nearest thing around it."""
    node, mark = root, root.mark
    for part in path:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.values:
            key, node = node.keys[part], node.values[part]
            mark = key if at_key else node.mark
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            mark = node.mark
        else:
            break
    return mark


def _fault(mark: Mark, message: str, path: ValuePath = (), suggestion: str | None = None) -> Fault:
    return Fault(
        line=mark.line, column=mark.column, path=written(path), message=message, suggestion=suggestion
    )
