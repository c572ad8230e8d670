"""Which reply templates are there, and is each of them sound? Read and checked once, before any is used."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from importlib import resources

from liquid import BoundTemplate

from replies.facts import FACTS
from replies.frontmatter import Entry, Split, listed, paired, split
from replies.language import Language
from replies.lint import UnsoundLineError, parsed
from rules.book import Reply
from rules.durations import format_duration, parse_duration
from rules.promises import LONGEST_PROMISE, SHORTEST_PROMISE, Slot
from rules.repliesfile import LONGEST_TEXT
from rules.replynames import FOLLOW_UP, NAMES
from rules.stages import Stage

REMEMBERED = 512
"""Texts that were checked already, for whoever builds the same templates again."""
_LANGUAGE = Language()
_PROMISES = "write `promises: {news_by: 2h}`"


class TemplateError(ValueError):
    """A reply template cannot be used: which one, on which line, and what to mend."""

    def __init__(self, name: str, line: int, fault: str) -> None:
        super().__init__(f"{name}.liquid:{line}: {fault}")
        self.name = name
        self.line = line
        self.fault = fault


class UnknownNameError(TemplateError):
    """No reply ever goes by the name of the template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A reply that has passed the checks. `version` changes with its text."""

    name: str
    version: str
    title: str
    """What it is for."""
    facts: tuple[str, ...]
    """Each must be known, or there is no draft."""
    claims: tuple[str, ...]
    """Further facts, which conditional sentences use."""
    spare: tuple[str, ...]
    """The same, but a text too long for a card does without them, the last first."""
    promises: Mapping[Slot, timedelta]
    """What it promises, and within which time."""
    body: BoundTemplate

    @property
    def names(self) -> tuple[str, ...]:
        """The facts that its text may use, and no others."""
        return (*self.facts, *self.claims, *self.spare)

    @property
    def stage(self) -> Stage | None:
        """The stage in which the orders stand still that it speaks of; None when that may be any."""
        name = self.name.removeprefix(FOLLOW_UP)
        return next((stage for stage in Stage if name == stage or name.startswith(f"{stage}_")), None)


class Templates:
    """The built-in replies, with a shop's own texts laid over them by name."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        """Read and check all of them. Raises TemplateError for the first that is unsound."""
        texts = {**_built_in(), **(overrides or {})}
        self._templates = {name: _template(name, text) for name, text in texts.items()}

    def laid_over(self, own: Mapping[str, str]) -> "Templates":
        """These with the texts of a rule book over them. One that is unsound by now is left to the built-in one."""
        if not own:
            return self
        made = copy(self)
        made._templates = {**self._templates, **_sound(own)}  # noqa: SLF001 -- a copy of its own kind
        return made

    def __getitem__(self, name: str) -> Template:
        return self._templates[name]

    def find(self, name: str) -> Template | None:
        """A template, if it is there."""
        return self._templates.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._templates

    def __iter__(self) -> Iterator[Template]:
        return iter(self._templates.values())


def template(name: str, text: str) -> Template:
    """A text as a template. Raises TemplateError; UnknownNameError when nothing is ever answered by it."""
    if name not in NAMES:
        raise UnknownNameError(name, 1, f"no reply goes by this name; there are {', '.join(sorted(NAMES))}")
    return _template(name, text)


def built_in(name: str) -> str | None:
    """The text that comes with the program, front matter and all; None where it has none of this name."""
    return _texts().get(name)


def in_use(templates: Templates, replies: Iterable[Reply]) -> list[tuple[Template, Reply | None]]:
    """The built-in templates that still speak for somebody, and those of a rule book, each with its reply."""
    found = [(_sound({one.name: one.text}).get(one.name), one) for one in replies]
    own = [(made, one) for made, one in found if made is not None]
    replaced = {one.name for _, one in own if not (one.shops or one.lanes)}
    return [*((made, None) for made in templates if made.name not in replaced), *own]


def begun_with(name: str) -> str:
    """The built-in text that a reply of this name is begun with: its own, else the one that speaks in its place."""
    texts = _texts()
    return texts.get(name) or next(
        text for stage, text in texts.items() if stage in set(Stage) and name.startswith(stage)
    )


