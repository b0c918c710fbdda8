"""What `trunkline check` says of disks that fill."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rich.filesize import decimal

from trunkline.cli.forecast import Forecast, forecast
from trunkline.cli.growth import growing_on
from trunkline.cli.safety import Finding
from trunkline.clock import DAY_MS
from trunkline.settings import Settings
from trunkline.store import LocalStore, UnusableStore, open_store

FULL_SOON, FULL_AT_ONCE = 30 * DAY_MS, 3 * DAY_MS


def outlook(chosen: Settings) -> Iterator[tuple[Path, Forecast]]:
    """Of each disk that data lie on; nothing where data time is not the time of the disk."""
    if chosen.clock.speed != 1:
        return
    try:
        store = open_store(chosen.store_url)
    except UnusableStore:  # told of above
        return
    local = store.root if isinstance(store, LocalStore) and store.root.exists() else None
    folders = {folder.stat().st_dev: folder for folder in (local, chosen.data) if folder and folder.exists()}
    for disk in folders.values():
        free = shutil.disk_usage(disk).free - chosen.disk_reserve_bytes
        found = forecast(growing_on(disk, chosen, local), free, chosen.clock.now())
        if found:
            yield disk, found


def filling(disks: Mapping[Path, Forecast], now: int) -> Iterator[Finding]:
    for disk, found in disks.items():
        if found.full is not None and found.full - now < FULL_SOON:
            remedy = (
                "Keep less (TRUNKLINE_FILE_DAYS, TRUNKLINE_SEGMENT_DAYS, TRUNKLINE_LETTER_DAYS), use a larger disk, or a "
                "remote store (TRUNKLINE_STORE)."
            )
            yield Finding(
                found.full - now < FULL_AT_ONCE, str(disk), f"is filling: {grows(found, now)}", remedy
            )


def grows(found: Forecast, now: int) -> str:
    days = found.window // DAY_MS
    rate = f"at the rate of the last {'day' if days == 1 else f'{days} days'}, {decimal(int(found.rate * 24))} a day,"
    if found.full is None:
        return f"{rate} it is not full within a year"
    left = (found.full - now) // DAY_MS
    when = datetime.fromtimestamp(found.full / 1000, UTC)
    return f"{rate} it is full in {left} {'day' if left == 1 else 'days'} (about {when.day} {when:%b %Y})"
