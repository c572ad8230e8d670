"""What does the page of the promises say?"""

from replies.words import Catalogue, Text

TOLD: Catalogue = {
    "promises": Text("承诺", "Promises"),
    "promise_by": Text("{at} 前{what}", "{what} by {at}"),
    "promise_made": Text("{at} 答应", "promised {at}"),
    "promise_is_followed": Text("之后又联系过顾客", "the customer was written to again"),
    "promise_is_unsure": Text("不知顾客收到没有", "the customer may not have it"),
    "promise_was_told": Text("{at} 提醒过", "told at {at}"),
    "promise_happened": Text("{at} 做到", "happened at {at}"),
    "promise_happened_late": Text("{at} 才做到", "happened only at {at}"),
    "promise_found_late": Text(
        "当时记为没做到，后来才知道做到了", "taken for broken then; it was heard of later"
    ),
}
"""What every page says of a promise."""

PROMISES: Catalogue = {
    **TOLD,
    "title": Text("承诺", "Promises"),
    "lead": Text(
        "顾客收到的话里答应的每个时间。做到没有，只看订单的事件发生在几时。",
        "Each time that a text states which a customer has. Whether it was kept is told by when the order's events"
        " happened, and by nothing else.",
    ),
    "range": Text("{since} 到 {until} 答应的", "Made from {since} to {until}"),
    "sent": Text("答应了", "Made"),
    "kept": Text("做到", "Kept"),
    "broken": Text("没做到", "Broken"),
    "open": Text("还没到时间", "Open"),
    "unsure": Text("不知到没到", "Perhaps not heard"),
    "unsure_told": Text(
        "另有 {count} 条不知道顾客收到没有，不算在内",
        "{count} more may not have arrived, and count in no share",
    ),
    "share": Text("兑现率", "Share kept"),
    "share_percent": Text("兑现率（%）", "Share kept (%)"),
    "low": Text("下限（%）", "From (%)"),
    "high": Text("上限（%）", "To (%)"),
    "of_n": Text("n={n}，{low} 到 {high}", "n={n}, {low} to {high}"),
    "no_end": Text("还没有到时间的", "none has ended yet"),
    "by_template": Text("按模板", "By template"),
    "by_carrier": Text("按快递", "By carrier"),
    "by_agent": Text("按客服", "By agent"),
    "list": Text("每一条", "One by one"),
    "more": Text("再看 {count} 条", "{count} more"),
    "unused": Text("没有发过的（{count}）", "Never sent ({count})"),
    "template": Text("模板", "Template"),
    "version": Text("版本", "Version"),
    "old_version": Text("旧版 {version}", "earlier version {version}"),
    "gone": Text("模板已经没有了", "no such template any more"),
    "carrier": Text("快递", "Carrier"),
    "warehouse": Text("仓库", "Warehouse"),
    "agent": Text("客服", "Agent"),
    "nobody": Text("不知道", "not known"),
    "slot": Text("答应什么", "What"),
    "promises_within": Text("答应 {span}", "promises {span}"),
    "history": Text("历史上", "History says"),
    "honest": Text("八成在 {span} 内（n={n}）", "80 % within {span} (n={n})"),
    "honest_unknown": Text("不到八成，还看不出（n={n}）", "fewer than 80 % so far (n={n})"),
    "in_time": Text("答应的时间内 {share}", "{share} within the time promised"),
    "no_history": Text("还没有这样的订单", "no such order yet"),
    "any_stage": Text("各阶段都用，没有可比的", "for any stage: nothing to compare with"),
    "slower": Text("{place}：八成在 {span} 内（n={n}）", "{place}: 80 % within {span} (n={n})"),
    "slower_unknown": Text("{place}：不到八成（n={n}）", "{place}: fewer than 80 % (n={n})"),
    "history_told": Text(
        "历史：近 60 天同一阶段停住的订单，从发现到有了所答应的事；还没有的按删失算。快递和仓库各满 30 笔才单列。"
        "这里只供写模板的人参考，话不会自己改。",
        "History: the orders of the last 60 days that stood still in that stage, from being noticed until what is"
        " promised happened; those to which it has not are censored. Carriers and warehouses are told apart from 30"
        " orders on. This is for whoever writes the templates; no text is changed by it.",
    ),
    "promised_at": Text("答应于", "Promised"),
    "due_at": Text("答应的时间", "For"),
    "state": Text("怎样了", "State"),
    "order": Text("订单", "Order"),
    "shop": Text("店铺", "Shop"),
    "stage": Text("停在", "Stage"),
    "case": Text("异常", "Case"),
    "warned_at": Text("提醒于", "Told"),
    "kept_at": Text("做到于", "Happened"),
    "broken_at": Text("到期于", "Found broken"),
    "followed_up": Text("又联系过", "Followed up"),
    "open_case": Text("看异常", "See the case"),
    "since": Text("从哪天", "From"),
    "until": Text("到哪天", "To"),
    "none": Text("这几天没有答应过什么。", "Nothing was promised in these days."),
}
"""By key."""
