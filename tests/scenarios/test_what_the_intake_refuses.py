"""A body that cannot be read is answered with what is wrong with it, never with a fault of our own."""

import gzip
import json

from tests.scenarios.shop import INGEST, Shop

HEADERS = {"Authorization": f"Bearer {INGEST}", "Content-Type": "application/cloudevents+json"}


async def test_a_compressed_body_is_not_read_whether_it_can_be_unpacked_or_not(shop: Shop) -> None:
    event = json.dumps(shop.event("order.created", "DB1")).encode()

    for body in (gzip.compress(event), b"no gzip at all"):
        address, headers = f"{shop.service.address}/api/events", {**HEADERS, "Content-Encoding": "gzip"}
        async with shop.http.post(address, data=body, headers=headers) as answer:
            assert answer.status == 415
            assert "Content-Encoding" in (await answer.json(content_type=None))["detail"]
