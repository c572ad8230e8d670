"""What would customers have been told, had a rule book been in force?"""

from collections.abc import Sequence
from datetime import datetime

import pytest
from msgspec.structs import replace

from replies.hindsight import wordings
from replies.library import Templates
from rules.book import RuleBook
from rules.editions import Rules
from rules.events import Customer, OrderEvent
from rules.promises import Slot
from rules.rehearsal import Alert, rehearse
from rules.retelling import retell
from rules.stages import Stage, Status
from rules.wordings import Wording
from tests.builders import ORDER, a_book, a_roster, at, created, staged, until

FRONT = "---\ntitle: 审单\nfacts: [order_no{facts}]\n{more}---\n{{{{ order_no }}}} "
NIGHT = at("23:00")


def a_reply(text: str, facts: str = "", more: str = "", name: str = "confirm_not_completed") -> RuleBook:
    return a_book(replies=[{"name": name, "text": FRONT.format(facts=facts, more=more) + text}])


def said(
    events: Sequence[OrderEvent], book: RuleBook, end: datetime = NIGHT, since: datetime | None = None
) -> list[tuple[Alert, Wording]]:
    rules, roster = Rules.only(book), a_roster()
    found = rehearse(ORDER, retell(ORDER, events, (), end), rules, lambda _: roster, end)
    return list(wordings(found, rules, lambda _: roster, Templates(), since or at("00:00")))


def texts(events: Sequence[OrderEvent], book: RuleBook, end: datetime = NIGHT) -> list[str | None]:
    """What the drafts say after the number of the order."""
    found = [wording.text for _, wording in said(events, book, end)]
    return [None if text is None else text.removeprefix(ORDER.order_no).strip() for text in found]


LATE = until(Stage.CONFIRM, "09:00")


def test_a_card_has_the_words_of_the_book_else_the_built_in_ones() -> None:
    ((alert, ours),) = said(LATE, a_book())
    assert alert.stage is Stage.CONFIRM
    assert ours.text is not None
    assert ours.template.startswith("confirm_not_completed ")
    assert (ours.is_long, ours.promises) == (False, (Slot.NEWS_BY,))
    ((_, own),) = said(LATE, a_reply("在审"))
    assert own.text == f"{ORDER.order_no} 在审"
    assert own.promises == ()
    assert own.template.partition(" ")[2] != ours.template.partition(" ")[2]


def test_times_are_said_as_they_would_have_been_then() -> None:
    """The card of a limit that passed at 09:20 promises news for that day, whenever it is rehearsed."""
    book = a_reply("{{ news_by }} 前", ", news_by", "promises: {news_by: 1h}\n")
    assert texts(LATE, book) == ["今天 10:30 前"]


def test_what_was_observed_later_is_not_in_the_text() -> None:
    book = a_reply("{% if carrier %}{{ carrier }}{% else %}还没揽收{% endif %}", more="claims: [carrier]\n")
    later = staged(
        Stage.PICKING, Status.STARTED, "09:05", observed_at=at("09:40"), attributes={"carrier": "sf"}
    )
    assert texts([*LATE, later], book)[0] == "还没揽收"


def test_what_a_text_lacks_is_named_and_a_long_one_is_told() -> None:
    ((_, wording),) = said(LATE, a_reply("{{ carrier }}", ", carrier"))
    assert (wording.text, wording.missing) == (None, ("carrier",))
    ((_, long),) = said(LATE, a_reply("很抱歉" * 40))
    assert long.is_long


@pytest.mark.parametrize(
    ("action", "fact"), [("push_duty_manager", "specialist_told"), ("follow_warehouse", "warehouse_asked")]
)
def test_what_was_done_at_an_alert_is_known_at_the_next_one(action: str, fact: str) -> None:
    """Somebody is told, or asked, at the first limit; at the second the customer can be told so."""
    stage = {
        "limits": [{"when": "not_completed", "after": after} for after in ("10m", "20m")],
        "actions": ["post_card", action],
    }
    reply = FRONT.format(facts="", more=f"claims: [{fact}]\n")
    text = reply + f"{{% if {fact} %}}已安排专人{{% else %}}在审{{% endif %}}"
    book = a_book(stages={"confirm": stage}, replies=[{"name": "confirm_not_completed", "text": text}])
    assert texts(LATE, book, at("09:21")) == ["在审", "已安排专人"]


def test_nobody_s_name_is_kept_and_the_text_is_as_long() -> None:
    book = a_reply("{{ customer_name }}您好", ", customer_name")
    named = [created("08:00", customer=Customer(name="欧阳 Li·4")), *LATE]
    assert texts(named, book) == [None], "a name with a digit is none"
    named = [created("08:00", customer=Customer(name="欧阳 Li·四")), *LATE]
    assert texts(named, book) == ["欧某 xx·某您好"]


def test_what_only_the_board_shows_or_what_came_before_has_no_reply() -> None:
    assert said(LATE, a_book(), since=at("09:30")) == []
    noticed = [replace(event, observed_at=at("11:00")) for event in LATE]
    assert [wording.text is None for _, wording in said(noticed, a_book(max_age="2h"))] == [False]
    assert said(noticed, a_book(max_age="90m")) == []
