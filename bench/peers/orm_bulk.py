"""Order events as fast as the ORM can: all of a request in one transaction, each table written in one go."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import reduce

from tortoise.transactions import in_transaction

from bench.peers import tables
from bench.peers.orm import orm
from bench.peers.tables import DueRow, EventRow, OrderRow
from bench.peers.web import TakeIn, serve
from bench.peers.work import Event, by_order, deadline, fold


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[TakeIn]:
    async with orm(url, tables.__name__) as context:
        await context.generate_schemas()
        yield take_in


async def take_in(events: Sequence[Event]) -> int:
    """Repeats are looked for first; two requests with the same new event at once end in an error, and a retry."""
    async with in_transaction() as work:
        stored = EventRow.filter(event_id__in=[event.key[1] for event in events]).using_db(work)
        known = set(await stored.values_list("source", "event_id"))
        new = list({event.key: event for event in events if event.key not in known}.values())
        await EventRow.bulk_create([_row(event) for event in new], using_db=work)
        groups = by_order(new)
        orders = await OrderRow.select_for_update().using_db(work).filter(order_no__in=list(groups))
        states = {order.order_no: order.state for order in orders}
        after = {number: reduce(fold, found, states.get(number, {})) for number, found in groups.items()}
        await OrderRow.bulk_create(
            [OrderRow(order_no=number, state=state) for number, state in after.items()],
            on_conflict=["order_no"],
            update_fields=["state"],
            using_db=work,
        )
        await DueRow.bulk_create(
            [DueRow(order_no=number, due_at=deadline(state)) for number, state in after.items()],
            on_conflict=["order_no"],
            update_fields=["due_at"],
            using_db=work,
        )
    return len(new)


def _row(event: Event) -> EventRow:
    source, event_id = event.key
    return EventRow(source=source, event_id=event_id, order_no=event.order_no, body=event.body)


if __name__ == "__main__":
    serve(opened)
