"""How fast the collector takes events: `python benchmarks/collector.py [--quick]`.

One server on one core, the load on another, over loopback HTTP. Beside the product (one sync serves all that wait) stand
the same server without any sync and with one sync per request, in the same run. Authentication, typed validation of every
event, quota and answers are those of the product.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from trunkline import logs
from trunkline.collector.admission import Quotas
from trunkline.collector.keys import WriteKey, digest_of
from trunkline.collector.serve import serve
from trunkline.settings import Settings

TOKEN = "tlw_benchmark"
ACCOUNT = "75555851"
LOAD = Path(__file__).with_name("collector_load.py")
MODES = ("group commit", "no sync", "sync per request")


class OneKey:
    def write_keys(self) -> list[WriteKey]:
        return [WriteKey("benchmark", ACCOUNT, digest_of(TOKEN))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the target's point only, one second each")
    parser.add_argument("--seconds", type=float, default=3.0, help="of load for each point")
    parser.add_argument(
        "--folder", type=Path, help="where segments are written (default: a temporary folder)"
    )
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        sys.exit(serve_mode(Path(arguments.serve[0]), arguments.serve[1]))
    points = [(64, 100)] if arguments.quick else [(c, b) for b in (1, 100, 1000) for c in (1, 16, 64, 256)]
    seconds = 1.0 if arguments.quick else arguments.seconds
    folder = Path(tempfile.mkdtemp(prefix="trunkline-benchmark-", dir=arguments.folder))
    try:
        measure(folder, points, seconds)
    finally:
        shutil.rmtree(folder)


def serve_mode(folder: Path, mode: str) -> int:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    logs.configure("json", "info")
    settings = Settings(data=folder, collector_bind="127.0.0.1:0", collector_id="benchmark")
    return serve(
        settings,
        OneKey(),
        sync=(lambda _: None) if mode == "no sync" else os.fdatasync,
        most_per_sync=1 if mode == "sync per request" else 4096,
        quotas=Quotas.at(1e9, 1e9, 1e9),
    )


def measure(folder: Path, points: list[tuple[int, int]], seconds: float) -> None:
    table = Table(title="Collector: events a second, and the 99th percentile of the acknowledgement")
    for name in (
        "batch",
        "connections",
        *(f"{mode}\n{unit}" for mode in MODES for unit in ("events/s", "p99 ms")),
    ):
        table.add_column(name, justify="right")
    table.add_column("group commit /\nno sync", justify="right")
    with contextlib.ExitStack() as stack:
        ports = {mode: stack.enter_context(server(folder / mode.replace(" ", "-"), mode)) for mode in MODES}
        for connections, batch in points:
            found = {mode: load(ports[mode], batch, connections, seconds) for mode in MODES}
            cells = [
                cell
                for mode in MODES
                for cell in (f"{found[mode]['events']:,.0f}", f"{found[mode]['p99']:.1f}")
            ]
            share = found["group commit"]["events"] / found["no sync"]["events"]
            table.add_row(str(batch), str(connections), *cells, f"{share:.0%}")
    Console(width=150).print(table)


@contextlib.contextmanager
def server(folder: Path, mode: str) -> Iterator[int]:
    folder.mkdir()
    command = [sys.executable, __file__, "--serve", str(folder), mode]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log)
    try:
        yield started(folder / "log", process)
    finally:
        process.terminate()
        process.wait(timeout=60)


def started(log: Path, process: "subprocess.Popen[bytes]") -> int:
    while process.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith("{") and (address := json.loads(line).get("address")):
                # The keys are read by a thread of its own.
                time.sleep(0.5)
                return int(address.rpartition(":")[2])
        time.sleep(0.05)
    raise RuntimeError(log.read_text())


def load(port: int, batch: int, connections: int, seconds: float) -> dict[str, float]:
    command = [sys.executable, str(LOAD), str(port), TOKEN, str(batch), str(connections), str(seconds)]
    core = str(max(os.sched_getaffinity(0)))
    done = subprocess.run(["taskset", "-c", core, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main()
