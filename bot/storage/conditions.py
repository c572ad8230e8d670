"""How do conditions become the WHERE of a statement? Each is written with a `?` for each of its values."""

from collections.abc import Collection, Iterable, Sequence

from bot.storage.connection import Value

Condition = tuple[str, Sequence[Value]]


def numbered(conditions: Iterable[Condition], first: int = 1) -> tuple[list[str], list[Value]]:
    """The conditions with $1, $2, ... in the places of their values, from number `first` on, and all of the values."""
    said: list[str] = []
    values: list[Value] = []
    for condition, its_values in conditions:
        head, *parts = condition.split("?")
        places = range(first + len(values), first + len(values) + len(parts))
        said.append(head + "".join(f"${place}{part}" for place, part in zip(places, parts, strict=True)))
        values += its_values
    return said, values


def one_of(column: str, values: Collection[str]) -> Condition:
    """The column is one of these; of none of them nothing is."""
    return f"{column} IN ({', '.join('?' for _ in values) or 'NULL'})", sorted(values)


def where(said: Sequence[str]) -> str:
    """The clause; empty without conditions."""
    return f" WHERE {' AND '.join(said)}" if said else ""
