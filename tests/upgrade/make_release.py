#!/usr/bin/env python3
"""Make the data folder of a release, for the upgrade test: what a small installation of it leaves when it is stopped.

Run once for a release, with the program of that release, and the file is checked in; nothing in it is secret:

    git archive RELEASE src | tar -x -C /somewhere
    tests/with-postgres env PYTHONPATH=/somewhere/src .venv/bin/python tests/upgrade/make_release.py NAME

writes tests/upgrade/NAME.tar.xz: `sqlite/` and `postgresql/`, each a data folder as `up` leaves it, with `facts.json` beside
(keys, what was listed, its digests) and, for PostgreSQL, `dump.sql`. It uses only commands and files that every release has:
the same script makes the folders of releases to come. What it makes differs each time in secrets, ids and digests only.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

DATA = "@DATA@"
"""Stands for the path of the data folder in its settings."""
HOUR_MS = 3_600_000
FIRST = 1_795_600_800_000
"""2026-11-25T10:00Z: the first hour of data. Time runs at its pace from there on, whenever this script is run."""
NORTHWIND, CONTOSO = "75555851", "28045150"
TYPES = ("agentActivity", "webSession", "engagement", "survey")
ADA = {"agentId": 9, "userName": "ada", "nickname": "Ada", "loginName": "ada@northwind.example", "groupId": 4}
A_WEEK = ("--inactivity-minutes", str(7 * 24 * 60), "--maximum-hours", str(7 * 24))
"""The open shift must not end by itself while the test brings a slow machine's servers up on a fast clock."""
TEA = "https://shop.example/tea"

RECORD = """
import json, sys
from pathlib import Path
import msgspec
from trunkline.events import EVENT_TYPES
from trunkline.segments.history import History
from trunkline.store import open_store
data, since, end, *batches = json.loads(sys.stdin.read())
history = History(open_store((Path(data) / "store").as_uri()), Path(data) / "collector" / "crm", "crm", since)
for at, account, events in batches:
    history.add(at, account, [msgspec.convert(event, EVENT_TYPES[event["type"]]) for event in events])
history.end(end)
"""
LISTED = """
import json
from trunkline.platform.data_access.catalogue import DatabaseCatalogue
from trunkline.schemas import data_types
files = [file for name in data_types() for file in DatabaseCatalogue().files(name, 0, 2**62)]
print(json.dumps([[file.account_id, file.data_type, file.name, file.digest] for file in files]))
"""


def events(hour: int) -> list[list[Any]]:
    """Of one hour: Ada's shift goes on, and a visitor comes and goes. Batches: when, for whom, what."""

    def event(kind: str, minute: int, **members: Any) -> dict[str, Any]:
        return {"type": kind, "eventId": f"{kind}-{minute}", "timestamp": FIRST + minute * 60_000, **members}

    first, start = (hour == 0), hour * 60
    agent = event(
        "agent.login" if first else "agent.status",
        start + 5,
        **ADA,
        **({"previousState": 1, "sessionId": "shift-1"} if first else {"state": 2 + hour % 2}),
    )
    visitor = {"visitorId": f"visitor-{hour}"}
    visit = [
        event("visit.started", start + 6, **visitor),
        event("visit.page", start + 7, **visitor, url=TEA),
        event("visit.ended", start + 9, **visitor),
    ]
    other = [
        event("agent.login", start + 6, **ADA, previousState=1),
        event("agent.logout", start + 20, **ADA, previousState=2),
    ]
    at = FIRST + (start + 30) * 60_000
    return [[at, NORTHWIND, [agent, *visit]], [at + 1, CONTOSO, other]]


