"""What does the page of measures say?"""

from replies.words import Catalogue, Text

MEASURES: Catalogue = {
    "title": Text("指标", "Measures"),
    "range": Text("{since} – {until}", "{since} – {until}"),
    "opened_n": Text("发现的异常", "Anomalies noticed"),
    "healed_n": Text("其中自愈", "Healed by themselves"),
    "healed_told": Text(
        "没人碰过就好了，不算进下面", "before anybody touched them; not in the figures below"
    ),
    "times": Text("用了多久", "How long it took"),
    "shares": Text("几成做到了", "Which share"),
    "curve": Text("发现之后多久联系到顾客", "How soon after detection customers were reached"),
    "curve_says": Text(
        "十分钟内 {ten}，十五分钟内 {fifteen}，共 {n} 笔",
        "{ten} within ten minutes, {fifteen} within fifteen, of {n}",
    ),
    "curve_told": Text(
        "只算联系到的 {n} 笔。竖线是投诉前的 {complaint}、十分钟、十五分钟。",
        "Of the {n} that were reached. The lines are the complaint budget of {complaint}, ten and fifteen minutes.",
    ),
    "minutes": Text("分钟", "minutes"),
    "measure": Text("指标", "Measure"),
    "median": Text("中位数", "Median"),
    "p90": Text("九成不超过", "Nine of ten within"),
    "mean": Text("平均", "Mean"),
    "n": Text("件数 n", "n"),
    "value": Text("数值", "Value"),
    "interval": Text("95% 区间", "95 % interval"),
    "low": Text("区间下限", "Interval, low"),
    "high": Text("区间上限", "Interval, high"),
    "part": Text("其中", "Of these"),
    "share": Text("占比", "Share"),
    "unit": Text("单位", "Unit"),
    "unit_seconds": Text("秒", "seconds"),
    "unit_percent": Text("%", "%"),
    "unit_messages": Text("条", "messages"),
    "baseline": Text("以前（您填的）", "Before (your word)"),
    "reference": Text("参考线", "Reference"),
    "reference_told": Text(
        "「参考线」是别处报道过的数字，不是这里的结果。「以前」是规则书 baseline 里您自己填的。",
        "“Reference” is what others have reported, and no result of this shop. “Before” is what you entered under"
        " baseline in the rule book.",
    ),
    "few": Text("少于 {few} 笔，说明不了什么", "fewer than {few}: it tells little"),
    "few_told": Text(
        "灰色的少于 {few} 笔，说明不了什么。区间是「真实的值多半在这里面」。",
        "What is grey is of fewer than {few} cases and tells little. The true value is most likely within the interval.",
    ),
    "messages": Text("每笔异常给团队发了几条", "Messages to the team for each anomaly"),
    "messages_told": Text("最近关闭的 {n} 笔的平均", "mean of the {n} closed last"),
    "healing": Text("哪条规则报了又自己好", "Which rules raised what healed by itself"),
    "rule": Text("规则", "Rule"),
    "stuck": Text("停滞", "Trouble"),
    "version": Text("版本", "Version"),
    "healed": Text("自愈", "Healed"),
    "of_trial": Text("试行「{title}」的几版", "Versions of the trial “{title}”"),
    "book": Text("第 {version} 版", "version {version}"),
    "none": Text("这几天没有发现异常。", "No anomaly was noticed in these days."),
    "since": Text("从哪天", "From"),
    "until": Text("到哪天", "To"),
    "shop": Text("店铺", "Shop"),
    "stage": Text("阶段", "Stage"),
    "lane": Text("通道", "Lane"),
    "agent": Text("负责人", "Owner"),
    "told_claim": Text("到现在的负责人接手", "until its present owner had it"),
    "told_contact": Text(
        "到第一次联系上；以送达为准", "until the first contact, which counts from its delivery"
    ),
    "told_close": Text("到关闭", "until it was closed"),
    "told_handling": Text("从接手到关闭", "from the claim until it was closed"),
    "told_within_ten": Text(
        "联系到的，和过了十分钟还没联系到的里面", "of those that were reached, or are older than that"
    ),
    "told_within_fifteen": Text(
        "十五分钟内，并且在顾客来问之前", "within fifteen minutes, and before the customer asked"
    ),
    "told_before_complaint": Text("在规则书的投诉时间之内", "within the complaint budget of the rule book"),
    "told_first_resolution": Text(
        "关闭后 72 小时没有重开；关闭满 72 小时的才算",
        "not open again within 72 hours; of those closed at least so long ago",
    ),
    "told_alone": Text(
        "没有升级、没有派给别的团队；最近关闭的至多 {most} 笔",
        "no escalation, no task for another team; of the {most} closed last at most",
    ),
    "told_refunded": Text(
        "还没联系上，顾客就要求退款、取消了", "cancelled with money back before anybody had reached them"
    ),
}
"""By key."""
