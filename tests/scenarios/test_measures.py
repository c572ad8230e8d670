"""The page of measures: what happened is told with its n, to people, to programs and as a file."""

from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import Shop

NO = "DB20251222-883"


async def test_what_was_done_is_measured_for_people_and_programs(shop: Shop) -> None:
    await shop.pays_late(NO)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "发送回复")
    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付失败")
    await shop.stage(NO, "payment", "completed")

    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "lisi"))
        await reader.opens("/measures?lang=zh")
        assert "发现到联系上" in reader.main
        assert "1 / 1" in reader.main
        assert "参考线" in reader.main
        async with reader.http.get(f"{shop.address}/api/measures") as response:
            told = await response.json()
        assert (told["opened"], told["times"][1]["n"], told["shares"][0]["part"]) == (1, 1, 1)
        assert told["times"][1]["few"], "one case tells little"
        async with reader.http.get(f"{shop.address}/measures.csv?lang=en") as response:
            assert "Detection to contact" in await response.text()
        await reader.opens("/measures?since=2026-03-02&until=2026-03-01")
        assert reader.status == 400
