"""Which six stages does an order pass, and what can be reported of one?"""

from enum import StrEnum


class Stage(StrEnum):
    """The stages in the order in which an order passes them."""

    PAYMENT = "payment"
    """支付验证: from the customer's attempt to pay until the money is confirmed."""
    CONFIRM = "confirm"
    """审单锁库: the order is checked and its stock locked."""
    PICKING = "picking"
    """仓库拣货: the goods are fetched from the shelf."""
    PACKING = "packing"
    """打包出库: packed and handed out; kept per parcel from here on."""
    PICKUP = "pickup"
    """物流揽收: the carrier takes the parcel over."""
    TRANSIT = "transit"
    """在途签收: on the road until signed for."""

    place: int
    """How many stages come before this one."""
    per_parcel: bool
    """Whether this stage is kept for each parcel rather than once for the order."""
    earlier: tuple["Stage", ...]
    """The stages before this one, first to last."""
    later: tuple["Stage", ...]
    """The stages after this one, first to last."""


STAGES = tuple(Stage)
PARCEL_STAGES = (Stage.PACKING, Stage.PICKUP, Stage.TRANSIT)
ORDER_STAGES = (Stage.PAYMENT, Stage.CONFIRM, Stage.PICKING)

for _place, _stage in enumerate(STAGES):
    _stage.place = _place
    _stage.per_parcel = _stage in PARCEL_STAGES
    _stage.earlier, _stage.later = STAGES[:_place], STAGES[_place + 1 :]


class Status(StrEnum):
    """What a source reports of a stage."""

    STARTED = "started"
    """Work on the stage has begun."""
    UPDATED = "updated"
    """There is news, and the stage goes on."""
    COMPLETED = "completed"
    """The stage is done."""
    FAILED = "failed"
    """This run ended without success; the next run begins."""
    REOPENED = "reopened"
    """A stage thought done is open again; the next run begins."""


class Kind(StrEnum):
    """What can be wrong with an order."""

    NOT_STARTED = "not_started"
    """Work on the stage has not begun within its limit."""
    NOT_COMPLETED = "not_completed"
    """The stage is not done within its limit."""
    NO_UPDATE = "no_update"
    """The stage has been silent for longer than its limit."""
    STOCK_SHORT = "stock_short"
    """The warehouse reports that goods of the order are short."""


class Priority(StrEnum):
    """How urgent an anomaly is; P1 goes to the duty manager at once."""

    P1 = "P1"
    """Now: the duty manager, quiet hours or not."""
    P2 = "P2"
    """The agents' group, and up the ladder, within the hours."""
    P3 = "P3"
    """The same, after what is P2."""

    @property
    def raised(self) -> "Priority":
        """One level more urgent; P1 stays P1."""
        return Priority.P2 if self is Priority.P3 else Priority.P1
