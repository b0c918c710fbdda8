"""Each command that can change an account leaves a change in its trail, or says why not."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.platform.conftest import NORTHWIND
from typer.testing import CliRunner

from trunkline.cli.accounts import account, admin, key
from trunkline.cli.config import config
from trunkline.cli.users import user
from trunkline.platform.accounts import encryption, keys, users
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import SKILL

pytestmark = pytest.mark.django_db

# All others are of the machine: they touch no account's configuration.
GROUPS = {"account": account, "key": key, "admin": admin, "user": user, "config": config}

READS = "shows"
HARMLESS = {
    "account list": READS,
    "account data-type list": READS,
    "account encryption show": READS,
    "account encryption list": READS,
    "key list": READS,
    "config list": READS,
    "config show": READS,
    "config export": READS,
    "key reseal": "seals the same secrets anew; of no account, and nothing that an account has chosen",
    "key rotate-signing": "of the site, not of an account",
}

Prepared = Callable[[Path, str], list[str]]
"""The arguments, by a folder and a public key."""


def skill() -> str:
    [row] = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
    return str(row.number)


def a_key() -> str:
    return keys.create_key(OPERATOR, NORTHWIND, name="k", permissions=["data-access"]).id


def written(folder: Path, text: str) -> str:
    path = folder / "given"
    path.write_text(text)
    return str(path)


def ada() -> str:
    users.create_administrator(OPERATOR, NORTHWIND, "ada", "correct horse battery")
    return "ada"


def encrypted(curve: str) -> str:
    encryption.set_public_key(OPERATOR, NORTHWIND, curve)
    return NORTHWIND


OF = ["--account", NORTHWIND]
PASSWORD = "another horse battery"
DEEDS: dict[str, Prepared] = {
    "account create": lambda _folder, _curve: ["4711", "--name", "Brand"],
    "account data-type enable": lambda _folder, _curve: [NORTHWIND, "webSession"],
    "account data-type disable": lambda _folder, _curve: [NORTHWIND, "agentActivity"],
    "account encryption set": lambda folder, curve: [NORTHWIND, "--key-file", written(folder, curve)],
    "account encryption remove": lambda _folder, curve: [encrypted(curve)],
    "key create": lambda _folder, _curve: [*OF, "--name", "k", "--permission", "collect"],
    "key permissions": lambda _folder, _curve: [*OF, a_key(), "--permission", "audit-trail"],
    "key revoke": lambda _folder, _curve: [*OF, a_key()],
    "admin create": lambda folder, _curve: [*OF, "bo", "--password-file", written(folder, PASSWORD)],
    "user password": lambda folder, _curve: [*OF, ada(), "--password-file", written(folder, PASSWORD)],
    "user password-rules": lambda _folder, _curve: [*OF, "--min-length", "14"],
    "config create": lambda _folder, _curve: ["skill", "name=Billing", *OF],
    "config set": lambda _folder, _curve: ["skill", skill(), "name=Invoices", *OF],
    "config delete": lambda _folder, _curve: ["skill", skill(), *OF],
}
ELSEWHERE = {"user remove-second-factor": "needs a device: test_second_factor, test_what_is_recorded"}


def commands(group: Any, name: str) -> Iterator[str]:
    below = getattr(group, "commands", {})
    if below:
        for last, command in below.items():
            yield from commands(command, f"{name} {last}")
    else:
        yield name


def test_every_command_is_in_one_of_the_lists() -> None:
    found: list[str] = []
    for name, app in GROUPS.items():
        found += commands(typer.main.get_command(app), name)
    assert sorted(found) == sorted([*DEEDS, *HARMLESS, *ELSEWHERE])


@pytest.mark.parametrize("name", sorted(DEEDS))
def test_what_a_command_does_is_recorded_as_an_operators(
    northwind: Any, curve: str, tmp_path: Path, name: str
) -> None:
    group, *below = name.split()
    arguments = DEEDS[name](tmp_path, curve)
    before = Change.objects.count()
    done = CliRunner().invoke(GROUPS[group], [*below, *arguments])
    assert done.exit_code == 0, done.output
    assert Change.objects.count() > before
    last = json.loads(Change.objects.order_by("-id")[0].document)
    assert last["actor"]["kind"] == "operator"
