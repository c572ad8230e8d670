"""What does the report of a drill say?"""

from collections.abc import Mapping

from replies.words import Catalogue, Text
from rules.response import Miss, Step

DRILL: Catalogue = {
    "title": Text("演练：{name}", "Drill: {name}"),
    "sandbox": Text("在沙箱里", "in the sandbox"),
    "real": Text("在真实的群里，订单都是演练的", "in the real group; every order is a drill"),
    "when": Text("{at} 开始，{lasts}", "began {at}, {lasts} long"),
    "summary": Text(
        "{reached} 位顾客里，10 分钟内联系上 {ten}，15 分钟内 {fifteen}",
        "Of {reached} customers, {ten} were reached within 10 minutes, {fifteen} within 15",
    ),
    "within_ten": Text("10 分钟内联系上", "Reached within 10 minutes"),
    "within_fifteen": Text("15 分钟内联系上", "Reached within 15 minutes"),
    "noticed": Text("发现", "Noticed"),
    "incidents": Text("事件", "Incidents"),
    "incidents_told": Text("共 {orders} 笔：{sizes}", "with {orders} orders: {sizes}"),
    "promises": Text("给出的承诺", "Promises given"),
    "unknown": Text("未统计", "not counted"),
    "of": Text("{part} / {of}", "{part} of {of}"),
    "none": Text("没有", "none"),
    "steps": Text("从发现算起", "Counted from when they were noticed"),
    "step": Text("到", "Until"),
    "n": Text("笔数", "Orders"),
    "median": Text("一半不超过", "Half within"),
    "p90": Text("九成不超过", "Nine of ten within"),
    "groups": Text("各组", "By group"),
    "group": Text("组", "Group"),
    "missed": Text("漏了什么", "What was missed"),
    "nothing_missed": Text("什么都没漏。", "Nothing."),
    "readers": Text("谁收到多少", "Who was sent how much"),
    "reader": Text("谁", "Who"),
    "cards": Text("卡片", "Cards"),
    "lines": Text("消息", "Messages"),
    "letters_told": Text(
        "只数单笔订单的；事件、合并的提醒不在内。",
        "Of single orders alone; incidents and digests are not in it.",
    ),
    "orders": Text("每一笔", "Each order"),
    "order": Text("订单", "Order"),
    "no_trouble": Text("本来没事", "in no trouble"),
    "incident": Text("事件", "Incident"),
    "yes": Text("在", "in it"),
}

STEPS: Mapping[Step, Text] = {
    Step.CARD: Text("卡片", "Card"),
    Step.CLAIM: Text("有人认领", "Claimed"),
    Step.CONTACT: Text("联系上顾客", "Reached"),
    Step.CLOSE: Text("关闭", "Closed"),
}

MISSES: Mapping[Miss, Text] = {
    Miss.UNNOTICED: Text("没有发现", "not noticed"),
    Miss.UNSEEN: Text("没有卡片", "no card"),
    Miss.UNCLAIMED: Text("没人认领", "nobody took it"),
    Miss.UNREACHED: Text("没联系上顾客", "customer not reached"),
    Miss.LATE: Text("联系晚了", "reached too late"),
    Miss.FALSE_ALARM: Text("没事的订单，顾客被打扰了", "in no trouble, and its customer was disturbed"),
    Miss.SWALLOWED: Text(
        "自己的问题，被并进了别的事件", "a trouble of its own, put into an incident of others"
    ),
}
