"""What the benchmarks of the pipeline share: an environment, fresh stores, and a process under observation."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

PARTS = Path(__file__).parent
ROOT = PARTS.parent.parent
WORK = PARTS.parent / ".work"
Row = dict
"""What was measured of one process."""
Rows = dict[tuple[str, str], list[Row]]
"""Job and engine → a row for each round."""


def enter_environment(*, as_it_is: bool = False) -> None:
    """Go on in an environment made of requirements/bench.txt; with `as_it_is` in this one."""
    python = WORK / "venv/bin/python"
    if as_it_is or Path(sys.executable) == python:
        return
    if not (WORK / "venv/ready").exists():
        venv.create(WORK / "venv", with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet"]
        requirements = ROOT / "requirements/bench.txt"
        subprocess.run([*install, "--require-hashes", "--requirement", requirements], check=True)
        subprocess.run([*install, "--no-deps", "--editable", ROOT], check=True)
        (WORK / "venv/ready").touch()
    os.execv(python, [str(python), *sys.argv])


def made(folder: Path, part: str, *given: object) -> Path:
    """The input in this folder, made by a part of the benchmark if it is not there."""
    if not (folder / "made").exists():
        print(f"making {folder.name}, once …", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, PARTS / part, folder, *map(str, given)], check=True)
        (folder / "made").touch()
    return folder


def fresh(store: Path, day: Path) -> None:
    """A store that holds the input and nothing else."""
    shutil.rmtree(store, ignore_errors=True)
    shutil.copytree(day, store, copy_function=os.link)


def measured(part: str, *given: object) -> Row:
    """Wall time, processor time and peak memory of a part and its children, and what it printed."""
    import psutil

    begun = time.perf_counter()
    command = [sys.executable, str(PARTS / part), *map(str, given)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched, peak, largest, cpu = psutil.Process(process.pid), 0, 0, {}
    while process.poll() is None:
        try:
            tree = [watched, *watched.children(recursive=True)]
            sizes = [one.memory_info().rss for one in tree]
            peak, largest = max(peak, sum(sizes)), max(largest, *sizes)
            cpu |= {one.pid: sum(one.cpu_times()[:2]) for one in tree}
        except psutil.Error:
            pass  # a process of the tree has just ended
        time.sleep(0.1)
    wall = time.perf_counter() - begun
    if process.returncode:
        raise SystemExit(f"{part} ended with {process.returncode}")
    assert process.stdout is not None
    printed = json.loads(process.stdout.read().splitlines()[-1])
    return {
        "wall": wall - printed.pop("not_counted", 0.0),
        "cpu": sum(cpu.values()),
        "peak": peak / 2**20,
        "largest": largest / 2**20,
        **printed,
    }


def median(found: list[Row], name: str) -> float:
    return statistics.median(one[name] for one in found)


def table(rows: Rows) -> None:
    """A line for each job and engine."""
    print("\n| job | engine | wall s | CPU s | peak MiB | content |")
    print("|---|---|---|---|---|---|")
    for (job, engine), found in rows.items():
        peak = max(one["peak"] for one in found)
        times = f"{median(found, 'wall'):.2f} | {median(found, 'cpu'):.2f} | {peak:.0f}"
        print(f"| {job} | {engine} | {times} | {content(found[0])} |")
    print()


def content(one: Row) -> str:
    return f"{one['files']} files, {one['records']} records, {one['digest']}" if "digest" in one else ""
