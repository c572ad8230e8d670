"""What does the process count? Prometheus metrics, in a registry of their own."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.storage.figures import Figures
from handlers.ledger import Fate
from handlers.messages import Intake
from handlers.outbox import LOST
from rules.stages import Stage

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
REJECTED = "rejected"
"""What becomes of an event that was not even tried."""


class _Standing(Collector):
    """What is read off the database for each look: the same from every replica, and absent when it is down."""

    def __init__(self) -> None:
        self.seen: tuple[Figures, datetime] | None = None

    def collect(self) -> Iterator[Metric]:
        if self.seen is None:
            return
        figures, now = self.seen
        cases = GaugeMetricFamily(
            "dingdan_open_cases", "Cases that are not closed, by stage", labels=["stage"]
        )
        for stage in Stage:
            cases.add_metric([stage], figures.open_cases.get(stage, 0))
        yield cases
        yield GaugeMetricFamily("dingdan_feed_outages", "Sources that are out", figures.outages)
        yield GaugeMetricFamily("dingdan_cases_held", "Cases that are held for them", figures.held)
        outbox = figures.outbox
        yield GaugeMetricFamily("dingdan_letters_ready", "Letters that wait to leave", outbox.ready)
        waited = max(now - (outbox.oldest_due_at or now), timedelta())
        yield GaugeMetricFamily(
            "dingdan_letters_oldest_seconds",
            "How long the oldest of them could have left",
            waited.total_seconds(),
        )
        lost = GaugeMetricFamily(
            "dingdan_letters_lost",
            "Letters of the last day that did not arrive, by how they ended",
            labels=["state"],
        )
        for state in sorted(LOST):
            lost.add_metric([state], outbox.lost.get(state, 0))
        yield lost
        alerts = GaugeMetricFamily(
            "dingdan_alerts", "Alerts of the last hour, by what became of them", labels=["fate"]
        )
        for fate in Fate:
            alerts.add_metric([fate], figures.alerts.fates.get(fate, 0))
        yield alerts


class Metrics:
    """All metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._standing = _Standing()
        self.registry.register(self._standing)
        self.events = Counter(
            "dingdan_events", "Order events, by what became of them", ["answer"], registry=self.registry
        )
        self._events = {answer: self.events.labels(answer) for answer in (*Intake, REJECTED)}
        self.arrivals = Counter(
            "dingdan_arrivals",
            "Callbacks and frames, by what became of them",
            ["surface", "outcome"],
            registry=self.registry,
        )
        self.letters = Counter(
            "dingdan_letters",
            "Attempts to deliver, by medium, kind and outcome",
            ["medium", "kind", "outcome"],
            registry=self.registry,
        )
        self.unreached = Counter(
            "dingdan_members_unreached",
            "Members whom a message did not reach, by medium and code of WeCom",
            ["medium", "code"],
            registry=self.registry,
        )
        self.answer_codes = Counter(
            "dingdan_wecom_answers", "Answers of WeCom by code", ["medium", "code"], registry=self.registry
        )
        self.troubles = Gauge(
            "dingdan_channel_trouble",
            "1 while WeCom refuses a channel for something the operator has to mend, by its code",
            ["channel", "code"],
            registry=self.registry,
        )
        self.detection_lag = Histogram(
            "dingdan_detection_lag_seconds",
            "From the passing of a limit to its case",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.socket_up = Gauge(
            "dingdan_socket_subscribed", "Whether the bot's socket is subscribed here", registry=self.registry
        )

    def took_in(self, answers: Sequence[Intake], *, rejected: int) -> None:
        """Count the events of one request."""
        for answer in set(answers):
            self._events[answer].inc(answers.count(answer))
        if rejected:
            self._events[REJECTED].inc(rejected)

    def render(self, figures: Figures | None, now: datetime) -> bytes:
        """The exposition text; `figures` None when they cannot be had."""
        self._standing.seen = None if figures is None else (figures, now)
        return generate_latest(self.registry)
