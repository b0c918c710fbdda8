"""Settings that are unsafe, each with its remedy: pure rules for `trunkline check` and for every start."""

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import typer

from trunkline.certificates import expires, names_of
from trunkline.settings import Settings

SOON = timedelta(days=21)


class Finding(NamedTuple):
    """Something that is unsafe or missing."""

    unsafe: bool
    """Stops the start in production; otherwise it is a warning."""
    subject: str
    text: str
    remedy: str


def unsafe_settings(settings: Settings, now: datetime | None = None) -> list[Finding]:
    """What the settings alone tell; reads no more than certificate files."""
    now = now or datetime.now(UTC)
    return [
        *_secrets(settings),
        *_addresses(settings),
        *_certificate(settings, now),
        *_proxies(settings),
        *_store(settings),
        *_database(settings),
        *_demonstration(settings),
    ]


def refuse_unsafe(settings: Settings) -> None:
    """End the process with what is unsafe, in production; in development only say it."""
    findings = [finding for finding in unsafe_settings(settings) if finding.unsafe]
    for finding in findings:
        typer.secho(f"Unsafe: {finding.subject}: {finding.text}. {finding.remedy}", fg="red", err=True)
    if findings and settings.mode == "production":
        typer.echo(
            "Not started. `trunkline check` lists everything; TRUNKLINE_MODE=development starts all the same.",
            err=True,
        )
        raise typer.Exit(78)  # EX_CONFIG of sysexits.h


def _secrets(settings: Settings) -> Iterator[Finding]:
    if len(settings.secret_key) < 50:
        missing = "is missing" if not settings.secret_key else "is shorter than 50 characters"
        remedy = "Put 50 random characters into a file and set TRUNKLINE_SECRET_KEY_FILE to it."
        yield Finding(True, "TRUNKLINE_SECRET_KEY", missing, remedy)
    remedy = (
        "Make one with `openssl rand -base64 32`, keep it in a file, set TRUNKLINE_SEALING_KEYS_FILE to it."
    )
    if not settings.sealing_keys:
        yield Finding(True, "TRUNKLINE_SEALING_KEYS", "is missing", remedy)
    elif not all(_is_key(part) for part in settings.sealing_keys.split(",")):
        yield Finding(True, "TRUNKLINE_SEALING_KEYS", "has a key that is not base64 of 32 bytes", remedy)


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text.strip(), validate=True)) == 32
    except binascii.Error:
        return False


def _addresses(settings: Settings) -> Iterator[Finding]:
    for variable, url in (
        ("TRUNKLINE_PLATFORM_URL", settings.platform_url),
        ("TRUNKLINE_COLLECTOR_URL", settings.collector_url),
    ):
        if urlsplit(url).scheme != "https":
            yield Finding(
                True, variable, f"{url} is not https", "Keys and data would travel in clear: use https."
            )
    if settings.tls_certificate and settings.tls_key:
        return
    for variable, bind in (
        ("TRUNKLINE_PLATFORM_BIND", settings.platform_bind),
        ("TRUNKLINE_COLLECTOR_BIND", settings.collector_bind),
    ):
        if not _is_loopback(bind.rpartition(":")[0]) and not settings.trusted_proxies:
            text = f"{bind} is open to the network without TLS"
            remedy = "Set TRUNKLINE_TLS_CERTIFICATE and TRUNKLINE_TLS_KEY, or name the proxy in TRUNKLINE_TRUSTED_PROXIES."
            yield Finding(True, variable, text, remedy)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        yield Finding(True, "TRUNKLINE_TLS_KEY", "certificate and key come together", "Set both, or neither.")
    for variable, path in (
        ("TRUNKLINE_TLS_CERTIFICATE", settings.tls_certificate),
        ("TRUNKLINE_TLS_KEY", settings.tls_key),
    ):
        if path and not path.is_file():
            yield Finding(
                True, variable, f"{path} is not there", "Correct the path, or run `trunkline up` to make one."
            )
    if settings.tls_certificate and settings.tls_certificate.is_file():
        yield from _certificate_file(settings, settings.tls_certificate, now)


def _certificate_file(settings: Settings, path: Path, now: datetime) -> Iterator[Finding]:
    variable = "TRUNKLINE_TLS_CERTIFICATE"
    try:
        end, names = expires(path), names_of(path)
    except Exception:  # whatever the parser calls it, the file is no certificate
        yield Finding(
            True, variable, f"{path} is not a PEM certificate with names", "Give the chain, server first."
        )
        return
    if end <= now:
        yield Finding(
            True, variable, f"expired on {end:%Y-%m-%d}", "Renew it; `trunkline up` renews its own."
        )
    elif end - now < SOON:
        yield Finding(
            False, variable, f"expires on {end:%Y-%m-%d}", "Renew it; `trunkline up` renews its own."
        )
    for url in (settings.platform_url, settings.collector_url):
        host = urlsplit(url).hostname or ""
        if not any(_covers(name, host) for name in names):
            text = f"is for {', '.join(names)}, not for {host}"
            # A proxy in front may hold the public name.
            yield Finding(
                not settings.trusted_proxies, variable, text, "Clients would refuse it: add the name."
            )


def _covers(name: str, host: str) -> bool:
    if name.startswith("*."):
        return host.partition(".")[2].lower() == name[2:].lower()
    return name.lower() == host.lower()


def _proxies(settings: Settings) -> Iterator[Finding]:
    for network in settings.trusted_proxies:
        if network.prefixlen == 0:
            text = f"{network} trusts everyone"
            yield Finding(True, "TRUNKLINE_TRUSTED_PROXIES", text, "List only the addresses of your proxies.")


def _store(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.store)
    if parts.scheme == "webhdfs" and not _is_loopback(parts.hostname or ""):
        text = "events and data files travel in clear to the name node and the data nodes"
        yield Finding(False, "TRUNKLINE_STORE", text, "Use hdfs: (TLS), or a network that nobody else is in.")


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url and not settings.database_url_system:
        text = "one role of the database does everything: it sees every account, and can take the guard off the audit trail"
        remedy = "Make three roles, as docs/operations.md has them."
        yield Finding(False, "DATABASE_URL", text, remedy)


def _demonstration(settings: Settings) -> Iterator[Finding]:
    if settings.clock_speed != 1:
        text = f"data time runs {settings.clock_speed:g} times as fast as real time"
        yield Finding(True, "TRUNKLINE_CLOCK_SPEED", text, "Leave it out; it is for demonstrations.")
    if settings.mode == "development":
        text = "unsafe settings do not stop the start"
        yield Finding(False, "TRUNKLINE_MODE", text, "Leave it out in production.")
