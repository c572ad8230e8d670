"""What does the audit trail say?"""

from replies.words import Catalogue, Text

AUDIT: Catalogue = {
    "title": Text("审计", "Audit trail"),
    "lead": Text(
        "谁在何时看了什么、改了什么。只会添加，谁也改不了；里面只有编号和字段名，没有顾客或同事写的话。",
        "Who saw and changed what, and when. It is only added to. It holds ids and names of fields, never what"
        " customers or colleagues have written.",
    ),
    "at": Text("时间", "When"),
    "utc": Text("UTC 时间", "When (UTC)"),
    "actor": Text("谁", "Who"),
    "actor_id": Text("账号", "Account"),
    "way": Text("从哪里", "By which way"),
    "deed": Text("做了什么", "Deed"),
    "subject": Text("对什么", "To what"),
    "order": Text("订单", "Order"),
    "shop": Text("店铺", "Shop"),
    "case": Text("异常", "Case"),
    "card": Text("卡片", "Card"),
    "before": Text("之前", "Before"),
    "after": Text("之后", "After"),
    "unchanged": Text("没有改变", "unchanged"),
    "detail": Text("细节", "Detail"),
    "since": Text("从哪天起", "Since"),
    "until": Text("到哪天", "Until"),
    "changes": Text("看和改", "Looks and changes"),
    "only_changes": Text("只要改动", "changes only"),
    "none": Text("没有符合的记录。", "No line fits."),
    "system": Text("系统", "the system"),
    "is_looked": Text("看", "looked"),
    "is_refused": Text("未成", "refused"),
    "is_done": Text("做", "did"),
    "way_card": Text("卡片", "card"),
    "way_command": Text("命令", "command"),
    "way_page": Text("网页", "page"),
    "way_sidebar": Text("侧边栏", "sidebar"),
    "way_api": Text("程序", "program"),
    "way_terminal": Text("终端", "terminal"),
    "way_file": Text("文件", "file"),
    "way_system": Text("系统", "system"),
}
"""By key."""
