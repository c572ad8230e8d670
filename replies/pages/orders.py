"""What do the search for orders and their list say?"""

from replies.words import Catalogue, Text

ORDERS: Catalogue = {
    "title": Text("订单", "Orders"),
    "order": Text("订单", "Order"),
    "shop": Text("店铺", "Shop"),
    "stage": Text("阶段", "Stage"),
    "state": Text("状态", "State"),
    "band": Text("快慢", "Pace"),
    "warehouse": Text("仓库", "Warehouse"),
    "carrier": Text("快递", "Carrier"),
    "channel": Text("渠道", "Channel"),
    "amount": Text("金额（元）", "Amount (CNY)"),
    "late_at": Text("时限", "Limit"),
    "grey_at": Text("正常至", "Normal until"),
    "operated_at": Text("操作时间", "Operated at"),
    "operator": Text("操作人", "By"),
    "operation": Text("最后操作", "Last operation"),
    "q": Text("查找", "Search"),
    "late_by": Text("超时 {span}", "late by {span}"),
    "time_left": Text("还有 {span}", "{span} left"),
    "no_limit": Text("没有时限在走", "no limit is running"),
    "unwatched": Text("不再监控", "not watched any more"),
    "watched": Text(
        "正在监控的订单，超时最久的在前。已结束的订单用单号查找。",
        "The orders under watch, the longest late first. Search for finished ones by their number.",
    ),
    "found": Text("「{sought}」对应 {count} 个订单", "“{sought}” leads to {count} orders"),
    "not_found": Text("没有找到「{sought}」", "Nothing found for “{sought}”"),
    "not_found_hint": Text(
        "查过订单号、运单号、关联单号和手机号（完整的，或 138****8000 这样遮盖的）。请核对有没有少一位；"
        "别的店铺的订单不会显示。",
        "Order, tracking and linked numbers were looked through, and phone numbers (in full, or masked like"
        " 138****8000). Please check for a missing digit; orders of other shops are not shown.",
    ),
    "none": Text("没有符合的订单。", "No order fits."),
    "to_list": Text("看全部监控中的订单", "All orders under watch"),
    "further": Text("后面的", "Further"),
    "to_start": Text("回到最急的", "Back to the most urgent"),
}
"""By key."""
