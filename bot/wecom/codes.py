"""What does each error code of WeCom come to, what is the agent told, and what can the operator do about it?

Page 90313 for the server's calls, 101463 for the 智能机器人. One row for each code; one that is not here is told to
the operator, tried a few times for agents, and not again for customers (`bot/wecom/answers.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Upshot(StrEnum):
    """What a code comes to for the call that got it."""

    OK = "ok"
    """It was done."""
    ACCEPTED_BEFORE = "accepted_before"
    """A repeat is refused for its key: the first one had arrived. The first one is refused for a bad key."""
    STALE_TOKEN = "stale_token"  # noqa: S105 -- no secret
    """The access token is wrong or too old: fetch a new one, once."""
    RETRY = "retry"
    """Not this time."""
    WAIT = "wait"
    """Too often; blocked until the window ends."""
    TOO_LATE = "too_late"
    """What it refers to has had its time."""
    NO_RECIPIENT = "no_recipient"
    """Nobody it is meant for can be reached this way; others can."""
    CLOSED_CHAT = "closed_chat"
    """Nobody has greeted the bot in that chat, or it has been removed from it."""
    REFUSED = "refused"
    """It will not be taken, now or later."""
    OPERATOR = "operator"
    """The operator has to mend something; until then nothing gets through."""
    UNKNOWN = "unknown"
    """A code that is not in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row. `said` blank: WeCom's own words tell it best, such as which field of a card is wrong."""

    upshot: Upshot
    said: str = ""
    """For the agent who waits for it."""
    mend: str = ""
    """For the operator, with the place in the admin console."""


def code_of(number: int) -> Code:
    """The row of a code."""
    return CODES.get(number, UNKNOWN)


def remedy(number: int) -> str:
    """What the operator can do about it, or where the code is explained."""
    return code_of(number).mend or UNKNOWN.mend


NO_WEBHOOK = 93000
"""The key of a group's webhook is good for nothing any more."""
UNKNOWN = Code(upshot=Upshot.UNKNOWN, mend="见企业微信文档的全局错误码页（90313）")

_SCOPE = "管理后台 应用管理 → 这个应用 → 可见范围：把值班的人都加进来"
_SECRET = "管理后台 应用管理 → 这个应用：重新复制 Secret 到 DINGDAN_WECOM__SECRET"  # noqa: S105 -- no secret
_CORP = "管理后台 我的企业 → 企业信息：重新复制企业 ID 到 DINGDAN_WECOM__CORP_ID"
_AGENT = "管理后台 应用管理 → 这个应用：重新复制 AgentId 到 DINGDAN_WECOM__AGENT_ID"
_RIGHTS = "管理后台 应用管理 → 这个应用：开通它缺的接口权限；微信客服和客户联系在各自页面的「可调用接口的应用」里勾选它"
_KFID = "管理后台 应用管理 → 微信客服：检查 DINGDAN_KF__OPEN_KFID"
_KF_APP = "管理后台 应用管理 → 微信客服 → 可调用接口的应用：勾选这个应用，并把客服账号授权给它"
_BOT = "管理后台 智能机器人 → API 模式：长连接要用机器人自己的 BotID 和 Secret"
_WEBHOOK = "群里的机器人被移出或地址换了：重新复制它的 Webhook 地址里的 key"
_GREET = "请在群里 @机器人 说一句话"
_GROUP = "检查 DINGDAN_AIBOT__GROUP_CHAT_ID 和名册的 groups：chatid 区分大小写，机器人要在那个群里"


def _rows(upshot: Upshot, rows: Mapping[int, tuple[str, str]]) -> dict[int, Code]:
    return {number: Code(upshot=upshot, said=said, mend=mend) for number, (said, mend) in rows.items()}


def _plain(upshot: Upshot, numbers: Iterable[int]) -> dict[int, Code]:
    return dict.fromkeys(numbers, Code(upshot=upshot))


