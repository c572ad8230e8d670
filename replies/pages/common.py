"""What do all pages say?"""

from replies.words import Catalogue, Text

COMMON: Catalogue = {
    "product": Text("盯单", "Dingdan"),
    "skip": Text("跳到正文", "Skip to the content"),
    "main_navigation": Text("主导航", "Main"),
    "group_now": Text("现场", "Now"),
    "group_team": Text("团队", "Team"),
    "group_improve": Text("改进", "Improve"),
    "group_records": Text("记录", "Records"),
    "nav_health": Text("健康", "Health"),
    "nav_anomalies": Text("异常", "Anomalies"),
    "nav_incidents": Text("事件", "Incidents"),
    "nav_sources": Text("来源", "Sources"),
    "nav_causes": Text("归因", "Causes"),
    "nav_proposals": Text("提案", "Proposals"),
    "nav_experiments": Text("试行", "Experiments"),
    "nav_tasks": Text("任务", "Tasks"),
    "nav_orders": Text("订单", "Orders"),
    "nav_measures": Text("指标", "Measures"),
    "nav_reports": Text("周报", "Weekly"),
    "nav_reasons": Text("原因", "Reasons"),
    "nav_decisions": Text("决策", "Decisions"),
    "nav_promises": Text("承诺", "Promises"),
    "nav_unmatched": Text("未对上", "Unmatched"),
    "nav_rules": Text("规则", "Rules"),
    "nav_duty": Text("值班", "Duty"),
    "nav_letters": Text("未送达", "Dead letters"),
    "nav_rehearsals": Text("排练", "Rehearsals"),
    "nav_audit": Text("审计", "Audit"),
    "other_language": Text("English", "中文"),
    "logout": Text("退出", "Log out"),
    "find_order": Text("找订单", "Find an order"),
    "find_hint": Text("订单号、运单号或手机号", "Order, tracking or phone number"),
    "find": Text("查找", "Find"),
    "as_of": Text("数据截至 {at}", "As of {at}"),
    "live_on": Text("实时", "Live"),
    "live_off": Text("已断开", "Disconnected"),
    "live_over": Text("已退出，请刷新", "Signed out: reload"),
    "live_news": Text("{n} 条新的异常 · 刷新", "{n} new anomalies · reload"),
    "nothing": Text("没有", "None"),
    "held": Text("数据中断，暂缓", "Held: a source is silent"),
    "standstill": Text("订单未动", "Order not moved"),
    "missing": Text("没有来源报过", "no source has said"),
    "comma": Text("，", ", "),
    "and": Text("、", ", "),
    "system": Text("系统", "System"),
    "nobody": Text("无人", "Nobody"),
    "any": Text("全部", "All"),
    "filter": Text("筛选", "Filter"),
    "clear": Text("清除", "Clear"),
    "next_page": Text("更早的", "Older"),
    "first_page": Text("回到最新", "Newest"),
    "csv": Text("导出 CSV", "Export CSV"),
    "xlsx": Text("导出 Excel", "Export Excel"),
    "yes": Text("是", "yes"),
    "no": Text("否", "no"),
    "export_note": Text("说明", "About"),
    "export_of": Text("列表", "List"),
    "export_as_of": Text("数据截至", "As of"),
    "export_rows": Text("行数", "Rows"),
    "export_cut": Text(
        "只有最新的 {most} 行：符合条件的更多。请收窄筛选，或导出 CSV，它没有上限。",
        "Only the newest {most} rows: more of them fit. Narrow the filters, or export CSV, which has no limit.",
    ),
    "export_busy_title": Text("正在导出别的表", "Other exports are under way"),
    "export_busy_text": Text(
        "同时最多做 {most} 份 Excel。请过半分钟再点，或导出 CSV。",
        "At most {most} workbooks are made at a time. Try again in half a minute, or export CSV.",
    ),
    "faulty": Text("有几项填得不对，没有查询：", "Some of this cannot be read, so nothing was looked up:"),
    "fault_choice": Text("{field} 只能是：{choices}", "{field} is one of: {choices}"),
    "fault_number": Text(
        "{field} 是 {least} 到 {most} 的整数", "{field} is a whole number from {least} to {most}"
    ),
    "fault_bool": Text("{field} 是 true 或 false", "{field} is true or false"),
    "fault_day": Text("{field} 是日期，写成 2026-11-27", "{field} is a day, such as 2026-11-27"),
    "fault_year": Text(
        "{field} 是 {least} 到 {most} 年里的一天", "{field} is a day of the years {least} to {most}"
    ),
    "fault_length": Text("{field} 最多 {most} 个字", "{field} has at most {most} characters"),
    "fault_before": Text("{field} 不能早于 {other}", "{field} is not before {other}"),
    "fault_span": Text("{field}：最多看 {most} 天", "{field}: at most {most} days are looked at"),
    "fault_other": Text("{field} 看不懂", "{field} cannot be read"),
    "missing_title": Text("没有这一页", "There is no such page"),
    "missing_text": Text(
        "「{what}」不存在，或不属于您负责的店铺。", "“{what}” does not exist, or is not in a shop of yours."
    ),
    "forbidden_title": Text("没有权限", "You may not do this"),
    "forbidden_text": Text(
        "这一步需要「{right}」的权限：{roles}。名册里可以改。",
        "This takes the right “{right}”: {roles}. The roster says who has it.",
    ),
    "forbidden_shops": Text(
        "这一步对每家店都起作用，需要「{right}」的权限，并且负责全部店铺：{roles}。"
        "写好的草稿都在，请他们发布；名册里可以改。",
        "This has its effect in every shop. It takes the right “{right}” and serving all shops: {roles}."
        " Drafts are kept: ask them to publish. The roster says who has it.",
    ),
    "for_all_shops": Text(
        "规则对每家店都起作用：负责全部店铺的运营或管理员才能发布、试行和撤回。草稿写好了，请他们来。",
        "Rules have their effect in every shop: operations or admins who serve all shops publish, try and take back."
        " Once a draft is ready, ask them.",
    ),
    "foreign_form_title": Text("这个表单不是从本页提交的", "This form was not sent from our page"),
    "foreign_form_text": Text("请重新打开页面再试。", "Please open the page again."),
    "away_title": Text("暂时看不了", "Not available now"),
    "away_text": Text(
        "数据库暂时连不上，过几秒再试。", "The database cannot be reached. Try again in a few seconds."
    ),
    "back": Text("回到健康页", "Back to health"),
    "stranger_title": Text("请从企业微信进入", "Please come in from WeCom"),
    "expired_title": Text("链接已过期或用过", "This link is over, or was used"),
    "left_title": Text("您已退出", "You are logged out"),
    "log_in": Text("用企业微信登录", "Log in with WeCom"),
    "stranger_text": Text(
        "这一页只给值班名单里的同事看。在企业微信里私聊机器人或应用，发送 /帮助，用回复里您本人的链接打开。",
        "This page is for colleagues on the roster. Send /help to the bot or the app in a private chat in WeCom,"
        " and open your own link in the answer.",
    ),
}
"""By key. A page adds its own."""
