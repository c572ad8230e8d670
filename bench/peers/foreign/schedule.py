"""What do all schedulers of the bench share? Orders come as lines of JSON, cards go out over HTTP."""

import json
import os
import sys
from collections.abc import Iterator

import aiohttp

Due = tuple[str, float]
"""An order's number and its deadline, in seconds since 1970."""

REDIS = os.environ["BENCH_REDIS"]
ADDRESS = os.environ["BENCH_WECOM"] + "/cgi-bin/message/send?access_token=token"


def card(order_no: str) -> dict[str, object]:
    """What is sent when an order's time is up."""
    return {"touser": "zhangsan", "msgtype": "text", "agentid": 1, "text": {"content": f"{order_no} is late"}}


async def send(session: aiohttp.ClientSession, order_no: str) -> None:
    """Send the card of an order."""
    async with session.post(ADDRESS, json=card(order_no)) as answer:
        answer.raise_for_status()


def planned() -> Iterator[list[Due]]:
    """The lines, each a list of orders, until there are no more."""
    tell("ready")
    for line in sys.stdin:
        yield json.loads(line)
        tell("planted")


def tell(word: str) -> None:
    """Say how far we are."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()
