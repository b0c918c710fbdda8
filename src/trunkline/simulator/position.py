"""Up to where a live simulation came, so that it goes on from there when it is started again."""

import os
from pathlib import Path


class Position:
    """An instant (epoch ms) in a small file.

    It is not synced: after a power cut it may be older, then some events are sent again and dropped by their ids.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> int | None:
        try:
            return int(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def write(self, instant: int) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}.tmp")
        temporary.write_text(str(instant))
        temporary.replace(self._path)
