"""What do the pages about rules say?"""

from replies.words import Catalogue, Text

RULES_WORDS: Catalogue = {
    "title": Text("规则", "Rules"),
    "experiments": Text("规则试行：先让一成订单试", "Experiments: a tenth of the orders first"),
    "to_proposals": Text("限时提案", "Proposed limits"),
    "lead": Text(
        "现在按这些规则盯。改动先写成草稿，看过会怎样再发布；每一版都留着，一键可以恢复。",
        "What is watched for now. Changes are drafts first: see what they would mean, then publish. Every version is"
        " kept, and restored in one tap.",
    ),
    "version": Text("第 {version} 版", "Version {version}"),
    "colon": Text("：", ": "),
    "which_version": Text("版本", "Version"),
    "in_force": Text("生效中", "in force"),
    "by": Text("{who} · {at}", "{who} · {at}"),
    "defaults": Text("默认规则", "the defaults"),
    "no_reason": Text("没有写原因", "no reason given"),
    "origin_file": Text("文件", "file"),
    "origin_board": Text("看板", "board"),
    "origin_trial": Text("试行", "trial"),
    "applied": Text("未关闭的异常也按这一版", "open anomalies went over to it"),
    "has_trial": Text("有一部分订单在试行另一版", "some orders try another book"),
    "change": Text("改规则", "Change the rules"),
    "promotions": Text("新的大促通道", "New promotion lane"),
    "promotion_618": Text("618 大促", "618"),
    "promotion_1111": Text("双11 大促", "双11"),
    "promotion_new": Text("空白通道", "Empty lane"),
    "from_yaml": Text("从 YAML 导入", "From YAML"),
    "rehearse": Text("排练", "Rehearse"),
    "rehearse_first": Text("先排练", "Rehearse it first"),
    "rehearse_lead": Text(
        "把过去的订单按这份草稿重走一遍，和第 {version} 版比：多了、少了、早了、晚了哪些提醒。什么都不发。",
        "Past orders are walked through by this draft and beside version {version}: which alerts come newly, no more,"
        " earlier or later. Nothing is sent.",
    ),
    "rehearse_now": Text("排练全部历史", "Rehearse all of history"),
    "rehearse_part": Text("只排练一段时间或一家店铺", "Some days or one shop only"),
    "yaml": Text("下载 YAML", "Download YAML"),
    "drafts": Text("没发布的草稿", "Drafts"),
    "draft_title": Text("改规则", "Change of the rules"),
    "draft_of": Text("基于第 {version} 版", "of version {version}"),
    "versions": Text("全部版本", "All versions"),
    "reason": Text("原因", "Reason"),
    "author": Text("谁", "Who"),
    "origin": Text("来处", "Origin"),
    "when": Text("时间", "When"),
    "stages": Text("环节", "Stages"),
    "stage": Text("环节", "Stage"),
    "normal": Text("正常用时", "Normal"),
    "limits": Text("时限", "Limits"),
    "priority": Text("级别", "Priority"),
    "actions": Text("自动做的事", "Done by itself"),
    "group": Text("客服群", "Group"),
    "no_limits": Text("不设时限", "No limits"),
    "no_actions": Text("不做", "Nothing"),
    "ladder": Text("阶梯：没人处理时", "Ladder: when nobody answers"),
    "no_ladder": Text("谁也不催，只发卡片。", "Nobody is told; there are only cards."),
    "budget": Text("时间预算", "Budget"),
    "budget_said": Text(
        "{contact}内联系上顾客；顾客通常 {complaint}后投诉。",
        "The customer is reached within {contact}; customers usually complain after {complaint}.",
    ),
    "calendar": Text("日历", "Calendar"),
    "hours": Text("营业时段", "Opening hours"),
    "quiet": Text("免打扰", "Quiet hours"),
    "factor": Text("节假日时限乘以", "On holidays limits times"),
    "days_off": Text("另加的放假日", "Further days off"),
    "workdays": Text("另加的上班日", "Further workdays"),
    "timezone": Text("时区", "Time zone"),
    "storm": Text("事件：很多笔同一个原因", "Incidents: many with one cause"),
    "storm_said": Text(
        "{window}内 {threshold} 笔同因的合成一个事件，收 {span}；同因看：{by}。",
        "{threshold} of one cause within {window} become an incident that takes in more for {span}; causes: {by}.",
    ),
    "no_storm": Text("从不合并。", "They are never joined."),
    "lanes": Text("通道", "Lanes"),
    "lanes_lead": Text(
        "从上到下，第一条挑中订单的算数；时间看下单的时刻。",
        "From top to bottom, the first one that fits an order counts; times are those of placing it.",
    ),
    "no_lanes": Text("没有通道：所有订单都按上面的规则。", "No lanes: every order goes by the rules above."),
    "lane": Text("通道", "Lane"),
    "match": Text("哪些订单", "Which orders"),
    "time": Text("何时下的单", "Placed"),
    "differs": Text("有什么不同", "What differs"),
    "from": Text("从", "From"),
    "to": Text("到（不含）", "To (not included)"),
    "ever": Text("一直", "always"),
    "lane_always": Text("一直", "always"),
    "lane_ahead": Text("还没开始", "ahead"),
    "lane_on": Text("进行中", "on"),
    "lane_over": Text("已结束", "over"),
    "as_book": Text("同全书", "as the book"),
    "other_rules": Text(
        "任务、来源、订单未动和对照的数字在 YAML 里。",
        "Tasks, feeds, standstill and baseline are in the YAML.",
    ),
    "day_mon": Text("周一", "Mon"),
    "day_tue": Text("周二", "Tue"),
    "day_wed": Text("周三", "Wed"),
    "day_thu": Text("周四", "Thu"),
    "day_fri": Text("周五", "Fri"),
    "day_sat": Text("周六", "Sat"),
    "day_sun": Text("周日", "Sun"),
    # one version
    "against": Text("与第 {version} 版相比", "Against version {version}"),
    "same": Text("没有不同。", "Nothing differs."),
    "place": Text("哪里", "Where"),
    "before": Text("之前", "Before"),
    "after": Text("之后", "After"),
    "restore": Text("恢复这一版", "Restore this version"),
    "undo": Text("撤销，恢复第 {version} 版", "Undo: restore version {version}"),
    "restore_reason": Text("恢复第 {version} 版", "Restore version {version}"),
    "published": Text(
        "第 {version} 版已发布，几秒内各处生效，在途订单的时限随即重算。",
        "Version {version} is published and in force everywhere within seconds; the limits of orders under way are"
        " set anew.",
    ),
    "newer": Text(
        "有人先发布了第 {version} 版，您的没有发布，也没有丢。先看它改了什么。",
        "Somebody has published version {version} first. Yours was not published, and is not lost. See what it"
        " changed.",
    ),
    "to_rules": Text("看现在的规则", "The rules in force"),
    "yaml_head": Text("盯单规则书，第 {version} 版", "Rules of 盯单, version {version}"),
    # a draft
    "draft": Text("草稿", "Draft"),
    "name": Text("名字", "Name"),
    "part_overview": Text("预览和发布", "Preview and publish"),
    "part_stages": Text("环节", "Stages"),
    "part_lanes": Text("通道", "Lanes"),
    "part_ladder": Text("阶梯", "Ladder"),
    "part_calendar": Text("日历", "Calendar"),
    "part_storm": Text("事件", "Incidents"),
    "part_yaml": Text("YAML", "YAML"),
    "changed_by": Text("{who} 改于 {at}", "changed by {who}, {at}"),
    "save": Text("保存", "Save"),
    "saved": Text("已保存，没有填错的。", "Saved; nothing is wrong with it."),
    "worth_another_look": Text("有 {count} 处值得再看一眼。", "{count} worth another look."),
    "saved_with_faults": Text(
        "已保存，有 {count} 处要改，改好才能发布。", "Saved. {count} to be mended before it can be published."
    ),
    "changed_meanwhile": Text(
        "{who} 刚改过这份草稿，您的没有盖上去。下面是您填的，可以抄回来。",
        "{who} has just changed this draft, so yours was not written over it. What you typed is below.",
    ),
    "lost": Text("您填的", "What you typed"),
    "faults": Text("要改的", "To be mended"),
    "did_you_mean": Text("是不是「{word}」？", "Did you mean “{word}”?"),
    "findings": Text("值得再看一眼", "Worth another look"),
    "findings_refused": Text("发布不了", "Cannot be published"),
    "slip_never_matches": Text(
        "没有订单能同时符合这些条件：改掉互相矛盾的一条。",
        "No order can meet these conditions at once: mend the one that contradicts.",
    ),
    "slip_shadowed": Text(
        "前面的「{others}」已经把它能挑中的订单全挑走了：往上移，或改条件。",
        "“{others}”, before it, takes every order that it could: move it up, or change its conditions.",
    ),
    "slip_matches_all": Text("它挑中所有订单。", "It takes every order."),
    "slip_overlaps": Text(
        "有的订单也符合前面的「{others}」，按排在前面的走。",
        "An order may fit “{others}” as well, and goes by what comes first.",
    ),
    "slip_over": Text("时间已经过了，不会再有新的订单进来。", "Its time is past: no new order comes in."),
    "slip_never_starts": Text(
        "支付的时钟就是从开始支付算起的，「未开始」永远不会响：改成「未完成」，或让支付从下单计。",
        "Payment's clock starts with the payment, so this can never speak: use “not completed”, or count from the order.",
    ),
    "slip_skipped": Text(
        "这个环节不盯，写的时限用不上。", "This stage is not watched: its rules are never used."
    ),
    "slip_twice": Text(
        "同样的时限写了两次，第二次不会响。", "The same limit twice: the second never speaks."
    ),
    "slip_never_grey": Text(
        "正常用时不短于第一道时限：不会先变灰，直接超时。",
        "The normal time is not shorter than the first limit: nothing is slow before it is late.",
    ),
    "slip_unknown_group": Text(
        "名册里没有这个群，卡片会进默认群。", "The roster has no such group: cards go to the default one."
    ),
    "slip_unknown_person": Text(
        "名册里没有，或已离职：{others}。不会找他们，都不在就照名册找。",
        "Not on the roster, or gone: {others}. They are not asked; without anybody else the roster is.",
    ),
    "slip_other_role": Text(
        "名册里不是这个职责：{others}。照样先找，只要他们能处理订单。",
        "Of another role on the roster: {others}. They are asked all the same if they may work on orders.",
    ),
    "changes": Text("改了什么", "What changes"),
    "no_changes": Text("还没有改什么。", "Nothing changes yet."),
    "preview": Text("发布之后会怎样", "What publishing would mean"),
    "preview_orders": Text("看了 {orders} 笔在途订单", "{orders} orders under way were looked at"),
    "preview_more": Text(
        "只看了 {orders} 笔在途订单，还有更多没看",
        "only {orders} orders under way were looked at; there are more",
    ),
    "preview_concerned": Text("笔的时限或通道会变", "get another limit or lane"),
    "preview_late": Text("笔会立刻超时", "would be late at once"),
    "preview_cases": Text("笔未关闭的异常", "open anomalies"),
    "theirs": Text("这期间发布的第 {version} 版改了什么", "What version {version} changed meanwhile"),
    "rebase": Text("并入第 {version} 版的改动", "Take over version {version}"),
    "rebase_hint": Text(
        "两边都改了的地方以这份草稿为准。", "Where both changed the same, this draft stands."
    ),
    "rebased": Text("已并入。再看一遍，然后发布。", "Taken over. Have another look, then publish."),
    "rebased_both": Text(
        "已并入。两边都改了的以草稿为准：{places}。",
        "Taken over. Where both changed, the draft stands: {places}.",
    ),
    "publish": Text("发布", "Publish"),
    "reason_label": Text("为什么改（必填）", "Why (required)"),
    "apply_label": Text("未关闭的 {count} 笔异常也按新的走", "The {count} open anomalies go by it too"),
    "apply_hint": Text(
        "不选：它们按开出时的那一版走完。", "Otherwise they go on under the version they were opened under."
    ),
    "reason_missing": Text("请写为什么改。", "Write why."),
    "faulty_draft": Text("还有要改的，没有发布。", "Something is still to be mended: not published."),
    "slips_refused": Text(
        "有 {count} 处永远不会生效，没有发布。", "{count} of it can never come true: not published."
    ),
    "nothing_to_publish": Text("没有改什么，不用发布。", "Nothing differs: there is nothing to publish."),
    "of_experiment": Text("试行「{title}」", "The trial “{title}”"),
    "of_decision": Text("决策第 {number} 条", "Decision {number}"),
    "drop": Text("丢弃草稿", "Drop the draft"),
    "dropped": Text("这份草稿已丢弃。", "This draft was dropped."),
    "only_operations": Text(
        "改规则要运营或管理员的权限。", "Changing rules takes the role operations or admin."
    ),
    # forms
    "choose": Text("请选", "choose"),
    "after_length": Text("多久之后", "After"),
    "repeat_length": Text("之后每隔", "Again every"),
    "length_hint": Text(
        "时长写作 90s、5m、1h30m、2d，或 90 分钟。清空一行就是去掉它。",
        "Lengths: 90s, 5m, 1h30m, 2d. Empty a row to drop it.",
    ),
    "payment_clock": Text("支付的时限从何时计", "Payment counts from"),
    "step": Text("第 {number} 步", "Step {number}"),
    "does": Text("做什么", "Does"),
    "whom": Text("给谁", "Whom"),
    "contact": Text("多久内联系上顾客", "Reach the customer within"),
    "complaint": Text("顾客通常多久投诉", "Customers complain after"),
    "claim": Text("多久内认领", "Claim within"),
    "act": Text("认领后多久要有动作", "Act within"),
    "send": Text("提交后多久要送达", "Arrive within"),
    "first_step": Text("同第一步", "the first step"),
    "max_age": Text("最多催多久", "Tell nobody after"),
    "hours_hint": Text(
        "一天可以有几段，中间用逗号：09:00-12:00, 13:30-18:00。空着是不营业。",
        "Several blocks with commas: 09:00-12:00, 13:30-18:00. Empty: closed.",
    ),
    "quiet_hint": Text(
        "每天，可跨零点：23:00-07:00。P1 不受影响。",
        "Every day, over midnight too: 23:00-07:00. P1 heeds none.",
    ),
    "days_hint": Text(
        "内置日历没有的，写日期：2027-10-01。", "What the built-in calendar has not got: 2027-10-01."
    ),
    "threshold": Text("几笔起", "From how many"),
    "window": Text("多长时间里", "Within"),
    "span": Text("收多久", "Takes in for"),
    "causes": Text("凭什么算同因", "Causes"),
    "up": Text("上移", "Up"),
    "down": Text("下移", "Down"),
    "delete": Text("删除", "Delete"),
    "add_lane": Text("加一条", "Add one"),
    "mode_all": Text("全部符合", "all of these"),
    "mode_any": Text("符合任一条", "any of these"),
    "field": Text("哪一项", "Field"),
    "op": Text("怎么比", "Comparison"),
    "value": Text("值", "Value"),
    "value_hint": Text(
        "金额写元；「是其中之一」的几个值用逗号隔开。", "Amounts in yuan; several values with commas between."
    ),
    "nested": Text(
        "这条通道的条件是嵌套的，在 YAML 里改：",
        "The conditions of this lane are nested; change them in the YAML:",
    ),
    "skip": Text("不盯的环节", "Stages not watched"),
    "lane_people": Text("这条通道找谁", "Who is asked about this lane"),
    "lane_people_hint": Text(
        "不选就照名册。选了的人当班时先找他们，都不当班照名册找。",
        "Nobody ticked: the roster as it is. Those ticked are asked first while they are on shift, else the roster.",
    ),
    "people_agent": Text("客服", "Agents"),
    "people_lead": Text("组长", "Leads"),
    "people_duty_manager": Text("值班经理", "Duty managers"),
    "as_roster": Text("照名册", "as the roster"),
    "lane_stages": Text("与全书不同的时限", "Limits that differ"),
    "unlimited": Text("不设时限", "no limits"),
    "yaml_lead": Text(
        "与规则书文件同一种写法，可以粘贴或上传；注释不保留。填错的会指出行和列，您填的不会丢。",
        "The format of the rule book file, pasted or uploaded; comments are not kept. Faults are told with line and"
        " column, and nothing typed is lost.",
    ),
    "yaml_file": Text("或上传文件", "Or upload a file"),
    "take_text": Text("用它代替草稿", "Take it as the draft"),
    "text_refused": Text(
        "有 {count} 处要改，草稿没有变。", "{count} to be mended; the draft has not changed."
    ),
    "text_taken": Text("已采用。", "Taken."),
    "line": Text("第 {line} 行第 {column} 列", "line {line}, column {column}"),
}
"""By key."""
