"""Several cases are claimed at once: each by the rules of a tap, and every row says what came of it."""

import asyncio
import re
from collections.abc import Mapping

import aiohttp

from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import ROSTER, Shop, a_shop

ROSTER_OF_LEADS: Mapping[str, object] = {
    **ROSTER,
    "members": [
        {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
        {"userid": "zhaoliu", "name": "赵六", "roles": ["lead"]},
        {"userid": "lisi", "name": "李四", "roles": ["agent", "lead"], "shops": ["main"]},
        {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
    ],
}
LIST = "/anomalies?lang=zh&state=open"


async def late_payments(shop: Shop, /, *numbers: str, **where: str) -> dict[str, str]:
    """Cases that nobody has, by the numbers of their orders."""
    for number in numbers:
        await shop.stage(number, "payment", "started", **where)
    await shop.passes(minutes=5, seconds=1)
    return {case["order_no"]: case["id"] for case in await shop.anomalies(state="open")}


async def at_the_list(reader: Reader, userid: str) -> None:
    await reader.opens(await own_link(reader.shop, userid))
    await reader.opens(LIST)


async def claims(reader: Reader, *cases: str) -> str:
    """Send the form of the list off; what the page says came of it."""
    form = aiohttp.FormData([("token", reader.carried["token"]), *(("id", case) for case in cases)])
    address = f"{reader.shop.address}/anomalies/claim?state=open&lang=zh"
    async with reader.http.post(address, data=form) as response:
        reader.status, reader.html = response.status, await response.text()
    await reader.shop.settled()
    told = re.search(r'role="status">(.*?)</(?:div|p)>\s*<nav', reader.html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told[1])).strip() if told else ""


async def test_who_is_first_has_a_case_and_who_is_second_is_told_their_name(deployment: Deployment) -> None:
    async with (
        a_shop(deployment, roster=ROSTER_OF_LEADS) as shop,
        a_reader(shop) as one,
        a_reader(shop) as two,
    ):
        cases = await late_payments(shop, *(f"DB{number}" for number in range(8)))
        await at_the_list(one, "zhaoliu")
        await at_the_list(two, "lisi")

        told = await asyncio.gather(claims(one, *cases.values()), claims(two, *reversed(cases.values())))

        owners = {case["order_no"]: case["owner"] for case in await shop.anomalies()}
        for mine, theirs, name, said in (
            ("zhaoliu", "lisi", "李四", told[0]),
            ("lisi", "zhaoliu", "赵六", told[1]),
        ):
            won = sum(owner == mine for owner in owners.values())
            assert (f"认领了 {won} 笔" if won else "一笔也没有认领到") in said
            for number, owner in owners.items():
                assert (f"订单 {number}：已由{name}" in said) == (owner == theirs), said
        assert {*owners.values()} <= {"zhaoliu", "lisi"}

        audited = await shop.rows(
            "SELECT count(*) AS count FROM audit_trail WHERE deed = 'claim' AND way = 'page'"
        )
        assert audited[0]["count"] == 8
        lines = [line for line in shop.group_lines if "认领：" in line]
        assert sum(line.count("DB") for line in lines) == 8
        assert len(lines) <= 2, "one for each of them, not one for each case"


async def test_a_case_of_another_shop_is_as_unknown_as_one_that_never_was(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=ROSTER_OF_LEADS) as shop, a_reader(shop) as reader:
        ours = await late_payments(shop, "DB1")
        both = await late_payments(shop, "DB2", shop="west")
        await at_the_list(reader, "lisi")

        assert "DB2" not in reader.html
        told = await claims(reader, ours["DB1"], both["DB2"], "never-was")
        assert "认领了 1 笔" in told
        assert "2 笔不存在，或不属于您负责的店铺" in told
        assert "DB2" not in reader.html
        assert {case["order_no"]: case["owner"] for case in await shop.anomalies()} == {
            "DB1": "lisi",
            "DB2": None,
        }

        assert await claims(reader) == "一笔也没有选。"
        assert reader.status == 400
        assert "选了 101 笔" in await claims(reader, *(f"c{number}" for number in range(101)))


async def test_an_agent_claims_one_by_one(shop: Shop) -> None:
    cases = await late_payments(shop, "DB1")
    async with a_reader(shop) as reader:
        await at_the_list(reader, "zhangsan")
        assert 'name="id"' not in reader.html

        await reader.opens(f"/a/{cases['DB1']}")
        await claims(reader, cases["DB1"])
        assert reader.status == 403
        (case,) = await shop.anomalies()
        assert case["owner"] is None
