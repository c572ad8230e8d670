"""What does each key of a rule book or roster mean? The sentences an editor shows, by model and key."""

from collections.abc import Mapping

KEYWORDS: Mapping[str, Mapping[str, str]] = {
    "RuleBookFile": {
        "version": "文件格式的版本，目前是 1。",
        "timezone": "hours、quiet_hours 等时刻所属的时区，例如 Asia/Shanghai。",
        "holiday_factor": "时限从节假日开始计时时放宽的倍数，1 至 10。",
        "days_off": "内置日历尚未收录的放假日，例如 2027-10-01。",
        "workdays": "内置日历当作放假、实际上班的日子。",
        "hours": "营业时段：键是星期（mon、mon-fri、sat,sun），值是时段列表。同一天写了几次，以最后一次为准。",
        "quiet_hours": '免打扰时段，可跨零点，例如 "23:00-07:00"。P1 不受其限制。',
        "budget": "从发现异常算起，留给自己的时间。",
        "max_age": "超过时限这么久才发现的异常只上看板，不发卡片。",
        "payment_clock": "支付时限从何时计起。",
        "stages": "按环节改写默认的时限、级别和动作；没写的保持默认。",
        "ladder": "升级阶梯：多久没人处理时做什么。每一步须晚于前一步；写 [] 则不升级。",
        "storm": "多少个同因异常合并成一个事件。",
        "lanes": "特殊通道：选出一部分订单，在一段时间内另行对待。从上到下，先匹配者生效。",
    },
    "BudgetFile": {
        "contact": "从发现异常到联系上顾客的时间。",
        "complaint": "从发现异常到顾客通常开始投诉的时间。",
    },
    "StageFile": {
        "normal": "这个环节的正常用时；超过它、未到时限时显示为灰色。",
        "limits": "时限列表，整个替换默认的列表；写 [] 则此环节不设时限。",
        "priority": "异常的级别。P1 立即推送值班经理。",
        "actions": "触发时限时自动执行的动作，整个替换默认的列表。",
        "group": "卡片发往的客服群，名字见名册的 groups；default 是默认群。",
    },
    "LimitFile": {
        "when": "哪一种停滞：未开始、未完成，或没有新进展。",
        "after": "多久之后算超时，例如 5m、2h。",
        "repeat": "之后每隔多久再提醒一次；不写则只提醒一次。",
    },
    "StepFile": {
        "after": "从发现异常算起，最晚多久走这一步，例如 6m。",
        "do": "这一步做什么：提醒负责人、移交，或推送给个人。",
        "to": "移交或推送给谁；remind_owner 不写。",
    },
    "StormFile": {
        "threshold": "多少个异常起合并，至少 2。",
        "window": "这些异常须在多长时间内出现。",
        "span": "一个事件最长持续多久。",
        "by": "按什么判断同因：支付渠道、仓库、承运商、地区，或承运商加地区。",
    },
    "LaneFile": {
        "name": "通道的名字，不可重复，例如 618 大促。",
        "match": "哪些订单走这个通道；不写则全部。",
        "from": "从何时起下单的订单，带时区，例如 2026-06-17T20:00+08:00。",
        "to": "到何时为止（不含）下单的订单，带时区。",
        "skip": "不监控的环节。",
        "payment_clock": "此通道的支付时限从何时计起。",
        "stages": "按环节改写时限、级别和动作；没写的与规则书相同。",
    },
    "AllOf": {"all": "全部条件都成立；空列表匹配所有订单。"},
    "AnyOf": {"any": "至少一个条件成立。"},
    "Not": {"not": "条件不成立。"},
    "Comparison": {
        "field": "比较订单的哪一项。未知的项不满足任何比较。",
        "op": "如何比较：金额用 == != < <= > >= in，列表用 contains，其余用 == != in contains。",
        "value": '与之比较的值：文字（数字样的文字加引号，如 "618"）、以分计的整数，或供 in 用的列表。',
    },
    "RosterFile": {
        "version": "文件格式的版本，目前是 1。",
        "members": "团队成员，至少一人。",
        "shifts": "排班；一人一天可以有几段。无人当班时找 fallback。",
        "fallback": "无人当班时找谁；必填，须是 members 中的 userid。",
        "groups": "客服群：名字对应 chatid。default 是默认群。",
        "carriers": "承运商的联系人。",
    },
    "MemberFile": {
        "userid": "企业微信的 userid 或 open_userid，不可重复。",
        "name": "卡片上显示的名字。",
        "roles": "职责，至少一个：客服、组长、经理、运营、管理员。",
        "shops": '负责的店铺；"*" 是全部。',
    },
    "ShiftFile": {
        "userid": "谁当班；须是 members 中的 userid。",
        "days": "星期几，例如 [mon-fri, sun]；不写则每天。",
        "from": '几点开始，例如 "09:00"；晚于 to 则跨零点。',
        "to": '几点结束，例如 "18:00"；"24:00" 是午夜。',
    },
    "CarrierFile": {
        "carrier": '承运商的代码；"*" 是全部。',
        "region": '地区；"*" 是全部。',
        "contact": "找谁；须是 members 中的 userid。",
    },
}
