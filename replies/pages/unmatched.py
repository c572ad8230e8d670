"""What does the list of the events say that belong to no order?"""

from replies.words import Catalogue, Text

UNMATCHED: Catalogue = {
    "title": Text("未对上的事件", "Unmatched events"),
    "lead": Text(
        "收下了，但还不知道属于哪笔订单。一有消息说明编号属于谁，就会自动归过去。",
        "Taken in, but of no known order. As soon as something says whose number it is, they are tied by themselves.",
    ),
    "source": Text("来源", "Source"),
    "event_id": Text("事件号", "Event"),
    "type": Text("类型", "Type"),
    "shop": Text("店铺", "Shop"),
    "no_shop": Text("没写店铺", "names no shop"),
    "ref": Text("指的是", "Refers to"),
    "tracking": Text("运单 {number}", "parcel {number}"),
    "refs": Text("还提到", "Also names"),
    "also": Text("还提到 {refs}", "also names {refs}"),
    "why": Text("为什么对不上", "Why"),
    "why_unknown": Text("还没有订单报过这个编号", "No order has been reported with this number"),
    "why_other_shop": Text("只有别的店铺的订单用这个编号", "Only orders of other shops go by it"),
    "why_several_shops": Text(
        "几家店铺的订单都用这个编号，事件没写店铺",
        "Orders of several shops go by it, and the event names none",
    ),
    "known_in": Text("已知于店铺：{shops}", "known in: {shops}"),
    "occurred_at": Text("发生于", "Happened"),
    "observed_at": Text("收到于", "Received"),
    "since": Text("从哪天起", "Since"),
    "raw": Text("看原文", "As it came"),
    "none": Text("没有对不上的事件。", "No event is unmatched."),
    "tie": Text("归到订单", "Tie to an order"),
    "tie_order": Text("订单号", "Order number"),
    "tie_note": Text(
        "和它指同一个编号、还在等的事件，会一起归过去。",
        "Other events that wait for the same number go along.",
    ),
    "tied": Text("已归到订单 {order}。", "Tied to order {order}."),
    "see_order": Text("看订单", "See the order"),
    "hitch_gone": Text(
        "这个事件已经不在等了：有人先归了，或者它的订单刚刚报来。",
        "This event waits no more: somebody was quicker, or its order has just been heard of.",
    ),
    "hitch_no_order": Text(
        "店铺 {shop} 没有订单 {order}。请核对订单号和店铺。",
        "Shop {shop} has no order {order}. Check the number and the shop.",
    ),
    "hitch_wrong_shop": Text(
        "事件写明是别的店铺的，不能归到 {shop} 的订单 {order}。",
        "The event says that it is another shop's: it cannot go to order {order} of {shop}.",
    ),
}
"""By key."""
