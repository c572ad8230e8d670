"""Who may touch a case? Those on the roster whose role and shop permit it, and who still work here (S-08)."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.sandbox.cards import Card
from rules.rights import Right, Role, holders
from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import EVERY_DAY, PATIENCE_SECONDS, Shop, a_shop

Lines = list[EventDict]
NO = "DB20251222-883"


@pytest.fixture
def logs() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


class Standing(StrEnum):
    """Where somebody stands with the company and its roster."""

    HERE = "here"
    """On the roster, and at work."""
    DISABLED = "disabled"
    """On the roster, and barred in WeCom."""
    LEFT = "left"
    """On the roster, and gone."""
    STRANGER = "stranger"
    """At work, and not on the roster."""


class Owner(StrEnum):
    """Whose case it is."""

    NOBODY = "nobody"
    SELF = "self"
    ANOTHER = "another"


Cell = tuple[Role, Standing, Owner]
CELLS: list[Cell] = list(product(Role, Standing, Owner))
QUIET: Mapping[str, Any] = {"ladder": [], "stages": {"picking": {"actions": ["post_card"]}}}
"""Cards in the group, and nothing that anybody else sends or takes."""
ON_ROSTER = [standing for standing in Standing if standing is not Standing.STRANGER]


def userid(role: Role, standing: Standing) -> str:
    return f"{role}-{standing}"


def number(role: Role, standing: Standing, owner: Owner) -> str:
    return f"DB-{role}-{standing}-{owner}"


def roster() -> Mapping[str, Any]:
    """Everybody of every role who stands on it, and 王五 who owns what is another's."""
    people = [
        {"userid": userid(role, standing), "name": f"{role} {standing}", "roles": [role]}
        for role, standing in product(Role, ON_ROSTER)
    ]
    members = [{"userid": "wangwu", "name": "王五", "roles": ["manager"]}, *people]
    return {"members": members, "shifts": [{"userid": "wangwu", "days": EVERY_DAY}], "fallback": "wangwu"}


async def address_book_says(shop: Shop, change: str, userid: str, status: str = "") -> None:
    """WeCom tells of a change (page 90970)."""
    config, now = shop.wecom.config, int(shop.clock.now().timestamp())
    told = f"<Status>{status}</Status>" if status else ""
    inside = (
        f"<xml><ToUserName>{config.corp_id}</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType>event</MsgType><Event>change_contact</Event>"
        f"<ChangeType>{change}</ChangeType><UserID>{userid}</UserID>{told}</xml>"
    )
    nonce = secrets.token_hex(8)
    envelope = config.crypto().seal(inside.encode(), timestamp=str(now), nonce=nonce)
    query = {"msg_signature": envelope.signature, "timestamp": str(now), "nonce": nonce}
    body = f"<xml><ToUserName>{config.corp_id}</ToUserName><Encrypt>{envelope.encrypted}</Encrypt></xml>"
    address = f"{shop.address}/wecom/callback"
    async with shop.http.post(address, params=query, data=body.encode()) as response:
        assert response.status == 200
    await shop.settled()


async def team_is(shop: Shop, logs: Lines, members: int) -> None:
    """Wait until each replica goes by a team of so many; no time passes meanwhile."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while [line.get("members") for line in logs].count(members) < shop.replicas:
            await asyncio.sleep(0.005)


def is_gone(shop: Shop, *userids: str) -> None:
    """WeCom knows them no more when it is asked. Their clients still do: what they tap is on its way."""
    shop.wecom.fault("user/get", "invaliduser", userids=userids)


async def leave(shop: Shop) -> None:
    """Those who are barred and those who are gone, as WeCom tells of it."""
    is_gone(shop, *(userid(*one) for one in product(Role, (Standing.DISABLED, Standing.LEFT))))
    for role in Role:
        await address_book_says(shop, "update_user", userid(role, Standing.DISABLED), status="2")
        await address_book_says(shop, "delete_user", userid(role, Standing.LEFT))


async def a_minute(shop: Shop) -> None:
    """Let a minute pass, and whatever looks around in it look around."""
    for _ in range(60):
        await shop.passes(seconds=1)
        await asyncio.sleep(0.005)


async def test_only_the_allowed_cells_act_and_every_refusal_is_on_record(
    logs: Lines, deployment: Deployment
) -> None:
    async with a_shop(deployment, roster=roster(), rules=QUIET) as shop:
        for cell in CELLS:
            await shop.stage(number(*cell), "picking", "started")
            await shop.passes(seconds=10)
        await shop.passes(hours=2)
        assert len(shop.group_cards) == len(CELLS) == 60
        for role, standing, owner in CELLS:
            claimer = "wangwu" if owner is Owner.ANOTHER else userid(role, standing)
            if owner is not Owner.NOBODY:
                await shop.taps(claimer, card_of(shop, number(role, standing, owner)), "认领")
        await leave(shop)
        await team_is(shop, logs, 1 + len(Role))

        for role, standing, owner in CELLS:
            await shop.taps(userid(role, standing), card_of(shop, number(role, standing, owner)), "升级")

        acted, refused = await outcomes(shop)
        may = {(role, Standing.HERE, owner) for role, owner in product(holders(Right.WORK), Owner)}
        assert acted == may
        assert refused >= set(CELLS) - may
        for role, standing in product(Role, Standing):
            told = any("不在值班名单" in line for line in shop.lines_to(userid(role, standing)))
            assert told is ((role, standing, Owner.NOBODY) not in may), (role, standing)


def card_of(shop: Shop, order_no: str) -> Card:
    """The group's card about an order."""
    return next(card for card in shop.group_cards if order_no in str(card.original.content))


