"""What does the process count? Prometheus metrics, in a registry of their own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """All metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(
            "dingdan_events",
            "Order events taken in, by what became of them",
            ["answer"],
            registry=self.registry,
        )
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

    def render(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)
