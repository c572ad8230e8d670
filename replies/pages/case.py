"""What does the page of an anomaly say?"""

from collections.abc import Mapping

from replies.facts import FACTS
from replies.pages.promises import TOLD
from replies.words import Catalogue, Text
from rules.actions import Action, Refused, Why

LONGEST_REASON = 100
"""Characters of a reason in somebody's own words."""

_FACTS_IN_ENGLISH: Mapping[str, str] = {
    "order_no": "Order number",
    "customer_name": "Customer's name",
    "customer_called": "Customer asked first",
    "refund_asked": "Refund asked",
    "ordered_at": "Ordered",
    "since": "Standing still since",
    "pay_tried_at": "Tried to pay",
    "payment_failed": "Payment failed",
    "payment_seen": "Payment reference",
    "paid_at": "Paid",
    "payment_asked": "Money being looked for",
    "specialist_told": "Specialist told",
    "short_at": "Stock short since",
    "stock_rechecking": "Stock being re-checked",
    "stock_found": "Re-check found it",
    "stock_missing": "Re-check did not find it",
    "warehouse_asked": "Warehouse asked",
    "shipped_at": "Shipped",
    "parcel": "Parcel",
    "carrier": "Carrier",
    "tracking_no": "Tracking number",
    "carrier_reminded": "Carrier reminded",
    "carrier_said": "Carrier's answer",
    "progress": "Latest progress",
    "promised": "Promised before",
    "lately": "News since the promise",
    "news_by": "Next news by",
    "done_by": "Done by",
    "ship_by": "With the carrier by",
    "deliver_by": "Delivered by",
}

