"""The platform under test: databases of its own, the fixed cast, and a caller who signs."""

import base64
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management.commands import flush
from django.core.signals import request_finished, request_started
from django.db import connections
from django.test import Client
from oauthlib.oauth1 import Client as Signer

import postgres
from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import DataFile, Run
from trunkline.platform.accounts.hashing import Argon2id
from trunkline.platform.databases import databases
from trunkline.platform.isolation import policies
from trunkline.platform.isolation.account import NOBODY, acting_for
from trunkline.settings import Settings
from trunkline.store import open_store

FOLDER = Path(mkdtemp(prefix="trunkline-platform-tests-"))

# pytest-django loads Django before it reads any conftest, so what the tests need is put in here, before the first
# connection is opened.
TRUNKLINE = Settings(
    mode="development",
    data=FOLDER,
    database_url=os.environ.get("TRUNKLINE_TEST_POSTGRES", ""),
    platform_url="https://data.example.com",
    sealing_keys=base64.b64encode(bytes(range(32))).decode(),
)
django_settings.TRUNKLINE = TRUNKLINE
django_settings.SECRET_KEY = "only for tests " * 5
for connection in connections.all(initialized_only=True):
    del connections[connection.alias]
chosen = databases(TRUNKLINE)
if not TRUNKLINE.database_url:
    for name, database in chosen.items():
        # Databases in memory cannot be shared between threads as files are.
        database["TEST"] = {"NAME": str(FOLDER / f"test-{name}.sqlite3")}
django_settings.DATABASES = chosen
connections.settings = connections.configure_settings(chosen)


_flush = flush.Command.handle


def _flush_with_trail(command: flush.Command, **options: Any) -> None:
    """Django empties the tables after a test with real transactions; the database keeps anybody from emptying the trail.

    The triggers come back when Django says that it is done.
    """
    from trunkline.platform.audit import shadow

    if options["database"] == "default":
        shadow.lift(connections["default"])
    _flush(command, **options)


flush.Command.handle = _flush_with_trail  # type: ignore[method-assign]

HASHING = (Argon2id.memory_cost, Argon2id.time_cost, Argon2id.parallelism)
"""As it is in earnest."""

NORTHWIND, CONTOSO = "75555851", "28045150"
URL = "https://data.example.com"


class Caller:
    """Someone with a key, who signs with a library that is not ours."""

    def __init__(self, account_id: str, key: Any) -> None:
        self.account_id = account_id
        self.key = key

    def sign(self, url: str, method: str = "GET", **options: Any) -> dict[str, str]:
        """The headers of a signed request."""
        body, headers = options.pop("body", None), options.pop("headers", None)
        signer = Signer(
            self.key.app_key,
            client_secret=self.key.secret,
            resource_owner_key=self.key.access_token,
            resource_owner_secret=self.key.access_token_secret,
            **options,
        )
        return signer.sign(url, http_method=method, body=body, headers=headers)[1]

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Any:
        """Send a signed request; a header is given as `if_none_match="…"`."""
        sent = self.sign(URL + path, method)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(raise_request_exception=False).generic(method, path, headers=sent)

    def le(self, rest: str = "", **more: Any) -> Any:
        return self.get(f"/data_access_le/account/{self.account_id}/le{rest}", **more)


@pytest.fixture(scope="session", autouse=True)
def requests_as_application(django_db_setup: None, django_db_blocker: Any) -> None:
    """On PostgreSQL a request is answered by the role of the application; what prepares it may do everything."""
    connection = connections["default"]
    if connection.vendor != "postgresql":
        return
    roles = policies.Roles(postgres.APPLICATION, postgres.SYSTEM, connection.settings_dict["USER"])
    with django_db_blocker.unblock():
        # Tests that ask for no database get none.
        if "accounts_account" not in connection.introspection.table_names():
            return
        policies.lay(connection, roles)
    request_started.connect(lambda **_: switch_role(f"SET ROLE {postgres.APPLICATION}"), weak=False)
    request_finished.connect(lambda **_: switch_role("RESET ROLE"), weak=False)


def switch_role(statement: str) -> None:
    connection: Any = connections["default"]
    if connection.connection is not None and not connection.needs_rollback:
        # Past Django, since tests count what is asked.
        connection.connection.execute(statement)


