"""Bar C7: fifty secrets go through every verb that takes or makes one; none is found in any byte on the disk, nor in the logs."""

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from django.db import connection
from tests.platform.conftest import FOLDER, NORTHWIND

from trunkline.platform.accounts import accounts, keys, passwords, users
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.auth import logins, second_factor
from trunkline.platform.auth.user_actor import actor_of_user
from trunkline.platform.refusals import NotProven
from trunkline.platform.seen import Seen

pytestmark = pytest.mark.django_db(transaction=True)

BLOCK = 2**20


def canaries() -> Iterator[str]:
    """Each secret, when its verb is done."""
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    for number in range(8):
        key = keys.create_key(OPERATOR, NORTHWIND, name=f"key {number}", permissions=["data-access"])
        yield from (key.secret, key.access_token_secret)  # type: ignore[union-attr]
        write_key = keys.create_key(OPERATOR, NORTHWIND, name=f"producer {number}", permissions=["collect"])
        yield write_key.token  # type: ignore[union-attr]
        keys.revoke_key(OPERATOR, NORTHWIND, key.id)
    for number in range(4):
        password, next_password, wrong = (secrets.token_urlsafe(18) for _ in range(3))
        user = users.create_administrator(OPERATOR, NORTHWIND, f"user{number}", password)
        yield password
        with pytest.raises(NotProven):
            logins.log_in(NORTHWIND, user.name, wrong, seen=Seen())
        yield wrong
        made = logins.log_in(NORTHWIND, user.name, password, seen=Seen())
        yield made.token
        actor = actor_of_user(user, Seen(), "login")
        offered = second_factor.offer(actor)
        yield from second_factor.enrol(actor, offered.sealed, pyotp.TOTP(offered.secret).now())
        yield offered.secret
        passwords.set_user_password(OPERATOR, NORTHWIND, user.number, next_password)
        yield next_password


def test_no_secret_is_found_on_the_disk(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    found = list(canaries())
    assert len(set(found)) >= 50
    said = "".join(capfd.readouterr()) + caplog.text
    # Something that is no secret is found, so the search finds what is there.
    sought = {canary.encode() for canary in found} | {b"producer 7"}
    seen = {canary for file in files() for canary in found_in(file, sought)}
    assert seen == {b"producer 7"}
    assert not [canary for canary in found if canary in said]
    assert not [canary for canary in found if Change.objects.filter(document__contains=canary).exists()]
    print(f"\nC7: {len(set(found))} secrets, 0 found", file=sys.stderr)


def files() -> list[Path]:
    """Of the database, with its write-ahead log."""
    if connection.vendor != "postgresql":
        return [path for path in FOLDER.rglob("*") if path.is_file()]
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT pg_relation_filepath(oid::regclass) FROM pg_class WHERE relkind IN ('r', 't', 'i') AND relfilenode > 0"
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute("SHOW data_directory")
        [folder] = cursor.fetchone()
    return [path for name in names if (path := Path(folder, name)).is_file()] + list(
        Path(folder, "pg_wal").glob("0*")
    )


def found_in(path: Path, sought: set[bytes]) -> set[bytes]:
    """Read in blocks that overlap."""
    seen: set[bytes] = set()
    with path.open("rb") as file:
        tail = b""
        while block := file.read(BLOCK):
            text = tail + block
            seen |= {canary for canary in sought - seen if canary in text}
            tail = text[-200:]
    return seen
