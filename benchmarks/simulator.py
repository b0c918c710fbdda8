"""How fast the simulator makes events: `python benchmarks/simulator.py [--hours 24]`.

A large contact centre on a Monday, from its first draw to sealed segments, on one core. What was under way when the first
hour began has to be worked out too: how long that takes is told for itself, and is part of the rates.
"""

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

from trunkline.clock import HOUR_MS
from trunkline.simulator.backfill import backfill
from trunkline.simulator.centre import Centre
from trunkline.store import LocalStore

MONDAY = 1_794_787_200_000  # 2026-11-16T00:00:00Z


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=2_000)
    parser.add_argument("--visits", type=int, default=200_000)
    parser.add_argument("--first", type=int, default=0, help="the hour of the day to begin with (UTC)")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--folder", type=Path, help="where to write (default: a temporary folder)")
    asked = parser.parse_args()
    centre = Centre("75555851", "Europe/Amsterdam", agents=asked.agents, visits=asked.visits)
    start = MONDAY + asked.first * HOUR_MS
    begun = time.process_time()
    next(centre.arrivals(start))
    print(f"to the first event: {time.process_time() - begun:.1f} s")
    folder = Path(tempfile.mkdtemp(prefix="trunkline-benchmark-", dir=asked.folder))
    try:
        measure(centre, folder, start, start + asked.hours * HOUR_MS)
    finally:
        shutil.rmtree(folder)


def measure(centre: Centre, folder: Path, start: int, end: int) -> None:
    begun, wall = time.process_time(), time.perf_counter()
    events = backfill(LocalStore(folder / "store"), folder / "open", centre, start, end, "history")
    cpu, wall = time.process_time() - begun, time.perf_counter() - wall
    size = sum(path.stat().st_size for path in folder.rglob("*.ndjson"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{events} events of {size // events} bytes, peak {peak:.0f} MiB")
    print(f"{events / cpu:.0f} events/s of processor time, {events / wall:.0f} events/s of wall time")


if __name__ == "__main__":
    main()
