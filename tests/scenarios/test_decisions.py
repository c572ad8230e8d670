"""The decision log: written by those who may, about a cause, closed by another entry, looked back at honestly."""

from typing import Any

from tests.scenarios.pages import Reader, a_browser_of, a_reader, own_link
from tests.scenarios.shop import Shop


async def a_late_order_of_hangzhou(shop: Shop) -> None:
    await shop.created("DB01", warehouse="hz1", carrier="sf", amount_fen=10_000)
    await shop.stage("DB01", "payment", "completed")
    await shop.passes(minutes=21)


async def writes(reader: Reader, address: str, **fields: str) -> None:
    """Send the form of a page of the log; what it carries unseen goes along."""
    async with reader.http.post(f"{reader.shop.address}{address}", data={**reader.carried, **fields}) as got:
        reader.status, reader.html = got.status, await got.text()


async def test_what_was_decided_is_logged_and_closed_by_an_entry_of_its_own(shop: Shop) -> None:
    await a_late_order_of_hangzhou(shop)
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "lisi"))
        await reader.opens("/evidence?warehouse=hz1&lang=zh")
        assert "/decisions?cause=warehouse%3Dhz1" in reader.html

        await reader.opens("/decisions?cause=warehouse%3Dhz1&lang=zh")
        await writes(reader, "/decisions", text="杭州仓加一班", about="cause", expected="healed",
                     compensation="12.5", look_on="2026-03-16")  # fmt: skip
        assert reader.told == "已记为第 1 条。"
        await reader.opens("/evidence?warehouse=hz1&lang=zh")
        assert "决策：杭州仓加一班" in reader.main
        assert "¥12.50" in reader.main

        await reader.opens("/decisions/1?lang=zh")
        assert "数据还不够" in reader.main
        assert "不满一周" in reader.main
        await writes(reader, "/decisions/1", text="开了，好转")
        assert reader.told == "已记为第 2 条。"
        assert "已结" in reader.main
        await writes(reader, "/decisions/1", text="再结一次")
        assert reader.status == 409

    async with a_browser_of("wangwu", shop) as browser:
        async with browser.get("/api/decisions") as response:
            (told,) = (await response.json())["items"]
        async with browser.get("/api/decisions/1") as response:
            entry: dict[str, Any] = await response.json()
    assert (told["standing"], told["ended_by"], told["ended_text"]) == ("closed", 2, "开了，好转")
    assert (told["cause"], told["compensation_fen"]) == ("warehouse=hz1", 1250)
    assert entry["comparison"]["verdict"] == "too_few"
    assert entry["comparison"]["after"]["cases"] == 1
    lines = await shop.rows("SELECT actor, subject FROM audit_trail WHERE deed = 'decided' ORDER BY id")
    assert [(line["actor"], line["subject"]) for line in lines] == [("lisi", "1"), ("lisi", "2")]


async def test_what_cannot_be_is_refused_with_the_mend_and_kept(shop: Shop) -> None:
    good = {"text": "换承运商", "about": "other"}
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "wangwu"))
        await reader.opens("/decisions?lang=zh")
        page = reader.carried
        for wrong, why in (
            ({"text": " "}, "写下决定了什么"),
            ({"owner": "nobody"}, "名册"),
            ({"day": "2026-03-03"}, "不在将来"),
            ({"day": "gestern"}, "不在将来"),
            ({"look_on": "2026-03-02"}, "回看的日子"),
            ({"about": "x"}, "选一样"),
            ({"about": "cause", "cause": ""}, "证据包"),
            ({"about": "cause", "cause": "stage=x"}, "证据包"),
            ({"about": "rules", "version": "99"}, "选一版规则"),
            ({"about": "rules", "version": "x"}, "选一版规则"),
            ({"expected": "reason_share"}, "里要有「原因」"),
            ({"expected": "x"}, "没有记"),
            ({"about": "cause", "cause": "carrier=sf", "compensation": "1.234"}, "两位小数"),
            ({"about": "cause", "cause": "carrier=sf", "compensation": "viel"}, "两位小数"),
            ({"ends": "7"}, "不存在"),
            ({"ends": "x"}, "不存在"),
        ):
            reader.html = f'<input type="hidden" name="token" value="{page["token"]}">'
            await writes(reader, "/decisions", **{**good, **wrong})
            assert reader.status in {400, 409}, wrong
            assert why in reader.main, wrong
            if wrong.get("text", "x").strip():
                assert "换承运商" in reader.main, "what was typed is kept"
        await reader.opens("/decisions/99")
        assert reader.status == 404
        await reader.opens("/decisions?cause=stage%3Dx")
        assert reader.status == 400
    assert await shop.rows("SELECT number FROM decisions") == []


async def test_a_cause_is_named_in_words(shop: Shop) -> None:
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "wangwu"))
        await reader.opens("/decisions?cause=reason%3Dnot_picked_up&lang=zh")
        await writes(reader, "/decisions", text="换承运商", about="cause")
        for page in ("/decisions?lang=zh", "/decisions/1?lang=zh"):
            await reader.opens(page)
            assert "物流未取件" in reader.main
