"""The peer: order events taken in as the tutorials show it, one by one through the ORM.

Behind each answer stands the same durable work, in its simplest form: a repeat is recognised, the order's state
follows the event, its next limit is a due row, and all of it is committed.
"""

import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import uvloop
from aiohttp import web
from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from bench.orm_tables import Due, Event, Order
from bench.servers import TOKEN
from bot.storage.orm import connection

LIMITS = {
    ("payment", "started"): timedelta(minutes=5),
    ("payment", "completed"): timedelta(minutes=20),
    ("confirm", "completed"): timedelta(minutes=45),
    ("picking", "started"): timedelta(hours=2),
}


async def take_in(event: dict[str, Any]) -> bool:
    """Store one event and what follows; False when it had come before."""
    at = datetime.fromisoformat(event["time"])
    stage, status, order_no = event["data"]["stage"], event["data"]["status"], event["subject"]
    try:
        async with in_transaction() as work:
            await Event.create(
                source=event["source"], event_id=event["id"], order_no=order_no, body=event, using_db=work
            )
            order = await Order.select_for_update().using_db(work).get_or_none(order_no=order_no)
            if order is not None and order.since > at:
                return True
            await _keep(Order, work, order_no, {"stage": stage, "status": status, "since": at})
            await _keep(Due, work, order_no, {"due_at": at + LIMITS[stage, status]})
    except IntegrityError:
        return False
    return True


async def _keep(
    model: type[Order | Due], work: BaseDBAsyncClient, order_no: str, values: dict[str, Any]
) -> None:
    if not await model.filter(order_no=order_no).using_db(work).update(**values):
        await model.create(order_no=order_no, using_db=work, **values)


async def post(request: web.Request) -> web.Response:
    if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {TOKEN}"):
        return web.json_response({"status": 401}, status=401)
    body = await request.read()
    events: list[dict[str, Any]] = json.loads(body if body.startswith(b"[") else b"[%b]" % body)
    new = [await take_in(event) for event in events]
    accepted = sum(new)
    return web.json_response(
        {"accepted": accepted, "duplicates": len(new) - accepted, "rejected": ()}, status=202
    )


async def start(_app: web.Application) -> None:
    url = os.environ["DINGDAN_DATABASE_URL"]
    await Tortoise.init(
        config={
            "connections": {"default": connection(url)},
            "apps": {"peer": {"models": ["bench.orm_tables"], "default_connection": "default"}},
            "use_tz": True,
            "timezone": "UTC",
        },
        _enable_global_fallback=True,
    )
    await Tortoise.generate_schemas()


async def stop(_app: web.Application) -> None:
    await connections.close_all()


async def alive(_request: web.Request) -> web.Response:
    return web.json_response({"at": datetime.now(UTC).isoformat()})


def application() -> web.Application:
    app = web.Application(client_max_size=2 << 20)
    app.add_routes([web.post("/api/events", post), web.get("/healthz", alive)])
    app.on_startup.append(start)
    app.on_cleanup.append(stop)
    return app


if __name__ == "__main__":
    uvloop.install()
    web.run_app(
        application(),
        host="127.0.0.1",
        port=int(os.environ["DINGDAN_HTTP__PORT"]),
        print=None,
        access_log=None,
    )
