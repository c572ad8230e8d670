"""Who of several gets a case?"""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from rules.assignment import choose
from rules.events import UserId
from tests.builders import LI, WANG, ZHANG

TEAM = (ZHANG, LI, WANG)
PEOPLE = st.sampled_from(TEAM)


def test_nobody_gets_it_where_nobody_is_able() -> None:
    assert choose((), {}, ()) is None


def test_whoever_speaks_to_the_customer_already_gets_it_however_much_they_have() -> None:
    assert choose(TEAM, {WANG: 9}, {WANG}) == WANG


def test_whoever_speaks_to_the_customer_but_is_not_able_does_not_get_it() -> None:
    assert choose((ZHANG, LI), {ZHANG: 1}, {WANG}) == LI


def test_else_whoever_has_the_fewest_gets_it() -> None:
    assert choose(TEAM, {ZHANG: 2, LI: 1, WANG: 2}, ()) == LI


def test_who_has_none_is_in_no_count() -> None:
    assert choose(TEAM, {ZHANG: 1}, ()) == LI


def test_among_equals_the_order_decides() -> None:
    assert choose(TEAM, {}, ()) == ZHANG
    assert choose(TEAM[::-1], {}, ()) == WANG


def test_of_two_who_speak_to_the_customer_the_one_with_fewer_gets_it() -> None:
    assert choose(TEAM, {ZHANG: 3, LI: 2}, {ZHANG, LI}) == LI


@given(st.lists(PEOPLE, unique=True, min_size=1), st.dictionaries(PEOPLE, st.integers(0, 5)), st.sets(PEOPLE))
def test_nobody_who_is_able_would_have_been_the_better_one(
    able: list[UserId], loads: Mapping[UserId, int], known: set[UserId]
) -> None:
    chosen = choose(able, loads, known)

    assert chosen is not None
    for other in able:
        if (other in known) is (chosen in known):
            assert loads.get(chosen, 0) <= loads.get(other, 0)
        else:
            assert chosen in known


@given(st.lists(PEOPLE, max_size=60))
def test_given_one_after_the_other_nobody_ever_has_two_more_than_another(gone: list[UserId]) -> None:
    """Cases close in between, each of somebody who has one."""
    loads = dict.fromkeys(TEAM, 0)
    for _ in range(30):
        heir = choose(TEAM, loads, ())
        assert heir is not None
        loads[heir] += 1
        assert max(loads.values()) - min(loads.values()) <= 1
    for userid in gone:
        loads[userid] = max(loads[userid] - 1, 0)
    least = min(loads.values())
    heir = choose(TEAM, loads, ())
    assert heir is not None
    assert loads[heir] == least
