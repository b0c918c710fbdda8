"""Who runs the servers of a data folder: one at a time.

The lock is the kernel's, on a file that holds the runner's process id for people and for `stop`. Every part holds it too, so
however they end, it ends with the last of them; what the file says is believed only while it is held.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "running.pid"


class FolderInUse(Exception):
    """The servers of this data folder are running, or being started."""


@contextmanager
def only_runner(data: Path) -> Iterator[int]:
    """Be the one who runs this folder's servers; the descriptor that holds the lock. Raises `FolderInUse`.

    Processes that inherit the descriptor hold the lock on after this one.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _take(lock, fcntl.LOCK_EX):
            raise FolderInUse(
                f"{data} is in use: process {_said(lock)} runs Trunkline there, or its parts still stop"
            )
        sign(lock)
        yield lock
    finally:
        os.close(lock)


def sign(lock: int) -> None:
    """Say that this process is the one to be told to stop."""
    os.pwrite(lock, b"%-20d\n" % os.getpid(), 0)


def runner_of(data: Path) -> int | None:
    """The process that runs this folder's servers; None if none does, 0 if it has not signed yet."""
    try:
        lock = os.open(data / LOCK, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _take(lock, fcntl.LOCK_SH) else _said(lock)
    finally:
        os.close(lock)


def _take(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _said(lock: int) -> int:
    return int(os.pread(lock, 20, 0) or 0)
