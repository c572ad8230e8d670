"""What is said of changes of duty: from when until when, what stands in the way, what is to be mended."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from replies.duty import called, name, objection, stretch, what
from replies.dutyoutlook import message, told
from replies.lengths import SCREEN_BYTES
from replies.words import Language
from rules.calendar import SHANGHAI
from rules.changes import Flaw, FlawKind, flaw_of
from rules.duty import Change, ChangeKind
from rules.events import Shop, UserId
from rules.gaps import Doubled, Finding, Gap, Stranger, Unfit
from rules.rights import Role
from rules.roster import Member
from tests.builders import LI, SHOP, WANG, ZHANG, a_roster


def china(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+08:00")


NOW = china("12-03T10:00")


def a_swap(**fields: Any) -> Change:
    change = Change(
        kind=ChangeKind.SWAP,
        userid=ZHANG,
        substitute=LI,
        start=china("12-03T09:00"),
        end=china("12-03T18:00"),
        number=7,
    )
    return replace(change, **fields)


@pytest.mark.parametrize(
    ("start", "end", "zh", "en"),
    [
        ("12-03T09:00", "12-03T18:00", "12月3日（周四）09:00–18:00", "Thu 12-03 09:00–18:00"),
        ("12-03T18:00", "12-04T00:00", "12月3日（周四）18:00–24:00", "Thu 12-03 18:00–24:00"),
        ("12-03T00:00", "12-04T00:00", "12月3日（周四）全天", "Thu 12-03, all day"),
        ("12-03T00:00", "12-06T00:00", "12月3日（周四） 至 12月5日（周六）", "Thu 12-03 to Sat 12-05"),
        (
            "12-03T22:00",
            "12-04T06:00",
            "12月3日（周四）22:00 – 12月4日（周五）06:00",
            "Thu 12-03 22:00 – Fri 12-04 06:00",
        ),
    ],
)
def test_a_stretch_is_said_with_its_days(start: str, end: str, zh: str, en: str) -> None:
    assert stretch(china(start), china(end), SHANGHAI) == zh
    assert stretch(china(start), china(end), SHANGHAI, Language.EN) == en


def test_a_change_is_said_with_names_and_number() -> None:
    roster = a_roster()
    assert what(a_swap(), roster) == "张三 的班换给 李四，12月3日（周四）09:00–18:00"
    assert called(a_swap()) == "编号 7"
    assert called(a_swap(number=None), Language.EN) == "the roster file"
    leave = a_swap(kind=ChangeKind.LEAVE, substitute=None)
    assert what(leave, roster, Language.EN) == "张三 is on leave, Thu 12-03 09:00–18:00"


FLAWS: list[tuple[Flaw, str]] = [
    (Flaw(kind=FlawKind.UNKNOWN, userid=UserId("zhou")), "zhou"),
    (Flaw(kind=FlawKind.ONESELF, userid=LI), "somebody else"),
    (Flaw(kind=FlawKind.EMPTY, userid=LI), "no later"),
    (Flaw(kind=FlawKind.PAST, userid=LI), "over already"),
    (Flaw(kind=FlawKind.FAR, userid=LI), "60 days"),
    (Flaw(kind=FlawKind.ROLE, userid=LI), "no role to be on shift for"),
    (Flaw(kind=FlawKind.ROLE, userid=LI, role=Role.MANAGER), "the role manager"),
    (Flaw(kind=FlawKind.SHOP, userid=LI, shop="*"), "every shop"),
    (Flaw(kind=FlawKind.SHOP, userid=LI, shop="b"), "the shop b"),
    (Flaw(kind=FlawKind.NIGHT, userid=LI, shift=(datetime(2026, 12, 3, 22), datetime(2026, 12, 4, 6))), "12-03 22:00..12-04 06:00"),  # noqa: DTZ001 -- the clock on the wall
    (Flaw(kind=FlawKind.NOTHING, userid=LI), "no shift"),
    (Flaw(kind=FlawKind.MEETS, userid=LI, other=a_swap()), "number 7: 张三's duty goes to 李四"),
]  # fmt: skip


@pytest.mark.parametrize(("flaw", "words"), FLAWS)
def test_what_stands_in_the_way_is_said_in_both_languages(flaw: Flaw, words: str) -> None:
    assert words in objection(flaw, a_roster(), Language.EN)
    assert objection(flaw, a_roster())


def test_every_flaw_has_words() -> None:
    assert {flaw.kind for flaw, _ in FLAWS} == set(FlawKind)


def test_a_change_that_ends_as_it_begins_is_none() -> None:
    flaw = flaw_of(a_swap(end=a_swap().start), a_roster(), NOW)
    assert flaw is not None
    assert flaw.kind is FlawKind.EMPTY


def test_each_finding_has_its_mend() -> None:
    gone = Member(userid=UserId("zhou"), name="周八", roles=frozenset({Role.AGENT}))
    roster = replace(a_roster(), former={gone.userid: gone})
    found: list[Finding] = [
        Gap(role=Role.AGENT, shop=SHOP, start=china("12-03T18:00"), end=china("12-03T22:00")),
        Stranger(where="shifts[2]", who="zhou"),
        Doubled(swap=a_swap(), start=china("12-03T09:00"), end=china("12-03T12:00")),
        Unfit(change=a_swap(number=None), flaw=Flaw(kind=FlawKind.NOTHING, userid=ZHANG)),
    ]
    gap, stranger, doubled, unfit = told(found, roster)
    assert gap.wrong == "客服 main 12月3日（周四）18:00–22:00 没人当班"
    assert "周八（zhou）" in stranger.wrong
    assert doubled.wrong == "李四 一个人上两个班，12月3日（周四）09:00–12:00（编号 7）"
    assert doubled.mend == "/值班 撤销 7 后换别人"
    assert "没有班可换" in unfit.wrong
    assert unfit.mend == "改名册的 overrides"
    assert all(one.wrong and one.mend for one in told(found, roster, Language.EN))


def test_a_message_fits_a_screen_however_much_is_wrong() -> None:
    found = [Stranger(where=f"shifts[{number}]", who="x" * 64) for number in range(40)]
    said = message(found, a_roster(), "看板：https://dingdan.example/duty")
    assert "有 40 处要补" in said
    assert "…还有 28 处" in said
    assert said.endswith("/duty")
    assert len(said.encode()) <= SCREEN_BYTES


def test_names_are_fit_to_be_shown() -> None:
    odd = Member(userid=WANG, name="<b>王</b>", roles=frozenset({Role.MANAGER}))
    assert "<" not in name(replace(a_roster(), members={WANG: odd}), WANG)


def test_what_is_missing_in_several_shops_at_a_time_is_one_line() -> None:
    shops = [Shop(name) for name in ("a", "b", "c", "d")]
    found = [
        Gap(role=Role.AGENT, shop=shop, start=china("12-03T18:00"), end=china("12-03T22:00"))
        for shop in shops
    ]
    few, many = told(found[:2], a_roster()), told(found, a_roster(), Language.EN)
    assert [one.wrong for one in few] == ["客服 a、b 12月3日（周四）18:00–22:00 没人当班"]
    assert [one.wrong for one in many] == [
        "agent a, b, c and others, 4 shops Thu 12-03 18:00–22:00: nobody on shift"
    ]
