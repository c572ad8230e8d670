"""What may a template say, and what did it say? A small, bounded part of Liquid.

Templates are written by staff, so they get five tags, four filters and plain names, and nothing that repeats
or calls. While a template is rendered its nodes note which facts the words rest on: a sentence that was left
out claims nothing; an `else` that was taken claims that what it excludes is not so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.ast import BlockNode
from liquid.builtin.content import Literal
from liquid.builtin.expressions import Path
from liquid.builtin.filters.misc import default
from liquid.builtin.filters.string import slice_, strip, truncate
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.case_tag import CaseNode, CaseTag
from liquid.builtin.tags.if_tag import IfNode, IfTag
from liquid.builtin.tags.unless_tag import UnlessNode, UnlessTag
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.stringify import to_liquid_string

TAGS = frozenset({"if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase"})
FILTERS = {"default": default, "slice": slice_, "strip": strip, "truncate": truncate}
OUTPUT_LIMIT = 8 * 1024


@dataclass(slots=True)
class Record:
    """What a rendering rested on."""

    claimed: dict[str, None] = field(default_factory=dict[str, None])
    """The facts that words rest on, in the order of the words: present ones by what they are, absent ones by
    their absence."""
    holes: list[str] = field(default_factory=list[str])
    """The facts that were to be printed and are not known."""


class _Context(RenderContext):
    """A rendering under way, with the record of it."""

    __slots__ = ("record",)

    def __init__(self, template: BoundTemplate, *, globals: Mapping[str, object]) -> None:  # noqa: A002
        super().__init__(template, globals=globals)
        self.record = Record()


def render(template: BoundTemplate, words: Mapping[str, str | None]) -> tuple[str, Record]:
    """The text and what it rests on. Raises liquid.exceptions.LiquidError where the template is at fault."""
    context = _Context(template, globals=words)
    buffer = LimitedStringIO(limit=OUTPUT_LIMIT)
    template.render_with_context(context, buffer)
    return buffer.getvalue(), context.record


def names_in(expression: Expression) -> Iterator[str]:
    """The facts that an expression looks at."""
    if isinstance(expression, Path):
        yield str(expression.head())
    for child in expression.children():
        yield from names_in(child)


def _record(context: RenderContext) -> Record:
    assert isinstance(context, _Context)
    return context.record


def _claim_held(expression: Expression, context: RenderContext) -> None:
    """A condition was met: its words rest on the facts it found, or on finding none."""
    found = list(names_in(expression))
    present = [name for name in found if context.resolve(name) is not None]
    _record(context).claimed.update(dict.fromkeys(present or found))


def _claim_excluded(expressions: Iterable[Expression], context: RenderContext) -> None:
    """An `else` was taken: its words rest on everything that could have kept it from being taken."""
    for expression in expressions:
        _record(context).claimed.update(dict.fromkeys(names_in(expression)))


class _OutputNode(OutputNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        text = to_liquid_string(self.expression.evaluate(context), context.autoescape)
        named = list(names_in(self.expression))
        if not text.strip():
            _record(context).holes += named
        present = (name for name in named if context.resolve(name) is not None)
        _record(context).claimed.update(dict.fromkeys(present))
        return buffer.write(text)


class _Output(Output):
    node_class = _OutputNode


class _IfNode(IfNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        branches = [(self.condition, self.consequence)]
        branches += [(other.expression, other.block) for other in self.alternatives]
        for at, (condition, block) in enumerate(branches):
            if condition.evaluate(context):
                _claim_excluded((before for before, _ in branches[:at]), context)
                _claim_held(condition, context)
                return block.render(context, buffer)
        return _render_else(self.default, (condition for condition, _ in branches), context, buffer)


class _If(IfTag):
    node_class = _IfNode
    mode = Mode.STRICT


class _UnlessNode(UnlessNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        written = super().render_to_output(context, buffer)
        if written:
            _claim_excluded((self.condition,), context)
        return written


class _Unless(UnlessTag):
    node_class = _UnlessNode
    mode = Mode.STRICT


class _CaseNode(CaseNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        written = super().render_to_output(context, buffer)
        if written:
            _claim_excluded((self.expression,), context)
        return written


class _Case(CaseTag):
    node_class = _CaseNode


def _render_else(
    block: BlockNode | None, excluded: Iterable[Expression], context: RenderContext, buffer: TextIO
) -> int:
    if block is None:
        return 0
    _claim_excluded(excluded, context)
    return block.render(context, buffer)


class Language(Environment):
    """Liquid without what staff do not need: no loops, no assignments, no includes, no captures."""

    block_nesting_limit = 4
    context_depth_limit = 4
    loop_iteration_limit = 1
    local_namespace_limit = 1
    output_stream_limit = OUTPUT_LIMIT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002 - Environment's signature
        for tag in (Literal, Illegal, _Output, _If, _Unless, _Case):
            self.add_tag(tag)
        self.filters.update(FILTERS)