def _sound(own: Mapping[str, str]) -> dict[str, Template]:
    found: dict[str, Template] = {}
    for name, text in own.items():
        with suppress(TemplateError):
            found[name] = template(name, text)
    return found


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, str]:
    """The built-in texts, for whoever asks for one after the other: read once."""
    return _built_in()


def _built_in() -> dict[str, str]:
    entries = resources.files("replies").joinpath("templates").iterdir()
    texts = {entry.name: entry.read_text("utf-8") for entry in entries if entry.name.endswith(".liquid")}
    return {name.removesuffix(".liquid"): text for name, text in sorted(texts.items())}


@lru_cache(maxsize=REMEMBERED)
def _template(name: str, text: str) -> Template:
    try:
        return _checked(name, text)
    except UnsoundLineError as fault:
        raise TemplateError(name, fault.line, fault.what) from fault


def _checked(name: str, text: str) -> Template:
    if len(text) > LONGEST_TEXT:
        raise UnsoundLineError(1, f"it is longer than {LONGEST_TEXT} characters")
    halves = _split(text)
    matter = halves.matter
    facts, claims, spare = (_names(matter, key) for key in ("facts", "claims", "spare"))
    promises = _promises(matter, facts, claims + spare)
    return Template(
        name=name,
        version=sha256(text.encode()).hexdigest()[:12],
        title=matter["title"].value,
        facts=facts,
        claims=claims,
        spare=spare,
        promises=promises,
        body=parsed(
            halves.body, halves.lines_before, facts, claims + spare, _LANGUAGE, stated=tuple(promises)
        ),
    )


# --- front matter -----------------------------------------------------------------


def _split(text: str) -> Split:
    """The two halves of a text that says at least what it is for, and what it rests on."""
    halves = split(text)
    for key in ("title", "facts"):
        if key not in halves.matter or not halves.matter[key].value:
            raise UnsoundLineError(1, f"the front matter does not give `{key}`")
    return halves


def _names(matter: Mapping[str, Entry], key: str) -> tuple[str, ...]:
    """The facts listed under a key: `[order_no, news_by]`."""
    entry = matter.get(key, Entry(1, "[]"))
    names = listed(entry.value)
    if names is None:
        raise UnsoundLineError(entry.line, f"write `{key}: [order_no, news_by]`")
    for fact in names:
        if fact not in FACTS:
            raise UnsoundLineError(entry.line, f"there is no fact {fact!r}; there are {', '.join(FACTS)}")
    return names


def _promises(
    matter: Mapping[str, Entry], facts: tuple[str, ...], optional: tuple[str, ...]
) -> dict[Slot, timedelta]:
    """What the text promises: each slot with its time, and all of them among `facts`."""
    entry = matter.get("promises", Entry(matter["facts"].line, "{}"))
    pairs = paired(entry.value)
    if pairs is None:
        raise UnsoundLineError(entry.line, _PROMISES)
    found: dict[Slot, timedelta] = {}
    for name, within in pairs:
        if name not in set(Slot):
            raise UnsoundLineError(entry.line, f"there is no slot {name!r}; there are {', '.join(Slot)}")
        if Slot(name) in found:
            raise UnsoundLineError(entry.line, f"{name} is promised twice")
        found[Slot(name)] = _within(name, within, entry.line)
    for slot in Slot:
        if slot in optional:
            raise UnsoundLineError(
                entry.line, f"{slot} is a promise: list it in `facts`, since it is always known"
            )
        if slot in facts and slot not in found:
            raise UnsoundLineError(
                entry.line, f"{slot} is a promise without a time: {_PROMISES}, with its time"
            )
        if slot in found and slot not in facts:
            raise UnsoundLineError(
                entry.line, f"{slot} is promised: list it in `facts`, and say it in the text"
            )
    return found


def _within(name: str, text: str, line: int) -> timedelta:
    """The time of a slot, no shorter and no longer than somebody could follow it up."""
    if not text:
        raise UnsoundLineError(line, f"{name} is a promise without a time: write `{name}: 2h`")
    try:
        within = parse_duration(text)
    except ValueError as error:
        raise UnsoundLineError(line, f"{name}: {error}") from error
    if not SHORTEST_PROMISE <= within <= LONGEST_PROMISE:
        least, most = format_duration(SHORTEST_PROMISE), format_duration(LONGEST_PROMISE)
        raise UnsoundLineError(line, f"{name}: promise between {least} and {most}, not {text}")
    return within
