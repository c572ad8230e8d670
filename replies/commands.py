"""What does the bot answer to a command? Usage, help, faults, and the nearest one to a slip."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from replies import timewords
from replies.lengths import SCREEN_BYTES, shortened
from replies.masking import free, plain
from rules.events import OrderKey

LONGEST_ECHO = 20
MOST_NAMED = 10
LONGEST_NUMBER = 80
"""Characters; no order has a longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How a command is written, and what it does."""

    alias: str
    write: str
    about: str


COMMANDS: Mapping[str, Usage] = {
    "订单": Usage(alias="order", write="/订单 号", about="看一笔订单的付款、库存、打包、物流"),
    "待办": Usage(alias="mine", write="/待办", about="等我答复的任务，我认领的、还没人认领的异常"),
    "P1": Usage(alias="p1", write="/P1", about="正在发生的 P1"),
    "今日": Usage(alias="today", write="/今日", about="今天的数字"),
    "值班": Usage(alias="oncall", write="/值班", about="现在谁在值班；改班：/值班 换、请假、顶班、撤销"),
    "认领": Usage(alias="claim", write="/认领 号", about="认领一笔异常"),
    "原因": Usage(alias="reason", write="/原因 号 文字", about="记录为什么晚了"),
    "稍后": Usage(alias="snooze", write="/稍后 号 时长", about="先放一放，如 /稍后 号 10m"),
    "帮助": Usage(alias="help", write="/帮助", about="就是这一页"),
}
"""Every command by its name, which is written after a slash."""

_SPELLED = {spelling.casefold(): name for name, usage in COMMANDS.items() for spelling in (name, usage.alias)}


def name_of(said: str) -> str | None:
    """The command that a text begins with: `/订单`, `／订单` and `/Order` are 订单; None for no command."""
    return _SPELLED.get(_word(said).casefold())


def help_text(link: str | None = None) -> str:
    """All commands, one line each; `link` is the reader's own to the board."""
    lines = ["可以这样用：", *(f"{usage.write}　{usage.about}" for usage in COMMANDS.values())]
    return "\n".join(lines + ([board(link, own=True)] if link else []))


def board(link: str, *, own: bool) -> str:
    """Where the board is; `own` for a link that logs its reader in."""
    return f"看板（您本人的链接，24 小时内有效）：{link}" if own else f"看板：{link}"


def nearest(said: str) -> str | None:
    """The command that somebody probably meant; None when nothing is near."""
    near = difflib.get_close_matches(_word(said).casefold(), _SPELLED, n=1, cutoff=0.5)
    return _SPELLED[near[0]] if near else None


def unknown_command(said: str) -> str:
    """The nearest command, or where to find all of them."""
    name = nearest(said)
    meant = f"是不是要 {COMMANDS[name].write}？" if name else ""
    return f"不认识「/{_echo(_word(said))}」。{meant}发送 /帮助 看全部命令。"


def greeting(name: str = "") -> str:
    """To somebody who says hello, or opens the chat."""
    hello = f"{free(name)}，您好" if name else "您好"
    return f"{hello}，我是盯单：订单停住了，我会把卡片和写好的回复送到这里。发送 /帮助 看能做什么。"


def misused(command: str) -> str:
    """A command without what it needs."""
    return f"请这样写：{COMMANDS[command].write}"


def bad_duration(said: str) -> str:
    """A time that cannot be read."""
    return f"没看懂「{_echo(said)}」，时长请写 30s、10m、1h 或 2d。"


def snooze_out_of_range(longest: timedelta) -> str:
    """A time that is none, or too long."""
    return f"没有放下：稍后的时长从 1 秒到 {timewords.duration(longest)}，如 /稍后 号 10m。"


def order_unknown(number: str) -> str:
    """No order of that number."""
    return f"没有找到订单 {shortened(free(number), LONGEST_NUMBER)}，请核对订单号。"


def order_ambiguous(command: str, number: str, orders: Sequence[OrderKey]) -> str:
    """The same number in several shops, or in one parcel with others; at least one."""
    named = [plain("/".join(key)) for key in orders]
    write = COMMANDS[command].write.replace("号", named[0])
    answers = (_ambiguous(number, named, most, write) for most in range(MOST_NAMED, 1, -1))
    return next(
        (one for one in answers if len(one.encode()) <= SCREEN_BYTES), _ambiguous(number, named, 1, write)
    )


def _ambiguous(number: str, named: Sequence[str], most: int, write: str) -> str:
    more = "等" if len(named) > most else ""
    said = shortened(plain(number), LONGEST_NUMBER)
    return f"{said} 对得上几笔订单：{'、'.join(named[:most])}{more}。请连店铺一起写，如 {write}"


def no_case(number: str) -> str:
    """An order that has no open case."""
    return f"订单 {plain(number)} 没有未关闭的异常，不需要操作。"


def _word(said: str) -> str:
    """The first word as typed, without its slash, full-width or not."""
    return next(iter(said.replace("／", "/").split()), "").removeprefix("/")


def _echo(said: str) -> str:
    return shortened(free(said), LONGEST_ECHO)