@pytest.fixture(autouse=True)
def of_nobody() -> Iterator[None]:
    """What a test does without a request leaves no account to the next."""
    with acting_for(NOBODY):
        yield


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost next to nothing here; what they cost in earnest is the subject of one test."""
    monkeypatch.setattr(Argon2id, "memory_cost", 64)
    monkeypatch.setattr(Argon2id, "time_cost", 1)


@pytest.fixture
def make_account(db: None) -> Callable[..., Caller]:
    from trunkline.platform.accounts import accounts, data_types, keys
    from trunkline.platform.actors import OPERATOR

    def make(account_id: str, name: str, time_zone: str, *, on: bool = True) -> Caller:
        accounts.create_account(OPERATOR, account_id, name=name, time_zone=time_zone)
        if on:
            data_types.switch_on(OPERATOR, account_id, "agentActivity")
        key = keys.create_key(OPERATOR, account_id, name="warehouse", permissions=["data-access"])
        return Caller(account_id, key)

    return make


@pytest.fixture
def northwind(make_account: Callable[..., Caller]) -> Caller:
    return make_account(NORTHWIND, "Northwind", "America/New_York")


@pytest.fixture
def contoso(make_account: Callable[..., Caller]) -> Caller:
    """Must never see anything of Northwind."""
    return make_account(CONTOSO, "Contoso", "Europe/London")


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> Any:
    """A store of this test alone."""
    url = (tmp_path / "store").as_uri()
    settings.TRUNKLINE = replace(TRUNKLINE, store=url)
    return open_store(url)


def data_file(account_id: str, hour: int, text: bytes = b"", part: int = 0, **changes: Any) -> DataFile:
    """A file as the pipeline would describe it."""
    name = f"Agent.{hour}.{hour + HOUR_MS}.part-{part:05d}-0.gz"
    values = {
        "account_id": account_id,
        "data_type": "agentActivity",
        "scope_start": hour,
        "part": part,
        "name": name,
        "key": f"files/{account_id}/agentActivity/{name}",
        "bytes": len(text),
        "digest": sha256(text).hexdigest(),
        "text_digest": sha256(b"clear " + text).hexdigest(),
        "records": 1,
        "schema_version": "1.0.0.4",
    }
    return DataFile(**values | changes)


def a_run(first_hour: int, *files: DataFile, hours: int = 1, **changes: Any) -> Run:
    """A run of one or more hours."""
    values = {
        "kind": "agentActivity",
        "first_hour": first_hour,
        "end_hour": first_hour + hours * HOUR_MS,
        "watermark": first_hour + hours * HOUR_MS,
        "rules_version": "1",
        "rules": {},
        "segments": (f"segments/{first_hour}.ndjson",),
        "state": f"state/{first_hour}",
        "files": files,
    }
    return Run(**values | changes)


@pytest.fixture
def publish(store: Any, db: None) -> Callable[..., DataFile]:
    """Publish one file with these bytes; `at` is when, epoch ms."""
    from trunkline.clock import Clock
    from trunkline.platform.data_access.catalogue import DatabaseCatalogue

    def publish_one(
        account_id: str, hour: int, text: bytes = b"some bytes", *, at: int | None = None
    ) -> DataFile:
        file = data_file(account_id, hour, text)
        store.write(file.key, text)
        now = hour + HOUR_MS if at is None else at
        DatabaseCatalogue(Clock(real=lambda: now)).publish(a_run(hour, file))
        return file

    return publish_one


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real platform, migrated, with the fixed cast; `northwind` and `contoso` are their keys."""
    from tests.platform.live import Platform, database

    with database("trunkline_live") as url:
        platform = Platform(tmp_path_factory.mktemp("live"), url)
        platform.command("migrate")
        for account_id, brand in ((NORTHWIND, "Northwind"), (CONTOSO, "Contoso")):
            platform.command(
                "account", "create", account_id, "--name", brand, "--time-zone", "America/New_York"
            )
            platform.command("account", "data-type", "enable", account_id, "agentActivity")
        platform.northwind, platform.contoso = platform.key(NORTHWIND), platform.key(CONTOSO)
        with platform.serving():
            yield platform
