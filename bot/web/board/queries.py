"""What does somebody ask of a page? The parameters of its address, declared once as a frozen struct.

Each field is read by its type: text, a whole number with its bounds, a day, one of an enumeration, or several of
one with commas between. Whatever cannot be read is told by the field's name, with the mend, and kept as typed.
"""

import base64
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from multidict import MultiMapping

from replies.pages.common import COMMON
from replies.words import Language, Words

PAGING = frozenset({"cursor", "limit", "lang"})
"""What says where in a list somebody is and in which language they read, and not what they look for."""
LONGEST_TEXT = 200
"""Characters of a parameter."""
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)
"""Of those that can be asked for: weeks before and after them are days as well."""
Milliseconds = Annotated[int, msgspec.Meta(ge=-(1 << 62), le=1 << 62)]
"""A time within a cursor: what a database takes for one."""

Asked = TypeVar("Asked", bound="Query")
Place = TypeVar("Place", bound=tuple[int | str | None, ...])


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of one address. Every field has a default."""


class NoQuery(Query, frozen=True, kw_only=True):
    """An address without parameters."""


class ListQuery(Query, frozen=True, kw_only=True):
    """The parameters that every list has."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    cursor: str | None = None
    """`next` of the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A parameter that cannot be read: its name, and what it should be."""

    name: str
    key: str
    """The words for it, in `replies.pages.common`."""
    values: Mapping[str, object] = field(default_factory=dict[str, object])

    def said(self, language: Language, name: str | None = None) -> str:
        """The fault and its mend; `name` is what the page calls the field."""
        return Words(language, COMMON)(self.key, field=name or self.name, **self.values)


class FaultyQueryError(Exception):
    """Some parameters cannot be read."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.said(Language.EN) for fault in faults))
        self.faults = faults


def cursor_of(*place: int | str | None) -> str:
    """Where a page ends, so that the next one can be asked for."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def place_of(cursor: str | None, kind: type[Place]) -> Place | None:
    """What `cursor_of` was given. Raises FaultyQueryError for what it did not make."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=kind)
    except (msgspec.DecodeError, ValueError):
        raise FaultyQueryError(Fault(name="cursor", key="fault_other")) from None


def read(kind: type[Asked], typed: Mapping[str, str]) -> Asked:
    """The parameters, those that are not there or blank at their defaults. Raises FaultyQueryError with all faults.

    What the query does not declare is left alone: chat clients append parameters of their own.
    """
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, hint in hints.items():
        text = typed.get(name, "").strip()
        if not text:
            continue
        found = _read_one(name, text, hint)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            values[name] = found[0]
    if faults:
        raise FaultyQueryError(*faults)
    return kind(**values)


def typed(query: MultiMapping[str]) -> dict[str, str]:
    """The parameters of an address; what stands there several times, as the boxes of a form do, has commas between."""
    return {name: ",".join(filter(None, query.getall(name))) for name in query}


def choices(kind: type[Query], name: str) -> list[StrEnum]:
    """What a field may be that is one of an enumeration, or several. Raises KeyError for one that is not there."""
    bare = _without_none(get_type_hints(kind)[name])
    members = get_args(bare)[0] if get_origin(bare) is tuple else bare
    return list(cast(type[StrEnum], members))


def _read_one(name: str, text: str, hint: Any) -> tuple[Any] | Fault:
    """The value, in a tuple of its own, or what is wrong."""
    if len(text) > LONGEST_TEXT:
        return Fault(name=name, key="fault_length", values={"most": LONGEST_TEXT})
    bare = _without_none(hint)
    several = get_origin(bare) is tuple
    parts = [part for part in text.split(",") if part] if several else text
    try:
        value = msgspec.convert(parts, bare, strict=False)
    except msgspec.ValidationError:
        return _fault(name, get_args(bare)[0] if several else bare)
    if isinstance(value, date) and not FIRST_DAY <= value <= LAST_DAY:
        years = {"least": FIRST_DAY.year, "most": LAST_DAY.year}
        return Fault(name=name, key="fault_year", values=years)
    return (value,)


def _fault(name: str, hint: Any) -> Fault:
    """What a field of that type should be."""
    kind, meta = _bare(hint)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Fault(name=name, key="fault_choice", values={"choices": ", ".join(kind)})
    if kind is int:
        return Fault(name=name, key="fault_number", values={"least": meta.ge or 0, "most": meta.le})
    if kind is bool:
        return Fault(name=name, key="fault_bool")
    if kind is date:
        return Fault(name=name, key="fault_day")
    if kind is str and meta.max_length is not None:
        return Fault(name=name, key="fault_length", values={"most": meta.max_length})
    return Fault(name=name, key="fault_other")


def _bare(hint: Any) -> tuple[Any, msgspec.Meta]:
    bare = _without_none(hint)
    if get_origin(bare) is Annotated:
        kind, meta, *_ = get_args(bare)
        return kind, meta
    return bare, msgspec.Meta()


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint
    (bare,) = (part for part in get_args(hint) if part is not types.NoneType)
    return bare


def parameters(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters for OpenAPI, from the schema of a query."""
    properties = cast(dict[str, Any], schema.get("properties", {}))
    return [
        {"name": name, "in": "query", "required": False, **_style(one), "schema": one}
        for name, one in properties.items()
    ]


def _style(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Several values stand in one parameter, with commas between."""
    return {"style": "form", "explode": False} if schema.get("type") == "array" else {}
