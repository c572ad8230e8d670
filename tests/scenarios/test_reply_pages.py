"""The house writes words for one of its shops: refused while faulty, agreed to by somebody else, then said, and undone."""

from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import READ, Shop
from tests.scenarios.test_rules_page import Lines, in_force, logs, published, rules_of, shop, wu

__all__ = ["logs", "shop", "wu"]
WORDS = {
    "reply.title": "付款迟迟没有确认",
    "reply.shops": "main",
    "reply.body": "亲，{{ order_no }} 的付款我们在查，{{ news_by }} 前告诉您。",
    "reply.promises.news_by": "30 分钟",
}
FAULTY = {**WORDS, "reply.body": "亲，\n{{ order_no }} 由 {{ carrier }} 送，{{ news_by }} 前告诉您。"}
BEARER = {"Authorization": f"Bearer {READ}"}
OURS = "您好，您的订单"


async def begun(reader: Reader) -> str:
    """A draft with a reply in it that says what ours does; its address."""
    await reader.opens("/rules")
    await reader.submits("", part="replies")
    await reader.submits("begin:payment_not_completed")
    assert "?part=reply&reply=0" in reader.url
    assert "{{ pay_tried_at }}" in reader.text, "it begins with our own words"
    return reader.url.partition("?")[0]


async def agrees(reader: Reader, draft: str, seen: str = "") -> None:
    """Somebody who has the page of a draft before them says that they agree."""
    await reader.opens(f"{draft}?part=overview")
    reader.url = f"{draft}/approval"
    await reader.submits("approve", **({"revision": seen} if seen else {}))


async def offered(shop: Shop, number: str, name: str) -> str:
    """What the card of an order whose payment is late offers to say."""
    if name == "main":
        await shop.pays_late(number)
    else:
        await shop.created(number, shop=name)
        await shop.stage(number, "payment", "started", shop=name)
        await shop.passes(minutes=5, seconds=1)
    card = shop.group_cards[-1].display("zhangsan")
    assert number in card.text
    return card.text


async def test_words_for_one_shop_are_mended_agreed_to_published_said_and_undone(
    shop: Shop, wu: Reader, logs: Lines
) -> None:
    draft = await begun(wu)
    await wu.submits("save", **FAULTY)
    assert wu.status == 400
    assert 'id="x-reply.body">第 2 行：用了 快递公司（carrier），事实里还没选它' in wu.html
    assert "由 {{ carrier }} 送" in wu.text, "what was typed is kept"
    await wu.submits("save", **WORDS)
    assert "没有填错的" in wu.text
    assert "亲，DD-0001 的付款我们在查" in wu.text, "no case yet: it is shown on an invented one"

    await wu.opens(f"{draft}?part=overview")
    await wu.submits("publish", reason="小店自己的口气")
    assert (wu.status, (await rules_of(shop))["version"]["version"]) == (409, 1)
    assert "还没有别人同意，没有发布" in wu.text
    await agrees(wu, draft)
    assert "最后改它的是您，请别人来同意" in wu.text
    await wu.opens("/experiments")
    await wu.submits("start", draft=draft.rpartition("/")[2], goals="reached")
    assert "还没有别人同意" in wu.text

    async with a_reader(shop) as wang:
        await wang.opens(await own_link(shop, "wangwu"))
        await agrees(wang, draft)
        assert "王五 已同意" in wang.text
        await wu.opens(f"{draft}?part=reply")
        await wu.submits("save", **{**WORDS, "reply.title": "付款还没到"})
        await wu.opens(f"{draft}?part=overview")
        assert "已同意" not in wu.text, "what was changed since is agreed to by nobody"
        await agrees(wang, draft, seen="1")
        assert "刚才有人改过它" in wang.text
        await agrees(wang, draft)
    await published(shop, wu, logs, reason="小店自己的口气")
    assert "〔订单号〕 的付款我们在查" in wu.text, "as people read it"

    assert "亲，DB1 的付款我们在查" in await offered(shop, "DB1", "main")
    await shop.taps("zhangsan", shop.group_cards[-1], "发送回复")
    assert shop.customer_read[-1].startswith("亲，DB1 的付款我们在查")
    assert OURS in await offered(shop, "DB2", "shop2")
    async with shop.http.get(f"{shop.address}/api/promises", headers=BEARER) as answer:
        promised = (await answer.json())["templates"]
    own = [one for one in promised if one["title"] == "付款还没到"]
    assert [(one["promised_seconds"], one["sent"]) for one in own] == [(1800, 1)], "as /promises tells it"

    await wu.opens("/rules/1")
    await wu.submits("restore")
    await in_force(shop, wu, logs)
    assert OURS in await offered(shop, "DB3", "main")
    assert await shop.broken() == []
    deeds = await shop.rows("SELECT actor, deed FROM audit_trail WHERE deed LIKE 'draft.%' ORDER BY id")
    assert [(row["actor"], row["deed"].removeprefix("draft.")) for row in deeds] == [
        ("wuyue", "begun"), ("wuyue", "changed"), ("wuyue", "changed"), ("wuyue", "changed"),
        ("wangwu", "approved"), ("wuyue", "changed"), ("wangwu", "approved"), ("wuyue", "published"),
    ]  # fmt: skip


