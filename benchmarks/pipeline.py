"""The pipeline beside native PySpark local[2] and beside the raw limit (parse + gzip), in interleaved rounds.

    python benchmarks/pipeline.py [--events 5000000] [--rounds 3] [--quick] [--without-spark] [--growth]

Makes its input once (benchmarks/.work), and an environment of its own from requirements/bench.txt. The jobs: a whole day;
one hour alone, the one nearest to a sixteenth of the day; that hour and the busiest one with the sessions that were open before
them, without PySpark. Wall time and peak memory are those of whole processes. `--growth` runs our day alone, with four times the input too.
"""

import argparse
import json
import os
import pickle
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from pipeline_parts.measuring import (
    PARTS,
    WORK,
    Row,
    Rows,
    enter_environment,
    fresh,
    made,
    measured,
    median,
    table,
)

HOUR_MS = 3_600_000
OURS, NATIVE, RAW = "Trunkline", "PySpark local[2]", "raw limit"
BARS = {"day": (4, 4.5), "hour": (12, None), "hour+open": (None, None), "peak+open": (None, None)}
"""day: all segments. hour: those of a typical hour alone, the same work for both. hour+open and peak+open: as it is in operation, with
the sessions that were open before, which PySpark's job does not know. At least so many times as fast as PySpark, at most so many times the raw limit."""
PEAK_MIB = 1500


def main() -> None:
    asked = arguments()
    enter_environment(as_it_is=asked.as_it_is)
    load = os.getloadavg()[0]
    measure = growth if asked.growth else compared
    measure(asked)
    print(f"\nload average at the start: {load:.2f} (other work makes all times longer)")


def compared(asked: argparse.Namespace) -> None:
    day = day_of(asked.events)
    rows: Rows = {}
    for number in range(asked.rounds):
        print(f"round {number + 1} of {asked.rounds}", file=sys.stderr)
        measured_round(day, not asked.without_spark, rows)
    print(f"\n{asked.events} events, medians of {asked.rounds} rounds, 2 threads each")
    table(rows)
    for job in BARS:
        verdict(rows, job)


def growth(asked: argparse.Namespace) -> None:
    once, four = (rounds_of_day(day_of(asked.events * times), asked.rounds) for times in (1, 4))
    walls = [median(found, "wall") for found in (once, four)]
    peaks = [max(one["peak"] for one in found) for found in (once, four)]
    print(f"\n{asked.events} events: {walls[0]:.2f} s, {peaks[0]:.0f} MiB")
    print(f"four times as many: {walls[1]:.2f} s ({walls[1] / walls[0]:.2f} ×), {peaks[1]:.0f} MiB")


def rounds_of_day(day: Path, rounds: int) -> list[Row]:
    found = []
    for _ in range(rounds):
        fresh(WORK / "store", day)
        found.append(ours(WORK / "store", "day"))
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="500 000 events, one round")
    parser.add_argument("--without-spark", action="store_true")
    parser.add_argument("--growth", action="store_true", help="how time and memory grow with the input")
    parser.add_argument("--as-it-is", action="store_true", help="with what this Python has installed")
    asked = parser.parse_args()
    if asked.quick:
        asked.events, asked.rounds = 500_000, 1
    return asked


def day_of(events: int) -> Path:
    return made(WORK / f"day-{events}", "events.py", events)


def measured_round(day: Path, with_spark: bool, rows: Rows) -> None:
    store, spark = WORK / "store", WORK / "spark"
    fresh(store, day)
    note(rows, ("day", OURS), ours(store, "day"))
    segments = sorted(str(path.relative_to(store)) for path in store.glob("segments/*/*.ndjson"))
    note(rows, ("day", RAW), raw(store, segments))
    if with_spark:
        note(rows, ("day", NATIVE), native(store, spark, 0, 2**62, segments))
    typical, busiest = hours(store)
    alone, its = WORK / "alone", of_hour(segments, typical)
    shutil.rmtree(alone, ignore_errors=True)
    for key in (*its, *(one.removesuffix("ndjson") + "json" for one in its)):
        (alone / key).parent.mkdir(parents=True, exist_ok=True)
        os.link(day / key, alone / key)
    note(rows, ("hour", OURS), ours(alone, str(typical + HOUR_MS)))
    note(rows, ("hour", RAW), raw(alone, its))
    if with_spark:
        note(rows, ("hour", NATIVE), native(alone, spark, 0, typical + HOUR_MS, its))
    fresh(store, day)
    for hour, job in sorted({typical: "hour+open", busiest: "peak+open"}.items()):
        subprocess.run(
            [sys.executable, PARTS / "ours.py", store, str(hour)], check=True, stdout=subprocess.DEVNULL
        )
        note(rows, (job, OURS), ours(store, str(hour + HOUR_MS)))
        note(rows, (job, RAW), raw(store, of_hour(segments, hour)))


def of_hour(segments: list[str], hour: int) -> list[str]:
    name = f"{datetime.fromtimestamp(hour / 1000, UTC):%Y-%m-%dT%H}"
    return [key for key in segments if key.split("/")[1] == name]


def hours(store: Path) -> tuple[int, int]:
    """A typical hour (nearest to a sixteenth of all events) and the busiest one, epoch ms."""
    manifests = [json.loads(path.read_bytes()) for path in store.glob("segments/*/bench.[0-9]*.json")]
    events = {one["hour"]: one["events"] for one in manifests}
    typical = min(events, key=lambda hour: abs(events[hour] - sum(events.values()) / 16))
    return typical, max(events, key=events.__getitem__)


def ours(store: Path, what: str) -> Row:
    return measured("ours.py", store, what)


def native(store: Path, out: Path, first: int, end: int, segments: list[str]) -> Row:
    found = measured("native_spark.py", store, out, first, end, *segments)
    shutil.rmtree(out, ignore_errors=True)
    return found


def raw(store: Path, segments: list[str]) -> Row:
    """The files of the last run, compressed again; the limit is the time of the two pieces, without the start of a process."""
    newest = pickle.loads((store / "catalogue.pickle").read_bytes())[-1]
    listed = store / "raw.json"
    listed.write_text(json.dumps({"files": [file.key for file in newest.files], "segments": segments}))
    found = measured("raw_limit.py", store, listed)
    return found | {"wall": found["seconds"]}


def note(rows: Rows, name: tuple[str, str], found: Row) -> None:
    rows.setdefault(name, []).append(found)
    print(f"  {', '.join(name)}: {found['wall']:.2f} s", file=sys.stderr)


def verdict(rows: Rows, job: str) -> None:
    """Our time beside the others', and the bars."""
    wall, peak = median(rows[job, OURS], "wall"), max(one["peak"] for one in rows[job, OURS])
    said = [f"{job}: peak {peak:.0f} MiB (at most {PEAK_MIB})"]
    least, most = BARS[job]
    if (job, NATIVE) in rows:
        said.append(f"{median(rows[job, NATIVE], 'wall') / wall:.1f} × as fast as PySpark (at least {least})")
    bar = f" (at most {most})" if most else ""
    said.append(f"{wall / median(rows[job, RAW], 'wall'):.1f} × the raw limit{bar}")
    print(", ".join(said))


if __name__ == "__main__":
    main()
