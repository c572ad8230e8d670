"""What can the operator do about an error code of WeCom? One sentence for each that settings can cause (page 90313)."""

from collections.abc import Mapping

_REMEDIES: Mapping[int, str] = {
    40001: "Secret 不对：到管理后台的应用页重新复制 DINGDAN_WECOM__SECRET",
    40013: "企业 ID 不对：到「我的企业」页重新复制 DINGDAN_WECOM__CORP_ID",
    40056: "应用的 AgentId 不对：检查 DINGDAN_WECOM__AGENT_ID",
    43012: "应用还没有设置接收消息的回调地址，带按钮的卡片发不出去",
    48001: "应用没有这个接口的权限：在管理后台为它开通",
    48002: "应用没有这个接口的权限：在管理后台为它开通",
    48007: "微信客服账号没有授权给这个应用",
    50003: "应用已被停用：在管理后台启用它",
    60011: "应用的权限不包括这个成员或部门：扩大可见范围",
    60020: "调用方的 IP 不在企业可信 IP 里：在应用页把服务器的出口 IP 加进去",
    60021: "成员不在应用的可见范围内：把值班的人都加进来",
    81013: "收件人都不在应用的可见范围内：把值班的人都加进来",
    95000: "微信客服账号不对：检查 DINGDAN_KF__OPEN_KFID",
    95004: "微信客服账号不存在：检查 DINGDAN_KF__OPEN_KFID",
    853000: "机器人的 BotID 或 Secret 不对：长连接要用机器人自己的 Secret",
}


def remedy(code: int) -> str:
    """What to do, or where the code is explained."""
    return _REMEDIES.get(code, "见企业微信文档的全局错误码页（90313）")
