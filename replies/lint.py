"""Is the body of a template sound? Checked when it is loaded, so that no draft fails later."""

import re
from collections.abc import Iterable, Iterator

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, Nil, Path, StringLiteral
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    EqExpression,
    LogicalAndExpression,
    LogicalOrExpression,
    NeExpression,
)
from liquid.builtin.expressions.primitive import IntegerLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.case_tag import MultiExpressionBlockNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from replies.language import FILTERS, TAGS, Language, render
from replies.masking import masked, plain

LONGEST_EXPRESSION = 200
"""Characters between the brackets: bounds how deep an expression can nest."""
_TAG = re.compile(r"\{%-?\s*(#|\w*)")
_BRACKETS = re.compile(r"\{\{|\}\}|\{%|%\}")
_BRACKETED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_PAIRS = {"{{": "}}", "{%": "%}"}
_EXPRESSIONS = (
    Path, StringLiteral, IntegerLiteral, Nil, FilteredExpression, BooleanExpression,
    LogicalAndExpression, LogicalOrExpression, EqExpression, NeExpression, ContainsExpression,
)  # fmt: skip
_SAMPLE = "样例"
_COUNT = r"(?:\d+|[一二两三四五六七八九十半几]+)\s*个?(?:半)?"
_UNIT = r"(?:分钟|小时|钟头|天|日|周|工作日|星期)"
_DAY = r"(?:今天|今晚|今日|明天|明早|明日|后天|本周|下周|月底|周[一二三四五六日天])"
_TIME = re.compile(
    rf"{_COUNT}\s*{_UNIT}\s*(?:之内|以内|内|后)|\d{{1,2}}\s*[:：点]\s*\d{{0,2}}\s*分?\s*(?:之前|以前|前)"
    rf"|{_DAY}[^，。；！？]{{0,6}}?(?:之前|以前|前|内|到|发|给|答)"
)
"""A time by which something will be so, written out."""


