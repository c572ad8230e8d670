"""What does the page of an order say?"""

from replies import names
from replies.labels import label
from replies.pages.promises import TOLD
from replies.words import Catalogue, Language, Text
from rules.events import EventType
from rules.stages import Stage, Status

ORDER: Catalogue = {
    **TOLD,
    "title": Text("订单 {number}", "Order {number}"),
    "shop_name": Text("店铺", "Shop"),
    "shop": Text("店铺 {shop}", "Shop {shop}"),
    "placed": Text("下单于 {at}", "Placed {at}"),
    "lane": Text("通道 {lane}", "Lane {lane}"),
    "answer": Text("现在的情况", "Where it stands"),
    "where": Text("在哪一步", "Where it is"),
    "since": Text("从什么时候起", "Since"),
    "last_operation": Text("最后操作", "Last touched"),
    "unnamed": Text("未注明操作人", "nobody named"),
    "in_system": Text("系统 {system}", "in {system}"),
    "no_operation": Text("还没有人动过", "Nobody has touched it yet"),
    "parcels_done": Text("{done}/{all} 个包裹已签收", "{done} of {all} parcels delivered"),
    "clocks_still": Text("已停止计时", "Its clocks stand still"),
    "next_limit": Text("{kind}的时限 {at}", "limit “{kind}” at {at}"),
    "not_before": Text("{at} 起才计时（预售）", "Not watched before {at} (presale)"),
    "skipped": Text("不经过：{stages}", "Leaves out: {stages}"),
    "open_cases": Text("未关闭的异常", "Open anomalies"),
    "closed_cases": Text("已关闭的异常", "Closed anomalies"),
    "noticed": Text("{at} 发现", "noticed {at}"),
    "owner": Text("负责人 {name}", "Owner {name}"),
    "unowned": Text("无人认领", "Nobody has claimed it"),
    "self_healed": Text("自行恢复", "healed by itself"),
    "timeline": Text("六个阶段", "Six stages"),
    "timeline_note": Text(
        "每一行按自己的时限画：浅色为正常时长，黄色以后偏慢，红线为时限。",
        "Each row has the scale of its own limits: plain up to the normal time, then slow, and a red line at each limit.",
    ),
    "run": Text("第 {number} 轮", "run {number}"),
    "parcel": Text("包裹 {parcel}", "Parcel {parcel}"),
    "unnamed_parcel": Text("还没有单号的包裹", "A parcel without a number yet"),
    "not_begun": Text("还没轮到", "Not its turn yet"),
    "stopped": Text("中止", "Stopped"),
    "running": Text("已 {span}", "{span} so far"),
    "took": Text("用时 {span}", "took {span}"),
    "at_once": Text("由后面的消息推断", "concluded from later news"),
    "normal_until": Text("正常至 {at}", "normal until {at}"),
    "limit_at": Text("{kind} {at}", "{kind} {at}"),
    "limit_passed": Text("{kind} {at}（已超）", "{kind} {at} (passed)"),
    "began": Text("{start} 起", "since {start}"),
    "payment": Text("付款", "Payment"),
    "payment_ref": Text("流水号", "Reference"),
    "pay_by": Text("付款渠道", "Paid by"),
    "paid_at": Text("付款时间", "Paid at"),
    "amount": Text("金额", "Amount"),
    "stock": Text("库存与打包", "Stock and packing"),
    "stock_locked": Text("锁库", "Stock lock"),
    "locked": Text("已锁定", "Locked"),
    "unlocked": Text("未锁定", "Not locked"),
    "warehouse": Text("仓库", "Warehouse"),
    "pack_progress": Text("打包进度", "Packing"),
    "shortage": Text("缺货", "Short"),
    "short_of": Text("{sku} 缺 {qty}", "{sku}: {qty} short"),
    "any_goods": Text("未说明的商品", "unnamed goods"),
    "customer": Text("顾客", "Customer"),
    "customer_name": Text("称呼", "Name"),
    "customer_ref": Text("顾客号", "Customer no."),
    "phone": Text("手机", "Phone"),
    "region": Text("地区", "Region"),
    "district": Text("区县", "District"),
    "reveal": Text("查看完整", "Show in full"),
    "reveal_note": Text("会记入审计", "This is logged"),
    "revealed": Text("完整信息只显示这一次。", "Shown in full this once."),
    "address": Text("地址", "Address"),
    "hidden_not_there": Text(
        "没有可看的：没有来源报过，或保存期已过。",
        "There is nothing to show: no source has said, or it is no longer kept.",
    ),
    "hidden_sealed_otherwise": Text(
        "读不出：这是用另一个 DINGDAN_SECRET_KEY 封存的。",
        "It cannot be read: it was sealed under another DINGDAN_SECRET_KEY.",
    ),
    "details": Text("订单资料", "Details"),
    "channel": Text("渠道", "Channel"),
    "tags": Text("标签", "Tags"),
    "items": Text("商品", "Goods"),
    "refund": Text("退款", "Refund"),
    "refund_asked": Text("{at} 申请", "asked for {at}"),
    "refund_sum_unknown": Text("金额未说明", "amount not said"),
    "no_refund": Text("没有申请", "Not asked for"),
    "parcels": Text("包裹", "Parcels"),
    "no_parcels": Text("还没有包裹的消息。", "Nothing has been heard of a parcel."),
    "expected": Text("共 {count} 个，已知 {known} 个", "{count} expected, {known} known"),
    "carrier": Text("快递", "Carrier"),
    "tracking_no": Text("运单号", "Tracking no."),
    "scans": Text("轨迹", "Scans"),
    "no_scans": Text("还没有轨迹", "No scan yet"),
    "older_scans": Text("更早的 {count} 条", "{count} older"),
    "talk": Text("顾客与回复", "Customer and replies"),
    "no_talk": Text("顾客没有来过，我们也没有发过消息。", "The customer has not written, nor have we."),
    "customer_wrote": Text("顾客来询问", "The customer asked"),
    "we_wrote": Text("回复顾客", "Reply"),
    "promised": Text("答应 {at} 前再告知", "Promised news by {at}"),
    "of_case": Text("这笔异常", "its anomaly"),
    "events": Text("{count} 条原始事件", "{count} raw events"),
    "all_events": Text("查看全部原始事件", "All raw events"),
    "medium_kf": Text("微信客服", "WeCom customer service"),
    "medium_mass": Text("企业群发", "mass message"),
    "medium_sidebar": Text("聊天侧边栏", "chat sidebar"),
}
"""By key."""

