"""A task with an ETA for each open order, in Celery; worker and planter in one process."""

import threading
from datetime import UTC, datetime

import requests
from celery import Celery

from bench.peers.foreign.schedule import ADDRESS, REDIS, card, planned

THREADS = 8

app = Celery("peer", broker=REDIS.replace("unix://", "redis+socket://", 1))
app.conf.update(task_ignore_result=True, worker_redirect_stdouts=False)
session = requests.Session()


@app.task
def overdue(order_no: str) -> None:
    session.post(ADDRESS, json=card(order_no), timeout=10).raise_for_status()


def plant(worker: object) -> None:
    with app.producer_pool.acquire(block=True) as producer:
        for orders in planned():
            for order_no, due in orders:
                overdue.apply_async((order_no,), eta=datetime.fromtimestamp(due, UTC), producer=producer)
    worker.stop()


if __name__ == "__main__":
    worker = app.Worker(pool="threads", concurrency=THREADS, loglevel="ERROR", without_gossip=True)
    threading.Thread(target=plant, args=(worker,), daemon=True).start()
    worker.start()
