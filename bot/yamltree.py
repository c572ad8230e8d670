"""What does a YAML text say, and where does each value stand? Read strictly, without the traps of YAML 1.1.

`12:30`, `no`, `on`, `010`, `1e5` and `2026-06-17` are text: only `true` and `false` are booleans, and only what
looks like a decimal number is one. A key is always text. Aliases are understood, but may not blow a file up.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import yaml
from yaml import events

from bot.faults import Fault, FileError, ValuePath, shortened, written

MAX_VALUES = 250_000
"""After aliases are followed; ten lines of them can stand for a billion values."""
MAX_DEPTH = 40
MAX_FAULTS = 100
"""Nobody reads more at once."""

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
"""Longer ones are numbers of parcels, not amounts: text."""
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in the text, counted from 1."""

    line: int
    column: int


START = Mark(line=1, column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    mark: Mark
    value: Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    mark: Mark
    items: "list[Node]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    mark: Mark
    keys: dict[str, Mark]
    values: "dict[str, Node]"


Node = Scalar | Sequence | Mapping


def read_yaml(text: str, faults: list[Fault]) -> Node | None:
    """The text as a tree. What is wrong is added to `faults`; None when nothing can be made of it."""
    builder = _Builder(faults=faults)
    try:
        return builder.build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except FileError as error:
        faults += error.faults
    except yaml.MarkedYAMLError as error:
        faults.append(_syntax_fault(error, text))
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position].decode(errors="ignore")
        faults.append(_fault(end_of(before), f"an invisible character stands here ({error.reason})"))
    return None


def plain(node: Node) -> object:
    """The values alone: text, numbers, true, false, None, lists and dicts."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key: plain(value) for key, value in node.values.items()}


@dataclass(slots=True, kw_only=True)
class _Open:
    """A list or a mapping that has not ended yet."""

    node: Sequence | Mapping
    anchor: str | None
    size: int = 1
    depth: int = 1
    key: str | None = None
    """The key that waits for its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchored:
    node: Node
    size: int
    depth: int


@dataclass(slots=True, kw_only=True)
class _Builder:
    """Builds without recursion, so that no text can exhaust the stack."""

    faults: list[Fault]
    open: list[_Open] = field(default_factory=list[_Open])
    anchors: dict[str, _Anchored] = field(default_factory=dict[str, _Anchored])
    root: Node | None = None

    def build(self, stream: Iterable[yaml.Event]) -> Node:
        for event in stream:
            self._take(event)
        return self.root or Scalar(mark=START, value=None)

    def _take(self, event: yaml.Event) -> None:
        match event:
            case events.DocumentStartEvent() if self.root:
                raise _stop(_mark(event), "a second document begins here; a file has only one")
            case events.ScalarEvent():
                self._scalar(event)
            case events.AliasEvent():
                self._alias(event)
            case events.SequenceStartEvent():
                self._begin(event, Sequence(mark=_mark(event), items=[]))
            case events.MappingStartEvent():
                self._begin(event, Mapping(mark=_mark(event), keys={}, values={}))
            case events.CollectionEndEvent():
                self._end()
            case _:
                pass

    def _scalar(self, event: events.ScalarEvent) -> None:
        if self._waits_for_key():
            self._take_key(event)
            return
        if event.tag is not None and event.tag not in _TEXT_TAGS:
            self._refuse_tag(event)
        self._add(Scalar(mark=_mark(event), value=_value(event)), event.anchor)

    def _alias(self, event: events.AliasEvent) -> None:
        name = str(event.anchor)
        known = self.anchors.get(name)
        if known is None:
            raise _stop(_mark(event), f"nothing above is called &{name}; put a text with * in quotes")
        self._refuse_as_key(event)
        self._attach(known, _mark(event))

    def _begin(self, event: events.CollectionStartEvent, node: Sequence | Mapping) -> None:
        self._refuse_as_key(event)
        if event.tag is not None:
            self._refuse_tag(event)
        if len(self.open) >= MAX_DEPTH:
            raise _stop(node.mark, f"values are nested more than {MAX_DEPTH} deep")
        self.open.append(_Open(node=node, anchor=event.anchor))

    def _end(self) -> None:
        done = self.open.pop()
        self._add(done.node, done.anchor, done.size, done.depth)

    def _add(self, node: Node, anchor: str | None, size: int = 1, depth: int = 0) -> None:
        anchored = _Anchored(node=node, size=size, depth=depth)
        if anchor is not None:
            self.anchors[anchor] = anchored
        self._attach(anchored, node.mark)

    def _attach(self, child: _Anchored, mark: Mark) -> None:
        """Put a value into what it belongs to."""
        if not self.open:
            self.root = child.node
            return
        parent = self.open[-1]
        parent.size += child.size
        parent.depth = max(parent.depth, child.depth + 1)
        if parent.size > MAX_VALUES:
            raise _stop(mark, f"the file stands for more than {MAX_VALUES} values")
        if len(self.open) + child.depth > MAX_DEPTH:
            raise _stop(mark, f"values are nested more than {MAX_DEPTH} deep")
        match parent.node:
            case Sequence():
                parent.node.items.append(child.node)
            case Mapping():
                parent.node.values.setdefault(parent.key or "", child.node)
                parent.key = None

    def _waits_for_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].node, Mapping) and self.open[-1].key is None

    def _take_key(self, event: events.ScalarEvent) -> None:
        parent, key, mark = self.open[-1], event.value, _mark(event)
        assert isinstance(parent.node, Mapping)
        if key in parent.node.keys:
            first = parent.node.keys[key].line
            message = f"this key stands here a second time; the first is in line {first}"
            self.faults.append(_fault(mark, message, (*self._path(), key)))
            if len(self.faults) >= MAX_FAULTS:
                raise _stop(mark, "there are more faults; mend these first")
        parent.node.keys.setdefault(key, mark)
        parent.key = key

    def _path(self) -> ValuePath:
        """The way to the innermost list or mapping."""
        return [
            len(outer.node.items) if isinstance(outer.node, Sequence) else outer.key or ""
            for outer in self.open[:-1]
        ]

    def _refuse_as_key(self, event: yaml.Event) -> None:
        if self._waits_for_key():
            raise _stop(_mark(event), "a key must be a text; put braces and brackets in quotes")

    def _refuse_tag(self, event: events.ScalarEvent | events.CollectionStartEvent) -> None:
        tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
        self.faults.append(_fault(_mark(event), f"{tag} is not understood here; write the value alone"))