CASE: Catalogue = {
    "tasks": Text("任务", "Tasks"),
    "task_owner": Text("请的是", "Asked of"),
    "task_due": Text("结果", "Result"),
    "asked_times": Text("问过 {times} 次", "asked {times} times"),
    "answer_until": Text("答复截止", "to be answered by"),
    "seen_to_by": Text("{name}在处理", "{name} sees to it"),
    "answer_tasks": Text("去答复", "Answer them"),
    **TOLD,
    **{f"fact_{name}": Text(kind.label, _FACTS_IN_ENGLISH[name]) for name, kind in FACTS.items()},
    "fact_case": Text("停滞仍在", "The trouble itself"),
    "fact_today": Text("这段话写于", "The day it is said"),
    "title": Text("经过", "Timeline"),
    "in_incident": Text("属于一个事件，与其他订单一起处理", "One of an incident"),
    "stands_since": Text("{at} 起停滞", "standing still since {at}"),
    "stood_for": Text("已停 {span}", "for {span}"),
    "limit": Text("时限", "Limit"),
    "limit_passed": Text("{at} 到时限", "passed at {at}"),
    "late_by": Text("超时 {span}", "{span} over"),
    "late_was": Text("到恢复时超时 {span}", "{span} over when it ended"),
    "breaches": Text("第 {count} 道时限", "limit no. {count}"),
    "stands": Text("现状", "Where it stands"),
    "contact_kf": Text("微信客服", "WeChat customer service"),
    "contact_phone": Text("电话", "phone"),
    "contact_marketplace": Text("平台", "marketplace"),
    "golden": Text("黄金十分钟", "Golden ten minutes"),
    "contact_until": Text("{at} 前联系到顾客", "reach the customer by {at}"),
    "left": Text("还剩 {span}", "{span} left"),
    "over": Text("已过 {span}", "{span} ago"),
    "complaint": Text("投诉前", "Before complaints"),
    "complaint_until": Text("{at} 前", "by {at}"),
    "reached_in_time": Text("{at} 已联系", "reached at {at}"),
    "waived": Text("{who}：不需要联系", "{who}: no need to reach them"),
    "owner": Text("负责人", "Owner"),
    "since_at": Text("{at} 起", "since {at}"),
    "priority": Text("级别", "Priority"),
    "urgency_rule": Text("规则定的", "by the rules"),
    "urgency_contacted": Text("顾客先来询问", "the customer asked first"),
    "urgency_escalated": Text("已升级", "escalated"),
    "lane": Text("通道", "Lane"),
    "snoozed": Text("稍后", "Snoozed"),
    "snoozed_until": Text("到 {at}", "until {at}"),
    "silent": Text("发现得太晚，没有发卡片", "noticed too late for a card"),
    "reason": Text("原因", "Reason"),
    "by_evidence": Text("系统按证据记录", "by the evidence"),
    "missing_title": Text("关闭还差", "Missing to close"),
    "closed_at": Text("{at} 关闭", "closed at {at}"),
    "healed": Text("{at} 自愈", "healed by itself at {at}"),
    "order": Text("订单", "Order"),
    "open_order": Text("看整笔订单", "Open the whole order"),
    "last_operation": Text("最后操作", "Last operation"),
    "no_operation": Text("没有来源报过操作", "No source has told of any"),
    "in_system": Text("在 {system}", "in {system}"),
    "nobody_named": Text("未注明操作人", "nobody named"),
    "stage_now": Text("现在在", "Now at"),
    "shop": Text("店铺", "Shop"),
    "channel": Text("渠道", "Channel"),
    "amount": Text("金额", "Amount"),
    "yuan": Text("¥{amount}", "CNY {amount}"),
    "customer": Text("顾客", "Customer"),
    "warehouse": Text("仓库", "Warehouse"),
    "carrier": Text("快递", "Carrier"),
    "tracking_no": Text("运单", "Tracking no."),
    "ordered": Text("下单", "Ordered"),
    "data_as_of": Text("数据截至", "Data as of"),
    "parcel": Text("包裹 {parcel}", "parcel {parcel}"),
    "reply_title": Text("回复顾客", "Reply to the customer"),
    "preview_title": Text("请再看一遍，确认后发出", "Look once more, then send"),
    "way": Text("发送方式：{channel}（{because}）", "By {channel}: {because}"),
    "by_hand_of": Text("由{who}发出", "sent by {who}"),
    "edit_label": Text(
        "可以改，发出前会再给您看一遍", "You may edit it; you will see it once more before it goes"
    ),
    "preview": Text("预览", "Preview"),
    "send": Text("确认发送", "Send"),
    "again": Text("再次联系", "Contact again"),
    "do_not_send": Text("不发了", "Do not send"),
    "copy": Text("复制", "Copy"),
    "copied": Text("已复制", "Copied"),
    "copy_hint": Text(
        "机器人发不到这位顾客那里：请复制这段话，在顾客那边发出，再点「已处理」。",
        "The bot cannot write to this customer: copy these words, send them where the customer is, then mark it done.",
    ),
    "under_way": Text(
        "上一条还在路上，有结果之前不能再发。",
        "The last message is on its way; nothing else goes before it has a result.",
    ),
    "blocked": Text("暂时没有可发的话：{why}", "No words can be drafted yet: {why}"),
    "rests_on": Text("这段话依据", "What it rests on"),
    "holds": Text("属实", "True"),
    "holds_not": Text("已不符", "No longer true"),
    "not_so": Text("没有", "not so"),
    "deeds_title": Text("处理", "Act"),
    "do_claim": Text("认领", "Claim"),
    "do_mark_done": Text("已处理：我已联系顾客", "Done: I have reached the customer"),
    "do_done_again": Text("已处理：我再次联系了顾客", "Done: I have reached the customer again"),
    "means": Text("怎么联系的", "By what means"),
    "do_waive": Text("免联系", "Waive the contact"),
    "why_needless": Text("为什么不用联系顾客", "Why need the customer not be reached?"),
    "reached_how": Text("（{how}）", " ({how})"),
    "waived_why": Text("：{why}", ": {why}"),
    "call_hint": Text(
        "上一条没有送到。打电话联系上了，请在下面选「电话」，再点「已处理」。",
        "The last message did not arrive. Once you have called, choose “phone” below and mark it done.",
    ),
    "reopened": Text("{at} 重新打开，第 {count} 次", "reopened at {at}, no. {count}"),
    "do_escalate": Text("升级给值班经理", "Escalate to the duty manager"),
    "do_snooze": Text("稍后", "Snooze"),
    "snooze_for": Text("过多久再提醒", "Remind again in"),
    "minutes": Text("{count} 分钟", "{count} min"),
    "why_late": Text("为什么晚了", "Why was it late?"),
    "own_words": Text("选「其他」时请写明", "In your own words, for “Other”"),
    "likely": Text("证据指向这个", "the evidence points here"),
    "do_reason": Text("记录原因", "Record the reason"),
    "conversation": Text("与顾客", "With the customer"),
    "no_conversation": Text(
        "还没有联系过，顾客也没有来问过。", "Nothing was sent, and the customer has not asked."
    ),
    "customer_wrote": Text("顾客来询问", "The customer asked"),
    "words_not_kept": Text("原话不保存", "their words are not kept"),
    "edited": Text("改过，原稿是", "Edited; the draft was"),
    "cards_title": Text("卡片和消息", "Cards and messages"),
    "no_cards": Text("没有发过。", "None was sent."),
    "card_kind": Text("是什么", "What"),
    "card_where": Text("去了哪里", "Where to"),
    "card_when": Text("什么时候", "When"),
    "card_state": Text("结果", "Result"),
    "card_version": Text("第 {version} 版", "version {version}"),
    "recalled": Text("已撤回", "taken back"),
    "words_stale": Text("卡上的话已过时", "its words are no longer true"),
    "kind_case_card": Text("异常卡片", "Card"),
    "kind_incident_card": Text("事件卡片", "Incident card"),
    "kind_picture": Text("周报图片", "Picture of the weekly report"),
    "kind_feed_card": Text("来源中断卡片", "Card of a source"),
    "kind_task_card": Text("任务卡片", "Task card"),
    "kind_face": Text("点击后的更新", "Answer to a tap"),
    "kind_refresh": Text("卡片更新", "Change of a card"),
    "kind_line": Text("一行消息", "Line"),
    "kind_digest": Text("恢复汇总", "Digest of recoveries"),
    "kind_overflow": Text("汇总", "Digest"),
    "kind_recall": Text("撤回卡片", "Recall"),
    "kind_inquiry": Text("查询结果", "Inquiry"),
    "kind_customer": Text("给顾客的话", "Message to the customer"),
    "medium_group": Text("群", "group"),
    "medium_app": Text("应用", "app"),
    "medium_single": Text("机器人私聊", "bot, in private"),
    "medium_reply": Text("点击的地方", "where it was tapped"),
    "medium_webhook": Text("群消息推送", "webhook"),
    "medium_kf": Text("微信客服", "WeChat customer service"),
    "medium_mass": Text("企业群发", "mass message"),
    "medium_sidebar": Text("聊天侧边栏", "chat sidebar"),
    "timeline": Text("经过", "Timeline"),
    "timeline_json": Text("JSON", "JSON"),
    "timeline_csv": Text("CSV", "CSV"),
    "timeline_xlsx": Text("Excel", "Excel"),
    "take_away": Text("导出：", "Export:"),
    "at": Text("时间", "Time"),
    "what": Text("什么", "What"),
    "actor": Text("谁", "Who"),
    "particulars": Text("详情", "Particulars"),
    "wrong_form": Text(
        "这一步看不懂，请刷新页面再试。", "This cannot be read. Reload the page and try again."
    ),
    "wrong_reason": Text("请选一个原因。", "Choose a reason."),
    "wrong_needless": Text("请选为什么不用联系。", "Choose why they need not be reached."),
    "wrong_means": Text("请选怎么联系的。", "Choose by what means."),
    "wrong_words": Text("选「其他」要写明原因。", "“Other” needs your own words."),
    "wrong_words_length": Text(
        "原因最多 {most} 个字，现在有 {has} 个。", "The reason has at most {most} characters; this has {has}."
    ),
    "wrong_text": Text("回复不能是空的。", "The reply must not be empty."),
    "wrong_text_length": Text(
        "回复最多 {most} 个字，现在有 {has} 个。", "The reply has at most {most} characters; this has {has}."
    ),
}
"""By key."""

