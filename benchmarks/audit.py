"""The audit trail: what a record costs, how fast a long trail answers and is exported; one table for both databases.

Bar P1: a change with its record beside the same without (`changes.py`), by 16 writers. Bar P5: a page of 50 with its exact count, by kind, object, actor and time, 99 of 100 within 50 ms. Bar P7: 50,000 events a
second, in constant memory. The questions are answered as the server answers them, without HTTP and signature.

    .venv/bin/python benchmarks/audit.py [--changes 1000000] [--times 200]
    tests/with-postgres .venv/bin/python benchmarks/audit.py …        also on PostgreSQL
"""

import argparse
import base64
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SERVER = "TRUNKLINE_TEST_POSTGRES"


def main() -> None:
    chosen = read_arguments()
    if chosen.phase:
        run_phase(chosen)
        return
    print(f"{chosen.changes:,} changes, {chosen.changes * 2:,} lines", flush=True)
    for name in ["SQLite", "PostgreSQL"] if os.environ.get(SERVER) else ["SQLite"]:
        for line in change_lines(name, chosen.seconds):
            print(f"{name:<11} {line}", flush=True)
        with tempfile.TemporaryDirectory(prefix="trunkline-audit-", dir=chosen.folder) as folder:
            prepare_settings(Path(folder), name)
            for phase in ("fill", "ask", "lines", "csv"):
                for line in phase_lines(phase):
                    print(f"{name:<11} {line}", flush=True)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200, help="how often each question is asked")
    parser.add_argument(
        "--seconds", type=float, default=10, help="how long changes are made, with and without record"
    )
    parser.add_argument("--folder", help="where the database of SQLite lies")
    parser.add_argument("--phase", help=argparse.SUPPRESS)
    return parser.parse_args()


def prepare_settings(folder: Path, database: str) -> None:
    """The settings of the phases, which are processes of their own: memory is measured of each."""
    os.environ |= {
        "TRUNKLINE_MODE": "development",
        "TRUNKLINE_DATA": str(folder),
        "TRUNKLINE_SEALING_KEYS": base64.b64encode(bytes(32)).decode(),
        "TRUNKLINE_LOG_LEVEL": "warning",
        "DATABASE_URL": os.environ[SERVER] if database == "PostgreSQL" else "",
    }


def change_lines(database: str, seconds: float) -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).with_name("changes.py")), "--seconds", str(seconds)]
    hidden = {SERVER} if database == "SQLite" else set()
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    for facts in map(json.loads, done.stdout.splitlines()[1:]):
        for what, measured in facts.items():
            values = ", ".join(f"{value:g} {name}" for name, value in measured.items())
            yield f"{'change: ' + what:<45} {values}"


def phase_lines(phase: str) -> Iterator[str]:
    command = [sys.executable, __file__, *sys.argv[1:], "--phase", phase]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            yield line.rstrip()
    assert process.returncode == 0


def run_phase(chosen: argparse.Namespace) -> None:
    from trunkline.platform import project

    project.start()
    from audit_parts import asking, filling
    from trunkline.platform.actors import OPERATOR
    from trunkline.platform.audit.asked import Asked
    from trunkline.platform.audit.csv_export import export_csv
    from trunkline.platform.audit.filters import Filter
    from trunkline.platform.audit.lines import MAX_ENTRIES, export_lines
    from trunkline.platform.migrations import migrate_all

    begun = time.perf_counter()
    if chosen.phase == "fill":
        list(migrate_all())
        filling.fill(chosen.changes)
        say(
            "filled",
            f"{time.perf_counter() - begun:.0f} s, {filling.size_on_disk() / chosen.changes / 2:.0f} bytes a line with all indexes",
        )
    elif chosen.phase == "ask":
        for name, taken in asking.measure(chosen.changes, chosen.times):
            say(f"page and count: {name}", taken)
    elif chosen.phase == "lines":
        cursor = size = 0
        while cursor < chosen.changes:
            part = export_lines(OPERATOR, filling.ACCOUNT, Filter(), after=cursor, limit=MAX_ENTRIES)
            size += sum(len(block) for block in part.text)
            cursor = part.cursor
        say_rate("JSON lines", cursor, begun, size)
    else:
        asked = Asked(lpa=True, automatic_updates=True)
        size = lines = 0
        for block in export_csv(OPERATOR, filling.ACCOUNT, asked):
            size += len(block)
            lines += block.count(b"\n")
        say_rate("CSV", lines, begun, size)


def say(what: str, result: str) -> None:
    print(f"{what:<45} {result}", flush=True)


def say_rate(what: str, events: int, begun: float, size: int) -> None:
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(
        what,
        f"{events / seconds:,.0f} events/s, {size / seconds / 2**20:.0f} MiB/s, peak memory {peak:.0f} MiB",
    )


if __name__ == "__main__":
    main()