def _value(event: events.ScalarEvent) -> Plain:
    text: str = event.value
    is_plain = event.tag is None and event.implicit[0]
    if not is_plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


_MENDS = {
    "mapping values are not allowed": "a colon too many, or a line that is indented wrongly; "
    "write `key: value` with a space, and put a text with a colon in quotes",
    "did not find expected alphabetic or numeric": 'put a text that begins with * or & in quotes, such as "*"',
    "could not find expected ':'": "a colon is missing; write `key: value`, with a space after the colon",
    "did not find expected key": "this line does not fit the ones above; are indentation and brackets right?",
    "did not find expected '-'": "this line does not fit the list above; is it indented rightly?",
    "did not find expected ',' or ']'": "the list that begins here has no end; a comma or `]` is missing",
    "did not find expected ',' or '}'": "the braces that begin here have no end; a comma or `}` is missing",
    "did not find expected node content": "a value is missing here, or a comma or bracket is too many",
    "found unexpected end of stream": "the quotes that begin here have no end",
    "unknown escape character": "in double quotes a backslash begins an escape; use single quotes",
}
_AT_BEGINNING = ("',' or", "end of stream", "expected ':'")
"""What the parser notices only where the text ends, but what is to be mended where it begins."""


def _syntax_fault(error: yaml.MarkedYAMLError, text: str) -> Fault:
    problem, place = error.problem or "this is no YAML", error.problem_mark or error.context_mark
    if error.context_mark and any(words in problem for words in _AT_BEGINNING):
        place = error.context_mark
    mark = Mark(line=place.line + 1, column=place.column + 1) if place else START
    if "cannot start any token" in problem:
        return _fault(mark, _misplaced(_character_at(text, mark)))
    mends = (mend for words, mend in _MENDS.items() if words in problem)
    return _fault(mark, next(mends, problem))


def _misplaced(character: str) -> str:
    if character == "\t":
        return "indent with spaces, not with tabs"
    return f"put a text that begins with {character} in quotes"


def _character_at(text: str, mark: Mark) -> str:
    line = text.split("\n")[mark.line - 1 : mark.line]
    return "".join(line)[mark.column - 1 : mark.column]


def _mark(event: yaml.Event) -> Mark:
    mark = event.start_mark
    return Mark(line=mark.line + 1, column=mark.column + 1) if mark else START


def end_of(text: str) -> Mark:
    """The place after the last character."""
    return Mark(line=text.count("\n") + 1, column=len(text) - text.rfind("\n"))


def _fault(mark: Mark, message: str, path: ValuePath = ()) -> Fault:
    return Fault(line=mark.line, column=mark.column, path=written(path), message=shortened(message))


def _stop(mark: Mark, message: str) -> FileError:
    return FileError([_fault(mark, message)])
