"""What is reported when, in a drill? From its file to the beats of a story; every order in it is made up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.drillfile import LEAD, DrillFile, GroupFile, SourceFile
from bot.sandbox.story import Beat, Words
from rules.events import DEFAULT_SHOP, DRILL
from rules.stages import Stage

MINUTE = timedelta(minutes=1)
SHOP_SYSTEM = "/erp"
"""Who reports an order until it comes to where it stands still."""
NOTHING = timedelta()
PASSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How what belongs to the drill is told apart from what is real."""

    prefix: str
    """What order numbers begin with."""
    shop: str = DEFAULT_SHOP
    cause: str = ""
    """What payment channels, warehouses, carriers and regions begin with."""
    source: str = ""
    """What sources begin with."""
    channel: str = "miniprogram"
    customer: str = "顾客"


def in_the_sandbox(tag: str) -> Marks:
    """Nobody else is there."""
    return Marks(prefix=f"DL{tag}")


def in_the_real_group(tag: str) -> Marks:
    """演练 in every number and every cause, and a shop of which nothing goes to customers."""
    return Marks(
        prefix=f"演练{tag}", shop=DRILL, cause="演练", source="/drill", channel="演练", customer="演练顾客"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """An order of the drill."""

    order: str
    group: str
    in_trouble: bool
    late_after: timedelta
    """When it begins to be late, from the start."""
    wants_money_back: bool = False
    customer: str = ""
    """The external_userid of whoever writes to 微信客服 about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """All that is played."""

    orders: Sequence[Played]
    beats: Sequence[Beat | Words]
    after_contact: dict[str, Beat] = field(default_factory=dict[str, Beat])
    """What moves an order once its customer was reached; `at` counts from then."""
    passed: Sequence[str] = ()
    """Orders that went well just before: by them it is known whose news a stage's is."""


def script(drill: DrillFile, marks: Marks, *, customers: bool) -> Script:
    """The drill as a story; where `customers` are not there, none of them writes."""
    orders: list[Played] = []
    beats: list[Beat | Words] = []
    after_contact: dict[str, Beat] = {}
    for group in drill.groups:
        for place, late_after in enumerate(_lateness(group)):
            number = len(orders) + 1
            order = f"{marks.prefix}-{number:03}"
            writes = customers and group.customers_write
            played = Played(
                order=order,
                group=group.name,
                in_trouble=group.in_trouble,
                late_after=late_after,
                wants_money_back=place < group.refunds,
                customer=f"wmDrill{number:03}" if writes else "",
            )
            orders.append(played)
            beats += _beats(played, group, number, marks)
            if group.moves_after_contact is not None:
                after_contact[order] = _moves(played, group, group.moves_after_contact, marks)
    passed: list[str] = []
    for number, group in enumerate(group for group in drill.groups if group.source != SHOP_SYSTEM):
        names = [f"{marks.prefix}-P{number}{place}" for place in range(PASSED)]
        beats += (beat for name in names for beat in _passed(name, group, marks))
        passed += names
    beats += (beat for source in drill.sources for beat in _heartbeats(source, drill.lasts, marks))
    held = [_held(beat, drill.sources, marks) if isinstance(beat, Beat) else beat for beat in beats]
    return Script(orders=orders, beats=held, after_contact=after_contact, passed=passed)


def over(script: Script, marks: Marks, at: timedelta) -> list[Beat]:
    """Every order is cancelled: nothing of the drill is left open but what somebody has to explain."""
    return [
        _beat(at, "order.cancelled", order, f"{marks.source}{SHOP_SYSTEM}", at, marks)
        for order in (*(one.order for one in script.orders), *script.passed)
    ]


def _lateness(group: GroupFile) -> Iterator[timedelta]:
    for burst in group.bursts:
        for place in range(burst.count):
            yield burst.after + LEAD + group.spread * place / burst.count


def _beats(played: Played, group: GroupFile, number: int, marks: Marks) -> Iterator[Beat | Words]:
    """All of one order: what came before is reported when the burst begins."""
    since, at = played.late_after - group.waits, max(played.late_after - LEAD - group.spread, NOTHING)
    source, order = f"{marks.source}{SHOP_SYSTEM}", played.order

    def beat(kind: str, happened: timedelta, **data: Any) -> Beat:
        return _beat(at, kind, order, source, happened, marks, **data)

    yield beat("order.created", since - 60 * MINUTE, **_attributes(played, group, number, marks))
    for step, stage in enumerate(reversed(group.stage.earlier)):
        parcel = _parcel(group, number, marks) if stage is Stage.PACKING else {}
        yield beat("order.stage", since - step * MINUTE, stage=stage, status="completed", **parcel)
    if group.stage is Stage.PAYMENT:
        yield beat("order.stage", since, stage=Stage.PAYMENT, status="started", operator=marks.customer)
    if played.customer:
        yield Words(at=at, customer=played.customer, order=order, text=f"{order} 怎么还没好？")
    if played.wants_money_back:
        wanted_at = played.late_after + group.refunds_after
        yield _beat(
            wanted_at, "order.refund_requested", order, source, wanted_at, marks, refund_fen=group.amount_fen
        )
    if group.moves_at is not None:
        yield _moves(played, group, group.moves_at, marks)


def _passed(order: str, group: GroupFile, marks: Marks) -> Iterator[Beat]:
    """An order that came through the stage ten minutes ago, by the news of the group's own source."""
    played = Played(order=order, group=group.name, in_trouble=False, late_after=NOTHING)
    done = -10 * MINUTE
    attributes = _attributes(played, group, 0, marks)
    yield _beat(
        NOTHING, "order.created", order, f"{marks.source}{SHOP_SYSTEM}", 2 * done, marks, **attributes
    )
    what = {"stage": group.stage, "status": "completed"}
    yield _beat(NOTHING, "order.stage", order, f"{marks.source}{group.source}", done, marks, **what)


def _attributes(played: Played, group: GroupFile, number: int, marks: Marks) -> dict[str, Any]:
    customer = {"name": f"{marks.customer}{number:03}"}
    if played.customer:
        customer["external_userid"] = played.customer
    causes = {
        "payment_channel": group.payment_channel,
        "warehouse": group.warehouse,
        "carrier": group.carrier,
        "region": group.region,
    }
    own = f"-{number}" if group.apart else ""
    told = {name: f"{marks.cause}{value}{own}" for name, value in causes.items() if value is not None}
    return {"channel": marks.channel, "amount_fen": group.amount_fen, "customer": customer, **told}


def _parcel(group: GroupFile, number: int, marks: Marks) -> dict[str, Any]:
    carrier = f"{marks.cause}{group.carrier or 'yuantong'}{f'-{number}' if group.apart else ''}"
    return {"carrier": carrier, "tracking_no": f"{marks.prefix}T{number:03}", "note": "出库交接"}


def _moves(played: Played, group: GroupFile, at: timedelta, marks: Marks) -> Beat:
    source = f"{marks.source}{group.source}"
    return _beat(at, "order.stage", played.order, source, at, marks, stage=group.stage, status="completed")


def _beat(
    at: timedelta, kind: str, order: str, source: str, happened: timedelta, marks: Marks, /, **data: Any
) -> Beat:
    shop = {} if marks.shop == DEFAULT_SHOP else {"shop": marks.shop}
    return Beat(at=at, kind=kind, order=order, source=source, happened=happened, data={**shop, **data})


def _heartbeats(source: SourceFile, lasts: timedelta, marks: Marks) -> Iterator[Beat]:
    """While it is alive it says so; what it did not say while it was silent, it does not say afterwards."""
    name, at = f"{marks.source}{source.source}", NOTHING
    while source.heartbeat is not None and at < lasts:
        if source.silent is None or not source.silent.start <= at < source.silent.end:
            yield Beat(at=at, kind="source.heartbeat", order="", source=name, happened=at)
        at += source.heartbeat


def _held(beat: Beat, sources: Sequence[SourceFile], marks: Marks) -> Beat:
    """What a silent source would have reported comes in when it speaks again, with the time when it happened."""
    for source in sources:
        silent, name = source.silent, f"{marks.source}{source.source}"
        if silent is not None and name == beat.source and silent.start <= beat.at < silent.end:
            return replace(beat, at=silent.end)
    return beat
