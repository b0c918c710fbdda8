"""A small world for the pipeline: a store, segments written as a collector writes them, runs over them."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import DEFAULT_GRACE, DataFile, Run, SessionRules
from trunkline.pipeline.memory import MemoryCatalogue
from trunkline.pipeline.plan import Limits
from trunkline.pipeline.run import run
from trunkline.pipeline.types import KINDS
from trunkline.segments.layout import hour_name, manifest_key
from trunkline.store import LocalStore

NORTHWIND, CONTOSO = "75555851", "28045150"
H0 = 1465992000000 // HOUR_MS * HOUR_MS
"""The hour of the example in the published document, 2016-06-15T12:00Z."""
AGENTS = {
    9: {
        "userName": "ada",
        "nickname": "Ada",
        "loginName": "ada@northwind.example",
        "employeeId": "E9",
        "groupId": 4,
    },
    7: {
        "userName": "bo",
        "nickname": "Bo",
        "loginName": "bo@northwind.example",
        "employeeId": "",
        "groupId": -1,
    },
    12: {"userName": "cy", "nickname": "Cy", "loginName": "cy@contoso.example"},
}
Event = dict[str, Any]


def event(kind: str, at: int, agent: int = 9, account: str = NORTHWIND, **members: Any) -> Event:
    """An event as it stands in a segment; `at` is when it happened and, unless given, when it was received."""
    received = members.pop("receivedAt", at)
    identity = f"{account}.{agent}.{at}.{kind}"
    return {
        "type": f"agent.{kind}",
        "eventId": members.pop("eventId", identity),
        "timestamp": at,
        "accountId": account,
        "receivedAt": received,
        "agentId": agent,
        **AGENTS.get(agent, {}),
        **members,
    }


def shift(login: int, logout: int, agent: int = 9, account: str = NORTHWIND) -> list[Event]:
    """A whole session: log-in, a change of status and of concurrency in the middle, log-out."""
    middle = (login + logout) // 2
    return [
        event("login", login, agent, account, state=2, slots=4),
        event("status", middle, agent, account, state=3),
        event("concurrency", middle + 1, agent, account, concurrentEngagements=1),
        event("logout", logout, agent, account),
    ]


def write_segment(
    store: LocalStore, hour: int, events: Iterable[Event], collector: str = "web-1", opened: int = 0
) -> str:
    """Seal a segment with these events, in groups of three. Returns its key."""
    lines = [msgspec.json.encode(one) + b"\n" for one in events]
    text = b""
    for number, first in enumerate(range(0, len(lines), 3)):
        group = b"".join(lines[first : first + 3])
        header = {"group": number, "bytes": len(group), "crc32": zlib.crc32(group)}
        text += json.dumps(header).encode() + b"\n" + group
    return write_text(store, hour, text, [json.loads(line) for line in lines], collector, opened)


def write_text(
    store: LocalStore, hour: int, text: bytes, events: list[Event], collector: str = "web-1", opened: int = 0
) -> str:
    key = f"segments/{hour_name(hour)}/{collector}.{hour + opened}.ndjson"
    times = [one["timestamp"] for one in events] or [hour]
    manifest = {
        "segment": key,
        "collector": collector,
        "hour": hour,
        "events": len(events),
        "bytes": len(text),
        "sha256": hashlib.sha256(text).hexdigest(),
        "accounts": {one["accountId"]: 1 for one in events},
        "types": {one["type"]: 1 for one in events},
        "minTimestamp": min(times),
        "maxTimestamp": max(times),
        "firstReceivedAt": hour,
        "lastReceivedAt": hour,
        "sealedAt": hour + HOUR_MS,
        "recovered": False,
    }
    store.write(key, text)
    store.write(manifest_key(key), json.dumps(manifest).encode())
    return key


def agents(version: str = "1.0.0.4", **rules: Any) -> SessionRules:
    """Rules of an account with Agent Activity switched on."""
    return SessionRules(versions={"agentActivity": version}, **rules)


@dataclass
class World:
    """One store and its catalogue."""

    folder: Path
    rules: dict[str, SessionRules] = field(
        default_factory=lambda: {NORTHWIND: agents("1.0.0.4"), CONTOSO: agents("1.0.0.35")}
    )
    kind: str = "agentActivity"

    def __post_init__(self) -> None:
        self.store = LocalStore(self.folder / "store")
        self.catalogue = MemoryCatalogue({self.kind: self.rules})

    def received(self, *events: Event, opened: int = 0, collector: str = "web-1") -> list[str]:
        """Write the events into segments of the hours in which they were received."""
        hours: dict[int, list[Event]] = {}
        for one in events:
            hours.setdefault(one["receivedAt"] // HOUR_MS * HOUR_MS, []).append(one)
        return [write_segment(self.store, hour, hours[hour], collector, opened) for hour in sorted(hours)]

    def run(self, until: int, limits: Limits | None = None, **given: Any) -> Run | None:
        return run(
            self.store,
            self.catalogue,
            KINDS[self.kind],
            work=self.folder / given.pop("work_name", "work"),
            until_hour=until,
            grace=given.pop("grace", DEFAULT_GRACE),
            limits=limits or Limits(),
            **given,
        )

    def run_all(self, until: int, step: int = HOUR_MS, **given: Any) -> None:
        """Run after run, each up to `step` further."""
        at = H0 + step
        while at <= until:
            self.run(at, **given)
            at += step

    def files(self) -> dict[tuple[str, str], bytes]:
        """Every listed file, by account and name, as it lies in the store."""
        return {(file.account_id, file.name): self.store.read(file.key) for file in self.listed()}

    def manifests(self) -> dict[tuple[str, str], bytes]:
        """What lies beside them: the ids of the conversations in each."""
        return {
            (file.account_id, file.name): self.store.read(file.ids_key)
            for file in self.listed()
            if file.ids_key
        }

    def listed(self) -> list[DataFile]:
        data_types = KINDS[self.kind].data_types
        return [file for name in data_types for file in self.catalogue.files(name, 0, 2**62)]

    def texts(self) -> dict[tuple[str, str], str]:
        return {key: gzip.decompress(data).decode() for key, data in self.files().items()}

    def records(self, account: str = NORTHWIND) -> list[dict[str, Any]]:
        texts = [text for (owner, _), text in self.texts().items() if owner == account]
        return [json.loads(line) for text in texts for line in text.split("\n") if line]

    def session_ids(self, account: str = NORTHWIND) -> list[str]:
        return [session_id(record) for record in self.records(account)]

    def assert_store_matches_catalogue(self) -> None:
        """Never a listed file that is missing, never a data file that is not listed."""
        listed = {file.key: file for file in self.listed()}
        manifests = {file.ids_key for file in listed.values() if file.ids_key}
        assert set(self.store.list("files")) == set(listed) | manifests
        for key, file in listed.items():
            assert hashlib.sha256(self.store.read(key)).hexdigest() == file.digest
            assert len(self.store.read(key)) == file.bytes


def body(record: dict[str, Any]) -> dict[str, Any]:
    collection = record["recordCollection"]
    rows = collection["array"] if isinstance(collection, dict) else collection
    found: dict[str, Any] = rows[0]["body"]["com.liveperson.dataaccess.AgentActivityData"]
    return found


def session_id(record: dict[str, Any]) -> str:
    return str(body(record)["header"]["com.liveperson.dataaccess.AgentHeader"]["agentSessionId"]["string"])
