"""Only one collector of a name writes to a data folder."""

import fcntl
import os
from pathlib import Path

from trunkline.store import make_folder


class CollectorRunning(Exception):
    """Another collector with this id runs on this data folder."""


def hold(folder: Path) -> int:
    """Take the lock; the descriptor returned holds it until it is closed or the process ends, however it ends."""
    make_folder(folder)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise CollectorRunning(
            f"{folder}: a collector with this id is running; give each its own TRUNKLINE_COLLECTOR_ID"
        ) from None
    return lock
