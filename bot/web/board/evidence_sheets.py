"""How is the pack of a cause taken away? A list of its orders, and a sheet for each of its other parts."""

from collections.abc import Sequence

from bot.web.board.cells import Cell, Column, Tongue, yuan
from bot.web.board.evidence_shape import BillShown, EvidenceView, HappeningShown, OrderShown
from bot.web.board.sheets import Sheet
from replies.pages.incidents import cause
from replies.words import Words
from rules.evidence import Cost

COLUMNS: tuple[Column[OrderShown], ...] = (
    Column("order", lambda row: row.order_no, 22),
    Column("shop", lambda row: row.shop, 12),
    Column("stage", lambda row: row.stage, 12),
    Column("reason", lambda row: row.reason, 14),
    Column("state", lambda row: row.state, 10),
    Column("carrier", lambda row: row.carrier, 14),
    Column("region", lambda row: row.region, 12),
    Column("warehouse", lambda row: row.warehouse, 12),
    Column("amount", lambda row: yuan(row.amount_fen), 12),
    Column("lost", lambda row: row.lost, 10),
    Column("opened_at", lambda row: row.opened_at, 20),
    Column("reached_at", lambda row: row.reached_at, 20),
    Column("ended_at", lambda row: row.ended_at, 20),
    Column("ended_how", lambda row: row.ended_how, 14),
    Column("closed_at", lambda row: row.closed_at, 20),
    Column("case", lambda row: row.id, 34),
)


def sheets_of(view: EvidenceView, tongue: Tongue) -> Sequence[Sheet]:
    """What stands in the workbook beside the orders."""
    return [
        _bill_sheet(view, tongue),
        _course_sheet(view, tongue),
        _customer_sheet(view, tongue),
        _event_sheet(view, tongue),
    ]


def formula(cost: Cost | None, bill: BillShown, t: Words) -> str:
    """How an item of the loss was reckoned, with its numbers."""
    own = "_own" if cost is Cost.COMPENSATION and bill.own else ""
    return t(
        f"formula_{cost or 'total'}{own}",
        lost=bill.lost,
        unsaid=bill.unsaid,
        at_risk=bill.at_risk,
        orders=bill.orders,
        worth=t("yuan", amount=f"{bill.at_risk_fen / 100:,.2f}"),
        low=f"{bill.share_low:.1%}",
        high=f"{bill.share_high:.1%}",
    )


def _bill_sheet(view: EvidenceView, tongue: Tongue) -> Sheet:
    t, bill = tongue.words, view.bill
    rows: list[list[Cell]] = [
        [
            t(f"cost_{one.cost}") if one.cost else t("total"),
            yuan(one.low_fen),
            yuan(one.likely_fen),
            yuan(one.high_fen),
            formula(one.cost, bill, t),
        ]
        for one in (*bill.items, bill.total)
    ]
    if bill.unpriced:
        rows.append([t("unpriced", count=bill.unpriced)])
    head = [t(key) for key in ("cost", "low", "likely", "high", "formula")]
    return Sheet(title=t("loss"), head=head, rows=rows, widths=(24, 14, 14, 14, 80))


def _course_sheet(view: EvidenceView, tongue: Tongue) -> Sheet:
    t = tongue.words
    rows: list[list[Cell]] = [[slot.at, slot.count] for slot in view.course]
    return Sheet(title=t("count"), head=[t("when"), t("count")], rows=rows, widths=(20, 10))


def _customer_sheet(view: EvidenceView, tongue: Tongue) -> Sheet:
    t = tongue.words
    rows: list[list[Cell]] = [
        [one.name or t("nameless"), one.phone, one.orders, yuan(one.amount_fen), t("yes" if one.reached else "no")]
        for one in view.customers_shown
    ]  # fmt: skip
    head = [t(key) for key in ("customer", "phone", "orders_of", "amount", "reached")]
    return Sheet(title=t("customers"), head=head, rows=rows, widths=(16, 16, 10, 14, 10))


def _event_sheet(view: EvidenceView, tongue: Tongue) -> Sheet:
    t = tongue.words
    rows: list[list[Cell]] = [
        [one.at.replace(microsecond=0), happening(one, t), tongue.name(one.by) if one.by else None]
        for one in view.events
    ]
    return Sheet(title=t("timeline"), head=[t("when"), t("what"), t("who")], rows=rows, widths=(20, 60, 14))


def happening(one: HappeningShown, t: Words) -> str:
    """A line of the timeline."""
    told = one.text
    if one.cause is not None and one.stage is not None:
        told = cause(one.cause, one.value, t.language)
    return t(f"event_{one.what}", count=one.count, version=one.version, what=told)
