"""The bot's connection breaks, is taken over, or carries nonsense: the cards come all the same, where they can."""

import asyncio
import time

import pytest

from tests.outside.ledger import Json
from tests.outside.shop import Shop

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module")]

A_MOMENT = 2.5
"""Seconds in which a connection that must not come back would have come back."""


@pytest.mark.parametrize("nonsense", [{"errcode": "abc"}, {}])
async def test_nonsense_on_the_socket_ends_neither_the_connection_nor_the_card(
    shop: Shop, nonsense: Json
) -> None:
    number, before = f"ODD-{len(nonsense)}", len(shop.wecom.bot.subscribed_at)
    shop.wecom.bot.spoiled.append(nonsense)

    await shop.late_payment(number)

    assert await shop.group_card(number)
    assert len(shop.wecom.bot.subscribed_at) == before


async def test_a_broken_line_is_mended_and_what_waited_comes_over_it(shop: Shop) -> None:
    before = time.time()
    await shop.wecom.bot.drop()

    await shop.late_payment("DROPPED")

    assert (await shop.managers_card("DROPPED")).at - before < 3
    assert (await shop.group_card("DROPPED")).at - before < 5


async def test_who_is_replaced_does_not_fight(shop: Shop) -> None:
    before = len(shop.wecom.bot.subscribed_at)

    await shop.wecom.bot.kick()
    await shop.late_payment("KICKED")

    assert await shop.managers_card("KICKED")
    await asyncio.sleep(A_MOMENT)
    assert len(shop.wecom.bot.subscribed_at) == before
