"""A small installation that is not running: databases, segments, data files, keys."""

import sqlite3
import tarfile
from pathlib import Path
from typing import Any

from trunkline.cli.backups.databases import copy_sqlite
from trunkline.cli.folder import read_environment
from trunkline.settings import Settings, load
from upgrade.make_release import DATA

MADE = Path(__file__).parents[1] / "upgrade" / "acc54b5.tar.xz"


def unpack(folder: Path) -> Path:
    """The data folder."""
    with tarfile.open(MADE) as archive:
        archive.extractall(folder, [one for one in archive if one.name.startswith("sqlite/")], filter="tar")
    data = folder / "sqlite" / "data"
    settings = data / "trunkline.env"
    settings.write_text(settings.read_text(encoding="utf-8").replace(DATA, str(data)), encoding="utf-8")
    return data


def settings_of(data: Path, **others: str) -> Settings:
    return load(read_environment(data) | {"TRUNKLINE_DATA": str(data), **others})


def contents(data: Path) -> dict[str, Any]:
    """Every file that cannot be made again, by its path: its bytes, of a database its rows."""
    found: dict[str, Any] = {}
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data).as_posix()
        if path.is_file() and not name.endswith(("-wal", "-shm")):
            found[name] = rows(path) if path.suffix == ".sqlite3" else path.read_bytes()
    found["trunkline.env"] = found["trunkline.env"].decode().replace(str(data), DATA)
    return found


def rows(path: Path) -> list[str]:
    copy = path.parent.parent / f"{path.name}.read"
    copy_sqlite(path, copy)
    with sqlite3.connect(copy) as database:
        dumped = list(database.iterdump())
    copy.unlink()
    return dumped
