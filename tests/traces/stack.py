"""A running Trunkline, and what a test does with it."""

import json
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from trunkline.clock import Clock


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
