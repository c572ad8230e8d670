"""How is a fault of a rule book, or of a reply in it, said in Chinese? Editors and logs show the English that it is."""

import re
from collections.abc import Sequence

from replies.facts import FACTS
from replies.words import Language

_PATTERNS: Sequence[tuple[str, str]] = (
    (r"`to` must be later than `from`", "结束要晚于开始"),
    (r"the shop would never be open.*", "一周里没有一天营业：至少给一天写一段"),
    (r"another lane has this name already", "已有同名的通道，换一个名字"),
    (r"these leave no opening hour awake", "营业时段全落在免打扰里了"),
    (r"in these hours the limit of (\S+) would take over a year", "按这样的营业时段，{0} 的时限一年也到不了"),
    (r"in these hours the last step of the ladder.*", "按这样的营业时段，阶梯的最后一步一年也到不了"),
    (r"two blocks of a day overlap.*", "同一天的两段重叠了，并成一段"),
    (r"give from 1 to (\S+) values", "写 1 到 {0} 个值"),
    (r"write a text, a whole number, or a list of either", "写文字、整数，或它们的列表"),
    (r"a text may have at most (\S+) characters", "至多 {0} 个字"),
    (r"a text of at least (\S+) characters is needed", "至少要 {0} 个字"),
    (r"(\S+) can be compared with (.+), not with (\S+)", "这一项只能用 {1} 比较，不能用 {2}"),
    (r"`in` takes a list of values.*", "「是其中之一」写几个值，其余的只写一个"),
    (r"(\S+) is compared with whole numbers, in fen", "写金额，单位元，至多两位小数"),
    (r'(\S+) is compared with text; put it in quotes, such as "618"', "写文字；文件里像数字的要加引号"),
    (r"conditions may be nested (\S+) deep", "条件至多嵌套 {0} 层"),
    (r"a lane may have (\S+) conditions", "一条通道至多 {0} 个条件"),
    (r"write a day such as 2026-10-01", "写日期，例如 2026-10-01"),
    (r"write a time with its offset.*", "写时刻，例如 2026-06-17T20:00+08:00"),
    (r"write the offset too.*", "时刻要带时差，例如 2026-06-17T20:00+08:00"),
    (r"that lies outside the years 1 to 9999", "年份不对"),
    (r"that is no time zone.*", "没有这个时区，例如 Asia/Shanghai"),
    (r"that is no time at all.*", "时长不能是零，写 90s、5m、1h30m 或 2d"),
    (r"this cause is named already; name each once", "同一项只选一次"),
    (r"within so long a time nearly everything.*", "时间这么长，几乎什么都凑得到一起：至多 1 小时"),
    (r"an incident that takes in cases for over a day.*", "至多 24 小时，不然一个事件收不完"),
    (r"`window` must not be longer than `span`.*", "「多长时间里」不能长于「收多久」"),
    (r"a heartbeat comes every 10s to 1d.*", "心跳的间隔是 10 秒到 1 天"),
    (r"write for how long at most the backlog.*", "补积压的时间是 10 秒到 1 天"),
    (r"(.+) takes? longer than `contact`, (\S+)", "{0} 合起来比联系上顾客的 {1} 还长"),
    (r"(.+) alone takes longer than `contact`, (\S+)", "{0} 比联系上顾客的 {1} 还长"),
    (r"`remind_owner` goes to the owner and takes no `to`", "提醒负责人不用选给谁"),
    (r"`(\w+)` needs a `to`: .*", "移交和推送要选给谁"),
    (r"each step must come later than the one before", "每一步要晚于前一步"),
    (r"nobody is told of a case any more that is (\S+) old.*", "过了 {0} 就不再催了，这一步要更早"),
    (r"the (\w+) has it already by an earlier step.*", "前面已经移交给他了：换一个人，或改成推送"),
    (
        r"the last step must lead to somebody who always exists.*",
        "最后一步要移交或推送给值班经理：总有这个人",
    ),
    (
        r"shortened to the `budget`, this step would.*",
        "按预算缩短之后，这一步会和前一步同时：去掉一步，或把预算放宽",
    ),
    (r"another reply is for the same orders already", "已有一条给同样订单的：改那一条，或换店铺、通道"),
    (r"there is no such lane", "没有这条通道"),
    (r"this is named already; name each once", "同一个只写一次"),
    (r"no reply goes by this name; there are (.+)", "没有叫这个名字的话术；有 {0}"),
    (r"it is longer than (\S+) characters", "连开头在内超过 {0} 个字"),
    (r"front matter is missing: .*", "缺了开头：用 --- 开始，写 title 和 facts，再写 ---"),
    (r"'(.+)': write one `key: value` for each of (.+)", "{0}：一行写一个「键: 值」，键是 {1}"),
    (r"the front matter does not give `title`", "写上用途"),
    (r"the front matter does not give `(\w+)`", "开头没有写 {0}"),
    (r"write `(\w+): \[order_no, news_by\]`", "写成 {0}: [order_no, news_by]"),
    (r"there is no fact '(.*)'; there are (.+)", "没有「{0}」这个事实；有 {1}"),
    (r"write `promises: \{news_by: 2h\}`", "写成 promises: {{news_by: 2h}}"),
    (r"there is no slot '(.*)'; there are (.+)", "没有「{0}」这个时段；有 {1}"),
    (r"(\w+) is promised twice", "{0} 答应了两次"),
    (r"(\w+) is a promise: list it in `facts`.*", "{0} 是承诺：答应了就一定知道，写在 facts 里"),
    (r"(\w+) is a promise without a time: .*", "用了 {0}，还没写多久之内"),
    (
        r"(\w+) is promised: list it in `facts`, and say it in the text",
        "答应了 {0}：写进 facts，话里也要说出来",
    ),
    (r"(\w+): promise between (\S+) and (\S+), not (\S+)", "{0}：答应 {1} 到 {2} 之间的时间，{3} 不行"),
    (r"(\S+) is longer than (\S+)", "{0} 里面太长，至多 {1} 个字"),
    (r"(\S+) has no counterpart here", "{0} 在这里没有配上另一半"),
    (r"(\S+) is never closed", "{0} 没有收尾"),
    (r"the tag '(.*)' is not among (.+)", "不能用 {0}，可以用 {1}"),
    (r"a reply names no phone number", "话里不能写手机号"),
    (r"a reply is plain words.*", "只能是普通的文字：不要标签、链接、花括号和控制字符"),
    (
        r"(.+) is a time by itself: promise it by a slot, such as (.+)",
        "「{0}」是自己写的时间：在下面填承诺，话里写 {1}",
    ),
    (r"(.+) is not permitted here", "这里不能写 {0}"),
    (r"(.+) is declared neither in `facts` nor in `claims` or `spare`", "用了 {0}，事实里还没选它"),
    (r"the filter '(.*)' is not among (.+)", "不能用 {0}，可以用 {1}"),
    (r"the filter '(.*)' takes plain values only", "{0} 后面只能写文字或数字"),
    (r"every reply says (.+), as it is and outside of conditions", "每条都要说出 {0}，不放在条件里"),
    (
        r"what is promised is said: (.+), as it is and outside of conditions",
        "答应的要说出来：{0}，不放在条件里",
    ),
    (r"expected tag (\w+), found .*", "少了收尾的 {{% {0} %}}"),
    (r"unexpected tag '(\w+)'", "{{% {0} %}} 没有对应的开头"),
    (r"(\w+_by): write a duration such as .*", "{0}：写时长，例如 30m、2h、1d"),
    (
        r"(\w+) may be unknown: print it under (\{%.+%\}), or with `default`",
        "{0} 不一定知道：放在 {1} 里面，或把它改成「必须知道」",
    ),
    (r"write a duration such as .*", "写时长，例如 90s、5m、1h30m、2d，或 90 分钟"),
    (r"that is longer than ten years", "不能超过十年"),
    (r"'(.+)': write days such as .*", "{0}：写星期，例如 mon、mon-fri"),
    (r"'(.+)': write a time of day between 00:00 and 24:00.*", "{0}：写 00:00 到 24:00 的钟点"),
    (r"'(.+)': write a block of a day such as .*", "{0}：写一段时间，例如 09:00-18:00"),
    (r"'(.+)': the end must be after the start.*", "{0}：结束要晚于开始；跨零点的拆成两天写"),
    (r"`(\w+)` is missing", "没有填"),
    (r"'(.*)' is none of (.+)", "「{0}」不行，可选：{1}"),
    (r"must be at least (\S+)", "不能小于 {0}"),
    (r"must be at most (\S+)", "不能大于 {0}"),
    (r"must be (\S+)", "只能是 {0}"),
    (r"write a whole number, without quotes", "写整数"),
    (r"write a number, without quotes", "写数字"),
    (r"write a text.*", "写文字"),
    (r"write a list.*", "写成列表"),
    (r"write keys and values.*", "写成键和值"),
    (r"give at least (\S+)", "至少 {0} 个"),
    (r"give at most (\S+); there are (\S+)", "至多 {0} 个，现在有 {1} 个"),
    (r"no such key; there are (.+)", "没有这个键；有 {0}"),
    (r"no such key", "没有这个键"),
    (r"this key stands here a second time; the first is in line (\S+)", "这个键写了两次，第一次在第 {0} 行"),
    (r"nothing stands here; (.+)", "这里是空的"),
)
_KNOWN = tuple((re.compile(pattern, re.DOTALL), zh) for pattern, zh in _PATTERNS)


_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)


def said(message: str, language: Language) -> str:
    """The fault with its mend; in English where there is no Chinese for it."""
    if language is Language.EN:
        return message
    line = _LINE.fullmatch(message)
    if line is not None:
        rest = said(line[2], language)
        return f"第 {line[1]} 行：{rest if rest != line[2] else f'写法不对（{rest}）'}"
    for pattern, zh in _KNOWN:
        found = pattern.fullmatch(message)
        if found is not None:
            return zh.format(*map(_called, found.groups()))
    return message


def _called(text: str) -> str:
    """A fact by what it is called, too."""
    return f"{FACTS[text].label}（{text}）" if text in FACTS else text
