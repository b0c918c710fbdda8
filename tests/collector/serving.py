"""Runs a collector for the tests: FOLDER, and options as JSON. Keys are read from FOLDER/keys.json where it exists."""

import errno
import json
import os
import resource
import sys
import time
from ipaddress import ip_network
from pathlib import Path

from trunkline import logs
from trunkline.clock import REAL
from trunkline.collector.admission import Quotas
from trunkline.collector.keys import WriteKey, digest_of
from trunkline.collector.quota import Quota
from trunkline.collector.serve import serve
from trunkline.settings import Settings

KEYS = [
    {"key_id": "k-north", "account_id": "75555851", "token": "tlw_north"},
    {"key_id": "k-contoso", "account_id": "28045150", "token": "tlw_contoso"},
    {"key_id": "k-backfill", "account_id": "75555851", "token": "tlw_backfill", "backfill": True},
    {
        "key_id": "k-shop",
        "account_id": "75555851",
        "token": "tlp_shop",
        "origins": ["https://shop.example", "https://m.shop.example"],
    },
    {
        "key_id": "k-blog",
        "account_id": "75555851",
        "token": "tlp_blog",
        "origins": ["https://blog.example"],
    },
]


class FileKeys:
    def __init__(self, path: Path) -> None:
        self.path = path

    def write_keys(self) -> list[WriteKey]:
        if (self.path.with_name("down")).exists():
            raise ConnectionError("the database is away")
        keys = json.loads(self.path.read_text()) if self.path.exists() else KEYS
        return [
            WriteKey(
                key["key_id"],
                key["account_id"],
                digest_of(key["token"]),
                key.get("backfill", False),
                tuple(key.get("origins", [])),
            )
            for key in keys
        ]


def slow_sync(descriptor: int) -> None:
    time.sleep(0.05)
    os.fdatasync(descriptor)


def governed_sync(folder: Path):
    """Waits while FOLDER/hold is there, fails where FOLDER/broken is."""

    def sync(descriptor: int) -> None:
        while (folder / "hold").exists():
            time.sleep(0.01)
        if (folder / "broken").exists():
            with (folder / "syncs").open("a") as file:
                file.write("x")
            raise OSError(errno.EIO, "Input/output error")
        os.fdatasync(descriptor)

    return sync


def main() -> int:
    folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    logs.configure("json", "info")
    sync = slow_sync if options.pop("slow", False) else governed_sync(folder)
    quotas = Quotas(
        *(Quota(*options.pop(f"{name}quota", [10**6, 10**6])) for name in ("", "key_", "address_"))
    )
    limits = {
        name: options.pop(name) for name in ("request_seconds", "most_waiting_bytes") if name in options
    }
    # A disk that is full in the middle of a write: it takes a part, and then nothing.
    if most := options.pop("most_file_bytes", 0):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    if most := options.pop("open_files", 0):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 128), most))
    options["trusted_proxies"] = [ip_network(one) for one in options.pop("trusted_proxies", [])]
    if options.pop("no_keys", False):
        (folder / "down").touch()
    options.pop("not_ready", None)
    if "clock_speed" in options:
        options["clock_origin"] = REAL.now()
    settings = Settings(
        **{"data": folder, "collector_bind": "127.0.0.1:0", "collector_id": "web-1", "disk_reserve_bytes": 0}
        | options
    )
    return serve(settings, FileKeys(folder / "keys.json"), sync=sync, quotas=quotas, **limits)


sys.exit(main())
