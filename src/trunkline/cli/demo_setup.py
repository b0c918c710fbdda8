"""What a demo needs before its servers start: databases, accounts with keys, history, and the files made of it."""

import json
import os
import secrets
import socket
import subprocess
import time
from pathlib import Path

from rich.console import Console

from trunkline import settings
from trunkline.cli.demo_screen import AccountKeys
from trunkline.cli.simulate import collector_of
from trunkline.cli.stack import NotReady, migrate, open_folder, program
from trunkline.simulator.backfill import history_end
from trunkline.store import open_store

ACCOUNTS = {"75555851": ("Northwind", "Europe/Amsterdam"), "28045150": ("Contoso", "America/New_York")}
"""The simulator's two centres: name and time zone."""

DATA_TYPES = ("agentActivity", "webSession", "engagement", "survey")

console = Console()


def set_up(folder: Path, speed: float, days: int) -> settings.Settings:
    """Everything up to the start of the servers. What an earlier demo made is kept. Raises `NotReady`."""
    chosen = open_folder(folder, _wanted(speed))
    with console.status("Databases and accounts …"):
        migrate()
        known = {entry["id"] for entry in json.loads(_answer("account", "list", "--json"))}
        for account, (name, time_zone) in ACCOUNTS.items():
            if account not in known:
                _answer("account", "create", account, "--name", name, "--time-zone", time_zone)
            for data_type in DATA_TYPES:
                _answer("account", "data-type", "enable", account, data_type)
            _ensure_key(chosen, account, "read", "data-access")
            _ensure_key(chosen, account, "write", "collect")
            _ensure_administrator(chosen, account)
        _ensure_key(
            chosen,
            next(iter(ACCOUNTS)),
            "browser",
            "collect-from-browser",
            "--origin",
            f"https://localhost:{_free_port(8445)}",
        )
    if not _has_history(chosen):
        console.print(f"Simulating {days} days of history …")
        _show("simulate", "backfill", "--days", str(days))
    console.print("Making data files of it …")
    _show("pipeline", "run")
    return chosen


def _has_history(chosen: settings.Settings) -> bool:
    """A demo that goes on needs no history: the live simulation catches up by itself."""
    store = open_store(chosen.store_url)
    return all(history_end(store, collector_of(account)) is not None for account in ACCOUNTS)


def keys_of(folder: Path) -> dict[str, AccountKeys]:
    """Of each account."""

    def read(account: str, kind: str) -> dict[str, str]:
        path = key_path(folder, account, kind)
        # A demo that was begun before there was a console, and still runs, has no administrator.
        values: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return values

    return {
        account: AccountKeys(*(read(account, kind) for kind in ("read", "write", "administrator")))
        for account in ACCOUNTS
    }


def key_path(folder: Path, account: str, kind: str) -> Path:
    return folder / "keys" / f"{account}.{kind}.json"


def _wanted(speed: float) -> dict[str, str]:
    platform, collector = _free_port(8443), _free_port(8444)
    wanted = {
        "TRUNKLINE_PLATFORM_URL": f"https://localhost:{platform}",
        "TRUNKLINE_PLATFORM_BIND": f"127.0.0.1:{platform}",
        "TRUNKLINE_COLLECTOR_URL": f"https://localhost:{collector}",
        "TRUNKLINE_COLLECTOR_BIND": f"127.0.0.1:{collector}",
        "TRUNKLINE_COLLECTOR_ID": "demo",
        "TRUNKLINE_LOG_FORMAT": "console",
    }
    if speed == 1:
        return wanted
    return wanted | {
        "TRUNKLINE_MODE": "development",
        "TRUNKLINE_CLOCK_SPEED": f"{speed:g}",
        "TRUNKLINE_CLOCK_ORIGIN": str(int(time.time() * 1000)),
    }


def _free_port(wanted: int) -> int:
    """The wanted port, or any that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise NotReady("no free port on 127.0.0.1")


def _ensure_key(chosen: settings.Settings, account: str, kind: str, permission: str, *options: str) -> None:
    """A key file for this purpose; made once, since nobody can read a key again."""
    path = key_path(chosen.data, account, kind)
    if path.exists():
        return
    made = json.loads(
        _answer(
            "key",
            "create",
            "--account",
            account,
            "--name",
            f"demo {kind}",
            "--permission",
            permission,
            *options,
            "--json",
        )
    )
    _keep(path, json.dumps({**made, "ca": str(chosen.data / "ca" / "ca.crt")}, indent=1))


def _ensure_administrator(chosen: settings.Settings, account: str) -> None:
    """Somebody who can sign in at the console, with a password that is kept beside the keys."""
    path = key_path(chosen.data, account, "administrator")
    if path.exists():
        return
    login, password = f"admin@{ACCOUNTS[account][0].lower()}.example", secrets.token_urlsafe(15)
    password_file = path.with_suffix(".password")
    _keep(password_file, password)
    options = (login, "--account", account, "--password-file", str(password_file))
    # A demo that was interrupted here has made the user and forgotten the password.
    if subprocess.run(program("admin", "create", *options), capture_output=True).returncode:
        _answer("user", "password", *options, "--keep")
    _keep(path, json.dumps({"loginName": login, "password": password}, indent=1))
    password_file.unlink()


def _keep(path: Path, text: str) -> None:
    """A file that only this user reads, whole or not at all."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)


def _answer(*arguments: str) -> str:
    """What a command prints; its complaints go to the terminal."""
    done = subprocess.run(program(*arguments), stdout=subprocess.PIPE, text=True)
    return _checked(done, arguments).stdout


def _show(*arguments: str) -> None:
    """Run a command that speaks to the person itself."""
    _checked(subprocess.run(program(*arguments), text=True), arguments)


def _checked(
    done: subprocess.CompletedProcess[str], arguments: tuple[str, ...]
) -> subprocess.CompletedProcess[str]:
    if done.returncode:
        raise NotReady(f"`trunkline {' '.join(arguments)}` ended with code {done.returncode}")
    return done
