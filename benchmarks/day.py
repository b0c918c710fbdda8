"""A day of a large contact centre, all four data types, beside native PySpark local[2] and the raw limit (parse + gzip).

    python benchmarks/day.py [--scale 1] [--rounds 1] [--without-spark | --growth] [--as-it-is]

The simulator makes the day once (benchmarks/.work): 2,000 agents, 200,000 visits, 7.5 million events at scale 1. The jobs: all
hours in one go; the same hour by hour, as in operation; both with late events. Wall time, processor time and peak memory are
those of whole processes, two threads each. `--growth` runs our engine alone, with 1, 4 and 16 accounts of that size.
"""

import argparse
import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

from pipeline_parts.measuring import WORK, Row, Rows, enter_environment, fresh, made, measured, median, table

OURS, ON_SPARK, NATIVE, RAW = "Trunkline", "Trunkline on Spark local[2]", "PySpark local[2]", "raw limit"
ONCE, HOURLY, LATE, LATE_HOURLY = "in one go", "hour by hour", "in one go, late", "hour by hour, late"
STORE, OUT = WORK / "store", WORK / "spark"
PEAK_MIB = 1500
GROWTH = (1, 4, 16)


def main() -> None:
    asked = arguments()
    enter_environment(as_it_is=asked.as_it_is)
    load = os.getloadavg()[0]
    if asked.growth:
        growth(asked.scale, asked.rounds)
    else:
        compared(asked)
    print(
        f"load average: {load:.2f} at the start, {os.getloadavg()[0]:.2f} at the end; other work makes all times longer"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="1: 2,000 agents and 200,000 visits")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--without-spark", action="store_true")
    parser.add_argument("--growth", action="store_true", help="how time and memory grow with the input")
    parser.add_argument("--as-it-is", action="store_true", help="with what this Python has installed")
    parser.add_argument("--figures", help="write what the first round measured to this file, as JSON")
    return parser.parse_args()


def day(scale: float, *late: str) -> Path:
    name = "-".join(["centre", f"{scale:g}", *late])
    return made(WORK / name, "centre_day.py", scale, *late)


def compared(asked: argparse.Namespace) -> None:
    rows: Rows = {}

    def note(job: str, engine: str, found: Row) -> None:
        rows.setdefault((job, engine), []).append(found)
        print(f"  {job}, {engine}: {found['wall']:.2f} s", file=sys.stderr)

    on_time, late = day(asked.scale), day(asked.scale, "late")
    for number in range(asked.rounds):
        print(f"round {number + 1} of {asked.rounds}", file=sys.stderr)
        note(ONCE, OURS, ours(on_time, "once"))
        note(ONCE, RAW, raw())
        if not asked.without_spark:
            note(ONCE, ON_SPARK, ours(on_time, "once", "spark"))
            note(ONCE, NATIVE, native(on_time))
        note(HOURLY, OURS, ours(on_time, "hourly"))
        note(LATE, OURS, ours(late, "once"))
        note(LATE_HOURLY, OURS, ours(late, "hourly"))
    table(rows)
    shares(rows[ONCE, OURS][0]["shares"])
    verdict(rows)
    if asked.figures:
        jobs = {f"{job}: {engine}": found[0] for (job, engine), found in rows.items()}
        figures = {"scale": asked.scale, "input": facts(on_time), "jobs": jobs}
        Path(asked.figures).write_text(json.dumps(figures, indent=1) + "\n")


def facts(day: Path) -> dict[str, int]:
    """How much the input is, on the whole and in its busiest hour."""
    manifests = [json.loads(path.read_bytes()) for path in day.glob("segments/*/*.[0-9]*.json")]
    hours: Counter[int] = Counter()
    for one in manifests:
        hours[one["hour"]] += one["events"]
    return {
        "events": hours.total(),
        "peakEvents": max(hours.values()),
        "bytes": sum(one["bytes"] for one in manifests),
        "segments": len(manifests),
    }


def ours(day: Path, step: str, engine: str = "embedded") -> Row:
    fresh(STORE, day)
    return measured("ours_day.py", STORE, step, engine)


def raw() -> Row:
    """Of the files of the last run; the limit is the time of the two pieces, without the start of a process."""
    found = measured("raw_day.py", STORE)
    return found | {"wall": found["seconds"], "cpu": found["needed_cpu"]}


def native(day: Path) -> Row:
    found = measured("native_day.py", day, OUT)
    shutil.rmtree(OUT, ignore_errors=True)
    return found


def shares(seconds: dict[str, float]) -> None:
    """Of what the threads did, however often they had to wait."""
    total = sum(seconds.values())
    print(", ".join(f"{part} {100 * took / total:.0f} %" for part, took in seconds.items()))


def verdict(rows: Rows) -> None:
    """The bars."""

    def wall(job: str, engine: str = OURS) -> float:
        return median(rows[job, engine], "wall")

    peak = max(one["peak"] for (_, engine), found in rows.items() if engine == OURS for one in found)
    said = [f"peak {peak:.0f} MiB (at most {PEAK_MIB})"]
    if (ONCE, NATIVE) in rows:
        equal = len({rows[ONCE, engine][0]["digest"] for engine in (OURS, ON_SPARK, NATIVE)}) == 1
        said += [
            f"clear text {'the same' if equal else 'DIFFERS'}",
            f"{wall(ONCE, NATIVE) / wall(ONCE):.1f} × as fast as PySpark (at least 4)",
            f"on Spark {wall(ONCE, NATIVE) / wall(ONCE, ON_SPARK):.1f} × as fast as PySpark (at least 1)",
        ]
    said += [
        f"{wall(ONCE) / wall(ONCE, RAW):.1f} × the raw limit (at most 4.5)",
        f"hour by hour {wall(HOURLY) / wall(ONCE):.2f} × in one go (at most 1.5)",
        f"late events {wall(LATE) / wall(ONCE):.2f} × in one go, {wall(LATE_HOURLY) / wall(HOURLY):.2f} × hour by hour (at most 1.5)",
    ]
    print("; ".join(said))


def growth(scale: float, rounds: int) -> None:
    print("\n| accounts | events | wall s | × linear | CPU s | peak MiB |\n|---|---|---|---|---|---|")
    first = None
    for times in GROWTH:
        copies = made(WORK / f"centre-{scale:g}-{times}-times", "copies.py", day(scale), times)
        found = [ours(copies, "once") for _ in range(rounds)]
        wall, peak = median(found, "wall"), max(one["peak"] for one in found)
        first = first or wall
        print(
            f"| {times} | {found[0]['events']} | {wall:.2f} | {wall / first / times:.2f} "
            f"| {median(found, 'cpu'):.2f} | {peak:.0f} |",
            flush=True,
        )
        shutil.rmtree(STORE)


if __name__ == "__main__":
    main()
