"""`trunkline check`: what is unsafe or missing, each with its remedy."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from trunkline import settings
from trunkline.cli.filling import filling, grows, outlook
from trunkline.cli.safety import Finding, unsafe_settings
from trunkline.store import LocalStore, Store, UnusableStore, open_store

check = typer.Typer()

SLOW_SYNC_MS = 50
KEY_ENDS_SOON = timedelta(days=30)


@check.command()
def run(
    table: Annotated[
        bool, typer.Option("--table", help="Print the table of all settings instead (Markdown).")
    ] = False,
) -> None:
    """Check the settings and this machine: secrets, addresses, certificate, databases, store, free disk, public keys.

    Ends with code 1 if something is unsafe or missing; warnings alone give 0.
    """
    if table:
        typer.echo(settings.table())
        return
    chosen = settings.load()
    now, disks = chosen.clock.now(), dict(outlook(chosen))
    findings = [
        *unsafe_settings(chosen),
        *_folders(chosen),
        *filling(disks, now),
        *_databases(),
        *_trail(),
        *_public_keys(chosen),
    ]
    console = Console()
    for finding in findings:
        mark = ("✗", "red") if finding.unsafe else ("!", "yellow")
        said = f" {finding.text}\n  {finding.remedy}"
        # Commands in a remedy are there to be copied: lines are not broken.
        console.print(Text.assemble(mark, " ", (finding.subject, "bold"), said), soft_wrap=True)
    for disk, found in disks.items():
        if str(disk) not in {finding.subject for finding in findings}:
            console.print(f"{disk}: {grows(found, now)}.", soft_wrap=True, highlight=False)
    unsafe = sum(finding.unsafe for finding in findings)
    if not findings:
        console.print("[green]✓[/] Nothing to mend.")
    else:
        console.print(f"{unsafe} to mend, {len(findings) - unsafe} to know.")
    raise typer.Exit(1 if unsafe else 0)


def _folders(chosen: settings.Settings) -> Iterator[Finding]:
    for secret in (chosen.data / "secrets", chosen.tls_key):
        if secret and secret.exists() and secret.stat().st_mode & 0o077:
            yield Finding(True, str(secret), "can be read by other users", f"Run: chmod -R go= {secret}")
    try:
        store = open_store(chosen.store_url)
    except UnusableStore as error:
        yield Finding(True, "TRUNKLINE_STORE", str(error), "Correct it.")
        return
    here = store if isinstance(store, LocalStore) else LocalStore(chosen.data)
    yield from _open_data({chosen.data, here.root}, chosen.data)
    try:
        milliseconds = _sync_time(here)
        if store is not here:
            _sync_time(store)
    except OSError as error:
        text = f"cannot be written ({error})"
        yield Finding(True, "TRUNKLINE_STORE", text, "Correct it, or start what it is on.")
        return
    if milliseconds > SLOW_SYNC_MS:
        text = f"one sync takes {milliseconds:.0f} ms"
        yield Finding(False, "TRUNKLINE_DATA", text, "Each acknowledgement waits for one: use a faster disk.")
    free = shutil.disk_usage(chosen.data).free
    if free < 2 * chosen.disk_reserve_bytes:
        text = f"{free / 2**30:.1f} GiB are free"
        remedy = (
            f"Below {chosen.disk_reserve_bytes / 2**30:.1f} GiB the collector takes no events: make room."
        )
        yield Finding(free < chosen.disk_reserve_bytes, str(chosen.data), text, remedy)


def _open_data(folders: set[Path], data: Path) -> Iterator[Finding]:
    """What holds the data of customers; what lies in a folder that is closed is closed with it."""
    for folder in folders:
        inside = folder != data and folder.is_relative_to(data)
        if folder.exists() and folder.stat().st_mode & 0o077 and not inside:
            text = "can be read by other users, with the databases and data files in it"
            yield Finding(True, str(folder), text, f"Run: chmod -R go= {folder}")


def _sync_time(store: Store) -> float:
    """Milliseconds to make a small object durable, and to remove it. Raises `OSError`."""
    started = time.perf_counter()
    store.write("check/probe", b"trunkline check")
    store.delete("check/probe")
    return (time.perf_counter() - started) * 1000


def _databases() -> Iterator[Finding]:
    done = _asked("migrate", "--check")
    if done.returncode:
        text = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["does not answer"]
        yield Finding(True, "DATABASE_URL", text[0], "Start the database, then run `trunkline migrate`.")


def _trail() -> Iterator[Finding]:
    done = _asked("audit", "check", "--json")
    # Nothing where the database does not answer, which is found above.
    found = json.loads(done.stdout) if done.stdout else []
    if found:
        where = sorted({finding["account"] for finding in found} - {""})
        text = f"does not hold in {len(found)} places" + (
            f", of account {', '.join(where[:5])}" if where else ""
        )
        yield Finding(True, "audit trail", text, "Each is told by: trunkline audit check")


def _public_keys(chosen: settings.Settings) -> Iterator[Finding]:
    """Of accounts: those that have expired or soon will. Nothing where the database does not answer, which is found above."""
    done = _asked("account", "encryption", "list", "--json")
    now = datetime.fromtimestamp(chosen.clock.now() / 1000, UTC)
    rows = json.loads(done.stdout) if done.returncode == 0 else []
    for row in rows:
        if not row["expires"]:
            continue
        ends = datetime.fromisoformat(row["expires"])
        left = ends - now
        if left < KEY_ENDS_SOON:
            when = f"{'expired' if left < timedelta(0) else 'expires'} on {ends:%Y-%m-%d}"
            text = f"the public key {row['fingerprint']} {when}; files are encrypted to it all the same"
            remedy = f"Have its owner extend it, then: trunkline account encryption set {row['account']} --key-file FILE"
            yield Finding(False, f"account {row['account']}", text, remedy)


def _asked(*command: str) -> subprocess.CompletedProcess[str]:
    """Of the platform's databases, in a process of its own: this one belongs to no Django project."""
    return subprocess.run(
        [sys.executable, "-m", "trunkline", *command], capture_output=True, text=True, env=os.environ
    )
