"""Any record at all: hypothesis strategies read off the fields of a class."""

import dataclasses
import inspect
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from rules.anomalies import Anomaly
from rules.events import OrderKey, OrderNo, Shop
from rules.instants import instant
from rules.reaching import Needless
from rules.reasons import Reason, Verdict

Record = TypeVar("Record")

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
"""Whatever a source may write, emoji and control characters too; NUL has a test of its own."""
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(instant)  # noqa: DTZ001 -- made aware by the strategy
WHOLE = st.integers(-(2**63), 2**63 - 1)
KEYS = st.builds(OrderKey, TEXTS.map(Shop), TEXTS.map(OrderNo))
VERDICTS = st.sampled_from([Verdict(reason=one) for one in Reason if one is not Reason.OTHER]) | st.builds(
    Verdict, reason=st.just(Reason.OTHER), text=TEXTS.filter(bool)
)

_SIMPLE: Mapping[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: WHOLE,
    bool: st.booleans(),
    bytes: st.binary(max_size=50),
    datetime: INSTANTS,
    Verdict: VERDICTS,
}


def records(kind: type[Record], **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Record]:
    """Records with anything in every field that is not fixed."""
    hints = get_type_hints(kind)
    fields = {name: _values(hints[name]) for name in inspect.signature(kind).parameters}
    return st.builds(kind, **(fields | fixed))


def cases(**fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Anomaly]:
    """Cases that the database may hold: none that is closed, or waived, without what belongs to it."""
    return records(Anomaly, **fixed).map(_unwaived_if_unexplained).map(_reopened_if_incomplete)


def _unwaived_if_unexplained(case: Anomaly) -> Anomaly:
    wordless = case.waived_why is Needless.OTHER and not case.waived_text
    if case.waived_by is not None and case.waived_why is not None and not wordless:
        return case
    return dataclasses.replace(case, waived_by=None, waived_at=None, waived_why=None, waived_text=None)


def _reopened_if_incomplete(case: Anomaly) -> Anomaly:
    return dataclasses.replace(case, closed_at=None) if case.missing else case


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if isinstance(hint, NewType):
        return _values(hint.__supertype__)
    if get_origin(hint) is not None:
        return _composed(get_origin(hint), get_args(hint))
    if issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    if issubclass(hint, tuple):
        return st.builds(
            cast(Any, hint), *(_values(part) for part in get_type_hints(cast(Any, hint)).values())
        )
    return records(hint)


def _composed(origin: Any, parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin in {Union, UnionType}:
        return st.one_of([st.none() if part is NoneType else _values(part) for part in parts])
    if origin is tuple:
        return st.lists(_values(parts[0]), max_size=3).map(tuple)
    return st.dictionaries(_values(parts[0]), _values(parts[1]), max_size=4)
