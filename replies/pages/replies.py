"""What do the pages about the house's replies say?"""

from replies.words import Catalogue, Text

REPLY_WORDS: Catalogue = {
    "part_replies": Text("话术", "Replies"),
    "replies_lead": Text(
        "顾客收到的话。没有自己写的，就用内置的；自己写的可以只给一些店铺、一些通道。同一种情形有几条时，从上到下第一条对得上的算数。改了话术，要由另一个人同意才能发布。",
        "What customers are told. Where the house has no words of its own the built-in ones are used; its own may be for"
        " some shops and lanes only. Of several for the same trouble the first that fits counts. Other words need"
        " somebody else's approval before they are published.",
    ),
    "own_replies": Text("自己写的", "Of the house"),
    "no_own_replies": Text("还没有自己写的，全部用内置的。", "None yet: all are built in."),
    "all_replies": Text("全部情形", "Every occasion"),
    "any_stage": Text("不分环节", "In any stage"),
    "reply": Text("话术", "Reply"),
    "whom_for": Text("给谁", "For whom"),
    "every_order": Text("所有订单", "every order"),
    "of_shops": Text("店铺 {shops}", "shops {shops}"),
    "of_lanes": Text("通道 {lanes}", "lanes {lanes}"),
    "built_in": Text("内置", "built in"),
    "built_in_said": Text("内置的：", "built in: "),
    "of_house": Text("自己的", "of the house"),
    "speaks_instead": Text("没有单独的，用「其他情形」", "none of its own: “anything else” speaks"),
    "occasions": Text("{count} 种情形，自己的 {own} 条", "{count} occasions, {own} of the house"),
    "begin_own": Text("为此话术写自己的", "Write your own for this"),
    "begin_short": Text("写自己的", "Write your own"),
    "reply_gone": Text("这条话术已经不在草稿里了。", "This reply is no longer in the draft."),
    "to_replies": Text("全部话术", "All replies"),
    "use_title": Text("用途", "What it is for"),
    "shops": Text("只给这些店铺", "For these shops only"),
    "shops_hint": Text("店铺空着是各店都用，几个用逗号隔开。", "No shop: every shop; several with commas."),
    "lanes_only": Text(
        "只给这些通道的订单（都不选是不分通道）", "For orders of these lanes only (none: whatever the lane)"
    ),
    "words": Text("说的话", "The words"),
    "words_hint": Text(
        "两对花括号里的会换成订单自己的，例如 {{ order_no }}；换行只为好读，发出时连成一段。",
        "What stands in double brackets, such as {{ order_no }}, becomes what the order has. Lines are joined when it is sent.",
    ),
    "promises": Text("答应顾客什么", "What is promised"),
    "promises_hint": Text(
        "写多久之内，例如 2h、30 分钟；空着是不答应。答应了的，话里要写出来，例如「{{ news_by }} 前」。",
        "Within how long, such as 2h; empty: not promised. What is promised is said, such as {{ news_by }}.",
    ),
    "facts": Text("凭哪些事实", "The facts that it rests on"),
    "facts_hint": Text(
        "必须知道：不知道就没有草稿。知道才说、太长就省：放在 {% if … %} 和 {% endif %} 之间。",
        "Required: there is no draft without it. Said if known, left out first: it stands between {% if … %} and {% endif %}.",
    ),
    "facts_more": Text("没用到的 {count} 个事实", "{count} facts that are not used"),
    "use_none": Text("不用", "not used"),
    "use_facts": Text("必须知道", "required"),
    "use_claims": Text("知道才说", "said if known"),
    "use_spare": Text("太长就省", "left out first"),
    "always_used": Text("每条都要说", "every reply says it"),
    "for_example": Text("例如 {example}", "such as {example}"),
    "insert": Text("插入", "Insert"),
    "insert_fact": Text("插入 {fact}", "Insert {fact}"),
    "raw": Text("看整段原文", "The text as it is stored"),
    "in_parts": Text("回到分项填写", "Back to the form"),
    "raw_lead": Text(
        "存下来就是这样。分项填不下的写法只能在这里改。",
        "As it is stored. What the form cannot hold is changed here.",
    ),
    "shown_words": Text("顾客会收到", "What customers would get"),
    "shown_now": Text("照此刻的样子", "as it stands"),
    "shown_then": Text("照发现它的时候 {at}", "as it was found, {at}"),
    "shown_invented": Text(
        "最近 {looked} 件异常里没有它该说话的，所以编了一单，只为看看样子。",
        "Of the latest {looked} cases it would have spoken for none, so one was invented to show it.",
    ),
    "shown_none": Text(
        "这一环节还没有异常，所以编了一单，只为看看样子。",
        "There was no case of the kind yet, so one was invented to show it.",
    ),
    "shown_faulty": Text("改好上面的，就能看到它怎么说。", "Mend what is told, and it is shown."),
    "shown_hidden": Text("看异常的人才看得到。", "Only shown to those who see cases."),
    "invented_order": Text("编的一单", "invented"),
    "characters": Text("{count} / {most} 字", "{count} of {most} characters"),
    "cut": Text("群卡片上放不下，要点开才看得全", "a card in the group does not show all of it"),
    "no_text": Text("没有草稿：{why}", "No draft: {why}"),
    "rests_on": Text("凭", "Rests on"),
    "promises_by": Text("答应", "Promises"),
    "today_says": Text("现在说的是", "What is said today"),
    "today_same": Text("和现在说的一样", "the same as today"),
    "too_long_said": Text(
        "{count} 条比群卡片放得下的 {most} 字长。",
        "{count} are longer than the {most} characters that a card shows.",
    ),
    "unseen_said": Text("这些事实，上面的订单一笔都没有：{facts}。", "None of these orders has: {facts}."),
    # approval
    "approval": Text("同意话术", "Approval of the words"),
    "approval_needed": Text(
        "这份草稿改了话术：要由另一个人看过、同意，才能发布或试行。同意之后再改，就要重新同意。",
        "This draft has other words for customers: somebody else has to agree before it is published or tried. Any change"
        " after that makes it void.",
    ),
    "approval_own": Text(
        "最后改它的是您，请别人来同意。", "You have changed it last: somebody else has to agree."
    ),
    "approval_who": Text("组长、经理、运营和管理员可以同意。", "Leads, managers, operations and admins may."),
    "approve": Text("我看过了，同意这些话", "I have read it and agree"),
    "approved_by": Text("{who} 已同意，{at}", "{who} has agreed, {at}"),
    "approval_changed": Text(
        "刚才有人改过它：请再看一遍，再同意。", "Somebody has just changed it: have another look, then agree."
    ),
    "approval_shops": Text(
        "改的话有您不负责的店铺：请负责那些店铺的人来同意。",
        "It has words for shops that you do not serve: somebody who does has to agree.",
    ),
    "approval_faulty": Text("还有要改的，先改好。", "Something is still to be mended first."),
    "unapproved": Text(
        "改了话术，还没有别人同意，没有发布。",
        "It has other words, and nobody else has agreed: not published.",
    ),
}
"""By key."""
