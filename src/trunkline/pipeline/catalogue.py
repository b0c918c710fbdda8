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
    """SHA-256 of the clear text, hex: equal text is equal content, whatever the compressor."""
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
    files: tuple[DataFile, ...] = field(default=(), repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)
    """For people and metrics: events, duplicates, late, sessions, open, …"""


class Catalogue(Protocol):
    """The record of what was published. Every method may raise `CatalogueUnavailable`."""

    def rules(self, kind: str) -> dict[str, SessionRules]:
        """The rules of every account that takes part in this kind."""

    def last_run(self, kind: str) -> Run | None:
        """The newest run, with its files."""

    def runs(self, kind: str, first_hour: int, end_hour: int) -> Sequence[Run]:
        """The runs that published any hour of `[first_hour, end_hour)`, in order, with their files."""

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
        """The data files of these hours."""


DEFAULT_GRACE = 10 * MINUTE_MS
