"""A running Trunkline, and what a test does with it."""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from trunkline.clock import Clock

SPEED = 1200
"""An hour passes in three seconds."""


@dataclass
class Stack:
    """A running Trunkline."""

    data: Path
    environment: dict[str, str]
    platform: str
    collector: str
    clock: Clock

    @property
    def ca(self) -> Path:
        return self.data / "ca" / "ca.crt"

    def run(self, *arguments: str) -> str:
        """What a command of the program prints."""
        done = subprocess.run(
            [sys.executable, "-m", "trunkline", *arguments],
            env=self.environment,
            cwd=self.data,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pid(self, part: str) -> int:
        """The process that runs a part now, as the supervisor's log has it."""
        started = re.findall(rf"started\s+part={part} pid=(\d+)", (self.data / "up.log").read_text())
        return int(started[-1])

    def account(self, account: str, name: str, time_zone: str = "UTC") -> None:
        self.run("account", "create", account, "--name", name, "--time-zone", time_zone)
        self.run("account", "data-type", "enable", account, "agentActivity")

    def key(self, account: str, *permissions: str) -> dict[str, str]:
        wanted = [part for permission in permissions for part in ("--permission", permission)]
        made: dict[str, str] = json.loads(
            self.run("key", "create", "--account", account, "--name", "test", *wanted, "--json")
        )
        return made

    def post(self, account: str, token: str, events: list[dict[str, Any]]) -> httpx2.Response:
        return httpx2.post(
            f"{self.collector}/collector/v1/account/{account}/events",
            json=events,
            headers={"Authorization": f"Bearer {token}"},
            verify=ssl_context(self.ca),
            timeout=30,
        )


def free_addresses() -> tuple[str, str]:
    """Of a platform and a collector."""
    return f"https://localhost:{free_port()}", f"https://localhost:{free_port()}"


@contextmanager
def running(
    data: Path,
    clock: Clock,
    database_url: str = "",
    settings: Mapping[str, str] | None = None,
    addresses: tuple[str, str] | None = None,
) -> Iterator[Stack]:
    """`trunkline up` in a folder; a folder that had it before wants the `addresses` that it had, or settings that say others."""
    platform, collector = addresses or free_addresses()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")},
        "TRUNKLINE_DATA": str(data),
        "TRUNKLINE_MODE": "development",
        "TRUNKLINE_CLOCK_SPEED": str(clock.speed),
        "TRUNKLINE_CLOCK_ORIGIN": str(clock.origin),
        **({"DATABASE_URL": database_url} if database_url else {}),
        **(settings or {}),
    }
    command = ["up", "--platform-url", platform, "--collector-url", collector]
    with (data / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "trunkline", *command], env=environment, cwd=data, stdout=log, stderr=log
        )
    try:
        eventually(lambda: process.poll() is not None or b"Data Access API" in (data / "up.log").read_bytes())
        assert process.poll() is None, (data / "up.log").read_text()
        yield Stack(data, environment, platform, collector, clock)
    finally:
        process.terminate()
        assert process.wait(60) == 0
        print(
            *(f"── {path.name}\n{path.read_text()[-3000:]}" for path in (data / "log").glob("*.log")),
            sep="\n",
        )


def ssl_context(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)


Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], seconds: float = 60) -> Found:
    """The first true answer, asked for again and again."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
