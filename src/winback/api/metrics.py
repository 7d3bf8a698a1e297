"""What Prometheus reads: requests, their time, and how old what is served is (B99)."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from winback.api.live_state import LiveState

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_GAUGES = {
    "ready": "1 if questions are answered.",
    "model_age_days": "Days since the last outcomes it has seen.",
    "snapshot_age_days": "Days since the cut-off.",
    "customers": "In the snapshot.",
    "models_refused": "Bundles that were not taken.",
    "turned_away": "Requests answered with 503 because others were waiting.",
}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of this process; `worker` tells several apart."""

    def __init__(self, worker: str) -> None:
        self._registry, label = CollectorRegistry(), ["worker"]
        self._worker = worker
        self.turned_away = 0
        self._requests = Counter(
            "winback_requests",
            "Requests by route and status.",
            ["route", "status", *label],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "winback_request_seconds",
            "Time from head to answer.",
            ["route", *label],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._gauges = {
            name: Gauge(f"winback_{name}", help_text, label, registry=self._registry)
            for name, help_text in _GAUGES.items()
        }
        self._children: dict[tuple[str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        child = self._children.get((route, status))
        if child is None:
            child = self._children[route, status] = self._requests.labels(
                route, str(status), self._worker
            )
            self._timers[route] = self._seconds.labels(route, self._worker)
        child.inc()
        self._timers[route].observe(seconds)

    def render(self, live: LiveState) -> bytes:
        """All of it, as of now."""
        today = live.now().date()
        values = {
            "ready": not live.list_not_ready_reasons(),
            "models_refused": len(live.refused),
            "customers": len(live.snapshot) if live.snapshot else 0,
            "turned_away": self.turned_away,
            "model_age_days": (today - live.served.learned_until).days
            if live.served
            else float("nan"),
            "snapshot_age_days": (today - live.snapshot.day).days
            if live.snapshot
            else float("nan"),
        }
        for name, value in values.items():
            self._gauges[name].labels(self._worker).set(float(value))
        return generate_latest(self._registry)
