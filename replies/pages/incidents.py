"""What do the list of incidents and the page of one say?"""

from replies import names
from replies.pages.case import CASE
from replies.words import Catalogue, Language, Text
from rules.storms import Cause

_OF_CASES = (
    "minutes", "why_late", "own_words", "likely", "snooze_for", "copy", "copied", "wrong_form", "wrong_reason",
    "wrong_words", "wrong_words_length", "owner", "priority", "shop", "customer", "amount", "yuan", "order", "timeline",
)  # fmt: skip
"""What the page of a case says as well."""

INCIDENTS: Catalogue = {
    **{key: CASE[key] for key in _OF_CASES},
    "title": Text("事件", "Incidents"),
    "title_one": Text("{count} 单", "{count} orders"),
    "none": Text("还没有过事件。", "There has been no incident."),
    "what_it_is": Text(
        "同一环节、同一原因的多笔订单是一个事件：一次批准，逐单处理。",
        "Many orders at one stage with one cause: approved at once, dealt with one by one.",
    ),
    "stage": Text("环节", "Stage"),
    "cause": Text("原因", "Cause"),
    "orders": Text("订单", "Orders"),
    "progress": Text("进展", "Progress"),
    "reached_of": Text("已联系 {reached} · 恢复 {back}", "{reached} reached · {back} moving"),
    "opened": Text("开始", "Began"),
    "evidence_pack": Text("证据包", "Evidence"),
    "over": Text("已结束", "Over"),
    "under_way": Text("处理中", "Under way"),
    "value": Text("哪一个", "Which"),
    "not_closed": Text("未关闭", "Not closed"),
    "closed_at": Text("结束于", "Closed"),
    "incident": Text("事件号", "Incident"),
    "unclosed": Text("{count} 单未关闭", "{count} not closed"),
    "waves": Text("{count} 波", "{count} waves"),
    "since_at": Text("{at} 起", "since {at}"),
    "deadline_at": Text("{at} 前联系顾客", "reach the customers by {at}"),
    "deadline_over": Text("{at} 已过", "{at}, passed"),
    "reached": Text("已联系", "Reached"),
    "refunded": Text("退款或取消", "Refunded or cancelled"),
    "before_contact": Text("{count} 单在联系前申请", "{count} before anybody reached them"),
    "back": Text("已恢复", "Moving again"),
    "loss": Text("预估损失", "Estimated loss"),
    "loss_made_of": Text(
        "已退 {lost}（{lost_count} 单）+ 未恢复 {at_risk}（{at_risk_count} 单）× 已流失比例 {lost_count}/{orders}",
        "{lost} lost ({lost_count}) + {at_risk} standing still ({at_risk_count}) x share lost {lost_count}/{orders}",
    ),
    "loss_unpriced": Text("{count} 单没有金额，按零算", "{count} without an amount count as nothing"),
    "reply_title": Text("给顾客的话", "The words to each customer"),
    "reply_hint": Text(
        "每位顾客收到自己那一段。批准的就是下面这些原话；发出时若有哪句已不属实，那一单不发，并列出来。",
        "Each customer gets their own. You approve these very words; where one has become untrue by then, that order is not sent, and is listed.",
    ),
    "approve": Text("批准发送（{count} 单可发）", "Approve and send ({count} ready)"),
    "read_all": Text("逐单看全文（{count}）", "Read all {count}"),
    "choose": Text("发送", "Send"),
    "to_copy": Text("要复制发送的", "To be copied"),
    "to_copy_hint": Text(
        "机器人发不到这些顾客那里，请逐单复制发送。",
        "The bot cannot write to these customers: copy the words, one by one.",
    ),
    "blocked": Text("暂无可发的话", "No words yet"),
    "nothing_to_send": Text("没有等待回复的顾客了。", "No customer is waiting for a first message."),
    "deeds_title": Text("对全部订单", "For all orders"),
    "do_claim": Text("全部认领", "Claim all"),
    "do_escalate": Text("升级给值班经理", "Escalate to the duty manager"),
    "do_snooze": Text("全部稍后", "Snooze all"),
    "do_reason": Text("记录为全部的原因", "Record as the reason of all"),
    "list_title": Text("涉及的订单", "Orders"),
    "state": Text("状态", "State"),
    "since": Text("停滞自", "Standing still since"),
    "stood": Text("已停", "For"),
    "joined_at": Text("并入于", "Joined"),
    "upshot": Text("批准的结果", "What came of it"),
    "why": Text("为什么", "Why"),
    "reached_at": Text("联系到顾客", "Customer reached"),
    "ended_at": Text("恢复于", "Ended"),
    "ended_how": Text("怎么恢复的", "How"),
    "lost": Text("退款或取消", "Refunded or cancelled"),
    "refund_before_contact": Text("联系前退款", "Refund before contact"),
    "refund_mark": Text("联系前申请退款", "asked money back first"),
    "lost_mark": Text("退款或取消", "lost"),
    "channel": Text("发送方式", "By"),
    "text": Text("给顾客的话", "Words"),
    "case": Text("异常号", "Case"),
    "event_opened": Text("同因的订单够多了，合成一个事件", "Enough orders with one cause: an incident"),
    "event_joined": Text("并入 {count} 单", "{count} orders joined"),
    "event_wave": Text("又来了一波", "Another burst"),
    "event_approved": Text("{action} {count} 单", "{action}: {count} orders"),
    "event_results": Text("结果已告诉客服群", "The agents were told what came of it"),
    "event_closed": Text("全部了结", "Nothing left to do"),
    "action_send": Text("批准发送", "approved sending"),
    "action_claim": Text("认领", "claimed"),
    "action_escalate": Text("升级", "escalated"),
    "action_snooze": Text("稍后处理", "snoozed"),
    "action_reason": Text("记录原因", "recorded the reason"),
    "approved_send": Text("", "{count} messages are approved and going out, one by one."),
    "approved_claim": Text("", "Claiming {count} orders, one by one."),
    "approved_escalate": Text("", "Escalating {count} orders; the duty manager gets one card."),
    "approved_snooze": Text("", "Snoozing {count} orders, one by one."),
    "approved_reason": Text("", "Recording the reason of {count} orders, one by one."),
    "nothing_left": Text("", "All of these were dealt with before; nothing was done twice."),
    "nothing_chosen": Text("没有选中要发送的订单。", "No order was chosen to be sent."),
    "reload": Text("看最新结果", "See the latest"),
    "take_away": Text("导出清单", "Take away"),
    "open_case": Text("看这一单", "Open it"),
}


def cause(kind: Cause, value: str, language: Language) -> str:
    """What the orders have in common, as people call it; by its code in English."""
    if language is Language.EN:
        return value.replace("+", " · ")
    return names.cause(kind, value)
