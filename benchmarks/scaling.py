"""The arithmetic of docs/scaling.md, from measured figures: `scaling.py [docs/scaling.json]` prints its tables.

The figures are those of `day.py --figures`. A test holds the page against what this prints.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).parent.parent / "docs/scaling.json"
TIMES = 1000
"""So many large centres."""
IN_TIME_S = 15 * 60
"""The busiest hour is to be published so long after its end."""
USED = 0.7
"""Of the cores and of the memory that are there, the rest is for what was not foreseen."""
SEGMENT_BYTES = 128 * 2**20
RANGE_EVENTS = {"agentActivity": 4 * 250_000, "visits": 4 * 62_500}
"""Events that a task settles (`spark.engine.RANGE` buckets of `Limits.bucket_events`)."""
PART_BYTES = 8 * 2**20
"""Of an upload to an object store."""
OUTPUTS = 4
KEPT_DAYS = 30
GIB = 2**30
CORES = 2
"""On which it was measured."""


def tables(figures: dict[str, Any]) -> dict[str, list[str]]:
    """The lines of each table."""
    return {
        "one machine": _table("what", "figure", _one_machine(figures)),
        "parts": _table("part", "CPU seconds per million events", _parts(figures)),
        "thousand": _table("what", "how many", _thousand(figures)),
        "partitions": _table("figure", "of the arithmetic", "measured", _partitions(figures)),
    }


def _table(*columns: Any) -> list[str]:
    *titles, rows = columns
    return [_line(titles), _line(["---"] * len(titles)), *map(_line, rows)]


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _one_machine(figures: dict[str, Any]) -> list[tuple[str, str]]:
    job, events = figures["jobs"]["in one go: Trunkline"], figures["input"]["events"]
    hourly = figures["jobs"]["hour by hour: Trunkline"]
    day = events / figures["scale"]
    rate = events / job["wall"]
    return [
        ("events a second, all hours in one go", _short(rate)),
        ("events a second, hour by hour", _short(events / hourly["wall"])),
        ("large centres whose events two cores publish as fast as they come", _short(86_400 * rate / day)),
        ("hours to catch up a day of one large centre", f"{day / rate / 3600:.2f}"),
        ("peak memory", f"{job['peak']:.0f} MiB"),
    ]


def _per_million(figures: dict[str, Any]) -> dict[str, float]:
    """CPU seconds of each part, shared out as the time of the threads was."""
    job = figures["jobs"]["in one go: Trunkline"]
    total = sum(job["shares"].values())
    millions = figures["input"]["events"] / 1e6
    return {part: job["cpu"] * took / total / millions for part, took in job["shares"].items()}


def _parts(figures: dict[str, Any]) -> list[tuple[str, str]]:
    costs = _per_million(figures)
    spark = (
        figures["jobs"]["in one go: Trunkline on Spark local[2]"]["cpu"] / figures["input"]["events"] * 1e6
    )
    rows = [(part, f"{cost:.1f}") for part, cost in costs.items()]
    return [*rows, ("all, embedded", f"{sum(costs.values()):.1f}"), ("all, on Spark", f"{spark:.1f}")]


def _thousand(figures: dict[str, Any]) -> list[tuple[str, str]]:
    given, spark = figures["input"], figures["jobs"]["in one go: Trunkline on Spark local[2]"]
    grown = TIMES / figures["scale"]
    peak, size = given["peakEvents"] * grown, given["bytes"] / given["events"]
    cost = spark["cpu"] / given["events"]
    cores = math.ceil(peak * cost / IN_TIME_S / USED)
    segments = math.ceil(peak * size / SEGMENT_BYTES)
    ranges = _ranges(figures, peak)
    files = OUTPUTS * 24 * TIMES
    written = spark["bytes"] / given["events"] * peak
    uploads = files / 24 + written / PART_BYTES
    moved = sum(one["bytes"] for one in spark["stages"].values()) / given["events"] * peak
    return [
        ("events a day", f"{given['events'] * grown / 1e9:.1f} thousand million"),
        ("events a second in the busiest hour", _short(peak / 3600)),
        ("segments in the busiest hour, full ones", _short(segments)),
        ("bytes of segments a day", f"{given['bytes'] * grown / 1e12:.1f} TB"),
        (f"cores that publish the busiest hour in {IN_TIME_S // 60} minutes", _short(cores)),
        ("ranges of actors in that hour, each a task", _short(ranges)),
        (
            "memory of executors, the largest process for each core",
            f"{cores * spark['largest'] / 1024 / USED:.0f} GiB",
        ),
        ("what Spark moves between tasks in that hour", f"{moved / GIB:.0f} GiB"),
        ("reads of the object store in that hour: segments twice, their Parquet", _short(3 * segments)),
        ("writes in that hour: Parquet, files in pieces of 8 MiB", _short(segments + uploads)),
        ("rows of files a day", _short(files)),
        (f"rows of files kept, {KEPT_DAYS} days", _short(files * KEPT_DAYS)),
    ]


def _ranges(figures: dict[str, Any], events: float) -> int:
    """Nearly all events are of visitors."""
    return math.ceil(events / RANGE_EVENTS["visits"])


def _partitions(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What the arithmetic takes to be so, and what the tasks of the measured day did."""
    stages = figures["jobs"]["in one go: Trunkline on Spark local[2]"]["stages"]
    settle, events = stages["visits settle"], figures["input"]["events"]
    even = settle["seconds"] / settle["tasks"]
    return [
        (
            "ranges of the measured day, at least two for each core",
            str(max(_ranges(figures, events), 2 * CORES)),
            str(settle["tasks"]),
        ),
        (
            "seconds of its longest range: all of them shared out evenly",
            f"{even:.1f}",
            f"{settle['longest']:.1f}",
        ),
    ]


def _short(number: float) -> str:
    """Two digits that count, in words of a table."""
    if number < 10:
        return f"{number:.1f}"
    digits = math.floor(math.log10(number))
    return f"{round(number, 1 - digits):,.0f}"


if __name__ == "__main__":
    for name, lines in tables(json.loads(Path(*sys.argv[1:2] or [FIGURES]).read_text())).items():
        print(name, *lines, "", sep="\n")
