"""The whole program, as a person starts it: real processes, real TLS, a fast clock."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import postgres
from traces.stack import Stack, eventually, free_port
from trunkline.clock import Clock

SPEED = 1200
"""An hour passes in three seconds."""


@pytest.fixture
def database_url() -> Iterator[str]:
    """An empty database of its own on the PostgreSQL of this run; "" for SQLite."""
    server = os.environ.get("TRUNKLINE_TEST_POSTGRES")
    if not server:
        yield ""
        return
    name = f"story_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(postgres.create(name))  # type: ignore[arg-type]
        yield server.rpartition("/")[0] + f"/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture
def store_settings() -> dict[str, str]:
    """Where the store is, for a module that wants it elsewhere than in the data folder."""
    return {}


@pytest.fixture
def stack(tmp_path: Path, database_url: str, store_settings: dict[str, str]) -> Iterator[Stack]:
    """`trunkline up` in an empty folder."""
    platform, collector = free_port(), free_port()
    clock = Clock(speed=SPEED, origin=int(time.time() * 1000))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")},
        "TRUNKLINE_DATA": str(tmp_path),
        "TRUNKLINE_MODE": "development",
        "TRUNKLINE_CLOCK_SPEED": str(SPEED),
        "TRUNKLINE_CLOCK_ORIGIN": str(clock.origin),
        **store_settings,
        **postgres.settings(database_url),
    }
    addresses = (f"https://localhost:{platform}", f"https://localhost:{collector}")
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "trunkline",
                "up",
                "--platform-url",
                addresses[0],
                "--collector-url",
                addresses[1],
            ],
            env=environment,
            cwd=tmp_path,
            stdout=log,
            stderr=log,
        )
    made = Stack(tmp_path, environment, *addresses, clock)
    try:
        eventually(
            lambda: process.poll() is not None or b"Data Access API" in (tmp_path / "up.log").read_bytes()
        )
        assert process.poll() is None, (tmp_path / "up.log").read_text()
        yield made
    finally:
        process.terminate()
        assert process.wait(60) == 0
        print(
            *(f"── {path.name}\n{path.read_text()[-3000:]}" for path in (tmp_path / "log").glob("*.log")),
            sep="\n",
        )
