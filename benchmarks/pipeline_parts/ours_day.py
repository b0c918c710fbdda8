"""All four data types of a day, as one process: `ours_day.py STORE once|hourly embedded|spark`.

All hours in one go, or one after the other as in operation. Prints a JSON line: files, records, a digest of the clear text of all
files; of the embedded engine also how long each part took (`shares`: seconds of the threads, which overlap), of the engine on Spark
what the tasks of each stage took (`stages`).
"""

import hashlib
import json
import os
import statistics
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

LOG = "spark-log"
STAGES = ("look", "slice", "settle", "write")


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
    engine_ = _engine(engine, store)
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
        "bytes": sum(file.bytes for file in files),
        "records": sum(file.records for file in files),
        "digest": digest.hexdigest()[:16],
        "shares": dict(shares.seconds),
        "stages": _stages(store) if engine == "spark" else {},
    }
    print(json.dumps(facts))


def _accounts(manifest: Path) -> list[str]:
    return list(json.loads(manifest.read_bytes())["accounts"])


def _engine(name: str, store: Path) -> Engine:
    if name == "embedded":
        return build.build
    from trunkline.pipeline.spark.engine import SparkEngine
    from trunkline.pipeline.spark.session import opened

    (store / LOG).mkdir()
    log = {"enabled": "true", "dir": f"file:{store / LOG}", "rolling.enabled": "false", "compress": "false"}
    settings = {f"spark.eventLog.{key}": value for key, value in log.items()}
    return SparkEngine(lambda: opened("local[2]", settings | {"spark.driver.memory": "2g"}))


def _stages(store: Path) -> dict[str, Any]:
    """Of each stage: tasks, their seconds (median, longest, all), what they gave to the next (bytes, all)."""
    from pyspark.sql import SparkSession

    SparkSession.active().stop()
    (log,) = (store / LOG).iterdir()
    ends = [one for one in map(json.loads, log.open()) if one["Event"] == "SparkListenerTaskEnd"]
    tasks: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for end in ends:
        seconds = (end["Task Info"]["Finish Time"] - end["Task Info"]["Launch Time"]) / 1000
        given = end["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"]
        tasks[end["Stage ID"]].append((seconds, given))
    names = [f"{kind} {stage}" for kind in KINDS for stage in STAGES]
    return {
        name: {
            "tasks": len(some),
            "median": statistics.median(seconds for seconds, _ in some),
            "longest": max(seconds for seconds, _ in some),
            "seconds": sum(seconds for seconds, _ in some),
            "bytes": sum(given for _, given in some),
        }
        for name, (_, some) in zip(names, sorted(tasks.items()), strict=False)
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:4])
