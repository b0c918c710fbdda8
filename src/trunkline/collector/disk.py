"""Room on the disks that the collector writes to."""

import shutil
from collections.abc import Sequence
from pathlib import Path


class DiskReserve:
    """Looks when `check` is called (often enough that the reserve cannot be written full in between)."""

    def __init__(self, folders: Sequence[Path], reserve_bytes: int) -> None:
        self._folders = folders
        self._reserve_bytes = reserve_bytes
        self.free_bytes = 0
        self.check()

    @property
    def low(self) -> bool:
        return self.free_bytes < self._reserve_bytes

    def check(self) -> None:
        self.free_bytes = min(shutil.disk_usage(folder).free for folder in self._folders)