async def test_a_reply_is_shown_on_the_latest_real_orders_and_what_is_amiss_is_told(
    shop: Shop, wu: Reader
) -> None:
    await shop.pays_late("DB1")
    draft = await begun(wu)
    shown = (await rules_of(shop, f"/drafts/{draft.rpartition('/')[2]}?part=reply"))["words"]
    (sample,) = shown["samples"]
    assert (sample["order_no"], sample["as_opened"], shown["invented"]) == ("DB1", False, False)
    assert sample["text"] == sample["today"]
    assert sample["promises"][0]["slot"] == "news_by"
    assert {claim["name"] for claim in sample["claims"]} >= {"order_no", "customer_name", "pay_tried_at"}

    said = {**WORDS, "reply.uses.refund_asked": "spare"}
    said["reply.body"] += "{% if refund_asked %}退款已收到。{% endif %}" + "我们一直在盯着这笔付款。" * 9
    url = wu.url
    wu.url = f"{draft}/words?reply=0"
    await wu.submits("", **said)
    assert "亲，DB1 的付款我们在查" in wu.text
    assert "1 条比群卡片放得下的 112 字长" in wu.text
    assert "一笔都没有：退款申请" in wu.text
    await wu.submits("", **{**said, "token": "another"})
    assert wu.status == 403
    wu.url = f"{draft}/words?reply=7"
    await wu.opens(url)
    kept = (await rules_of(shop, f"/drafts/{draft.rpartition('/')[2]}"))["book"]["replies"][0]
    assert "我们一直在盯着" not in kept["text"], "what was merely typed is not kept"

    claim = {**WORDS, "reply.uses.warehouse_asked": "facts", "reply.promises.news_by": "15m"}
    claim["reply.body"] += "{{ warehouse_asked }} 已问仓库。"
    await wu.submits("save", **{**claim, "reply.shops": "mian"})
    await wu.opens(f"{draft}?part=overview")
    assert "它要凭「已问仓库」" in wu.text
    assert "没有这家店：mian" in wu.text
    await wu.submits("publish", reason="x")
    assert (wu.status, (await rules_of(shop))["version"]["version"]) == (400, 1)


async def test_replies_are_ordered_and_deleted_and_seen_as_they_are_stored(shop: Shop, wu: Reader) -> None:
    draft = await begun(wu)
    await wu.opens(f"{draft}?part=replies")
    assert "自己的：所有订单" in wu.text
    await wu.submits("begin:payment_no_update")
    assert "?part=reply&reply=1" in wu.url
    await wu.opens(f"{draft}?part=replies")
    await wu.submits("begin:nothing")
    await wu.submits("up:1")
    book = (await rules_of(shop, f"/drafts/{draft.rpartition('/')[2]}"))["book"]
    assert [one["name"] for one in book["replies"]] == ["payment_no_update", "payment_not_completed"]
    await wu.submits("delete:0")
    await wu.opens(f"{draft}?part=reply&raw=true")
    assert "title: 付款迟迟没有确认" in wu.text
    await wu.submits("save", **{"reply.text": "您好", "reply.shops": "a，b"})
    assert wu.status == 400
    assert "缺了开头" in wu.text
    assert "看整段原文" not in wu.text, "what no form can hold is shown as it is"
    await wu.opens(f"{draft}?part=replies")
    await wu.submits("delete:0")
    await wu.opens(f"{draft}?part=reply")
    assert "这条话术已经不在草稿里了" in wu.text
