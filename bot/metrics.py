"""What does the process count? Prometheus metrics, in a registry of their own."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from handlers.messages import Intake

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
REJECTED = "rejected"
"""What becomes of an event that was not even tried."""


class Metrics:
    """All metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(
            "dingdan_events", "Order events, by what became of them", ["answer"], registry=self.registry
        )
        for answer in (*Intake, REJECTED):
            self.events.labels(answer)
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
        self.answer_codes = Counter(
            "dingdan_wecom_answers", "Answers of WeCom by code", ["medium", "code"], registry=self.registry
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
        for answer in Intake:
            self.events.labels(answer).inc(answers.count(answer))
        self.events.labels(REJECTED).inc(rejected)

    def render(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)
