"""What is the pack of a cause, for whom? Found once for all who ask at a time, and billed to the reader's shops alone."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from bot.storage.caselist import CaseFilter
from bot.storage.evidence import Found
from bot.storage.views import Views
from bot.web.board.cells import Tongue
from bot.web.board.evidence import MANY, EvidenceQuery, approved_for, cause_for, evidence
from bot.web.board.evidence_pack import MOST_CUSTOMERS, MOST_ORDERS
from bot.web.board.readers import Reader
from bot.web.board.screens import Asked
from replies.pages.common import COMMON
from replies.pages.evidence import EVIDENCE
from replies.words import Language, Words
from rules.calendar import SHANGHAI
from rules.decisions import Decision
from rules.events import UserId
from rules.evidence import Facet, Hit
from rules.roster import Member
from tests.contracts.builders import NOW, a_case, a_decision, an_order

TONGUE = Tongue(Words(Language.ZH, COMMON, EVIDENCE), str)
CHIEF, NORTH, BOTH = (
    Reader(member=Member(userid=UserId("x"), name="x", roles=frozenset(), shops=shops))
    for shops in map(frozenset[str], (("*",), ("north",), ("north", "south")))
)


@pytest.mark.parametrize(
    ("reader", "fen"), [(CHIEF, 111), (NORTH, 10), (BOTH, 110)], ids=["of all", "of one", "of two"]
)
def test_only_what_was_approved_for_shops_of_the_reader_counts(reader: Reader, fen: int) -> None:
    decided = [
        a_decision(cause=cause, compensation_fen=approved)
        for cause, approved in (
            ("carrier=sf", 1),
            ("carrier=sf&shop=north", 10),
            ("carrier=sf&shop=south", 100),
            ("carrier=sf&shop=north", None),
        )
    ]
    assert approved_for(decided, reader) == fen


@pytest.mark.parametrize(
    ("reader", "asked", "cause"),
    [
        (CHIEF, {}, "carrier=sf"),
        (NORTH, {}, "carrier=sf&shop=north"),
        (NORTH, {"shop": "south"}, "carrier=sf&shop=south"),
        (BOTH, {}, "carrier=sf"),
    ],
)
def test_of_whoever_has_one_shop_the_cause_is_that_of_this_shop(
    reader: Reader, asked: dict[str, Any], cause: str
) -> None:
    assert cause_for(EvidenceQuery(carrier="sf", **asked), reader) == cause


class Town:
    """As much of the views as is asked for: so many cases, counted how often they were looked for."""

    def __init__(self, cases: int, looked: int) -> None:
        self.looks, self._looked = 0, looked
        orders = [an_order(f"DB{number}") for number in range(cases)]
        self._hits = [Hit(a_case(order.key.order_no), order) for order in orders]

    async def evidence(self, wanted: CaseFilter, facets: Mapping[Facet, str]) -> Found:
        self.looks += 1
        return Found(hits=self._hits, looked=self._looked, cut=False, incidents=[], versions=[])

    async def decisions_about(self, cause: str) -> list[Decision]:
        return []


def asked(*, whole: bool) -> Asked[EvidenceQuery]:
    return Asked(reader=CHIEF, path={}, query=EvidenceQuery(), now=NOW, zone=SHANGHAI, whole=whole)


@pytest.mark.parametrize(
    ("cases", "looked", "looks"),
    [(3, 3, 2), (3, MANY, 1), (MANY, MANY, 1)],
    ids=["few", "few of many", "many"],
)
async def test_what_many_cases_tell_is_found_once_in_a_minute_and_few_with_every_look(
    cases: int, looked: int, looks: int
) -> None:
    town = Town(cases, looked)
    screen = evidence(cast(Views, town))

    pages = [await screen.load(asked(whole=False)) for _ in range(2)]

    assert town.looks == looks
    assert pages[0] == pages[1]
    assert pages[0].cases == cases
    assert len(pages[0].items) == min(cases, MOST_ORDERS)
    assert len(pages[0].customers_shown) == min(cases, MOST_CUSTOMERS)


async def test_a_workbook_has_all_of_it_and_finds_it_once() -> None:
    town = Town(MANY, MANY)
    export = evidence(cast(Views, town)).export
    assert export is not None
    assert export.beside is not None

    first = await export.page(asked(whole=True), None, 100)
    customers = (await export.beside(first, asked(whole=True), TONGUE))[2]

    assert town.looks == 1
    assert len(first.items) == len(list(customers.rows)) == MANY