class UnsoundLineError(ValueError):
    """A line of a template is unsound."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(line, what)
        self.line = line
        self.what = what


def parsed(
    body: str,
    lines_before: int,
    facts: tuple[str, ...],
    claims: tuple[str, ...],
    language: Language,
    *,
    stated: tuple[str, ...] = (),
) -> BoundTemplate:
    """The body, ready to be rendered. Raises UnsoundLineError for the first thing that is wrong with it.

    `stated` are the facts that it has to say whatever else it says.
    """
    return _Body(body, lines_before).parse(facts, claims, ("order_no", *stated), language)


class _Body:
    """A body under examination. Positions become lines of the file that it came from."""

    def __init__(self, text: str, lines_before: int) -> None:
        self.text = text
        self.lines_before = lines_before

    def fault(self, position: int, what: str) -> UnsoundLineError:
        return UnsoundLineError(self.lines_before + 1 + self.text.count("\n", 0, position), what)

    def parse(
        self, facts: tuple[str, ...], claims: tuple[str, ...], stated: tuple[str, ...], language: Language
    ) -> BoundTemplate:
        self._check_brackets()
        self._check_tags()
        try:
            template = language.from_string(self.text)
        except LiquidError as error:
            raise self._from(error) from error
        for node in _walk(template.nodes, RenderContext(template)):
            for expression in node.expressions():
                self._check_expression(node, expression, {*facts, *claims})
        self._check_stated(template, stated)
        self._check_words()
        self._try_out(template, facts, claims)
        return template

    def _check_brackets(self) -> None:
        """Every bracket is closed by its own kind, soon, before another one opens."""
        opened: re.Match[str] | None = None
        for bracket in _BRACKETS.finditer(self.text):
            if opened is None and bracket[0] in _PAIRS:
                opened = bracket
            elif opened is not None and bracket[0] == _PAIRS[opened[0]]:
                if bracket.start() - opened.end() > LONGEST_EXPRESSION:
                    raise self.fault(opened.start(), f"{opened[0]} is longer than {LONGEST_EXPRESSION}")
                opened = None
            else:
                raise self.fault(bracket.start(), f"{bracket[0]} has no counterpart here")
        if opened is not None:
            raise self.fault(opened.start(), f"{opened[0]} is never closed")

    def _check_tags(self) -> None:
        for tag in _TAG.finditer(self.text):
            if tag[1] not in TAGS:
                raise self.fault(tag.start(), f"the tag {tag[1]!r} is not among {', '.join(sorted(TAGS))}")

    def _check_words(self) -> None:
        """What stands outside of brackets goes to the customer as it is."""
        words = _BRACKETED.sub(lambda one: "\n" * one[0].count("\n"), self.text)
        if masked(words) != words:
            raise self.fault(0, "a reply names no phone number")
        for number, line in enumerate(words.splitlines()):
            if plain(line) != " ".join(line.split()):
                what = "a reply is plain words: no tags, links, curly brackets or control characters"
                raise UnsoundLineError(self.lines_before + 1 + number, what)
            if said := _TIME.search(line):
                what = f"{said[0]} is a time by itself: promise it by a slot, such as {{{{ news_by }}}} 前"
                raise UnsoundLineError(self.lines_before + 1 + number, what)

    def _check_expression(self, node: Node, expression: Expression, declared: set[str]) -> None:
        position = expression.token.start_index
        if isinstance(node, MultiExpressionBlockNode) and expression is node.expression:
            pass  # the list of a `when`, which is no expression of its own
        elif not isinstance(expression, _EXPRESSIONS):
            raise self.fault(position, f"{expression} is not permitted here")
        if isinstance(expression, Path) and not _is_name(expression, declared):
            raise self.fault(
                position, f"{expression} is declared neither in `facts` nor in `claims` or `spare`"
            )
        if isinstance(expression, FilteredExpression):
            self._check_filters(expression)
        for child in expression.children():
            self._check_expression(node, child, declared)

    def _check_filters(self, expression: FilteredExpression) -> None:
        for one in expression.filters or ():
            if one.name not in FILTERS:
                fault = f"the filter {one.name!r} is not among {', '.join(FILTERS)}"
                raise self.fault(one.token.start_index, fault)
            if not all(isinstance(child, StringLiteral | IntegerLiteral) for child in one.children()):
                raise self.fault(one.token.start_index, f"the filter {one.name!r} takes plain values only")

    def _check_stated(self, template: BoundTemplate, stated: tuple[str, ...]) -> None:
        printed = {str(node.expression) for node in template.nodes if isinstance(node, OutputNode)}
        for name in stated:
            if name not in printed:
                who = "every reply says" if name == "order_no" else "what is promised is said:"
                raise self.fault(0, f"{who} {{{{ {name} }}}}, as it is and outside of conditions")

    def _try_out(self, template: BoundTemplate, facts: tuple[str, ...], claims: tuple[str, ...]) -> None:
        """Render with everything known, and with only what must be."""
        for known in (facts + claims, facts):
            words = {name: _SAMPLE if name in known else None for name in facts + claims}
            try:
                _, record = render(template, words)
            except LiquidError as error:
                raise self._from(error) from error
            if record.holes:
                hole = record.holes[0]
                what = f"{hole} may be unknown: print it under {{% if {hole} %}}, or with `default`"
                raise self.fault(self.text.find(hole), what)

    def _from(self, error: LiquidError) -> UnsoundLineError:
        """Where Liquid found a fault; what it misses is missing at the end."""
        at = -1 if error.token is None else error.token.start_index
        return self.fault(at if at >= 0 else len(self.text.rstrip()), str(error.message))


def _is_name(path: Path, declared: set[str]) -> bool:
    """Whether it is one plain name; `a.b` and `[a]` are not."""
    head = path.head()
    return len(path.path) == 1 and isinstance(head, str) and head in declared


def _walk(nodes: Iterable[Node], context: RenderContext) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _walk(node.children(context), context)
