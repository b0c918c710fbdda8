"""How far the pipeline is, and what it has done lately, by account: for people and for metrics."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import Catalogue, FileTally, Run
from trunkline.segments.layout import LETTERS, hour_of_key
from trunkline.segments.manifest import Manifest
from trunkline.segments.replays import read_retried
from trunkline.store import Store

RECENT_MS = 72 * HOUR_MS
"""What counts as lately."""


@dataclass(frozen=True, kw_only=True)
class KindStatus:
    """How far the files of a kind are. Instants and lengths in milliseconds."""

    kind: str
    published_until: int
    """Files are complete up to here."""
    watermark: int
    lag: int
    """How far `published_until` is behind the clock."""
    open_sessions: int
    """Sessions that go on."""
    open_events: int
    last_run: Run


@dataclass(frozen=True, kw_only=True)
class AccountStatus:
    """What happened lately. Everything is absent where there was none."""

    account_id: str
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """By kind: events, late, duplicates, sessions, … of `trunkline.pipeline.sessions.tallies`; those that are open, now."""
    files: dict[str, FileTally] = field(default_factory=dict)
    """By data type."""
    letters: Counter[str] = field(default_factory=Counter)
    """Dead letters that still stand, by reason."""


@dataclass(frozen=True, kw_only=True)
class Status:
    now: int
    since: int
    """From when on things count as of lately."""
    kinds: Sequence[KindStatus]
    """Those of which anything was published."""
    accounts: Sequence[AccountStatus]


class Letters:
    """Counts dead letters by account and reason; what it has read of the past it does not read again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._filed: dict[str, Mapping[str, Mapping[str, int]]] = {}

    def counted(self, since: int) -> dict[str, Counter[str]]:
        keys = [key for key in self._store.list(LETTERS) if hour_of_key(key) + HOUR_MS > since]
        manifests = {key for key in keys if key.endswith(".json")}
        retried = {key for key in keys if key.endswith(".retried")}
        self._filed = {key: its for key, its in self._filed.items() if key in manifests}
        total: dict[str, Counter[str]] = {}
        for key in sorted(manifests):
            stem = key.removesuffix(".json")
            standing = self._standing(key, f"{stem}.ndjson", f"{stem}.retried" in retried)
            for account, counts in standing.items():
                total.setdefault(account, Counter()).update(counts)
        return total

    def _standing(self, key: str, segment: str, was_retried: bool) -> Mapping[str, Mapping[str, int]]:
        after = read_retried(self._store, segment) if was_retried else None
        if after:
            return after.standing
        if key not in self._filed:
            self._filed[key] = _filed(msgspec.json.decode(self._store.read(key), type=Manifest))
        return self._filed[key]


def status(
    catalogue: Catalogue, letters: Letters, kinds: Iterable[str], now: int, recent: int = RECENT_MS
) -> Status:
    """`now`: epoch ms."""
    since = now - recent
    accounts: dict[str, AccountStatus] = {}

    def of(account_id: str) -> AccountStatus:
        return accounts.setdefault(account_id, AccountStatus(account_id=account_id))

    found = []
    for kind in kinds:
        last = catalogue.last_run(kind)
        if last:
            found.append(_kind_status(last, now))
            for account_id, counts in _counts(catalogue, last, since, now).items():
                of(account_id).counts[kind] = counts
    for tally in catalogue.file_tallies(since, now):
        of(tally.account_id).files[tally.data_type] = tally
    for account_id, reasons in letters.counted(since).items():
        of(account_id).letters.update(reasons)
    ordered = [accounts[account_id] for account_id in sorted(accounts)]
    return Status(now=now, since=since, kinds=found, accounts=ordered)


def _kind_status(last: Run, now: int) -> KindStatus:
    return KindStatus(
        kind=last.kind,
        published_until=last.end_hour,
        watermark=last.watermark,
        lag=now - last.end_hour,
        open_sessions=last.counts.get("open_sessions", 0),
        open_events=last.counts.get("open", 0),
        last_run=last,
    )


def _counts(catalogue: Catalogue, last: Run, since: int, now: int) -> dict[str, Counter[str]]:
    """What runs have counted lately, by account; what is open, the last one knows."""
    total: dict[str, Counter[str]] = {}
    for accounts in catalogue.account_counts(last.kind, since, now):
        for account_id, counts in accounts.items():
            total.setdefault(account_id, Counter()).update(counts)
    for account_id in total.keys() | last.accounts.keys():
        counts = total.setdefault(account_id, Counter())
        for name in ("open", "open_sessions"):
            counts[name] = last.accounts.get(account_id, {}).get(name, 0)
    return total


def _filed(manifest: Manifest) -> Mapping[str, Mapping[str, int]]:
    """As they were filed. Manifests of the first release do not say which account had which reason."""
    if manifest.reasons:
        return manifest.reasons
    return {"": manifest.types}
