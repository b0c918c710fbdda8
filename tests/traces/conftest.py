"""The whole program, as a person starts it: real processes, real TLS, a fast clock."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

import postgres
from traces.stack import SPEED, Stack, running
from trunkline.clock import Clock


@pytest.fixture
def database_url() -> Iterator[str]:
    """An empty database of its own on the PostgreSQL of this run; "" for SQLite."""
    with empty_database() as url:
        yield url


@pytest.fixture
def other_database_url() -> Iterator[str]:
    """Another one."""
    with empty_database() as url:
        yield url


@contextmanager
def empty_database() -> Iterator[str]:
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
    """`trunkline up` in an empty folder; on PostgreSQL with its three roles."""
    clock = Clock(speed=SPEED, origin=int(time.time() * 1000))
    with running(tmp_path, clock, settings={**store_settings, **postgres.settings(database_url)}) as made:
        yield made
