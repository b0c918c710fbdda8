"""What the collector counts, for Prometheus."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """Of one collector: its own registry, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        answers = self._counter("requests", "Requests to the collector.", ["status"])
        # Looking a label up costs more than counting, and every request is counted.
        self.answers = cache(lambda status: answers.labels(str(status)))
        self.accepted = self._counter("events_accepted", "Events acknowledged.", [])
        self.refused = self._counter("events_refused", "Events refused.", ["reason"])
        self.received_bytes = self._counter("received_bytes", "Bytes of bodies, as sent.", [])
        self.syncs = self._gauge("syncs", "Groups of events made durable.")
        self.waiting_bytes = self._gauge("waiting_bytes", "Bytes that wait for the disk.")
        self.waiting_segments = self._gauge(
            "waiting_segments", "Sealed segments that wait for a remote store."
        )
        self.failed_uploads = self._gauge("failed_uploads", "Failures since a remote store last took them.")
        self.free_disk_bytes = self._gauge("free_disk_bytes", "Free bytes on the fullest disk in use.")

    def _counter(self, name: str, meaning: str, labels: list[str]) -> Counter:
        return Counter(f"trunkline_collector_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"trunkline_collector_{name}", meaning, registry=self.registry)
