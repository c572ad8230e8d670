"""What do the pages of an order's raw events say?"""

from replies.words import Catalogue, Text

ORDER_EVENTS: Catalogue = {
    "title": Text("{number} 的原始事件", "Raw events of {number}"),
    "back_to_order": Text("回到订单", "Back to the order"),
    "back_to_events": Text("全部原始事件", "All raw events"),
    "shop": Text("店铺 {shop}", "Shop {shop}"),
    "happened": Text("发生", "Happened"),
    "arrived": Text("收到", "Arrived"),
    "at_once": Text("随即收到", "arrived at once"),
    "later": Text("晚 {span} 收到", "arrived {span} later"),
    "what": Text("事件", "Event"),
    "who": Text("谁报的", "Reported by"),
    "said": Text("内容", "What it said"),
    "raw": Text("原始内容", "As it came"),
    "parcel": Text("包裹 {parcel}", "parcel {parcel}"),
    "retracts": Text("撤回 {source} {id}", "takes back {source} {id}"),
    "retracted_by": Text("已于 {at} 被 {source} {id} 撤回", "taken back {at} by {source} {id}"),
    "goods": Text("商品", "goods"),
    "customer": Text("顾客资料", "customer"),
    "short": Text("缺货", "short"),
    "refund": Text("退款", "refund"),
    "contact": Text("方式", "way"),
    "customer_name": Text("称呼", "name"),
    "customer_ref": Text("顾客号", "number"),
    "customer_open_kfid": Text("客服账号", "service account"),
    "customer_external_userid": Text("外部联系人", "external contact"),
    "customer_owner_userid": Text("跟进同事", "colleague in touch"),
    "customer_phone": Text("手机", "phone"),
    "customer_address": Text("地址", "address"),
    "none": Text("还没有事件。", "There is no event yet."),
    "body_title": Text("原始事件 {id}", "Raw event {id}"),
    "masked_note": Text(
        "手机号已遮盖，封存的内容只显示可见部分；其余一字未改。",
        "Phone numbers are masked, and of what is sealed only the visible part is shown; nothing else is changed.",
    ),
    "id": Text("编号", "Id"),
    "source": Text("来源", "Source"),
}
"""By key."""
