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
import statistics
import subprocess
import sys
import time
import venv
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
WORK = HERE / ".work"
PARTS = HERE / "pipeline_parts"
PYTHON = WORK / "venv/bin/python"
HOUR_MS = 3_600_000
BARS = {"day": (4, 4.5), "hour": (12, None), "hour+open": (None, None), "peak+open": (None, None)}
"""day: all segments. hour: those of a typical hour alone, the same work for both. hour+open and peak+open: as it is in operation, with
the sessions that were open before, which PySpark's job does not know. At least so many times as fast as PySpark, at most so many times the raw limit."""
PEAK_MIB = 1500


def main() -> None:
    asked = arguments()
    prepare_environment()
    load = os.getloadavg()[0]
    measure = growth if asked.growth else compared
    measure(asked)
    print(f"\nload average at the start: {load:.2f} (other work makes all times longer)")


def compared(asked: argparse.Namespace) -> None:
    day = made(asked.events)
    rows: dict[str, list[dict]] = {}
    for number in range(asked.rounds):
        print(f"round {number + 1} of {asked.rounds}", file=sys.stderr)
        measured_round(day, not asked.without_spark, rows)
    table(rows, asked.events)
    for job in BARS:
        verdict(rows, job)


def growth(asked: argparse.Namespace) -> None:
    once, four = (rounds_of_day(made(asked.events * times), asked.rounds) for times in (1, 4))
    walls = [median(found, "wall") for found in (once, four)]
    peaks = [max(one["peak"] for one in found) / 2**20 for found in (once, four)]
    print(f"\n{asked.events} events: {walls[0]:.2f} s, {peaks[0]:.0f} MiB")
    print(f"four times as many: {walls[1]:.2f} s ({walls[1] / walls[0]:.2f} ×), {peaks[1]:.0f} MiB")


def rounds_of_day(day: Path, rounds: int) -> list[dict]:
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
    asked = parser.parse_args()
    if asked.quick:
        asked.events, asked.rounds = 500_000, 1
    return asked


def prepare_environment() -> None:
    if not (WORK / "venv/ready").exists():
        venv.create(WORK / "venv", with_pip=True, clear=True)
        install = [PYTHON, "-m", "pip", "install", "--quiet"]
        subprocess.run(
            [*install, "--require-hashes", "--requirement", ROOT / "requirements/bench.txt"], check=True
        )
        subprocess.run([*install, "--no-deps", "--editable", ROOT], check=True)
        (WORK / "venv/ready").touch()
    if Path(sys.executable) != PYTHON:
        os.execv(PYTHON, [str(PYTHON), *sys.argv])


def made(events: int) -> Path:
    day = WORK / f"day-{events}"
    if not (day / "collectors/bench.json").exists():
        print(f"making {events} events, once …", file=sys.stderr)
        subprocess.run([PYTHON, PARTS / "events.py", day, str(events)], check=True)
    return day


def measured_round(day: Path, with_spark: bool, rows: dict[str, list[dict]]) -> None:
    store, spark = WORK / "store", WORK / "spark"
    fresh(store, day)
    note(rows, "day ours", ours(store, "day"))
    segments = sorted(str(path.relative_to(store)) for path in store.glob("segments/*/*.ndjson"))
    note(rows, "day raw", raw(store, segments))
    if with_spark:
        note(rows, "day spark", native(store, spark, 0, 2**62, segments))
    typical, busiest = hours(store)
    alone, its = WORK / "alone", of_hour(segments, typical)
    shutil.rmtree(alone, ignore_errors=True)
    for key in (*its, *(one.removesuffix("ndjson") + "json" for one in its)):
        (alone / key).parent.mkdir(parents=True, exist_ok=True)
        os.link(day / key, alone / key)
    note(rows, "hour ours", ours(alone, str(typical + HOUR_MS)))
    note(rows, "hour raw", raw(alone, its))
    if with_spark:
        note(rows, "hour spark", native(alone, spark, 0, typical + HOUR_MS, its))
    fresh(store, day)
    for hour, job in sorted({typical: "hour+open", busiest: "peak+open"}.items()):
        subprocess.run([PYTHON, PARTS / "ours.py", store, str(hour)], check=True, stdout=subprocess.DEVNULL)
        note(rows, f"{job} ours", ours(store, str(hour + HOUR_MS)))
        note(rows, f"{job} raw", raw(store, of_hour(segments, hour)))


