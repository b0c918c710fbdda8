"""The pipeline beside native PySpark local[2] and beside the raw limit (parse + gzip), in interleaved rounds.

    python benchmarks/pipeline.py [--events 5000000] [--rounds 3] [--quick] [--without-spark]

Makes its input once (benchmarks/.work), and an environment of its own from requirements/bench.txt. Two jobs: a whole day, and the
slice of one hour with the sessions that were open before it. Wall time and peak memory are those of whole processes.
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
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
WORK = HERE / ".work"
PARTS = HERE / "pipeline_parts"
PYTHON = WORK / "venv/bin/python"
HOUR_MS = 3_600_000
DAY = 1465948800000
SLICE = DAY + 6 * HOUR_MS
"""The hour that is measured alone: all agents of the morning are at work."""


def main() -> None:
    asked = arguments()
    prepare_environment()
    day = made(asked.events)
    rows: dict[str, list[dict]] = {}
    for number in range(asked.rounds):
        print(f"round {number + 1} of {asked.rounds}", file=sys.stderr)
        measured_round(day, not asked.without_spark, rows)
    table(rows, asked.events)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="500 000 events, one round")
    parser.add_argument("--without-spark", action="store_true")
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
    fresh(store, day)
    subprocess.run([PYTHON, PARTS / "ours.py", store, str(SLICE)], check=True, stdout=subprocess.DEVNULL)
    hour = [key for key in segments if key.split("/")[1] == f"2016-06-15T{(SLICE - DAY) // HOUR_MS:02d}"]
    note(rows, "hour ours", ours(store, str(SLICE + HOUR_MS)))
    note(rows, "hour raw", raw(store, hour))
    if with_spark:
        note(rows, "hour spark", native(store, spark, 0, SLICE + HOUR_MS, hour))


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
    print("| job | engine | wall s | CPU s | peak MiB | of Trunkline's wall | content |")
    print("|---|---|---|---|---|---|---|")
    for name, found in rows.items():
        job, engine = name.split()
        wall = median(found, "wall")
        ratio = wall / median(rows[f"{job} ours"], "wall")
        peak = max(one["peak"] for one in found) / 2**20
        content = (
            f"{found[0]['files']} files, {found[0]['records']} records, {found[0]['digest']}"
            if "digest" in found[0]
            else ""
        )
        print(
            f"| {job} | {titles[engine]} | {wall:.2f} | {median(found, 'cpu'):.2f} | {peak:.0f} | {ratio:.2f} × | {content} |"
        )


def median(found: list[dict], name: str) -> float:
    return statistics.median(one[name] for one in found)


if __name__ == "__main__":
    main()
