"""Where can a phone number stand? Random orders with one in every text that a source may write, and the customer's own."""

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from rules.stages import Stage, Status

FORMS: Sequence[Callable[[str], str]] = (
    lambda number: number,
    lambda number: f"+86 {number[:3]} {number[3:7]} {number[7:]}",
    lambda number: f"0086-{number[:3]}-{number[3:7]}-{number[7:]}",
    lambda number: f"86{number}",
    lambda number: number.translate({ord("0") + digit: "０１２３４５６７８９"[digit] for digit in range(10)}),
    lambda number: f"{number[:3]}\u200b{number[3:8]}\u2060{number[8:]}",
    lambda number: f"{number[:3]}\u200d{number[3:]}",
    " ".join,
    lambda number: f"{number[:3]}．{number[3:7]}·{number[7:]}",
    lambda number: f"（{number[:3]}）{number[3:]}",
)
IN_A_RUN: Callable[[str], str] = "200{}004".format
"""Among 17 digits. Only where people write: a code may have as many of its own."""
PLACES = ("浙江省杭州市西湖区", "上海市浦东新区", "广东省东莞市", "新疆维吾尔自治区乌鲁木齐市天山区", "")
SOURCE = "/erp"
BETWEEN_DIGITS = frozenset(" -－–—_.．·•()（）")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedOrder:
    """What the sources report of one order, as they send it, and what must not come to light."""

    number: str
    events: Sequence[Mapping[str, Any]]
    phones: frozenset[str]
    """Every number that stands somewhere."""
    own: frozenset[str]
    """Those of them that are the customer's, by `customer.phone`."""
    street: str
    """What of the address nobody may read."""


class Planter:
    """Makes orders by chance, the same ones for the same seed."""

    def __init__(self, seed: int, now: datetime, *, in_sources: bool = True) -> None:
        """With numbers `in_sources` or not: an address that names an event, names its source as it is."""
        self._in_sources = in_sources
        self._random = Random(seed)
        self._now = now
        self._made = 0
        self._phones: set[str] = set()

    @property
    def planted(self) -> frozenset[str]:
        """Every number since the last order was begun."""
        return frozenset(self._phones)

    def order(self) -> PlantedOrder:
        """The next one: its last news lies far enough back for a limit to have passed."""
        self._made += 1
        self._phones = set()
        number, street = f"DB-{self._made:05}", f"青藤巷{self._random.randrange(10, 99)}弄{self._made}号"
        own = self.phone()
        address = f"{self._random.choice(PLACES)}{street}"
        stages = self._stages()
        data = [self._created(own, address), *map(self._stage, stages), self._changed(), self._called()]
        kinds = ["order.created", *("order.stage" for _ in stages), "order.changed", "customer.contacted"]
        start = self._now - timedelta(hours=60)
        events = [
            self._event(number, kind, start + timedelta(minutes=place), told)
            for place, (kind, told) in enumerate(zip(kinds, data, strict=True))
        ]
        return PlantedOrder(
            number=number, events=events, phones=frozenset(self._phones), own=frozenset({own}), street=street
        )

    def phone(self) -> str:
        """A number that nobody else has."""
        number = f"1{self._random.choice('3456789')}{self._random.randrange(10**9):09}"
        self._phones.add(number)
        return number

    def words(self) -> str:
        """What somebody may write, with a number in it."""
        form = self._random.choice([*FORMS, IN_A_RUN])
        return f"{self._random.choice(('急：', '请打', ''))}{form(self.phone())}{self._random.choice(('，谢谢', ''))}"

    def code(self) -> str:
        """A code of goods, with a number in it."""
        return f"{self._random.choice(('SKU-', ''))}{self._random.choice(FORMS)(self.phone())}"

    def _event(self, number: str, kind: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": f"{number}-{at:%H%M}",
            "source": f"/erp/{self.words()}" if self._in_sources else SOURCE,
            "type": kind,
            "subject": number,
            "time": at.isoformat(),
            "data": {"operator": self.words(), "note": self.words(), **data},
        }

    def _created(self, own: str, address: str) -> dict[str, Any]:
        texts = ("channel", "currency", "warehouse", "region", "district", "payment_channel")
        return {
            **{name: self.words() for name in texts},
            "amount_fen": 18_600,
            "tags": [self.words(), self.words()],
            "items": [{"sku": self.code(), "qty": 2, "class": self.words()} for _ in range(2)],
            "customer": {
                "name": self.words(),
                "ref": self.words(),
                "phone": self._random.choice(FORMS)(own),
                "address": address,
            },
        }

    def _stages(self) -> list[tuple[Stage, Status]]:
        """How far the order has come: to the beginning of one of the stages."""
        reached = self._random.choice(list(Stage))
        return [*((stage, Status.COMPLETED) for stage in reached.earlier), (reached, Status.STARTED)]

    def _stage(self, news: tuple[Stage, Status]) -> dict[str, Any]:
        stage, status = news
        told = {"carrier": self.words(), "pack_progress": self.words()} if stage.per_parcel else {}
        return {"stage": stage.value, "status": status.value, **told}

    def _changed(self) -> dict[str, Any]:
        return {"warehouse": self.words(), "tags": [self.words()], "customer": {"name": self.words()}}

    def _called(self) -> dict[str, Any]:
        return {"channel": self.words()}


class _Bare(dict[int, str]):
    """Each character, or nothing for those that do not count."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        hidden = char in BETWEEN_DIGITS or unicodedata.category(char) in {"Cf", "Mn", "Zs"}
        self[code] = "" if hidden else char
        return self[code]


_BARE = _Bare()


def body_of(event: Mapping[str, Any]) -> bytes:
    """An event as a source sends it."""
    return json.dumps(event, ensure_ascii=False).encode()


def bare(text: str) -> str:
    """A text as somebody reads it who looks for digits: in one script, with nothing between them."""
    return unicodedata.normalize("NFKC", text).translate(_BARE)


def leaks(text: str, planted: Iterable[str]) -> list[str]:
    """Which of the numbers can be read in a text that is `bare`."""
    return [number for number in planted if number in text]
