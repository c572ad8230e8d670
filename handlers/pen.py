"""How are letters written? Collected first, and posted together by whoever holds the pen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from handlers.addressing import address_by, address_of, place_of
from handlers.outbox import Letter, LetterKind, Medium
from handlers.world import World
from rules.anomalies import Anomaly, AnomalyId
from rules.contact import Route
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.inquiry import IN_HAND
from rules.orders import Order
from rules.stages import Priority

GIVE_UP_AFTER = timedelta(hours=24)
"""Nobody wants a card about yesterday."""


@dataclass(slots=True)
class Pen:
    """Collects the letters that one transaction has to write."""

    world: World
    now: datetime
    letters: list[Letter] = field(default_factory=list[Letter], kw_only=True)

    def add(  # noqa: PLR0913 -- all by name, and all are columns
        self,
        case: Anomaly | None,
        *,
        key: str,
        kind: LetterKind,
        medium: Medium,
        to: str,
        due_at: datetime | None = None,
        priority: Priority | None = None,
        waits: bool = False,
        expires_at: datetime | None = None,
        content: dict[str, str] | None = None,
    ) -> None:
        """Write a letter, about a case or about none."""
        due_at = due_at or self.now
        letter = Letter(
            id=self.world.new_id(),
            key=key,
            kind=kind,
            medium=medium,
            to=to,
            due_at=due_at,
            order=None if case is None else case.order,
            case=None if case is None else case.id,
            priority=priority or (Priority.P2 if case is None else case.priority),
            waits=waits,
            expires_at=expires_at or due_at + GIVE_UP_AFTER,
            content=content or {},
        )
        self.letters.append(letter)

    def group_of(self, case: Anomaly, order: Order) -> str:
        """The agents' group that a case belongs to."""
        return self.world.directory.rules.of(case).plan_for(order).stages[case.stage].group

    # --- lines --------------------------------------------------------------

    def tell_group(self, case: Anomaly, order: Order, key: str, **content: str) -> bool:
        """A line for the case's agents; `text`, or what to `say` then. False where no group can be written to."""
        place = place_of(self.world, self.group_of(case, order))
        if place is None:
            return False
        medium, to = place
        key = f"{case.id}:{key}:{to}"
        self.add(case, key=key, kind=LetterKind.LINE, medium=medium, to=to, content=content)
        return True

    def remind_group(self, group: str, key: str, text: str) -> bool:
        """A line for a group that is about no case, once for its key. False where no group can be written to."""
        place = place_of(self.world, group)
        if place is None:
            return False
        medium, to = place
        self.add(None, key=key, kind=LetterKind.LINE, medium=medium, to=to, content={"text": text})
        return True

    def tell_member(self, userid: UserId, key: str, case: Anomaly | None = None, **content: str) -> None:
        """A line for one member; `text`, or what to `say` then."""
        medium = self.world.surfaces.to_members
        self.add(case, key=key, kind=LetterKind.LINE, medium=medium, to=userid, content=content)

    def tell_members(self, userids: Sequence[UserId], key: str, case: Anomaly, **content: str) -> None:
        """The same line for each of them."""
        for to in self.world.surfaces.addressed(userids):
            self.tell_member(UserId(to), f"{case.id}:{key}:{to}", case, **content)

    def send_to_customer(self, case: Anomaly, content: Mapping[str, str], route: Route) -> None:
        """The words to the customer, by a route the bot can take: one letter for each round, whatever happens."""
        medium, to, address = address_of(route)
        self.add(
            case,
            key=key_of_round(case.id, case.send_round),
            kind=LetterKind.CUSTOMER,
            medium=medium,
            to=to,
            content={**content, **address},
        )

    def hand_to_employee(
        self, case: Anomaly, content: Mapping[str, str], external_userid: str, employee: UserId
    ) -> Letter:
        """The words are sent by the employee's own hand, at this moment: until that has a result nothing else is."""
        self.add(
            case,
            key=key_of_round(case.id, case.send_round),
            kind=LetterKind.CUSTOMER,
            medium=Medium.SIDEBAR,
            to=address_by(Medium.SIDEBAR, external_userid),
            expires_at=self.now + IN_HAND,
            content={**content, "external_userid": external_userid, "employee": employee},
        )
        letter = self.letters.pop()
        handed = replace(
            letter,
            state=DeliveryState.PENDING,
            attempts=1,
            attempted_at=self.now,
            payload=self.world.wire.compose(letter, letter.content["text"], 1),
        )
        self.letters.append(handed)
        return handed


def key_of_round(case: AnomalyId, number: int) -> str:
    """The key of the one letter of a round to the customer."""
    return f"{case}:send:{number}"
