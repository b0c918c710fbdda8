"""All four data types of a day, as one process: `ours_day.py STORE once|hourly embedded|spark`.

All hours in one go, or one after the other as in operation. Prints a JSON line: files, records, a digest of the clear text of all
files; of the embedded engine also how long each part took (`shares`: seconds of the threads, which overlap).
"""

import hashlib
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "2")

from trunkline.clock import HOUR_MS
from trunkline.pipeline import build, settler
from trunkline.pipeline.catalogue import DEFAULT_GRACE, SessionRules
from trunkline.pipeline.engine import Engine
from trunkline.pipeline.memory import MemoryCatalogue
from trunkline.pipeline.plan import segments
from trunkline.pipeline.run import run
from trunkline.pipeline.types import KINDS
from trunkline.store import LocalStore

RULES = {
    "agentActivity": SessionRules(versions={"agentActivity": "1.0.0.4"}),
    "visits": SessionRules(
        inactivity=HOUR_MS // 2,
        versions=dict.fromkeys(("webSession", "engagement", "survey"), "1.0.0.35"),
    ),
}


class Shares:
    """Times the parts of the embedded engine from outside."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = Lock()

    def watch(self) -> None:
        for holder, name, part in (
            (build, "compacted", "parsing"),
            (build, "divided", "grouping"),
            (settler, "read", "grouping"),
            (settler, "sessions", "grouping"),
            (settler, "lines", "encoding"),
            (build.ScopeWriter, "write", "compressing"),
            (build.ScopeWriter, "finish", "compressing"),
        ):
            setattr(holder, name, self._timed(getattr(holder, name), part))

    def _timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                with self._lock:
                    self.seconds[part] += time.perf_counter() - begun

        return timed


def main(store: Path, step: str, engine: str) -> None:
    opened = LocalStore(store)
    hours = sorted(set(segments(opened).values()))
    ends = [hour + HOUR_MS for hour in hours] if step == "hourly" else [hours[-1] + HOUR_MS]
    accounts = {account for path in store.glob("segments/*/*.[0-9]*.json") for account in _accounts(path)}
    catalogue = MemoryCatalogue({kind: dict.fromkeys(accounts, rules) for kind, rules in RULES.items()})
    shares = Shares()
    if engine == "embedded":
        shares.watch()
    engine_ = _engine(engine)
    files, events = [], 0
    for end in ends:
        for kind in KINDS.values():
            done = run(
                opened,
                catalogue,
                kind,
                work=store / "work" / kind.name,
                until_hour=end,
                grace=DEFAULT_GRACE,
                engine=engine_,
            )
            if done:
                files += done.files
                events += done.counts["events"]
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: (file.account_id, file.data_type, file.scope_start)):
        name = f"{file.account_id}/{file.data_type}/{file.scope_start}"
        digest.update(f"{name} {file.text_digest}\n".encode())
    facts = {
        "events": events,
        "files": len(files),
        "records": sum(file.records for file in files),
        "digest": digest.hexdigest()[:16],
        "shares": dict(shares.seconds),
    }
    print(json.dumps(facts))


def _accounts(manifest: Path) -> list[str]:
    return list(json.loads(manifest.read_bytes())["accounts"])


def _engine(name: str) -> Engine:
    if name == "embedded":
        return build.build
    from trunkline.pipeline.spark.engine import SparkEngine
    from trunkline.pipeline.spark.session import opened

    return SparkEngine(lambda: opened("local[2]", {"spark.driver.memory": "2g"}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:4])
