"""What `trunkline pipeline status` shows, as metrics.

Of accounts, only the busiest have lines of their own, and all others together one: a scraper keeps every line for months.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic

import structlog
from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from trunkline.pipeline.catalogue import CatalogueUnavailable
from trunkline.pipeline.status import AccountStatus, Letters, Status, status
from trunkline.pipeline.types import KINDS
from trunkline.platform.data_access.catalogue import DatabaseCatalogue
from trunkline.platform.data_access.files import opened_store

log = structlog.get_logger()

MOST_ACCOUNTS = 100
OTHERS = "others"
KEPT_S = 15.0
"""However many scrapers ask, the catalogue is asked no more often."""
_LATELY = "in the last 72 hours of data time"
_COUNTED = {
    "recent_events": ("events", f"Events taken in {_LATELY}."),
    "recent_late_events": ("late", f"Events that came after the watermark {_LATELY}."),
    "recent_duplicates": ("duplicates", f"Events that were delivered again {_LATELY}."),
    "recent_sessions": ("sessions", f"Sessions published {_LATELY}, also again."),
    "open_sessions": ("open_sessions", "Sessions that go on."),
}


def families(found: Status | None) -> Iterator[GaugeMetricFamily]:
    """None: nothing could be asked."""
    readable = "1 where the catalogue and the store answered; otherwise there is nothing else."
    yield GaugeMetricFamily("trunkline_pipeline_readable", readable, value=float(found is not None))
    if found is not None:
        yield from _of_kinds(found)
        yield from _of_accounts(_bounded(found.accounts))


def _of_kinds(found: Status) -> Iterator[GaugeMetricFamily]:
    lag = _family("lag_seconds", "How far the files are behind the clock.", "kind")
    until = _family("published_until_timestamp_seconds", "Files are complete up to here.", "kind")
    watermark = _family("watermark_timestamp_seconds", "Every event before this was waited for.", "kind")
    for one in found.kinds:
        lag.add_metric([one.kind], one.lag / 1000)
        until.add_metric([one.kind], one.published_until / 1000)
        watermark.add_metric([one.kind], one.watermark / 1000)
    yield from (lag, until, watermark)


def _of_accounts(accounts: Iterable["_Sums"]) -> Iterator[GaugeMetricFamily]:
    counted = {name: _family(name, text, "kind", "account") for name, (_, text) in _COUNTED.items()}
    files = _family("recent_files", f"Data files of hours {_LATELY}.", "data_type", "account")
    records = _family("recent_records", "Records in these.", "data_type", "account")
    letters = _family(
        "recent_dead_letters", f"Dead letters filed {_LATELY} that still stand.", "account", "reason"
    )
    for its in accounts:
        for kind, counts in its.counts.items():
            for name, (key, _) in _COUNTED.items():
                counted[name].add_metric([kind, its.account_id], counts[key])
        for data_type in its.files:
            files.add_metric([data_type, its.account_id], its.files[data_type])
            records.add_metric([data_type, its.account_id], its.records[data_type])
        for reason, count in its.letters.items():
            letters.add_metric([its.account_id, reason], count)
    yield from (*counted.values(), files, records, letters)


@dataclass
class _Sums:
    """Of one account, or of several."""

    account_id: str
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    files: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)

    def add(self, one: AccountStatus) -> None:
        for kind, counts in one.counts.items():
            self.counts.setdefault(kind, Counter()).update(counts)
        for data_type, tally in one.files.items():
            self.files[data_type] += tally.files
            self.records[data_type] += tally.records
        self.letters.update(one.letters)


def _bounded(accounts: Iterable[AccountStatus]) -> list[_Sums]:
    busiest = sorted(accounts, key=lambda one: (-_weight(one), one.account_id))
    sums: dict[str, _Sums] = {}
    for place, one in enumerate(busiest):
        name = one.account_id if place < MOST_ACCOUNTS else OTHERS
        sums.setdefault(name, _Sums(name)).add(one)
    return list(sums.values())


def _weight(one: AccountStatus) -> int:
    return sum(counts["events"] for counts in one.counts.values()) + one.letters.total()


def _family(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"trunkline_pipeline_{name}", text, labels=labels)


class PipelineMeasures(Collector):
    """Asks when it is scraped. May be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._letters: tuple[str, Letters] | None = None
        self._found: Status | None = None
        self._asked = -KEPT_S

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._lock:
            if monotonic() >= self._asked + KEPT_S:
                self._found = self._ask()
                self._asked = monotonic()
            yield from families(self._found)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing, so that it is not asked when it is registered."""
        return iter(())

    def _ask(self) -> Status | None:
        try:
            return status(DatabaseCatalogue(), self._letters_read(), KINDS, settings.TRUNKLINE.clock.now())
        except (CatalogueUnavailable, OSError) as error:
            log.error("pipeline cannot be measured", error=str(error))
            return None

    def _letters_read(self) -> Letters:
        url = settings.TRUNKLINE.store_url
        if self._letters is None or self._letters[0] != url:
            self._letters = url, Letters(opened_store())
        return self._letters[1]


REGISTRY = CollectorRegistry()
REGISTRY.register(PipelineMeasures())


def shown() -> bytes:
    """In the format that Prometheus reads."""
    return generate_latest(REGISTRY)
