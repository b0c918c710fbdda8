"""What an audited change costs (bar P1): the same change with and without its record, by 16 writers at once.

On SQLite: python benchmarks/changes.py
On PostgreSQL: tests/with-postgres python benchmarks/changes.py

Writers are processes that replace skills of 100 accounts through the verbs, as the command line and every API do. Without its record
means: no entry, no rows of elements, no triggers. Server and writers share the machine.
"""

import argparse
import base64
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

import postgres  # noqa: E402  # found by the line before

ACCOUNTS = 100


def main() -> None:
    chosen = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    chosen.add_argument("--writers", type=int, default=16)
    chosen.add_argument("--seconds", type=float, default=10)
    arguments = chosen.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        from django.db import connections

        from trunkline.platform.audit import shadow

        skills = make_skills()
        audited = measure(skills, arguments.writers, arguments.seconds, audited=True)
        as_owner(shadow.lift)
        unaudited = measure(skills, arguments.writers, arguments.seconds, audited=False)
        vendor = connections["default"].vendor
    print(json.dumps({"database": vendor, "writers": arguments.writers, "cores": os.cpu_count()}))
    print(json.dumps({"audited": shown(audited, arguments.seconds)}))
    print(json.dumps({"unaudited": shown(unaudited, arguments.seconds)}))
    more = {
        "median": round(statistics.median(audited.took) - statistics.median(unaudited.took), 2),
        "p99": round(percentile(audited.took, 99) - percentile(unaudited.took, 99), 2),
        "cpu": round(audited.cpu - unaudited.cpu, 2),
    }
    print(json.dumps({"a record costs, milliseconds": more}))


def prepare(folder: Path) -> None:
    """An empty installation that this process works for."""
    os.environ |= {
        "TRUNKLINE_DATA": str(folder),
        "TRUNKLINE_MODE": "development",
        "TRUNKLINE_SEALING_KEYS": base64.b64encode(bytes(32)).decode(),
    }
    if server := os.environ.get("TRUNKLINE_TEST_POSTGRES"):
        import psycopg

        name = f"changes_{secrets.token_hex(4)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(postgres.create(name))  # type: ignore[arg-type]
        os.environ |= postgres.settings(server.rpartition("/")[0] + f"/{name}")
    subprocess.run([sys.executable, "-m", "trunkline", "migrate"], check=True, stdout=subprocess.DEVNULL)
    from trunkline.platform import project

    project.start()


def make_skills() -> list[tuple[str, int]]:
    from trunkline.platform.accounts import accounts
    from trunkline.platform.actors import OPERATOR
    from trunkline.platform.configuration import objects
    from trunkline.platform.configuration.registry import SKILL

    made = []
    for number in range(ACCOUNTS):
        account = f"account{number}"
        accounts.create_account(OPERATOR, account, name=account, time_zone="UTC")
        [skill] = objects.create_objects(OPERATOR, account, SKILL, [{"name": "Billing"}])
        made.append((account, skill.number))
    return made


@dataclass
class Measured:
    took: list[float]
    """The milliseconds of every change."""
    cpu: float
    """Milliseconds of a writer's processor for one change: what it costs on a machine that others do not use."""


def measure(skills: list[tuple[str, int]], writers: int, seconds: float, *, audited: bool) -> Measured:
    from django.db import connections

    connections.close_all()
    pipes = []
    for writer in range(writers):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            with os.fdopen(writing, "w") as pipe:
                json.dump(write(skills, writer, time.monotonic() + seconds, audited), pipe)
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    found: list[float] = []
    cpu = 0.0
    for reading in pipes:
        with os.fdopen(reading) as pipe:
            took, used = json.load(pipe)
        found += took
        cpu += used
        os.wait()
    return Measured(found, cpu / len(found))


def write(
    skills: list[tuple[str, int]], writer: int, until: float, audited: bool
) -> tuple[list[float], float]:
    """The milliseconds that each change took, and those of the processor for all."""
    import random

    from trunkline.platform.actors import OPERATOR
    from trunkline.platform.audit.trail import Trail
    from trunkline.platform.configuration import objects
    from trunkline.platform.configuration.registry import SKILL

    if not audited:
        Trail.record = lambda trail, *_arguments, **_named: trail.revision  # type: ignore[method-assign]
        Trail.write = lambda _trail: None  # type: ignore[method-assign]
    chance, took, count = random.Random(writer), [], 0
    began = time.process_time()
    while time.monotonic() < until:
        account, number = chance.choice(skills)
        count += 1
        started = time.perf_counter()
        objects.replace_objects(
            OPERATOR, account, SKILL, {number: {"name": "Billing", "description": f"{writer} {count}"}}
        )
        took.append((time.perf_counter() - started) * 1000)
    return took, (time.process_time() - began) * 1000


def as_owner(act: object) -> None:
    from django.db import connections

    from trunkline.platform.migrations import as_migrator

    with as_migrator():
        act(connections["default"])  # type: ignore[operator]


def shown(measured: Measured, seconds: float) -> dict[str, float]:
    return {
        "changes a second": round(len(measured.took) / seconds),
        "median ms": round(statistics.median(measured.took), 2),
        "p99 ms": round(percentile(measured.took, 99), 2),
        "cpu ms": round(measured.cpu, 2),
    }


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


if __name__ == "__main__":
    main()
