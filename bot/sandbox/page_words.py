"""Which words does the page itself say, in Chinese and in English? What people and bots say is left alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A missing word is a type error, so the two languages cannot drift apart."""

    html_lang: str
    title: str
    tagline: str
    other_language: str
    other_lang: str
    skip: str
    group: str
    app: str
    customer: str
    tabs: str
    i_am: str
    phone_of: str
    customer_is: str
    chat_with_bot: str
    bot: str
    say: str
    send: str
    say_in_group: str
    say_to_bot: str
    say_to_app: str
    say_as_customer: str
    mention: str
    nothing_yet_group: str
    nothing_yet_bot: str
    nothing_yet_app: str
    nothing_yet_customer: str
    not_greeted: str
    earlier: str
    recalled: str
    connected: str
    not_connected: str
    callback_good: str
    callback_bad: str
    callback_none: str
    faults: str
    dropped: str
    calls: str
    state: str
    now: str
    details: str
    menu: str
    picture: str
    cut: str
    mass_to: str
    """Of a mass message: {count} of customers."""
    mass_confirm: str
    sidebar: str
    """Of the link to the employee's client: {name}."""
    weekdays: tuple[str, ...]
    date: str
    """Of a day: {month}, {day} and {weekday}."""


CHINESE = Words(
    html_lang="zh-CN",
    title="企业微信沙箱",
    tagline="本机上的一座严格的企业微信，可以放心按每一个按钮",
    other_language="English",
    other_lang="en",
    skip="跳到会话",
    group="客服群",
    app="值班经理",
    customer="顾客手机",
    tabs="会话",
    i_am="我是",
    phone_of="这是谁的手机",
    customer_is="这位顾客是",
    chat_with_bot="与机器人单聊",
    bot="机器人",
    say="说点什么",
    send="发送",
    say_in_group="在群里说…",
    say_to_bot="对机器人说…",
    say_to_app="对应用说，例如 /待办",
    say_as_customer="我的快递到哪了？",
    mention="提到机器人",
    nothing_yet_group="群里还没有消息",
    nothing_yet_bot="还没有和机器人说过话",
    nothing_yet_app="还没有收到应用消息",
    nothing_yet_customer="顾客还没有说话",
    not_greeted="机器人还不能在这里发言：先有人提到它，打个招呼",
    earlier="更早的 {count} 条没有显示",
    recalled="{name} 撤回了一条消息",
    connected="机器人在线",
    not_connected="机器人离线",
    callback_good="回调已验证",
    callback_bad="回调未通过验证",
    callback_none="没有回调",
    faults="{count} 个故障生效中",
    dropped="静默丢弃 {count} 条",
    calls="接口调用 {count} 次",
    state="全部状态（JSON）",
    now="沙箱时间",
    details="详情",
    menu="更多操作",
    picture="图片",
    cut="客户端到此截断",
    mass_to="群发任务，发给 {count} 位顾客",
    mass_confirm="确认发送",
    sidebar="在{name}的企业微信里打开侧边栏",
    weekdays=("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    date="{month}月{day}日 {weekday}",
)

ENGLISH = Words(
    html_lang="en",
    title="WeCom sandbox",
    tagline="A strict WeCom on this machine: press every button without fear",
    other_language="中文",
    other_lang="zh",
    skip="Skip to the chats",
    group="Agents' group",
    app="Duty manager",
    customer="Customer's phone",
    tabs="Chats",
    i_am="I am",
    phone_of="Whose phone is this",
    customer_is="This customer is",
    chat_with_bot="Alone with the bot",
    bot="bot",
    say="Say something",
    send="Send",
    say_in_group="Say in the group…",
    say_to_bot="Say to the bot…",
    say_to_app="Say to the app, such as /mine",
    say_as_customer="Where is my parcel?",
    mention="Mention the bot",
    nothing_yet_group="Nothing in the group yet",
    nothing_yet_bot="Nothing said to the bot yet",
    nothing_yet_app="No messages from the app yet",
    nothing_yet_customer="The customer has not spoken yet",
    not_greeted="The bot may not speak here yet: somebody has to mention it and say hello",
    earlier="{count} earlier messages are not shown",
    recalled="{name} recalled a message",
    connected="Bot online",
    not_connected="Bot offline",
    callback_good="Callback verified",
    callback_bad="Callback not verified",
    callback_none="No callback",
    faults="{count} faults active",
    dropped="{count} silently dropped",
    calls="{count} API calls",
    state="Whole state (JSON)",
    now="Sandbox time",
    details="Details",
    menu="More actions",
    picture="Picture",
    cut="the client cuts here",
    mass_to="Mass message to {count} customers",
    mass_confirm="Confirm and send",
    sidebar="Open the sidebar in {name}'s WeCom",
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    date="{weekday} {day}/{month}",
)

LANGUAGES = {"zh": CHINESE, "en": ENGLISH}