WAYS: Catalogue = {
    "kf": Text("微信客服", "WeCom customer service"),
    "phone": Text("电话", "by phone"),
    "marketplace": Text("平台站内", "on the marketplace"),
    "unknown": Text("方式未说明", "way not said"),
}
"""How customers come, by what sources call it."""


def operation(action: str, language: Language) -> str:
    """What was done, from the name that an order's last operation goes by."""
    if language is Language.ZH:
        return names.operation(action)
    stage, _, status = action.partition(".")
    if stage in {*Stage} and status in {*Status}:
        return f"{label(Stage(stage), language)} {label(Status(status), language)}"
    return label(EventType(action), language) if action in {*EventType} else action


def carrier(code: str, language: Language) -> str:
    """What a carrier is called; its code, where that is not known."""
    return (names.carrier(code) or code) if language is Language.ZH else code


def way(channel: str, language: Language) -> str:
    """How the customer came, as it was reported; in words where it is one of the usual ways."""
    known = WAYS.get(channel)
    return channel if known is None else known.said(language)


def money(fen: int, currency: str = "CNY") -> str:
    """`¥259.00`; other currencies by their code."""
    amount = f"{fen // 100:,}.{fen % 100:02}"
    return f"¥{amount}" if currency == "CNY" else f"{amount} {currency}"
