"""What does the page say of a login that came to nothing? A title and a text for each outcome."""

from replies.words import Catalogue, Text

LOGIN: Catalogue = {
    "again": Text("重新登录", "Log in again"),
    "other_way": Text(
        "也可以在企业微信里私聊机器人或应用，发送 /帮助，用回复里您本人的链接打开。",
        "Or send /help to the bot or the app in a private chat in WeCom, and open your own link in the answer.",
    ),
    "no_database_title": Text("暂时登录不了", "Not possible now"),
    "no_database_text": Text(
        "数据库连不上，请过一会儿重新登录。", "The database cannot be reached. Log in again in a while."
    ),
    "foreign_state_title": Text("这次登录不是从这个浏览器开始的", "This login was not begun in this browser"),
    "foreign_state_text": Text("请从这里重新登录。", "Log in again from here."),
    "spent_state_title": Text("这次登录已经用过或过期", "This login was used before, or is over"),
    "spent_state_text": Text("请重新登录。", "Log in again."),
    "no_code_title": Text("企业微信没有给出登录码", "WeCom gave no code"),
    "no_code_text": Text("请重新登录，并在企业微信里同意。", "Log in again, and agree in WeCom."),
    "no_answer_title": Text("企业微信没有回应", "WeCom does not answer"),
    "no_answer_text": Text("请过一会儿重新登录。", "Log in again in a while."),
    "no_member_title": Text("您不是本企业的成员", "You are no member of this company"),
    "no_member_text": Text(
        "这一页只给本企业的同事看；客户和其他企业的人登录不了。",
        "This page is for colleagues of this company; customers and members of others cannot log in.",
    ),
    "gone_title": Text("您已不在职", "You do not work here any more"),
    "gone_text": Text(
        "企业微信里的账号已停用或已离职。若有误，请找管理员。",
        "Your account in WeCom is barred or has left. If that is wrong, ask an administrator.",
    ),
    "not_on_roster_title": Text("您不在值班名单里", "You are not on the roster"),
    "not_on_roster_text": Text("请让管理员把您加进名册。", "Ask an administrator to put you on the roster."),
    "spent_code_title": Text("登录码已经用过或过期", "The code was used before, or is over"),
    "spent_code_text": Text("一个登录码只能用一次。请重新登录。", "A code is good once. Log in again."),
    "refused_title": Text("企业微信没有说您是谁", "WeCom does not say who you are"),
    "refused_text": Text(
        "企业微信返回 {code}。请把下面这句话转给管理员：",
        "WeCom has answered {code}. Pass this on to an administrator:",
    ),
    "not_set_up_title": Text("还不能用企业微信登录", "One cannot log in with WeCom yet"),
    "not_set_up_text": Text(
        "要先设置自建应用（DINGDAN_WECOM__CORP_ID、__AGENT_ID、__SECRET）和 DINGDAN_HTTP__PUBLIC_URL。",
        "The self-built app has to be set up first (DINGDAN_WECOM__CORP_ID, __AGENT_ID, __SECRET),"
        " and DINGDAN_HTTP__PUBLIC_URL.",
    ),
}
"""By key."""
