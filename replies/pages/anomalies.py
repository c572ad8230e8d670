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
    "parcel_no": Text("包裹", "Parcel"),
    "due_at": Text("时限", "Due"),
    "reached_at": Text("联系到顾客", "Customer reached"),
    "ended_at": Text("恢复于", "Recovered"),
    "ended_how": Text("怎么恢复的", "How"),
    "reason": Text("原因", "Reason"),
    "reason_text": Text("原因说明", "Reason in words"),
    "closed_at": Text("关闭于", "Closed"),
    "self_healed": Text("自愈", "Self-healed"),
    "case": Text("异常号", "Case"),
    "none": Text("没有符合的异常。", "No anomaly fits."),
}
"""By key."""
