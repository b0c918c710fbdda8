"""A standalone cluster of Spark on this machine's loopback: a master and workers, each a process of its own."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

SPARK_CLASS = Path(pyspark.__file__).parent / "bin/spark-class"
SMALL = "-XX:TieredStopAtLevel=1 -Xss512k"


@dataclass(frozen=True)
class Cluster:
    master: str
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(_started(folder / "master.log", "master.Master", "--host", "127.0.0.1", "--port", "0"))
        master = _said(folder / "master.log", r"Starting Spark master at (spark://\S+)")
        for number in range(workers):
            log = folder / f"worker-{number}.log"
            given = (
                "--host",
                "127.0.0.1",
                "--cores",
                "1",
                "--memory",
                "1g",
                "--work-dir",
                str(folder / "executors"),
            )
            started.append(_started(log, "worker.Worker", *given, master))
        for number in range(workers):
            _said(folder / f"worker-{number}.log", r"Successfully registered with master (\S+)")
        yield Cluster(master, started[1:])
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _started(log: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    own = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": SMALL}
    command = [str(SPARK_CLASS), f"org.apache.spark.deploy.{name}", "--webui-port", "0", *arguments]
    with log.open("wb") as output:
        return subprocess.Popen(command, env=os.environ | own, stdout=output, stderr=subprocess.STDOUT)


def _said(log: Path, pattern: str) -> str:
    deadline = time.monotonic() + 120
    while not (found := re.search(pattern, log.read_text())):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return found[1]