_DONE: Mapping[Action, str] = {
    Action.SEND: "The reply is on its way",
    Action.CLAIM: "It is yours",
    Action.ESCALATE: "Escalated; the duty manager is being called",
    Action.SNOOZE: "Snoozed",
    Action.REASON: "The reason is recorded",
    Action.MARK_DONE: "Recorded: the customer has been reached",
    Action.WAIVE: "Recorded: the customer need not be reached",
}
_REFUSED: Mapping[Why, str] = {
    Why.CLOSED: "The case is closed",
    Why.NOT_NOW: "This is not possible now",
    Why.TAKEN: "It is claimed already",
    Why.ALREADY: "This was done before",
    Why.UNDER_WAY: "The last message is still on its way",
    Why.NEEDS_TEXT: "“Other” needs your own words",
    Why.NEEDS_WHY: "Say why the customer need not be reached; “Other” needs your own words",
}
_HINDERED: Mapping[str, str] = {
    "not_on_roster": "You may not work on this case.",
    "unknown_card": "There is no such case.",
    "stale_draft": "Nothing was sent: the words are no longer true. Look at the new ones.",
    "by_hand": "Nothing was sent: the bot cannot write to this customer. Copy the words.",
}


def done_in_english(action: Action) -> str:
    """What came of a deed, to whoever did it; in Chinese the group's line says it."""
    return f"{_DONE[action]}."


def refused_in_english(refused: Refused, by: str, at: str) -> str:
    """Why a deed had no effect, and who was first, where somebody was."""
    first = ", ".join(part for part in (f"by {by}" if by else "", at) if part)
    return f"{_REFUSED[refused.why]}{f' ({first})' if first else ''}."


def hindered_in_english(hindrance: str) -> str:
    """What else stood in the way. Raises KeyError for what cannot happen on the page."""
    return _HINDERED[hindrance]
