"""What do the pages of rehearsals say?"""

from replies.words import Catalogue, Text

REHEARSALS: Catalogue = {
    "title": Text("排练", "Rehearsals"),
    "lead": Text(
        "改规则之前，先用它把历史重走一遍：会有多少提醒、几点、找谁，和另一本比哪些提前、推后、新增、不再有。什么都不发。",
        "Before rules change, walk through history by them: how many alerts, when and to whom, and beside another book"
        " which come earlier, later, newly or no more. Nothing is sent.",
    ),
    "ask": Text("排练一次", "Rehearse"),
    "book": Text("规则书", "Rule book"),
    "against": Text("对照", "Against"),
    "nothing": Text("不对照", "Nothing"),
    "version": Text("第 {version} 版", "Version {version}"),
    "in_force": Text("（现行）", "(in force)"),
    "draft": Text("草稿：{title}", "Draft: {title}"),
    "draft_id": Text("草稿", "Draft"),
    "since": Text("从哪天", "From"),
    "until": Text("到哪天", "To"),
    "shop": Text("店铺", "Shop"),
    "begin": Text("开始", "Begin"),
    "cancelled": Text("已取消。", "It is cancelled."),
    "not_cancelled": Text("它已经结束了，取消不了。", "It has ended already."),
    "faulty_book": Text("选一本现在还有的规则书或草稿。", "Choose a rule book or a draft that is there."),
    "faulty_against": Text(
        "对照也选一本现在还有的，或不对照。", "Choose one that is there to hold it against, or nothing."
    ),
    "faulty_since": Text("从哪天：写成 2026-06-01。", "From: write it as 2026-06-01."),
    "faulty_until": Text(
        "到哪天：写成 2026-06-18，不早于从哪天。", "To: write it as 2026-06-18, not before the first day."
    ),
    "faulty_shop": Text("店铺：写一家您负责的。", "Shop: name one that you serve."),
    "none": Text("还没有排练过。", "Nothing was rehearsed yet."),
    "state": Text("进展", "State"),
    "span": Text("时间", "Time"),
    "all": Text("全部历史", "all history"),
    "asked_by": Text("谁要的", "Asked by"),
    "asked_at": Text("什么时候", "Asked"),
    "progress": Text("{done} / {total} 单", "{done} of {total} orders"),
    "cancel": Text("取消", "Cancel"),
    "again": Text("再排练一次", "Rehearse again"),
    "back": Text("全部排练", "All rehearsals"),
    "one_title": Text("排练 {book}", "Rehearsal of {book}"),
    "waiting_told": Text(
        "已排上，轮到就开始；这一页会自己更新。",
        "It is in the queue, and begins when its turn comes; this page follows by itself.",
    ),
    "to_draft": Text("回到草稿", "Back to the draft"),
    "to_try": Text("先给一成订单试", "Let a tenth of the orders try it"),
    "running_told": Text(
        "正在把历史重走一遍，这一页会自己更新。",
        "History is being walked through; this page follows by itself.",
    ),
    "cancelled_told": Text("{name} 取消了它。", "{name} cancelled it."),
    "why_no_book": Text(
        "这本规则书或草稿已经不在，或还有错：改好再排练。",
        "The rule book or draft is not there any more, or is faulty: mend it and rehearse again.",
    ),
    "why_no_history": Text(
        "这段时间里没有可以排练的订单：换一段时间，或先导入历史。",
        "There are no orders to rehearse on in that time: choose another, or import past orders first.",
    ),
    "why_interrupted": Text(
        "放它的进程一次次中途没了，不再重来：内存够吗？换一段短些的时间再排练。",
        "Whatever played it was gone before its end, time and again: is there memory enough? Rehearse a shorter time.",
    ),
    "why_broken": Text(
        "中途坏了，原因在服务的日志里；可以再排练一次。",
        "It broke down; the log of the service says why. It can be rehearsed again.",
    ),
    "short": Text(
        "历史不满 {days} 天，不是每个星期几都有：这里的数说明不了什么。",
        "History is shorter than {days} days, and has not seen every day of the week: these figures tell little.",
    ),
    "few": Text(
        "异常不到 {few} 件：这里的数说明不了什么。",
        "There were fewer than {few} anomalies: these figures tell little.",
    ),
    "walked": Text(
        "{days} 天，{orders} 单，{events} 个事件", "{days} days, {orders} orders, {events} events"
    ),
    "turned": Text("和对照相比", "Beside the other book"),
    "turned_told": Text(
        "比的是每一环节每一轮的第一次提醒。",
        "It is the first alert of each run of a stage that is compared.",
    ),
    "by_median": Text("中位数 {span}", "by {span} in the median"),
    "figures": Text("数字", "Figures"),
    "measure": Text("数什么", "Measure"),
    "difference": Text("差", "Difference"),
    "cases": Text("异常", "Anomalies"),
    "alerts": Text("提醒", "Alerts"),
    "per_hour": Text("每小时提醒", "Alerts per hour"),
    "busiest": Text("最忙的一小时", "In the busiest hour"),
    "cards": Text("群里的卡片", "Cards in groups"),
    "folded": Text("其中一分钟里放不下、并成摘要", "Of these too many for their minute, folded"),
    "pushes": Text("发给个人", "Pushes in person"),
    "urgent": Text("其中 P1", "Of these P1"),
    "climbs": Text("升级步骤", "Steps of ladders"),
    "incidents": Text("同因事件", "Incidents"),
    "gathered": Text("其中的异常", "Anomalies in them"),
    "healed": Text("没人碰过就好了", "Healed by themselves"),
    "silent": Text("只上看板", "On the board only"),
    "by_hour": Text("几点的提醒", "Alerts by the hour of the day"),
    "by_hour_says": Text(
        "一天 24 小时各有多少提醒，最多 {highest}", "Alerts in each of the 24 hours, {highest} at most"
    ),
    "by_stage": Text("按环节", "By stage"),
    "stage": Text("环节", "Stage"),
    "alerts_healed": Text("提醒 / 自愈", "Alerts / healed"),
    "by_person": Text("按当班的人", "By who was on duty"),
    "person": Text("谁", "Who"),
    "cards_pushes": Text("卡片 + 个人", "Cards + in person"),
    "by_person_told": Text(
        "卡片算给当时当班的每一位；升级算给当时当班的第一位。",
        "A card counts for each agent who was on shift then; a step of a ladder for the first who was.",
    ),
    "replies": Text("回复话术", "Replies"),
    "replies_told": Text(
        "每次提醒的卡片上会给顾客的草稿，用当时知道的事写；一次提醒里自动做的事，到下一次提醒才算已办到。",
        "The draft for the customer on the card of each alert, from what was known then; what is done by itself at an"
        " alert counts as done from the next one on.",
    ),
    "drafted": Text("有草稿", "With a draft"),
    "undrafted": Text("没有草稿", "Without one"),
    "lacks": Text("缺{fact}", "for want of {fact}"),
    "long": Text("卡片上显示不全", "Longer than a card shows"),
    "promise": Text("承诺{slot}", "Promising: {slot}"),
    "words_turned_told": Text(
        "两本都提醒的，每一环节每一轮的第一次相比；提醒的时刻不同，话里的时间不算不同。",
        "Of alerts that come with both books, the first of each run of a stage; where they come at different times,"
        " times within the text make no difference.",
    ),
    "no_draft": Text("没有草稿", "No draft"),
    "no_draft_for": Text("没有草稿，缺{facts}", "No draft, for want of {facts}"),
    "words_examples": Text("话术变了的例子", "Examples of other words"),
    "examples": Text("例子", "Examples"),
    "order": Text("订单", "Order"),
    "turn": Text("变化", "Change"),
    "nobody": Text("这段时间没有人在值班表上。", "Nobody was on the roster in that time."),
    "no_alerts": Text("哪一本都不会提醒。", "Neither book would have alerted."),
}
"""By key."""
