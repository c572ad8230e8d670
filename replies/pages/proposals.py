"""What does the page of the proposals say?"""

from collections.abc import Mapping

from replies.words import Catalogue, Text

HOLIDAYS: Mapping[str, Text] = {
    "New Year's Day": Text("元旦", "New Year's Day"),
    "Chinese New Year": Text("春节", "Spring Festival"),
    "Tomb-Sweeping Day": Text("清明节", "Tomb-Sweeping Day"),
    "Labor Day": Text("劳动节", "Labor Day"),
    "Dragon Boat Festival": Text("端午节", "Dragon Boat Festival"),
    "Mid-Autumn Festival": Text("中秋节", "Mid-Autumn Festival"),
    "National Day": Text("国庆节", "National Day"),
}
"""By the name that the calendar's library has for them."""

PROPOSALS: Catalogue = {
    "title": Text("限时提案", "Proposed limits"),
    "lead": Text(
        "每周从最近三个月的订单算一次，进行中的也算进去（按已经等了多久）。什么都不会自己改：采纳只是起草一版规则，"
        "排练、试行、发布都在草稿里。",
        "Worked out each week from the orders of the last three months, those under way included for as long as they have"
        " waited. Nothing changes by itself: to accept one is to draft the rules with it, to be rehearsed, tried and"
        " published from there.",
    ),
    "week_of": Text("{week} 那一周", "Week of {week}"),
    "found_at": Text("算于", "worked out"),
    "rule": Text(
        "提的是最短的那个限时：超过它的订单不多于 {alerted}，其中再等四分之一的时间就自己动了的不多于 {healed}。",
        "Proposed is the shortest limit that at most {alerted} of the orders pass, and of those at most {healed} move on by"
        " themselves within a further quarter of it.",
    ),
    "none_yet": Text("还没有算过：每周一清晨 05:30。", "Nothing yet: it is done on Mondays at 05:30."),
    "none_new": Text("这一周没有要提的。", "Nothing is proposed this week."),
    "limits": Text("限时", "Limits"),
    "limit": Text("限时", "Limit"),
    "stage": Text("阶段", "Stage"),
    "kind": Text("卡在哪", "What"),
    "lane": Text("通道", "Lane"),
    "days": Text("日子", "Days"),
    "n": Text("样本", "Sample"),
    "n_told": Text("{n} 单", "{n} orders"),
    "open": Text("其中未完", "Still open"),
    "open_told": Text("其中 {open} 单未完", "{open} of them open"),
    "old": Text("现在", "Now"),
    "new": Text("提议", "Proposed"),
    "alerts": Text("每周预警", "Alerts a week"),
    "healed": Text("自愈的", "Self-healed"),
    "range": Text("{low} 到 {high}", "{low} to {high}"),
    "range_told": Text(
        "区间是下一周的，十次里九次落在里面。", "The range is for the next week: nine in ten times it holds."
    ),
    "old_alerts": Text("现在每周预警", "Alerts now"),
    "new_alerts": Text("提议后每周预警", "Alerts proposed"),
    "low": Text("区间下限", "Low"),
    "high": Text("区间上限", "High"),
    "old_healed": Text("现在自愈（%）", "Healed now (%)"),
    "new_healed": Text("提议后自愈（%）", "Healed proposed (%)"),
    "why": Text("为什么没有", "Why none"),
    "verdict": Text("结论", "Decided"),
    "verdict_accepted": Text("已采纳", "Accepted"),
    "verdict_rejected": Text("已否决", "Rejected"),
    "by": Text("{who}，{at}", "{who}, {at}"),
    "both_days": Text(
        "规则里工作日和周末是同一个限时，采纳会一起改。",
        "Rules have one limit for workdays and weekends: to accept it changes both.",
    ),
    "do_accept": Text("采纳，起草规则", "Accept: draft the rules"),
    "do_reject": Text("否决", "Reject"),
    "reject_why": Text("否决的理由", "Why not"),
    "needs_why": Text(
        "写上否决的理由，最多 {most} 字；四周内不再提。",
        "Say why not, in at most {most} characters; it is not proposed again for four weeks.",
    ),
    "accepted": Text("已起草，还没有生效。", "It is in a draft; nothing has changed yet."),
    "rejected": Text("已否决，四周内不再提。", "Rejected; it is not proposed again for four weeks."),
    "decided_already": Text("已经有人定过了。", "Somebody has decided already."),
    "gone": Text(
        "规则已经改过，这个限时不在了；等下一周的提案。",
        "The rules have changed and do not have this limit any more; wait for next week.",
    ),
    "to_draft": Text("打开草稿", "Open the draft"),
    "draft_of_limit": Text(
        "{week} 提案：{stage}{lane} {kind} {old} → {new}",
        "Proposal of {week}: {stage}{lane} {kind} {old} → {new}",
    ),
    "draft_of_holiday": Text(
        "{week} 提案：{name}，节假日系数 {old} → {new}", "Proposal of {week}: factor of {name} {old} → {new}"
    ),
    "rest": Text("没有提的（{count}）", "Not proposed ({count})"),
    "holidays": Text("快到的节假日", "Holidays to come"),
    "holiday_told": Text(
        "{first} 至 {last}；去年 {past_first} 至 {past_last} 开始的 {n} 个阶段，与前后四周工作日的 {usual} 个比。",
        "{first} to {last}; {n} stages begun last year from {past_first} to {past_last}, beside {usual} on the workdays of"
        " four weeks around.",
    ),
    "factor": Text("系数", "Factor"),
    "factor_told": Text("系数对所有节假日生效。", "The factor holds on every holiday."),
    "no_holidays": Text(
        "六周内没有节假日，或没有去年的数据。", "No holiday within six weeks, or none of last year to go by."
    ),
}
"""By key."""
