"""Every code that WeCom may answer with has one meaning, and what the operator can mend says where."""

from collections import Counter
from collections.abc import Mapping

import pytest

from bot.sandbox.errcodes import Errcode
from bot.wecom.answers import Answer, meaning_of
from bot.wecom.codes import CODES, Upshot, code_of, remedy
from rules.delivery import Outcome

DOCUMENTED: Mapping[Upshot, str] = {
    Upshot.OK: "0",
    Upshot.ACCEPTED_BEFORE: "42014",
    Upshot.STALE_TOKEN: "40014 41001 42001",
    Upshot.RETRY: "-1 41063 45033 846609",
    Upshot.WAIT: "41094 45009 846607",
    Upshot.TOO_LATE: "42016 42052 846605 846608",
    Upshot.NO_RECIPIENT: "40003 40096 41048 50002 60021 60111 81013",
    Upshot.CLOSED_CHAT: "40050 86001 86003 86008 93000 93001 93006 93008",
    Upshot.OPERATOR: """
        40001 40013 40056 40068 40091 41002 41004 41011 43012 48001 48002 48005 48007 50001 50003 60011 60020 60031
        93004 93019 95003 95004 95011 95012 95017 95023 95032 301002 850001 851008 851013 851014 853000 2000002""",
    Upshot.REFUSED: """
        40007 40008 40029 40058 40063 40093 40201 41006 41008 41009 41010 41093 42003 42015 42017 42018 42019 42022
        42027 42028 42029 42030 42031 42033 42035 42036 42037 42038 42039 42040 42041 42042 42043 42044 42045 42046
        42047 42049 42050 42051 44004 45002 45034 82001 82002 82003 82004 84014 84015 85002 86004 86005 86006 86007
        86215 93017 93018 95000 95001 95002 95005 95006 95007 95008 95009 95013 95014 95015 95016 95018 95019 95022
        95026 95027 95030 95031 97610 97611 301023 301024""",
}
"""The codes of page 90313, of template cards (90236), 微信客服 (94677), 企业群发 (92135), login (91023), the bot (101463)."""
NUMBERS = {upshot: [int(number) for number in text.split()] for upshot, text in DOCUMENTED.items()}


@pytest.mark.parametrize(
    ("number", "upshot"), [(number, upshot) for upshot, numbers in NUMBERS.items() for number in numbers]
)
def test_each_documented_code_has_its_meaning(number: int, upshot: Upshot) -> None:
    assert code_of(number).upshot is upshot


def test_no_code_is_documented_twice() -> None:
    counted = Counter(number for numbers in NUMBERS.values() for number in numbers)
    assert set(counted.values()) == {1}


def test_the_sandbox_has_no_code_of_its_own() -> None:
    assert {int(code) for code in Errcode} <= set(CODES)


def test_what_is_in_no_table_is_for_the_operator_to_look_up() -> None:
    assert code_of(123456).upshot is Upshot.UNKNOWN
    assert "90313" in remedy(123456)


@pytest.mark.parametrize("upshot", [Upshot.OPERATOR, Upshot.CLOSED_CHAT])
def test_what_the_operator_must_mend_says_where(upshot: Upshot) -> None:
    places = ("管理后台", "DINGDAN_", "群里", "升级", "名册")
    for number in NUMBERS[upshot]:
        row = code_of(number)
        assert row.said, number
        assert any(place in row.mend for place in places), number


@pytest.mark.parametrize("number", sorted(CODES))
@pytest.mark.parametrize("may_wait", [True, False])
def test_no_refusal_is_taken_for_an_acceptance(number: int, may_wait: bool) -> None:
    first = meaning_of(Answer(code=number, text="words"), attempts=1, may_wait=may_wait)
    assert (first.outcome is Outcome.ACCEPTED) == (number == 0)
