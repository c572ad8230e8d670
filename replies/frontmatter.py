"""What stands at the head of a reply template? Keys and values, each with its line, and below them the words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from replies.lint import UnsoundLineError

FENCE = "---"
KEYS = ("title", "facts", "claims", "spare", "promises")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said under a key, and on which line."""

    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Split:
    """A template in its two halves."""

    matter: Mapping[str, Entry]
    lines_before: int
    """How many lines stand above the body."""
    body: str


def split(text: str) -> Split:
    """The front matter and the body. Raises UnsoundLineError for a line that says neither key nor value."""
    lines = text.splitlines(keepends=True)
    bare = [line.strip() for line in lines]
    if bare[:1] != [FENCE] or FENCE not in bare[1:]:
        raise UnsoundLineError(1, f"front matter is missing: begin with {FENCE}, title, facts, {FENCE}")
    end = bare.index(FENCE, 1)
    matter: dict[str, Entry] = {}
    for number, line in enumerate(bare[1:end], start=2):
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or key not in KEYS or key in matter:
            raise UnsoundLineError(number, f"{line!r}: write one `key: value` for each of {', '.join(KEYS)}")
        matter[key] = Entry(number, value)
    return Split(matter, end + 1, "".join(lines[end + 1 :]))


def listed(value: str) -> tuple[str, ...] | None:
    """What stands in `[order_no, news_by]`; None for what is no such list."""
    return _between("[", value, "]")


def paired(value: str) -> tuple[tuple[str, str], ...] | None:
    """What stands in `{news_by: 2h}`, in pairs; None for what is none of these."""
    parts = _between("{", value, "}")
    return None if parts is None else tuple(_pair(part) for part in parts)


def _between(opening: str, value: str, closing: str) -> tuple[str, ...] | None:
    if not (value.startswith(opening) and value.endswith(closing)):
        return None
    return tuple(part.strip() for part in value[1:-1].split(",") if part.strip())


def _pair(part: str) -> tuple[str, str]:
    name, _, value = (word.strip() for word in part.partition(":"))
    return name, value


# --- in parts ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A template as a form shows it, sound or not."""

    title: str = ""
    facts: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    promises: Mapping[str, str] = field(default_factory=dict[str, str])
    """Within how long what is promised, as it was typed."""
    body: str = ""


def parts_of(text: str) -> Parts | None:
    """A template in parts; None for a text that says more than they can hold, or less than a head."""
    try:
        halves = split(text)
    except UnsoundLineError:
        return None
    said = {key: entry.value for key, entry in halves.matter.items()}
    facts, claims, spare = (listed(said.get(key, "[]")) for key in ("facts", "claims", "spare"))
    promises = paired(said.get("promises", "{}"))
    if facts is None or claims is None or spare is None or promises is None:
        return None
    made = Parts(
        title=said.get("title", ""),
        facts=facts,
        claims=claims,
        spare=spare,
        promises=dict(promises),
        body=halves.body,
    )
    return made if len(made.promises) == len(promises) else None


def composed(parts: Parts) -> str:
    """The template that the parts are of."""
    head = [FENCE, f"title: {' '.join(parts.title.split())}", f"facts: {_list(parts.facts)}"]
    head += [
        f"{key}: {_list(said)}" for key, said in (("claims", parts.claims), ("spare", parts.spare)) if said
    ]
    if parts.promises:
        pairs = ", ".join(f"{slot}: {_inline(within)}" for slot, within in parts.promises.items())
        head.append(f"promises: {{{pairs}}}")
    body = "\n".join(parts.body.splitlines()).strip("\n")
    return "\n".join([*head, FENCE, f"{body}\n"])


def place_of(text: str, line: int) -> tuple[str, int] | None:
    """The part that a line of a template belongs to, and the line within the words; None where it has no parts."""
    if parts_of(text) is None:
        return None
    halves = split(text)
    if line > halves.lines_before:
        return "body", line - halves.lines_before
    return next((key for key, entry in halves.matter.items() if entry.line == line), "title"), 0


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(names)}]"


def _inline(text: str) -> str:
    """What would end the list that it stands in is left out."""
    return " ".join(text.translate(str.maketrans(dict.fromkeys(",{}", " "))).split())
