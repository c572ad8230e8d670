"""Order events one by one through the ORM, each in a transaction, as the tutorials show it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from bench.peers import tables
from bench.peers.orm import orm
from bench.peers.tables import DueRow, EventRow, OrderRow
from bench.peers.web import TakeIn, serve
from bench.peers.work import Event, deadline, fold


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[TakeIn]:
    async with orm(url, tables.__name__) as context:
        await context.generate_schemas()
        yield take_in


async def take_in(events: Sequence[Event]) -> int:
    return sum([await _take(event) for event in events])


async def _take(event: Event) -> bool:
    """Store an event and what follows; False when it had come before."""
    source, event_id = event.key
    try:
        async with in_transaction() as work:
            await EventRow.create(
                source=source, event_id=event_id, order_no=event.order_no, body=event.body, using_db=work
            )
            order = await OrderRow.select_for_update().using_db(work).get_or_none(order_no=event.order_no)
            state = fold({} if order is None else order.state, event)
            if order is None:
                await OrderRow.create(order_no=event.order_no, state=state, using_db=work)
                await DueRow.create(order_no=event.order_no, due_at=deadline(state), using_db=work)
            else:
                order.state = state
                await order.save(using_db=work)
                due = DueRow.filter(order_no=event.order_no).using_db(work)
                await due.update(due_at=deadline(state))
    except IntegrityError:
        return False
    return True


if __name__ == "__main__":
    serve(opened)