async def outcomes(shop: Shop) -> tuple[set[Cell], set[Cell]]:
    """Who has escalated their case, and who was refused anything, as the timelines tell it."""
    acted, refused = set[Cell](), set[Cell]()
    for case in await shop.anomalies(limit="500"):
        _, role, standing, owner = case["order_no"].split("-")
        cell = Role(role), Standing(standing), Owner(owner)
        for line in (await shop.case(case["id"]))["timeline"]:
            if line["actor"] == userid(*cell[:2]) and line["what"] == "escalated":
                acted.add(cell)
            elif line["actor"] == userid(*cell[:2]) and line["what"] == "refused":
                refused.add(cell)
    return acted, refused


async def test_whoever_has_left_is_out_of_every_door_at_once(logs: Lines, shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    (card,) = shop.group_cards
    async with a_reader(shop) as reader:
        link = await own_link(shop, "zhaoliu")
        await reader.opens(link)
        await reader.opens("/anomalies")
        assert NO in reader.text

        is_gone(shop, "zhaoliu")
        await address_book_says(shop, "delete_user", "zhaoliu")
        await team_is(shop, logs, 3)

        await shop.taps("zhaoliu", card, "认领")
        await shop.says("zhaoliu", f"@盯单 /认领 {NO}")
        await shop.says("zhaoliu", f"/原因 {NO} 支付失败", to="app")
        (case,) = await shop.anomalies()
        assert (case["owner"], case["reason"]) == (None, None)
        for door in ("/", "/anomalies", f"/a/{case['id']}", "/api/anomalies", link):
            await reader.opens(door)
            assert reader.status == 401
            assert NO not in reader.text


async def test_a_manager_who_has_left_is_not_called_and_their_name_stays(logs: Lines, shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    (card,) = shop.cards_of("wangwu")
    await shop.taps("wangwu", card, "认领")

    is_gone(shop, "wangwu")
    await address_book_says(shop, "delete_user", "wangwu")
    await team_is(shop, logs, 3)
    await shop.says("zhangsan", f"@盯单 /订单 {NO}")
    assert "王五" in shop.group_lines[-1]
    await shop.stage("DB20251222-884", "payment", "started")
    await shop.passes(minutes=6)

    assert len(shop.cards_of("wangwu")) == 1
    assert any("DB20251222-884" in str(card.original.content) for card in shop.cards_of("lisi"))


@pytest.mark.parametrize("answer", ["invaliduser", "disabled", "left", "deleted"])
async def test_without_a_callback_a_leaver_has_no_rights_a_minute_later(
    deployment: Deployment, answer: str
) -> None:
    async with a_shop(deployment) as shop:
        await shop.stage(NO, "payment", "started")
        await shop.passes(minutes=6)
        async with a_reader(shop) as reader:
            await reader.opens(await own_link(shop, "zhaoliu"))
            assert reader.status == 200
            shop.wecom.world.callback_url = None
            match answer:
                case "disabled":
                    shop.wecom.staff.change("zhaoliu", status=2)
                case "left":
                    shop.wecom.staff.change("zhaoliu", status=5)
                case "deleted":
                    shop.wecom.leaves("zhaoliu")
                case _:
                    is_gone(shop, "zhaoliu")

            await a_minute(shop)

            await reader.opens("/")
            assert reader.status == 401
        await shop.says("zhangsan", "@盯单 /值班")
        assert "赵六" not in shop.group_lines[-1]


@pytest.mark.parametrize(
    "fault",
    [
        "5xx",
        60011,
        *(pytest.param(code, marks=pytest.mark.long) for code in (45009, 60020, 60021, -1, 40001)),
    ],
)
async def test_a_wecom_that_does_not_tell_takes_rights_from_nobody(
    logs: Lines, shop: Shop, fault: str | int
) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    (card,) = shop.group_cards
    for call in ("user/get", "batch/openuserid_to_userid"):
        shop.wecom.fault(call, fault)

    await a_minute(shop)
    await a_minute(shop)

    assert "following.taken_over" not in [line["event"] for line in logs]
    await shop.taps("zhaoliu", card, "认领")
    (case,) = await shop.anomalies()
    assert case["owner"] == "zhaoliu"


async def test_whoever_comes_back_has_their_rights_again(logs: Lines, shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=6)
    (card,) = shop.group_cards
    shop.wecom.staff.change("zhaoliu", status=2)
    await team_is(shop, logs, 3)
    shop.wecom.staff.change("zhaoliu", status=1)
    await team_is(shop, logs, 4)

    await shop.taps("zhaoliu", card, "认领")
    (case,) = await shop.anomalies()
    assert case["owner"] == "zhaoliu"


async def test_the_owner_who_has_left_is_not_reminded_but_the_group_is(logs: Lines, shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    (card,) = shop.group_cards
    await shop.taps("zhaoliu", card, "认领")
    told, lines = len(shop.lines_to("zhaoliu")), len(shop.group_lines)

    is_gone(shop, "zhaoliu")
    await address_book_says(shop, "delete_user", "zhaoliu")
    await team_is(shop, logs, 3)
    await shop.passes(minutes=5)

    assert len(shop.lines_to("zhaoliu")) == told
    assert any(NO in line for line in shop.group_lines[lines:])
