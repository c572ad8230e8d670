"""How is a JSON object read when no value in it may be trusted? One object, and where it stands in the request."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from bot.sandbox.errcodes import Errcode, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Every reader takes the errcode of its refusal; errmsg then names the field by its path."""

    values: Mapping[str, object]
    path: str = ""

    @classmethod
    def read(cls, body: bytes | str) -> "Node":
        """Parse a request body. Raises Refused."""
        try:
            value: object = json.loads(body)
            _check_unicode(body, value)
        except (ValueError, RecursionError):
            raise Refused(Errcode.BAD_PARAMETER, "invalid JSON") from None
        if not isinstance(value, dict):
            raise Refused(Errcode.BAD_PARAMETER, "a JSON object is required")
        return cls(values=cast(dict[str, object], value))

    def refuse(self, name: str, errcode: int, why: str) -> NoReturn:
        raise Refused(errcode, f"{self._at(name)} {why}", field=self._at(name))

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, errcode: int = Errcode.BAD_PARAMETER, *, most_bytes: int | None = None) -> str:
        """A string that is not empty."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value.strip():
            self.refuse(name, errcode, "is required as a non-empty string")
        if most_bytes is not None and len(value.encode()) > most_bytes:
            self.refuse(name, errcode, f"is longer than {most_bytes} bytes")
        return value

    def optional_text(self, name: str, errcode: int = Errcode.BAD_PARAMETER) -> str:
        """A string, "" when absent."""
        value = self.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(name, errcode, "must be a string")
        return value

    def integer(self, name: str, errcode: int = Errcode.BAD_PARAMETER) -> int:
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, errcode, "is required as an integer")
        return value

    def choice(
        self,
        name: str,
        allowed: Collection[int],
        errcode: int = Errcode.BAD_PARAMETER,
        *,
        default: int | None = 0,
    ) -> int:
        """One of the allowed integers; `default` when absent, and None means that it must be there."""
        if default is not None and not self.has(name):
            return default
        value = self.integer(name, errcode)
        if value not in allowed:
            self.refuse(name, errcode, f"must be one of {', '.join(map(str, sorted(allowed)))}")
        return value

    def flag(self, name: str) -> bool:
        """A boolean, False when absent."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, Errcode.BAD_PARAMETER, "must be true or false")
        return value is True

    def node(self, name: str, errcode: int = Errcode.BAD_PARAMETER) -> "Node":
        """An object that must be there."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            self.refuse(name, errcode, "is required as an object")
        return Node(values=cast(dict[str, object], value), path=self._at(name))

    def optional_node(self, name: str, errcode: int = Errcode.BAD_PARAMETER) -> "Node | None":
        return self.node(name, errcode) if self.has(name) else None

    def nodes(self, name: str, errcode: int, *, least: int = 0, most: int) -> list["Node"]:
        """An array of objects with `least` to `most` of them; absent counts as empty."""
        items = self._array(name, errcode)
        if not least <= len(items) <= most:
            self.refuse(name, errcode, f"must hold {least} to {most} entries, not {len(items)}")
        return [self._item(name, index, item, errcode) for index, item in enumerate(items)]

    def texts(self, name: str, *, most: int) -> list[str]:
        """An array of strings; absent counts as empty."""
        items = self._array(name, Errcode.BAD_PARAMETER)
        if len(items) > most or not all(isinstance(item, str) for item in items):
            self.refuse(name, Errcode.BAD_PARAMETER, f"must be an array of at most {most} strings")
        return cast(list[str], items)

    def integers(self, name: str, *, most: int) -> list[int]:
        """An array of integers; absent counts as empty."""
        items = self._array(name, Errcode.BAD_PARAMETER)
        numbers = [item for item in items if isinstance(item, int) and not isinstance(item, bool)]
        if len(numbers) != len(items) or len(items) > most:
            self.refuse(name, Errcode.BAD_PARAMETER, f"must be an array of at most {most} integers")
        return numbers

    def only(self, names: Collection[str]) -> None:
        """Refuse every field that is not in `names`."""
        for name in self.values:
            if name not in names:
                self.refuse(name, Errcode.BAD_PARAMETER, "does not belong here")

    def _array(self, name: str, errcode: int) -> list[object]:
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, errcode, "must be an array")
        return cast(list[object], value)

    def _item(self, name: str, index: int, item: object, errcode: int) -> "Node":
        if not isinstance(item, dict):
            self.refuse(f"{name}[{index}]", errcode, "must be an object")
        return Node(values=cast(dict[str, object], item), path=self._at(f"{name}[{index}]"))

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def _check_unicode(body: bytes | str, value: object) -> None:
    """Refuse half of a surrogate pair, which JSON can escape and no client can show. Raises ValueError."""
    if "\\u" in (body.decode() if isinstance(body, bytes) else body):
        json.dumps(value, ensure_ascii=False).encode()
