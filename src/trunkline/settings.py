"""Settings: one frozen object, read from the environment; secrets also from files.

A setting is one line of `Settings`: its default, the variable it comes from, how it is read and what it is for. The
table in docs/configuration.md is made from these lines. A secret may be given as NAME_FILE, the path of a file that
holds it; a file that is missing is an error, never an empty secret.
"""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trunkline.clock import Clock


class SettingError(ValueError):
    """A setting has a value that cannot be used; the text names the variable and what was expected."""


def _text(value: str) -> str:
    return value.strip()


def _path(value: str) -> Path:
    return Path(value).expanduser().absolute()


def _whole(value: str) -> int:
    number = int(value)
    if number < 0:
        raise ValueError("a whole number, zero or more")
    return number


def _count(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("a whole number, one or more")
    return number


def _positive(value: str) -> float:
    number = float(value)
    if not number > 0:
        raise ValueError("a number above zero")
    return number


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an address such as https://data.example.com")
    return value.rstrip("/")


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


def _bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not 0 < int(port) < 65536:
        raise ValueError("HOST:PORT")
    return value


def _mode(value: str) -> str:
    if value not in ("production", "development"):
        raise ValueError("production or development")
    return value


def _setting(
    variable: str, default: Any, read: Callable[[str], Any], meaning: str, *, secret: bool = False
) -> Any:
    metadata = {"variable": variable, "read": read, "meaning": meaning, "secret": secret}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set. Made by `load`; passed by hand, never read from a global."""

    mode: str = _setting(
        "TRUNKLINE_MODE",
        "production",
        _mode,
        "`production` refuses to start with unsafe settings; `development` warns",
    )
    data: Path = _setting(
        "TRUNKLINE_DATA",
        Path("data").absolute(),
        _path,
        "the data folder: databases, secrets, certificates, store",
    )
    database_url: str = _setting(
        "DATABASE_URL",
        "",
        _text,
        "`postgresql://user:password@host/name`; empty: SQLite files in the data folder",
        secret=True,
    )
    database_url_system: str = _setting(
        "TRUNKLINE_DATABASE_URL_SYSTEM",
        "",
        _text,
        "the same for the pipeline, the collector and commands, as a role that sees every account; DATABASE_URL is then "
        "the role of the platform server alone, which sees one account at a time (operations.md)",
        secret=True,
    )
    database_url_migrator: str = _setting(
        "TRUNKLINE_DATABASE_URL_MIGRATOR",
        "",
        _text,
        "the same for `trunkline migrate`, as the role that owns the tables",
        secret=True,
    )
    store: str = _setting(
        "TRUNKLINE_STORE",
        "",
        _text,
        "where segments and data files live: `file:` and a folder, `s3://BUCKET/FOLDER`, `gs://BUCKET/FOLDER`, "
        "`hdfs://NAMENODE/FOLDER` (operations.md); empty: in the data folder",
    )
    store_cache: Path | None = _setting(
        "TRUNKLINE_STORE_CACHE",
        None,
        _path,
        "where the pipeline keeps copies of what it reads from a remote store, a folder of its own; empty: `cache` in the data folder",
    )
    store_cache_bytes: int = _setting(
        "TRUNKLINE_STORE_CACHE_BYTES",
        4 * 2**30,
        _whole,
        "most bytes of copies that stay when a run has ended; what a run reads is on the disk besides until it ends",
    )
    platform_url: str = _setting(
        "TRUNKLINE_PLATFORM_URL",
        "https://localhost:8443",
        _public_url,
        "the platform's one public address, used in every href and in the OAuth signature base string",
    )
    platform_bind: str = _setting(
        "TRUNKLINE_PLATFORM_BIND", "127.0.0.1:8443", _bind, "where the platform server listens"
    )
    platform_threads: int = _setting("TRUNKLINE_PLATFORM_THREADS", 8, _count, "requests served at one time")
    collector_url: str = _setting(
        "TRUNKLINE_COLLECTOR_URL", "https://localhost:8444", _public_url, "the collector's public address"
    )
    collector_bind: str = _setting(
        "TRUNKLINE_COLLECTOR_BIND", "127.0.0.1:8444", _bind, "where the collector server listens"
    )
    collector_id: str = _setting(
        "TRUNKLINE_COLLECTOR_ID",
        socket.gethostname().split(".")[0] or "collector",
        _text,
        "the collector's name in segments; each running collector needs its own",
    )
    max_body_bytes: int = _setting(
        "TRUNKLINE_MAX_BODY_BYTES",
        8 * 2**20,
        _count,
        "largest request body of the collector, after decompression",
    )
    max_batch_events: int = _setting(
        "TRUNKLINE_MAX_BATCH_EVENTS", 10_000, _count, "most events in one request to the collector"
    )
    quota_events: int = _setting(
        "TRUNKLINE_QUOTA_EVENTS",
        100_000,
        _count,
        "events a second that an account may send to a collector on average; twenty times as many at once",
    )
    browser_key_events: int = _setting(
        "TRUNKLINE_BROWSER_KEY_EVENTS",
        500,
        _count,
        "events a second that the pages of one publishable key may send to a collector on average; twenty times as many at once",
    )
    browser_address_events: int = _setting(
        "TRUNKLINE_BROWSER_ADDRESS_EVENTS",
        20,
        _count,
        "the same for one client address (IPv6: one network of 64 bits)",
    )
    segment_bytes: int = _setting(
        "TRUNKLINE_SEGMENT_BYTES",
        128 * 2**20,
        _count,
        "a segment is sealed at this size, and at the end of each hour",
    )
    disk_reserve_bytes: int = _setting(
        "TRUNKLINE_DISK_RESERVE_BYTES",
        512 * 2**20,
        _whole,
        "the collector answers 507 below this much free disk",
    )
    tls_certificate: Path | None = _setting(
        "TRUNKLINE_TLS_CERTIFICATE",
        None,
        _path,
        "certificate chain (PEM); empty: a proxy in front speaks TLS",
    )
    tls_key: Path | None = _setting("TRUNKLINE_TLS_KEY", None, _path, "private key of the certificate (PEM)")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = _setting(
        "TRUNKLINE_TRUSTED_PROXIES",
        (),
        _networks,
        "networks (comma-separated) whose forwarded headers are believed; all others are ignored",
    )
    secret_key: str = _setting(
        "TRUNKLINE_SECRET_KEY",
        "",
        _text,
        "signs browser log-ins of the platform; 50 characters or more",
        secret=True,
    )
    sealing_keys: str = _setting(
        "TRUNKLINE_SEALING_KEYS",
        "",
        _text,
        "keys that seal secrets at rest, base64 of 32 bytes each, comma-separated: the first seals, all open",
        secret=True,
    )
    grace_minutes: int = _setting(
        "TRUNKLINE_GRACE_MINUTES",
        10,
        _whole,
        "how long an hour waits for events out of order (allowed lateness)",
    )
    late_hours: int = _setting(
        "TRUNKLINE_LATE_HOURS", 72, _whole, "events older than this are refused, unless the key may back-fill"
    )
    marker_timeout_minutes: int = _setting(
        "TRUNKLINE_MARKER_TIMEOUT_MINUTES",
        5,
        _whole,
        "how long an hour waits for a collector that has not closed it",
    )
    file_days: int = _setting(
        "TRUNKLINE_FILE_DAYS", 30, _whole, "data files are kept so long from their publication; 0: for ever"
    )
    segment_days: int = _setting(
        "TRUNKLINE_SEGMENT_DAYS",
        45,
        _whole,
        "segments are kept so long at least, and always as long as something needs them; 0: for ever",
    )
    letter_days: int = _setting(
        "TRUNKLINE_LETTER_DAYS", 30, _whole, "dead letters are kept so long; 0: for ever"
    )
    part_bytes: int = _setting(
        "TRUNKLINE_PART_BYTES",
        256 * 2**20,
        _count,
        "a data file is split above this size, before compression",
    )
    clock_speed: float = _setting(
        "TRUNKLINE_CLOCK_SPEED", 1.0, _positive, "how fast data time runs; above 1 for demonstrations only"
    )
    clock_origin: int = _setting(
        "TRUNKLINE_CLOCK_ORIGIN", 0, _whole, "when data time and real time were equal, epoch milliseconds"
    )
    log_format: str = _setting("TRUNKLINE_LOG_FORMAT", "json", _text, "`json` or `console`")
    log_level: str = _setting("TRUNKLINE_LOG_LEVEL", "info", _text, "`debug`, `info`, `warning` or `error`")

    @property
    def clock(self) -> Clock:
        return Clock(speed=self.clock_speed, origin=self.clock_origin)

    @property
    def store_url(self) -> str:
        return self.store or (self.data / "store").as_uri()

    @property
    def cache(self) -> Path:
        return self.store_cache or self.data / "cache"


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process.

    Raises `SettingError` for a value that cannot be used, a secret's file that cannot be read, and a variable that
    begins with TRUNKLINE_ and is unknown (a misspelt setting must not be ignored in silence).
    """
    environment = os.environ if environment is None else environment
    values = {}
    known = set()
    for setting in fields(Settings):
        variable = setting.metadata["variable"]
        known |= {variable, f"{variable}_FILE"} if setting.metadata["secret"] else {variable}
        text = _secret(environment, variable) if setting.metadata["secret"] else environment.get(variable)
        if text:
            values[setting.name] = _read(variable, text, setting.metadata)
    unknown = sorted(name for name in environment if name.startswith("TRUNKLINE_") and name not in known)
    # The tests' own switches share the prefix.
    unknown = [name for name in unknown if not name.startswith("TRUNKLINE_TEST")]
    if unknown:
        raise SettingError(f"{unknown[0]}: unknown setting; docs/configuration.md lists all of them")
    return Settings(**values)


def table() -> str:
    """All settings as a Markdown table, for docs/configuration.md."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for setting in fields(Settings):
        variable = setting.metadata["variable"]
        named = f"`{variable}`" + (f", `{variable}_FILE`" if setting.metadata["secret"] else "")
        rows.append(
            f"| {named} | {_shown_default(setting.name, setting.default)} | {setting.metadata['meaning']} |"
        )
    return "\n".join(rows)


def _shown_default(name: str, default: Any) -> str:
    # Two defaults depend on the machine.
    machine = {"data": "`data`, below the working folder", "collector_id": "the machine's name"}
    if name in machine:
        return machine[name]
    return "" if default in ("", None, ()) else f"`{default}`"


def _secret(environment: Mapping[str, str], variable: str) -> str | None:
    path = environment.get(f"{variable}_FILE")
    if not path:
        return environment.get(variable)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(f"{variable}_FILE: {path} cannot be read ({error.strerror})") from None


def _read(variable: str, text: str, metadata: Mapping[str, Any]) -> Any:
    try:
        return metadata["read"](text)
    except ValueError as error:
        shown = "the value given" if metadata["secret"] else repr(text)
        raise SettingError(
            f"{variable}: {shown} cannot be used; expected {metadata['meaning']} ({error})"
        ) from None
