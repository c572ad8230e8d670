"""What is sealed can be read by us alone, and the same is sealed alike."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.sealing import Seals
from handlers.world import BrokenSealError
from rules.events import Personal, Sealed, Shop

SEALS, OTHERS = Seals(b"secret"), Seals(b"another secret")
MAIN, NORTH = Shop("main"), Shop("north: 2")
PHONE = "13800138000"


@given(st.sampled_from(Personal), st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.text())
def test_whatever_is_sealed_is_read_again(what: Personal, clear: str, shop: str) -> None:
    try:
        shop.encode()
    except UnicodeEncodeError:
        return
    assert SEALS.open(what, SEALS.seal(what, clear, Shop(shop))) == clear


def test_the_same_is_sealed_alike_by_every_replica_and_differently_in_every_other_case() -> None:
    assert Seals(b"secret").seal(Personal.PHONE, PHONE, MAIN) == SEALS.seal(Personal.PHONE, PHONE, MAIN)
    cases = product((SEALS, OTHERS), Personal, (PHONE, "13800138001"), (MAIN, NORTH))
    assert len({seals.seal(what, clear, shop).sealed for seals, what, clear, shop in cases}) == 16


def test_a_seal_shows_no_more_than_it_may() -> None:
    phone = SEALS.seal(Personal.PHONE, PHONE, MAIN)
    address = SEALS.seal(Personal.ADDRESS, "浙江省杭州市西湖区文三路90号", MAIN)
    assert (phone.shown, address.shown) == ("138****8000", "浙江省杭州市西湖区")
    assert phone.sealed.startswith("s1:")
    assert PHONE not in phone.sealed


@pytest.mark.parametrize(
    "text", ["", "s1", "s1:", "s1:AAAA:main", "s1:é:main", "s1:A:main", "s2:AAAA:main", PHONE]
)
def test_what_is_no_seal_of_ours_says_what_may_have_happened(text: str) -> None:
    with pytest.raises(BrokenSealError, match="DINGDAN_SECRET_KEY"):
        SEALS.open(Personal.PHONE, Sealed(sealed=text, shown="138****8000"))


def test_a_seal_is_good_under_its_own_key_and_shop_and_for_its_own_purpose() -> None:
    sealed = SEALS.seal(Personal.PHONE, PHONE, MAIN)
    moved = replace(sealed, sealed=sealed.sealed.replace(":main", ":north"))
    for seals, what, seal in (
        (OTHERS, Personal.PHONE, sealed),
        (SEALS, Personal.ADDRESS, sealed),
        (SEALS, Personal.PHONE, moved),
    ):
        with pytest.raises(BrokenSealError):
            seals.open(what, seal)
