"""What an installation of an older release left is brought to this version, and goes on where it stopped.

The folders are made by the releases themselves: tests/upgrade/make_release.py.
"""

import gzip
import hashlib
import json
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from tests.platform.live import signer

from traces.stack import SPEED, Stack, eventually, free_addresses, running
from trunkline.client import DataAccess, OAuth1
from trunkline.client.listing import RemoteFile
from trunkline.clock import HOUR_MS, Clock
from upgrade.make_release import ADA, CONTOSO, DATA, FIRST, NORTHWIND, TYPES, Release

RELEASES = sorted((Path(__file__).parents[1] / "upgrade").glob("*.tar.xz"))
KNOWN = """
import json, sys
from trunkline.platform import project
project.start()
from django.contrib.auth.hashers import check_password
from trunkline.platform.accounts.models import Account, Credential, WriteKey
from trunkline.platform.configuration.models import ConfigurationObject
password = sys.stdin.read()
def user(credential):
    found = ConfigurationObject.objects.get(account=credential.account, type="user", number=credential.number)
    return [found.account_id, found.name, check_password(password, credential.password)]
print(json.dumps({
    "accounts": {account.id: [account.name, account.time_zone] for account in Account.objects.all()},
    "users": sorted(user(credential) for credential in Credential.objects.all()),
    "publishable": [key.token for key in WriteKey.objects.exclude(token=None)],
}))
"""
"""What this version knows, asked of its models: an older one knew them by others."""


@dataclass
class Old:
    """A copy of an old installation."""

    data: Path
    database_url: str
    facts: dict[str, Any]
    addresses: tuple[str, str]

    @property
    def settings(self) -> dict[str, str]:
        names = ("PLATFORM", "COLLECTOR")
        urls = {f"TRUNKLINE_{name}_URL": url for name, url in zip(names, self.addresses, strict=True)}
        binds = {
            f"TRUNKLINE_{name}_BIND": url.removeprefix("https://").replace("localhost", "127.0.0.1")
            for name, url in zip(names, self.addresses, strict=True)
        }
        return urls | binds

    @property
    def release(self) -> Release:
        """Commands of this version, at the time of the machine."""
        return Release(self.data, self.database_url)

    def running(self) -> Any:
        """From half an hour after the old release stopped, an hour in three seconds."""
        real, begin = int(time.time() * 1000), self.facts["end"] + HOUR_MS // 2
        clock = Clock(speed=SPEED, origin=int((real * SPEED - begin) / (SPEED - 1)))
        return running(self.data, clock, self.database_url, self.settings, self.addresses)


@pytest.fixture(params=RELEASES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def old(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Old]:
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="tar")
    folder = tmp_path / ("postgresql" if database_url else "sqlite")
    if database_url:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute((folder / "dump.sql").read_bytes())
    data = folder / "data"
    settings = data / "trunkline.env"
    settings.write_text(settings.read_text(encoding="utf-8").replace(DATA, str(data)), encoding="utf-8")
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    yield Old(data, database_url, facts, free_addresses())


def test_a_data_folder_of_an_older_release_is_upgraded(old: Old) -> None:
    release = old.release
    release.run("migrate")
    known = json.loads(release.script(KNOWN, old.facts["password"]))
    assert known["accounts"] == {
        NORTHWIND: ["Northwind", "America/New_York"],
        CONTOSO: ["Contoso", "Europe/London"],
    }
    assert known["users"] == [[CONTOSO, "ada", True], [NORTHWIND, "ada", True]]
    assert known["publishable"] == [old.facts["publishable"]["token"]]
    with old.running() as stack:
        release.run("check")
        for account in (NORTHWIND, CONTOSO):
            assert_everything_is_served(old, stack, account)
        assert_it_goes_on(old, stack)


def assert_everything_is_served(old: Old, stack: Stack, account: str) -> None:
    """Listed by a request signed with the old key; the same bytes."""
    expected = {name: digest for owner, _, name, digest in old.facts["listed"] if owner == account}
    key = old.facts["reading"][account]
    with DataAccess(stack.platform, account, OAuth1.from_key(key), ca=stack.ca) as data:
        found = [file for name in TYPES for file in files(data, name) if scope(file) < old.facts["end"]]
    options = {"auth": signer(key), "verify": str(stack.ca), "timeout": 30}
    served = {file.name: requests.get(file.href, **options).content for file in found}
    assert expected
    assert {name: hashlib.sha256(body).hexdigest() for name, body in served.items()} == expected


def assert_it_goes_on(old: Old, stack: Stack) -> None:
    """Ada's shift, open since before the upgrade, ends and is published whole; sent with the old write key."""
    logout = {
        **ADA,
        "type": "agent.logout",
        "eventId": "logout",
        "timestamp": stack.clock.now(),
        "previousState": 2,
    }
    token = old.facts["writing"][NORTHWIND]["token"]
    eventually(lambda: stack.post(NORTHWIND, token, [logout]).status_code == 202)
    key = OAuth1.from_key(old.facts["reading"][NORTHWIND])
    with DataAccess(stack.platform, NORTHWIND, key, ca=stack.ca) as data:
        (file,) = eventually(lambda: files(data, "agentActivity"))
        downloaded = data.download(file, old.data.parent / "downloads").path
    (session,) = sessions(downloaded)
    (body,) = session["recordCollection"][0]["body"].values()
    rows = body["agentSessionsData"]["array"]
    assert session["metaData"]["startTime"] == {"long": FIRST + 5 * 60_000}
    assert len(rows) == 5


def files(data: DataAccess, data_type: str) -> list[RemoteFile]:
    start = datetime.fromtimestamp(FIRST / 1000, UTC)
    return list(data.files(data_type, start, start + timedelta(days=60)))


def scope(file: RemoteFile) -> int:
    return int(file.name.split(".")[1])


def sessions(path: Path) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
