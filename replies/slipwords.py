"""How is said what a rule book, or a reply in it, can hardly mean?"""

from collections.abc import Mapping, Sequence

from replies.replywords import other_called
from replies.rulewords import COMMA
from replies.wordlint import Snag
from replies.words import Language, Text
from rules.booklint import Slip

_SLIPS: Mapping[Slip | Snag, Text] = {
    Slip.NEVER_MATCHES: Text(
        "没有订单能同时符合这些条件：改掉互相矛盾的一条。",
        "No order can meet these conditions at once: mend the one that contradicts.",
    ),
    Slip.SHADOWED: Text(
        "前面的「{others}」已经把它能挑中的订单全挑走了：往上移，或改条件。",
        "“{others}”, before it, takes every order that it could: move it up, or change its conditions.",
    ),
    Slip.MATCHES_ALL: Text("它挑中所有订单。", "It takes every order."),
    Slip.OVERLAPS: Text(
        "有的订单也符合前面的「{others}」，按排在前面的走。",
        "An order may fit “{others}” as well, and goes by what comes first.",
    ),
    Slip.OVER: Text("时间已经过了，不会再有新的订单进来。", "Its time is past: no new order comes in."),
    Slip.NEVER_STARTS: Text(
        "支付的时钟就是从开始支付算起的，「未开始」永远不会响：改成「未完成」，或让支付从下单计。",
        "Payment's clock starts with the payment, so this can never speak: use “not completed”, or count from the order.",
    ),
    Slip.SKIPPED: Text(
        "这个环节不盯，写的时限用不上。", "This stage is not watched: its rules are never used."
    ),
    Slip.TWICE: Text("同样的时限写了两次，第二次不会响。", "The same limit twice: the second never speaks."),
    Slip.NEVER_GREY: Text(
        "正常用时不短于第一道时限：不会先变灰，直接超时。",
        "The normal time is not shorter than the first limit: nothing is slow before it is late.",
    ),
    Slip.UNKNOWN_GROUP: Text(
        "名册里没有这个群，卡片会进默认群。", "The roster has no such group: cards go to the default one."
    ),
    Slip.UNKNOWN_PERSON: Text(
        "名册里没有，或已离职：{others}。不会找他们，都不在就照名册找。",
        "Not on the roster, or gone: {others}. They are not asked; without anybody else the roster is.",
    ),
    Slip.OTHER_ROLE: Text(
        "名册里不是这个职责：{others}。照样先找，只要他们能处理订单。",
        "Of another role on the roster: {others}. They are asked all the same if they may work on orders.",
    ),
    Snag.SHADOWED: Text(
        "前面的「{others}」已经替它要说的订单都说了：往上移，或换店铺、通道。",
        "“{others}”, before it, speaks for every order that it is for: move it up, or change its shops or lanes.",
    ),
    Snag.UNKNOWN_SHOP: Text(
        "订单和名册里都没有这家店：{others}。", "No order and nobody on the roster knows: {others}."
    ),
    Snag.TOO_SOON: Text(
        "答应的时间不比「多久内联系上顾客」长，没有人来得及跟进：{others}。",
        "What is promised is due before anybody has the time to follow it up: {others}.",
    ),
    Snag.NOTHING_DOES: Text(
        "它要凭「{others}」，可是这些订单停住时没有一个动作会做这件事，永远没有草稿：在「环节」里加上动作，或不用这个事实。",
        "It rests on “{others}”, and nothing is ever done about that for these orders: add the action to the stage, or do"
        " without the fact.",
    ),
    Snag.NEVER_SAID: Text(
        "「{others}」的那一句永远不会说：这些订单停住时没有动作会做这件事。",
        "What is said of “{others}” never will be: nothing is done about that for these orders.",
    ),
    Snag.SAYS_DONE: Text(
        "「{others}…」是自己说的，做没做都会说：放在事实的条件里，例如 {{% if carrier_reminded %}}。",
        "“{others}…” is said whether it was done or not: put it under a fact, such as {{% if carrier_reminded %}}.",
    ),
}


def slip_said(slip: Slip | Snag, others: Sequence[str], language: Language) -> str:
    """What is amiss and how it is mended; `others` are the lanes, people, facts or replies that have to do with it."""
    named = [other_called(other, language) for other in others] if slip in Snag else others
    return _SLIPS[slip].said(language, others=COMMA.said(language).join(named))
