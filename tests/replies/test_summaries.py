"""An answer fits one screen however much there is to tell: 20 lines, 2048 bytes, and no phone number in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from replies import commands
from replies.commands import board
from replies.lengths import fitted
from replies.summaries import Reading, case_list, duty, order_summary
from rules.anomalies import Anomaly
from rules.duty import Shift
from rules.editions import Rules
from rules.events import Attribute, OrderKey, OrderNo, Shop, UserId
from rules.fold import fold
from rules.rights import Role
from rules.roster import Member, Roster
from rules.stages import Priority, Stage, Status
from tests.replies.builders import NOW, ROSTER, Story, a_book, a_case
from tests.replies.incidents import a_member, an_incident

LINES, BYTES = 20, 2048
OWN = board("https://dingdan.example.com/l/" + "x" * 200, own=True)
NUMBERS = st.text(st.characters(categories=["L", "N", "P", "So"]), min_size=1, max_size=80).map(OrderNo)
WORDS = st.text(max_size=200)
PHONE = "13800138000"
READING = Reading(rules=Rules.only(a_book()), roster=ROSTER, now=NOW)


def fits(answer: str) -> bool:
    return len(answer.splitlines()) <= LINES and len(answer.encode()) <= BYTES


def cases_of(numbers: Sequence[OrderNo]) -> list[Anomaly]:
    anomaly = a_case().anomaly
    return [replace(anomaly, order=OrderKey(Shop("main"), number)) for number in numbers]


def test_the_cases_of_an_incident_have_one_line_together() -> None:
    lead, alone, *others = (a_member(number).anomaly for number in range(1, 6))
    incident = an_incident(a_member(1), 4)
    joined = [replace(case, incident=incident.id, joined_at=NOW) for case in (lead, *others)]
    reached = replace(joined[-1], reached_at=NOW)
    late_joiner = replace(alone, incident=incident.id, joined_at=NOW, reopened_at=NOW + timedelta(minutes=1))
    listed = [*joined[:-1], reached, late_joiner]

    answer = case_list("正在发生的", listed, READING, OWN, incidents={incident.id: incident})

    assert answer.splitlines() == [
        "正在发生的（5）：",
        "支付验证 · 支付宝 · 4 单，3 单没联系顾客",
        "DB20251222-002 P1 付款未完成 6分 待认领",
    ]
    one = case_list("正在发生的", joined[:1], READING, OWN, incidents={incident.id: incident})
    assert one.splitlines()[1].startswith("DB20251222-001 P1 ")


@given(st.lists(NUMBERS, max_size=60))
def test_a_list_of_cases_fits_and_says_how_many_are_left_and_where(numbers: list[OrderNo]) -> None:
    answer = case_list("您的待办和没人认领的", cases_of(numbers), READING, OWN)

    assert fits(answer)
    if len(numbers) > 10:
        assert answer.endswith(f"\n…还有 {len(numbers) - 10} 单\n{OWN}")
    else:
        assert "还有" not in answer.splitlines()[-1] or not numbers
        assert OWN not in answer


def test_the_most_urgent_cases_are_those_that_are_listed() -> None:
    many = cases_of([OrderNo(f"DB{number}") for number in range(12)])
    urgent = replace(many[-1], priority=Priority.P1)

    answer = case_list("正在发生的", [*many[:-1], urgent], READING, OWN)

    assert answer.splitlines()[1].startswith("DB11 P1 ")
    assert "（12）" in answer.splitlines()[0]


@given(NUMBERS, WORDS, st.lists(WORDS, max_size=40), st.integers(0, 30))
def test_an_order_fits_with_everything_that_is_known_of_it(
    number: OrderNo, words: str, carriers: list[str], cases: int
) -> None:
    story = Story(order_no=number).until(Stage.PICKUP, NOW - timedelta(hours=9))
    for place, carrier in enumerate(carriers):
        facts = {Attribute.CARRIER: carrier, Attribute.TRACKING_NO: f"YT{place:078}"}
        story.stage(Stage.PACKING, Status.COMPLETED, NOW, parcel=f"p{place}", facts=facts)
    facts = {Attribute.PAYMENT_REF: words, Attribute.PACK_PROGRESS: words}
    story.stage(Stage.PACKING, Status.UPDATED, NOW, facts=facts, note=words, operator=words)

    answer = order_summary(fold(story.key, story.events), cases_of([number] * cases), READING)

    assert fits(answer)
    assert answer.startswith("订单 ")
    assert ("笔异常" in answer) is (cases > 5)


def test_a_phone_number_in_what_somebody_typed_is_masked() -> None:
    story = Story().until(Stage.PICKUP, NOW - timedelta(hours=1))
    said = f"客人 {PHONE} 催"
    facts = {Attribute.PACK_PROGRESS: said, Attribute.CARRIER: said}
    story.stage(Stage.PACKING, Status.COMPLETED, NOW, parcel="p1", facts=facts, note=said, operator=said)

    answer = order_summary(fold(story.key, story.events), [], READING)

    assert PHONE not in answer
    assert answer.count("138****8000") == 4


def test_everybody_on_shift_fits() -> None:
    people = [UserId(f"u{number}") for number in range(300)]
    members = {userid: Member(userid=userid, name="欧阳" * 32, roles=frozenset({*Role})) for userid in people}
    shifts = tuple(
        Shift(userid=userid, days=frozenset(range(7)), start=time(0), end=None) for userid in people
    )
    roster = Roster(members=members, shifts=shifts, fallback=people[0])

    answer = duty(roster, Shop("main"), READING)

    assert fits(answer)
    assert answer.count(" 等 300 人") == 3


@given(st.text(max_size=3000), NUMBERS, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30))
def test_what_is_said_of_a_number_fits(
    typed: str, number: OrderNo, keys: list[tuple[OrderNo, OrderNo]]
) -> None:
    orders = [OrderKey(Shop(shop), named) for shop, named in keys]
    answers = [
        commands.order_unknown(typed),
        commands.order_ambiguous("稍后", number, orders),
        commands.no_case(number),
        commands.bad_duration(typed),
        commands.unknown_command(typed),
        commands.help_text("https://dingdan.example.com/l/" + "x" * 200),
    ]
    assert all(fits(answer) for answer in answers)
    assert answers[1].endswith("时长")


@given(
    st.lists(WORDS.map(lambda text: " ".join(text.split())), min_size=1, max_size=20), st.integers(100, 3000)
)
def test_lines_are_shortened_only_as_far_as_there_is_need(lines: list[str], limit: int) -> None:
    answer = fitted(lines, limit)

    whole = "\n".join(lines)
    assert len(answer.encode()) <= limit
    assert answer == whole or len(whole.encode()) > limit
    assert len(answer.split("\n")) == len(lines)