class Release:
    """An installation of the release whose program is in PYTHONPATH."""

    def __init__(self, data: Path, database_url: str) -> None:
        self.data = data
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
        self.environment = clean | {"TRUNKLINE_DATA": str(data), "DATABASE_URL": database_url}

    def at(self, instant: int) -> "Release":
        """From now on its clock shows this and runs on: as fast as the true one, but for a millionth."""
        self.environment |= {
            "TRUNKLINE_CLOCK_SPEED": repr(instant / (time.time() * 1000)),
            "TRUNKLINE_CLOCK_ORIGIN": "0",
        }
        return self

    def run(self, *arguments: str, given: str = "") -> str:
        return self._done([sys.executable, "-m", "trunkline", *arguments], given)

    def script(self, text: str, given: str = "") -> str:
        return self._done([sys.executable, "-c", text], given)

    def _done(self, command: list[str], given: str) -> str:
        done = subprocess.run(command, env=self.environment, input=given, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{command}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def key(self, account: str, *permissions: str, origin: str = "") -> Any:
        wanted = [part for permission in permissions for part in ("--permission", permission)]
        wanted += ["--origin", origin] if origin else []
        return json.loads(
            self.run("key", "create", "--account", account, "--name", "fixture", *wanted, "--json")
        )


def main(name: str) -> None:
    os.umask(0o077)
    server = os.environ["TRUNKLINE_TEST_POSTGRES"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make(root / "sqlite", "")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE release")
        url = f"{server.rpartition('/')[0]}/release"
        make(root / "postgresql", url)
        dump = subprocess.run(
            ["pg_dump", "--inserts", "--no-owner", "--no-acl", url],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        # Newer versions write commands of psql's around the dump; the test speaks SQL alone.
        lines = [line for line in dump.stdout.splitlines() if not line.startswith("\\")]
        (root / "postgresql" / "dump.sql").write_text("\n".join(lines), encoding="utf-8")
        path = Path(__file__).parent / f"{name}.tar.xz"
        with tarfile.open(path, "w:xz", preset=9) as archive:
            for database in ("sqlite", "postgresql"):
                archive.add(root / database, database, filter=of_nobody)
        print(f"{path}: {path.stat().st_size} bytes")


def make(folder: Path, database_url: str) -> None:
    release = Release(folder / "data", database_url).at(FIRST)
    release.script(
        "import os; from pathlib import Path; from trunkline.cli.folder import prepare; "
        "prepare(Path(os.environ['TRUNKLINE_DATA']), {'TRUNKLINE_PLATFORM_URL': 'https://localhost:8443', "
        "'TRUNKLINE_COLLECTOR_URL': 'https://localhost:8444'})"
    )
    release.run("migrate")
    facts = configure(release)
    publish(release, 4)
    facts["listed"] = json.loads(release.script(LISTED))
    facts["end"] = FIRST + 4 * HOUR_MS
    trim(release.data)
    (folder / "facts.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def configure(release: Release) -> dict[str, Any]:
    """Two accounts with all that can be had; what is shown once is in the facts."""
    password = release.data.parents[1] / "password"
    password.write_text("correct horse battery staple", encoding="utf-8")
    for account, brand, zone in (
        (NORTHWIND, "Northwind", "America/New_York"),
        (CONTOSO, "Contoso", "Europe/London"),
    ):
        release.run("account", "create", account, "--name", brand, "--time-zone", zone)
        for data_type in TYPES:
            lengths = A_WEEK if data_type == "agentActivity" else ()
            release.run("account", "data-type", "enable", account, data_type, *lengths)
        release.run("admin", "create", "--account", account, "ada", "--password-file", str(password))
    public = (Path(__file__).parent / "contoso.asc").read_text(encoding="utf-8")
    release.run("account", "encryption", "set", CONTOSO, "--key-file", "-", given=public)
    return {
        "reading": {account: release.key(account, "data-access") for account in (NORTHWIND, CONTOSO)},
        "writing": {account: release.key(account, "collect") for account in (NORTHWIND, CONTOSO)},
        "publishable": release.key(NORTHWIND, "collect-from-browser", origin="https://shop.example"),
        "password": password.read_text(encoding="utf-8"),
    }


def publish(release: Release, hours: int) -> None:
    batches = [batch for hour in range(hours) for batch in events(hour)]
    end = FIRST + hours * HOUR_MS
    release.script(RECORD, json.dumps([str(release.data), FIRST, end, *batches]))
    release.at(end + HOUR_MS // 2).run("pipeline", "run")


def trim(data: Path) -> None:
    """Away with what the program makes again by itself; the folder's own path becomes DATA."""
    for name in ("pipeline", "store/compact", "ca"):
        shutil.rmtree(data / name, ignore_errors=True)
    settings = data / "trunkline.env"
    settings.write_text(settings.read_text(encoding="utf-8").replace(str(data), DATA), encoding="utf-8")


def of_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main(sys.argv[1])
