"""Files that survive a power cut: synced before their name appears, and the name synced too."""

import os
from pathlib import Path


def publish(temporary: Path, path: Path) -> None:
    """Give a finished file its final name, durably; a file of that name is replaced."""
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or a folder's names, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
