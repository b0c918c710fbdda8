"""What the pipeline needs of the platform, as a port, and what it publishes.

The platform implements `Catalogue` on its database. `MemoryCatalogue` (in `trunkline.pipeline.memory`) is the same
contract in memory, for tests and for benchmarks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS


class AlreadyPublished(Exception):
    """The hours of this run were published before, with other content."""


class LeaseHeld(Exception):
    """Another pipeline works on this data type; its lease has not run out."""


class Forgotten(Exception):
    """What is asked for needs something that is past its time; the text names the hours."""


class CatalogueUnavailable(Exception):
    """The catalogue's database does not answer, or lacks what this version needs."""


@dataclass(frozen=True, kw_only=True)
class SessionRules:
    """How an account's sessions of one kind close, and what is made of them. All lengths in milliseconds."""

    inactivity: int = 8 * HOUR_MS
    """A session closes when nothing happened for longer than this after its last event."""
    maximum: int = 24 * HOUR_MS
    """A session is cut exactly at this length; the rest is a new one."""
    messaging_inactivity: int = 3 * DAY_MS
    """The same for a messaging conversation."""
    messaging_maximum: int = 7 * DAY_MS
    drop_late: bool = False
    """Late events go to the dead letters instead of re-emitting their session."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The data types that are switched on, each with the version of the schema of its records."""
    public_key: str | None = field(default=None, repr=False)
    """To which sensitive values are encrypted, armored; None: records are published in clear."""


def longest_reach(rules: Iterable[SessionRules]) -> int:
    """How far before an event a session may have begun that it belongs to, ms."""
    reaches = (
        max(its.maximum + its.inactivity, its.messaging_maximum + its.messaging_inactivity) for its in rules
    )
    return max(reaches, default=0)


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """One published part: an immutable object in the store."""

    account_id: str
    data_type: str
    scope_start: int
    """Start of the UTC hour in which its sessions closed, epoch ms; the scope is one hour long."""
    part: int
    name: str
    """With `.gz`, as in hrefs: `Agent.<from>.<to>.part-00000-0.gz`."""
    key: str
    """Where it lies in the store."""
    bytes: int
    digest: str
    """SHA-256 of the file as it lies in the store, hex."""
    text_digest: str
    """SHA-256 of the clear text, hex: equal text is equal content, whatever the compressor and however encrypted."""
    records: int
    schema_version: str
    supersedes: tuple[str, ...] = ()
    """Names of files holding an earlier emission of a session that stands in this one again."""
    ids_key: str | None = None
    """Store key of the manifest of the conversations in the file; None for a data type without conversations."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run of a kind (`trunkline.pipeline.sessions.kinds`) published: hours `[first_hour, end_hour)`, all in one transaction."""

    kind: str
    first_hour: int
    end_hour: int
    watermark: int
    """Every event with a timestamp below this was waited for, epoch ms."""
    rules_version: str
    rules: Mapping[str, SessionRules]
    """The rules of every account that took part: a rebuild uses these, not today's."""
    segments: tuple[str, ...]
    """Store keys of the segments read in this run and in none before it."""
    state: str
    """Store key of the open sessions carried on."""
    carried: str | None = None
    """Store key of the open sessions that it began with; None for the first run of its kind."""
    reach: int = 0
    """No run that ended by this instant was looked back at, epoch ms."""
    files: tuple[DataFile, ...] = field(default=(), repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)
    """For people and metrics: events, duplicates, late, sessions, open, …"""
    accounts: Mapping[str, Mapping[str, int]] = field(default_factory=dict, repr=False)
    """The same for each account that had any."""


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """A published run as retention sees it. All instants in epoch milliseconds."""

    first_hour: int
    end_hour: int
    published: int
    reach: int
    expired: int | None = None
    """Since when its files are no longer listed."""
    forgotten: bool = False
    """No run looks back at it any more."""


@dataclass(frozen=True, kw_only=True)
class FileTally:
    """The listed files of an account and data type, added up."""

    account_id: str
    data_type: str
    files: int
    records: int
    bytes: int
    newest: int
    """Start of the hour of the newest one, epoch ms."""


class Catalogue(Protocol):
    """The record of what was published. Every method may raise `CatalogueUnavailable`."""

    def rules(self, kind: str) -> dict[str, SessionRules]:
        """The rules of every account that takes part in this kind."""

    def last_run(self, kind: str) -> Run | None:
        """The newest run, with its files."""

    def runs(self, kind: str, first_hour: int, end_hour: int) -> Sequence[Run]:
        """The runs that published any hour of `[first_hour, end_hour)`, in order, with their listed files; without
        those that are forgotten."""

    def kept_from(self, kind: str) -> int | None:
        """Start of the oldest run that is not forgotten; None where no run of the kind ever was."""

    def consumed(self, kind: str, keys: Sequence[str]) -> set[str]:
        """Those of the segments that an earlier run has read."""

    def publish(self, run: Run) -> None:
        """One transaction: the run and its files are listed from now on, or nothing changes.

        Publishing the same run again changes nothing. Raises `AlreadyPublished` where the content differs, and where
        the run does not begin at the hour at which the run before it ended.
        """

    def lease(self, kind: str, holder: str, seconds: int = 60) -> AbstractContextManager[None]:
        """Only one pipeline works on a kind. Raises `LeaseHeld`; a dead holder's lease runs out by itself."""

    def files(self, data_type: str, first_hour: int, end_hour: int) -> Iterator[DataFile]:
        """The listed data files of these hours."""

    def restored(self, file: DataFile) -> None:
        """A listed file was made again, with the same text: where it lies, its length and its digest are these from now on."""

    def file_tallies(self, first_hour: int, end_hour: int) -> Sequence[FileTally]:
        """The listed data files of these hours, by account and data type."""

    def account_counts(
        self, kind: str, first_hour: int, end_hour: int
    ) -> Iterator[Mapping[str, Mapping[str, int]]]:
        """`Run.accounts` of every run that began in `[first_hour, end_hour)`."""


class RetainingCatalogue(Catalogue, Protocol):
    """What retention asks of a catalogue beside.

    A run goes in steps, each one transaction: its files expire (are no longer listed), their rows are dropped once the
    objects are gone; it is forgotten (no longer looked back at), and dropped once its segments are gone.
    """

    def past(self, kind: str) -> Sequence[PastRun]:
        """Every run of which there is a row, in order."""

    def expire(self, kind: str, until: int, now: int) -> None:
        """The files of all runs that ended by `until` are no longer listed."""

    def expired_files(self, kind: str, before: int, most: int) -> Sequence[DataFile]:
        """Some files that expired before this instant, as long as there are any."""

    def drop_files(self, files: Sequence[DataFile]) -> None:
        """The objects of these are gone."""

    def forget(self, kind: str, until: int) -> None:
        """All runs that ended by `until` are forgotten."""

    def forgotten(self, kind: str, most: int) -> Sequence[Run]:
        """The oldest forgotten runs that have no files left."""

    def held(self, kind: str, keys: Sequence[str]) -> set[str]:
        """Those of the segments that a run which is not forgotten has read."""

    def drop_run(self, run: Run) -> None:
        """The segments of this run are gone."""


DEFAULT_GRACE = 10 * MINUTE_MS
