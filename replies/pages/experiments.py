"""What do the pages of experiments say?"""

from collections.abc import Mapping

from replies.words import Catalogue, Text

AT_FAULT: Mapping[str, str] = {
    "no_goal": "goals",
    "no_draft": "draft",
    "faulty": "draft",
    "same": "draft",
    "other_base": "draft",
    "unapproved": "draft",
    "busy": "draft",
}
"""Which field of the form an objection is about."""

EXPERIMENTS: Catalogue = {
    "title": Text("规则试行", "Experiments"),
    "lead": Text(
        "改过的规则先让一成订单试，和同样多的订单比。每小时看一次；有害、更差就自动停。",
        "A tenth of the orders try changed rules first, and are compared with as many others. Looked at every hour;"
        " harm, or a worse result, ends it by itself.",
    ),
    "rules": Text("规则", "Rules"),
    "all_experiments": Text("全部试行", "All experiments"),
    "none": Text("还没有试行过。", "Nothing has been tried yet."),
    "name": Text("试什么", "What"),
    "state": Text("状态", "State"),
    "share": Text("比例", "Share"),
    "started": Text("开始", "Started"),
    "ended": Text("结束", "Ended"),
    "by": Text("{who}", "by {who}"),
    "by_itself": Text("自动", "by itself"),
    "running": Text("进行中", "Under way"),
    "undone": Text("已撤回", "Taken back"),
    "percent": Text("{percent}% 的订单", "{percent} % of the orders"),
    "start": Text("试一个草稿", "Try a draft"),
    "one_at_a_time": Text(
        "同时只试一个，结论才说得清是谁的。", "One at a time: otherwise nobody can tell what brought what."
    ),
    "go_to_running": Text("看正在试的", "See the one under way"),
    "draft": Text("草稿", "Draft"),
    "draft_old": Text("{title}（不是从生效的规则改的）", "{title} (not made from what is in force)"),
    "no_drafts": Text(
        "没有草稿。先在「规则」里改出一份，不要发布。",
        "There is no draft. Write one under Rules, and do not publish it.",
    ),
    "name_it": Text("名字（不写就用草稿的）", "Name (the draft's where left empty)"),
    "goals": Text("要它变好的（至少一样）", "What it is for (at least one)"),
    "goal_reached": Text(
        "出了异常的，十分钟内联系到顾客。放宽时限会让提醒变少，它也跟着变少。",
        "In trouble, and the customer was reached within ten minutes. Longer limits mean fewer alerts, and fewer of these.",
    ),
    "goal_resolved": Text(
        "关闭之后没有再出问题。要等 72 小时才知道。",
        "It did not come back once closed. Known after 72 hours.",
    ),
    "goal_quiet": Text(
        "没有自己好了的异常，就是没有白提醒人。", "No case healed by itself: nobody was alerted for nothing."
    ),
    "harms": Text(
        "另外总看着两样害处：申请退款、顾客先来问。变多就自动停。",
        "Two harms are always watched: refunds asked for, and customers who ask first. More of them ends it.",
    ),
    "start_now": Text("让 10% 的订单先试", "Let 10 % of the orders try it"),
    "ends_trial": Text(
        "有规则正在试行：发布这一版，试行就结束。", "An experiment goes on: publishing this version ends it."
    ),
    "try_first": Text("先试一试", "Try it first"),
    "what_is_tried": Text("试的是什么", "What is tried"),
    "place": Text("哪里", "Where"),
    "held": Text("原来", "Before"),
    "tried": Text("试新规则", "Tries it"),
    "control": Text("对照", "Control"),
    "measures": Text("比得怎样", "How they compare"),
    "measure": Text("尺度", "Measure"),
    "difference": Text("差（试 − 对照）", "Difference (tries − control)"),
    "interval": Text("区间", "Interval"),
    "says": Text("看得出什么", "What it says"),
    "must_grow": Text("要变多", "to grow"),
    "must_not_grow": Text("不能多", "must not grow"),
    "few": Text("每组不到 {fewest} 笔，先不说", "Under {fewest} in a part: nothing is said yet"),
    "nothing_clear": Text("还看不出", "Nothing clear yet"),
    "is_better": Text("更好", "Better"),
    "is_worse": Text("更差", "Worse"),
    "is_harm": Text("变多了：有害", "More: harmful"),
    "is_less": Text("变少了", "Less"),
    "points": Text("{points} 点", "{points} pt"),
    "interval_told": Text(
        "区间一起成立、随时看都成立：真的没差别时，整个试行误报最多 5%。比例的分母是所有受影响、到了时间的订单，"
        "不管开没开异常。",
        "All intervals hold together, whenever one looks: where there is no difference, at most 5 % of experiments say"
        " otherwise. Shares are of all orders concerned whose time has come, with or without a case.",
    ),
    "exposed": Text("受影响的订单", "Orders concerned"),
    "exposed_told": Text(
        "两本规则对它们说得不一样；两边一样记。", "The two books differ for them; noted alike in both parts."
    ),
    "waiting": Text("还没到时间判", "Not yet to be judged"),
    "waiting_told": Text("最后一个时限再过两小时才判", "Judged two hours after the last limit"),
    "unjudged": Text("没有判", "Not judged"),
    "unjudged_told": Text("到时间之前试行就结束了", "It ended before their time"),
    "uneven": Text(
        "两组的订单数和定的比例对不上，比不出结果。",
        "The parts are not as large as ordered: they cannot be compared.",
    ),
    "looks": Text("每次看到什么", "What the looks found"),
    "no_looks": Text("还没看过。", "Not looked at yet."),
    "looked": Text("看的时候", "Looked at"),
    "found": Text("看到", "Found"),
    "next_look": Text("下一次看：{at}", "Next look: {at}"),
    "steps": Text("规则的版本", "Versions of the rules"),
    "version": Text("第 {version} 版", "Version {version}"),
    "do_grow": Text("扩大到 {percent}%", "Grow to {percent} %"),
    "do_adopt": Text("全部采用", "Adopt for all orders"),
    "do_stop": Text("停止，全部按原来的", "Stop: all by what was"),
    "do_undo": Text("撤回，恢复原来的", "Take back: as before"),
    "done_grow": Text(
        "已扩大到 {percent}%。几秒后生效。", "Grown to {percent} %. In force in a few seconds."
    ),
    "done_adopt": Text(
        "已全部采用：所有订单按新的规则。几秒后生效，随时可以撤回。",
        "Adopted: all orders go by it, in a few seconds. It can be taken back at any time.",
    ),
    "done_stop": Text(
        "已停止，全部订单按原来的规则。几秒后生效。", "Stopped: all orders go by what was, in a few seconds."
    ),
    "done_undo": Text(
        "已撤回，恢复原来的规则。几秒后生效。", "Taken back: the former rules, in a few seconds."
    ),
    "refused": Text("没有做：{why}", "Nothing was done: {why}"),
    "why_no_goal": Text(
        "「要它变好的」至少选一样：没有成效可比，就说不出好坏。",
        "Choose at least one under “What it is for”: without a measure of success nothing can be told.",
    ),
    "why_no_draft": Text("「草稿」要选一份还没发布的。", "Under “Draft”, choose one that is not published."),
    "why_faulty": Text(
        "「草稿」里还有写错、或不会是本意的地方：先在草稿页改好。",
        "The draft has faults, or says what is never meant: mend that on its page first.",
    ),
    "why_same": Text(
        "「草稿」对每笔订单说的和生效的规则一样：汇总、来源、基线不能分着试，直接发布就行。",
        "The draft says the same of every order as what is in force. Storms, feeds and the baseline cannot be tried by a"
        " part of the orders: publish it.",
    ),
    "why_other_base": Text(
        "「草稿」不是从生效的规则改的，会连别的改动一起比：先在草稿页接上最新的规则。",
        "The draft was not made from what is in force, so that other changes would be compared as well: take the newest"
        " rules over on its page first.",
    ),
    "why_unapproved": Text(
        "「草稿」改了话术，还没有别人同意：在草稿的「预览和发布」里请人同意。",
        "The draft has other words for customers, and nobody else has agreed: have somebody agree on its page first.",
    ),
    "why_busy": Text(
        "另一个「草稿」还在试：先停止它，或等它结束。",
        "Another draft is being tried: stop it first, or wait for its end.",
    ),
    "why_unknown": Text("没有这个试行。", "There is no such experiment."),
    "why_over": Text(
        "它已经结束，或已经是这个比例。请刷新看现在的样子。",
        "It is over, or has that share already. Reload to see how it is now.",
    ),
    "why_changed": Text(
        "采用之后又发布过别的规则，撤回会连那些一起丢掉。请在「规则」里改。",
        "Other rules were published since: taking this back would lose them too. Change the rules instead.",
    ),
}
"""By key."""