def of_hour(segments: list[str], hour: int) -> list[str]:
    name = f"{datetime.fromtimestamp(hour / 1000, UTC):%Y-%m-%dT%H}"
    return [key for key in segments if key.split("/")[1] == name]


def hours(store: Path) -> tuple[int, int]:
    """A typical hour (nearest to a sixteenth of all events) and the busiest one, epoch ms."""
    manifests = [json.loads(path.read_bytes()) for path in store.glob("segments/*/bench.[0-9]*.json")]
    events = {one["hour"]: one["events"] for one in manifests}
    typical = min(events, key=lambda hour: abs(events[hour] - sum(events.values()) / 16))
    return typical, max(events, key=events.__getitem__)


def fresh(store: Path, day: Path) -> None:
    shutil.rmtree(store, ignore_errors=True)
    shutil.copytree(day, store, copy_function=os.link)


def ours(store: Path, what: str) -> dict:
    return measured([PYTHON, PARTS / "ours.py", store, what])


def native(store: Path, out: Path, first: int, end: int, segments: list[str]) -> dict:
    found = measured([PYTHON, PARTS / "native_spark.py", store, out, str(first), str(end), *segments])
    shutil.rmtree(out, ignore_errors=True)
    return found


def raw(store: Path, segments: list[str]) -> dict:
    """The files of the last run, compressed again; the limit is the time of the two pieces, without the start of a process."""
    newest = pickle.loads((store / "catalogue.pickle").read_bytes())[-1]
    listed = store / "raw.json"
    listed.write_text(json.dumps({"files": [file.key for file in newest.files], "segments": segments}))
    found = measured([PYTHON, PARTS / "raw_limit.py", store, listed])
    return found | {"wall": found["seconds"]}


def measured(command: list) -> dict:
    """Wall time, processor time and peak memory of a process and its children, and what it printed."""
    import psutil

    begun = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    watched, peak, cpu = psutil.Process(process.pid), 0, {}
    while process.poll() is None:
        try:
            tree = [watched, *watched.children(recursive=True)]
            peak = max(peak, sum(one.memory_info().rss for one in tree))
            cpu |= {one.pid: sum(one.cpu_times()[:2]) for one in tree}
        except psutil.Error:
            pass  # a process of the tree has just ended
        time.sleep(0.02)
    wall = time.perf_counter() - begun
    if process.returncode:
        raise SystemExit(f"{command[1]} ended with {process.returncode}")
    assert process.stdout is not None
    printed = json.loads(process.stdout.read().splitlines()[-1])
    return {"wall": wall - printed.pop("not_counted", 0.0), "cpu": sum(cpu.values()), "peak": peak, **printed}


def note(rows: dict[str, list[dict]], name: str, found: dict) -> None:
    rows.setdefault(name, []).append(found)
    print(f"  {name}: {found['wall']:.2f} s", file=sys.stderr)


def table(rows: dict[str, list[dict]], events: int) -> None:
    titles = {"ours": "Trunkline", "spark": "PySpark local[2]", "raw": "raw limit"}
    print(f"\n{events} events, medians of {len(rows['day ours'])} rounds, 2 threads each\n")
    print("| job | engine | wall s | CPU s | peak MiB | content |")
    print("|---|---|---|---|---|---|")
    for name, found in rows.items():
        job, engine = name.split()
        peak = max(one["peak"] for one in found) / 2**20
        times = f"{median(found, 'wall'):.2f} | {median(found, 'cpu'):.2f} | {peak:.0f}"
        print(f"| {job} | {titles[engine]} | {times} | {content(found[0])} |")
    print()


def content(one: dict) -> str:
    return f"{one['files']} files, {one['records']} records, {one['digest']}" if "digest" in one else ""


def verdict(rows: dict[str, list[dict]], job: str) -> None:
    """Our time beside the others', and the bars."""
    wall, peak = median(rows[f"{job} ours"], "wall"), max(one["peak"] for one in rows[f"{job} ours"]) / 2**20
    said = [f"{job}: peak {peak:.0f} MiB (at most {PEAK_MIB})"]
    least, most = BARS[job]
    if f"{job} spark" in rows:
        said.append(
            f"{median(rows[f'{job} spark'], 'wall') / wall:.1f} × as fast as PySpark (at least {least})"
        )
    bar = f" (at most {most})" if most else ""
    said.append(f"{wall / median(rows[f'{job} raw'], 'wall'):.1f} × the raw limit{bar}")
    print(", ".join(said))


def median(found: list[dict], name: str) -> float:
    return statistics.median(one[name] for one in found)


if __name__ == "__main__":
    main()
