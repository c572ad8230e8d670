"""What does each type of card look like? One of each, to be tried; a tap on it does nothing."""

from collections.abc import Mapping

from replies.cards import Button, Card, Face, Form, News, Option, Point, Row, Selector, Tap, Tone, Weight

SOURCE = "盯单 · 样卡"
NOTHING_HAPPENS = "这是一张样卡，点了不会有任何影响。"


def specimens(link: str, image: str) -> Mapping[str, Face]:
    """A face of each type by its name; `image` is the address of a picture."""
    return {
        "文本通知": Card(
            source=SOURCE, tone=Tone.CALM, title="文本通知", text="点开卡片，应当打开盯单的网页。", link=link
        ),
        "图文通知": _news(link, image),
        "按钮卡片": _card(link),
        "表单卡片": _form(),
    }


def is_notice(face: Face) -> bool:
    """Whether nothing on it can be tapped, so that a group's webhook takes it."""
    return isinstance(face, News) or (isinstance(face, Card) and not face.buttons)


def _news(link: str, image: str) -> News:
    return News(
        source=SOURCE,
        tone=Tone.CALM,
        title="图文通知",
        subtitle="看不到图，说明手机打不开本服务的公网地址",
        image=image,
        points=(Point(title="六个阶段", text="支付验证、审单锁库、仓库拣货、打包出库、物流揽收、在途签收"),),
        rows=(Row(label="说明", value="点开打开盯单的网页"),),
        link=link,
    )


def _card(link: str) -> Card:
    return Card(
        source=SOURCE,
        tone=Tone.ALARM,
        title="按钮卡片",
        subtitle="红字是待处理，按钮蓝、灰、红各一个",
        rows=(Row(label="说明", value="点任何一个都应当马上得到答复"),),
        text=NOTHING_HAPPENS,
        selector=_selector(),
        buttons=(
            Button(tap=Tap.CLAIM, text="认领", weight=Weight.PRIMARY),
            Button(tap=Tap.SNOOZE, text="稍后"),
            Button(tap=Tap.ESCALATE, text="升级", weight=Weight.DANGER),
        ),
        link=link,
    )


def _form() -> Form:
    return Form(
        source=SOURCE,
        title="表单卡片",
        subtitle=NOTHING_HAPPENS,
        selector=_selector(),
        submit=Button(tap=Tap.SUBMIT_REASON, text="提交", weight=Weight.PRIMARY),
    )


def _selector() -> Selector:
    options = tuple(Option(id=f"{minutes}m", text=f"{minutes} 分钟") for minutes in (5, 10, 30))
    return Selector(id="snooze", title="多久", options=options, selected="10m")
