"""What does the list of anomalies say?"""

from replies.words import Catalogue, Text

ANOMALIES: Catalogue = {
    "title": Text("异常", "Anomalies"),
    "order": Text("订单", "Order"),
    "shop": Text("店铺", "Shop"),
    "parcel": Text("包裹 {parcel}", "parcel {parcel}"),
    "stage": Text("阶段", "Stage"),
    "stuck": Text("卡在", "Stuck at"),
    "state": Text("状态", "State"),
    "priority": Text("级别", "Priority"),
    "owner": Text("负责人", "Owner"),
    "opened_at": Text("发现于", "Noticed"),
    "none": Text("没有符合的异常。", "No anomaly fits."),
}
"""By key."""
