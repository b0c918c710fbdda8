"""Bar L2: every system call by which one change reaches the disk, met by a kill, an I/O error and a full disk."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("one_change.py")
CALLS = ("pwrite64", "pread64", "fdatasync", "fsync", "ftruncate", "openat", "unlink")
FAULTS = {"killed": "signal=KILL", "I/O error": "error=EIO", "disk full": "error=ENOSPC"}
MOST = 60


class Changes:
    """A program that makes changes on SQLite: with PostgreSQL the calls are those of its server."""

    def __init__(self, folder: Path) -> None:
        own = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TRUNKLINE_", "DATABASE_"))
        }
        own |= {
            "TRUNKLINE_DATA": str(folder),
            "TRUNKLINE_MODE": "development",
            "TRUNKLINE_SEALING_KEYS": base64.b64encode(bytes(32)).decode(),
        }
        for command in (("migrate",), ("account", "create", "75555851", "--name", "Northwind")):
            subprocess.run(
                [sys.executable, "-m", "trunkline", *command], env=own, check=True, capture_output=True
            )
        self._trace = folder / "trace"
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)], env=own, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def make(self, name: str, call: str, fault: str, number: int) -> dict[str, Any]:
        """One change, whose call number so much of the kind meets the fault; `met`: it made as many."""
        pid = self._say(name)
        injected = ["-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={number}"]
        with subprocess.Popen(
            [strace(), "-f", "-p", pid, "-o", str(self._trace), *injected], text=True, stderr=subprocess.PIPE
        ) as tracing:
            assert tracing.stderr
            attached = tracing.stderr.readline()
            assert "attached" in attached, f"strace must be allowed to trace (ptrace): {attached}"
            became = json.loads(self._say("go"))
        trace = self._trace.read_text()
        return {**became, "met": "INJECTED" in trace or "killed by SIGKILL" in trace}

    def _say(self, line: str) -> str:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changes]:
    made = Changes(tmp_path_factory.mktemp("system-calls"))
    yield made
    made.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_leaves_a_change_with_its_entry_or_neither(fault: str, changes: Changes) -> None:
    met = {call: calls_met(changes, call, fault) for call in CALLS}
    print(f"\nL2: system calls of one change, each {fault}: {met}; 0 inconsistent")
    assert sum(met.values()) >= 10


def calls_met(changes: Changes, call: str, fault: str) -> int:
    """Try the first, the second … until a change makes no more; how many there were."""
    for number in range(1, MOST):
        became = changes.make(f"{fault} {call} {number}", call, FAULTS[fault], number)
        assert became["findings"] == [], (call, number, became)
        assert became["isThere"] or not became["acknowledged"], (call, number, became)
        if not became["met"]:
            return number - 1
    pytest.fail(f"a change makes more than {MOST} calls of {call}, or nothing is injected")


def strace() -> str:
    found = shutil.which("strace")
    assert found, "the tests need strace: tests/install-peers installs it (Debian: apt-get install strace)"
    return found