CODES: Mapping[int, Code] = {
    **_plain(Upshot.OK, [0]),
    **_plain(Upshot.STALE_TOKEN, [40014, 41001, 42001]),
    **_plain(Upshot.ACCEPTED_BEFORE, [42014]),
    **_rows(Upshot.RETRY, {
        -1: ("企业微信系统繁忙", ""),
        41063: ("群发任务还在创建", ""),
        45033: ("同时调用得太多", ""),
        846609: ("长连接还没有订阅", ""),
    }),
    **_rows(Upshot.WAIT, {
        41094: ("提醒得太频繁：一个任务一天三次", ""),
        45009: ("调用太频繁，暂停到这个周期结束", ""),
        846607: ("机器人在这个会话里说得太频繁", ""),
    }),
    **_rows(Upshot.TOO_LATE, {
        42016: ("要更新的卡片已经不在了", ""),
        42052: ("发出超过 24 小时，撤不回了", ""),
        846605: ("点击之后超过了 5 秒", ""),
        846608: ("回复超过了 6 分钟", ""),
    }),
    **_rows(Upshot.NO_RECIPIENT, {
        40003: ("成员账号不对", "名册里的 userid 要与管理后台 通讯录 → 成员 的「账号」一致"),
        40031: ("成员账号列表不对", "名册里的 userid 要与管理后台 通讯录 → 成员 的「账号」一致"),
        40096: ("这位顾客的账号不对", ""),
        41048: ("没有可以群发的顾客", ""),
        50002: ("成员不在应用的可见范围内", _SCOPE),
        60021: ("成员不在应用的可见范围内", _SCOPE),
        60111: ("成员账号不存在", "名册里的 userid 要与管理后台 通讯录 → 成员 的「账号」一致"),
        81013: ("收件人都不在应用的可见范围内", _SCOPE),
        84061: ("顾客不是这位员工的好友", ""),
    }),
    **_rows(Upshot.CLOSED_CHAT, {
        40050: ("群不存在", _GROUP),
        86001: ("群不存在", _GROUP),
        86003: ("群不存在", _GROUP),
        86008: ("群不是这个应用建的", _GROUP),
        NO_WEBHOOK: ("群机器人的地址失效或机器人被移出了群", _WEBHOOK),
        93001: (f"群里没有人和机器人打过招呼，{_GREET}", f"{_GREET}；{_GROUP}"),
        93006: (f"群里没有人和机器人打过招呼，{_GREET}", f"{_GREET}；{_GROUP}"),
        93008: (f"机器人不在这个群里，把它加进来后{_GREET}", f"{_GREET}；{_GROUP}"),
    }),
    **_rows(Upshot.OPERATOR, {
        40001: ("应用的 Secret 不对", _SECRET),
        40013: ("企业 ID 不对", _CORP),
        40056: ("应用的 AgentId 不对", _AGENT),
        40070: ("成员账号不对", "名册里的 userid 要与管理后台 通讯录 → 成员 的「账号」一致"),
        60123: ("部门不存在", "名册里写的部门要是管理后台 通讯录 里有的"),
        40068: ("标签不对", "名册里写的标签要是管理后台 通讯录 → 标签 里有的"),
        40091: ("应用的 Secret 不对", _SECRET),
        41002: ("没有给出企业 ID", _CORP),
        41004: ("没有给出 Secret", _SECRET),
        41011: ("没有给出 AgentId", _AGENT),
        43012: ("应用没有回调地址，带按钮的卡片发不出去", "管理后台 应用管理 → 这个应用 → 接收消息 → 设置 API 接收：填回调 URL"),
        48001: ("应用没有这个接口的权限", _RIGHTS),
        48002: ("应用没有这个接口的权限", _RIGHTS),
        48005: ("这个接口已经停用", "升级盯单；最新的版本仍这样说，请报给我们"),
        48007: ("微信客服账号没有授权给应用", _KF_APP),
        50001: ("登录的回跳域名不可信", "管理后台 应用管理 → 这个应用 → 网页授权及 JS-SDK：设置可信域名"),
        50003: ("应用已被停用", "管理后台 应用管理 → 这个应用：启用它"),
        60011: ("应用的权限不包括这个成员、部门或标签", _SCOPE),
        60020: ("服务器的 IP 不在企业可信 IP 里", "管理后台 应用管理 → 这个应用 → 企业可信 IP：加上服务器的出口 IP"),
        60031: ("应用被禁止调用接口", "管理后台 应用管理 → 这个应用：查看企业微信的通知，恢复接口调用"),
        93004: ("群机器人被停用", "管理后台 智能机器人：启用它"),
        93019: ("机器人的编号不对", _BOT),
        95003: ("微信客服可服务的人数已满", "管理后台 应用管理 → 微信客服：扩大可服务的人数"),
        95004: ("微信客服账号不存在", _KFID),
        95011: ("微信客服已在企业微信里使用", _KF_APP),
        95012: ("微信客服还没有启用", _KF_APP),
        95017: ("微信客服的接口开关关着", _KF_APP),
        95023: ("微信客服授权给了别的应用", _KF_APP),
        95032: ("没有读微信客服记录的权限", _KF_APP),
        301002: ("应用没有权限", _RIGHTS),
        850001: ("机器人没有得到授权", _BOT),
        851008: ("机器人没有得到授权", _BOT),
        851013: ("机器人没有得到授权", _BOT),
        851014: ("机器人的授权已过期", _BOT),
        853000: ("机器人的 BotID 或 Secret 不对", _BOT),
        2000002: ("企业 ID 不对", _CORP),
    }),
    **_rows(Upshot.REFUSED, {
        40029: ("登录链接已失效", ""),
        40201: ("内容被企业微信拦截", ""),
        41093: ("群发任务已取消", ""),
        42003: ("登录链接已过期", ""),
        42022: ("登录链接已用过", ""),
        45002: ("内容太长", ""),
        82004: ("内容不合规", ""),
        84014: ("登录已过期", ""),
        84015: ("登录已失效", ""),
        85002: ("内容有禁用的词", ""),
        95000: ("微信客服账号不对", _KFID),
        95001: ("顾客上次来信后的 5 条已用完", ""),
        95002: ("顾客上次来信已超过 48 小时", ""),
        95013: ("与顾客的会话已结束", ""),
        95014: ("接待人员不在微信客服里", ""),
        95015: ("顾客由专属客服接待", ""),
        95018: ("与顾客的会话由他人接待或已结束", ""),
        95019: ("接待人员已停止接待", ""),
        95030: ("这种消息不能发给顾客", ""),
        95031: ("顾客上次来信已超过 48 小时", ""),
        97610: ("群发任务已经发出，取消不了", ""),
        97611: ("群发任务已经取消", ""),
    }),
    **_plain(Upshot.REFUSED, [
        40007, 40008, 40058, 40063, 40093, 41006, 41008, 41009, 41010, 42015, *range(42017, 42020),
        *range(42027, 42052), 44004, 45034, 82001, 82002, 82003, 86004, 86005, 86006, 86007, 86215, 93017, 93018,
        95005, 95006, 95007, 95008, 95009, 95016, 95022, 95026, 95027, 301023, 301024,
    ]),
}  # fmt: skip
"""Every code of pages 90313 and 101463 that the calls of this service can get."""
