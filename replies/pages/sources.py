"""What does the page of the sources say?"""

from replies.words import Catalogue, Text

SOURCES: Catalogue = {
    "title": Text("来源", "Sources"),
    "lead": Text(
        "每个来源平常几点有多少消息、最久沉默多长，是从它过去的六十天学来的。沉默得反常才算中断：等它消息的订单先暂缓，"
        "不发卡片，恢复后自动补齐。",
        "How much each source sends at which hour, and for how long it is silent, is learned from its last sixty days."
        " Only a silence out of the ordinary is an outage: orders that wait for its news are held, without a card,"
        " and reckoned up once it is back.",
    ),
    "source": Text("来源", "Source"),
    "shops": Text("店铺", "Shops"),
    "sign": Text("现在", "Now"),
    "last_event": Text("最近一条", "Last event"),
    "newest_news": Text("消息截至", "news as of"),
    "heartbeat": Text("心跳", "heartbeat"),
    "usual": Text("这个钟点平常", "Usual at this hour"),
    "per_hour": Text("每小时约 {count} 条", "about {count} an hour"),
    "unknown": Text("还不够了解", "not known well enough"),
    "missing": Text("少了约 {count} 条", "about {count} missing"),
    "silence": Text("离中断", "Towards an outage"),
    "percent": Text("{count} %", "{count} %"),
    "none": Text("还没有来源报过事件。", "No source has sent an event yet."),
    "outages": Text("中断", "Outages"),
    "last_30_days": Text("最近 30 天", "last 30 days"),
    "silent_since": Text("没有消息", "Silent"),
    "until": Text("至", "to"),
    "not_back": Text("还没恢复", "not back"),
    "noticed": Text("{after}后发现", "noticed after {after}"),
    "depended": Text("等它的", "Depended on it"),
    "waiting": Text("{count} 单未完", "{count} open orders"),
    "held": Text("暂缓的异常", "Cases held"),
    "held_now": Text(
        "{count} 个异常因数据中断暂缓，不计入未关闭。", "Cases held, which count apart: {count}."
    ),
    "see_held": Text("看是哪些", "See which"),
    "reckoned": Text("其实动了 {healed}，真的停住 {raised}", "{healed} had moved, {raised} were real"),
    "no_outage": Text("没有来源中断过。", "No source was out."),
}
"""By key."""
