"""The operator's commands."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from tests.platform.conftest import NORTHWIND
from typer.testing import CliRunner, Result

from trunkline.cli import accounts as commands
from trunkline.cli.users import user as of_users
from trunkline.platform.accounts.models import AccountDataType, ApiKey, WriteKey
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.isolation import policies

pytestmark = pytest.mark.django_db(databases="__all__")


def run(app: str, *arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(getattr(commands, app), list(arguments), **options)


def as_json(app: str, *arguments: str) -> Any:
    done = run(app, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(app: str, *arguments: str) -> str:
    done = run(app, *arguments)
    assert done.exit_code != 0
    assert not isinstance(done.exception, Exception), done.exception
    # Errors about options are drawn in a box, as wide as the terminal.
    return " ".join(done.stderr.replace("│", " ").split())


@pytest.fixture
def northwind_account(db: None) -> None:
    as_json("account", "create", NORTHWIND, "--name", "Northwind", "--time-zone", "America/New_York")


def test_an_account_is_made_and_listed() -> None:
    assert "trunkline account create" in run("account", "list").stdout
    made = as_json("account", "create", NORTHWIND, "--name", "Northwind", "--time-zone", "America/New_York")
    assert made["timeZone"] == "America/New_York"
    assert as_json("account", "list") == [made]
    assert "Northwind" in run("account", "list").stdout


def test_errors_say_the_remedy_on_standard_error_and_end_with_a_code(northwind_account: None) -> None:
    assert "account list" in refused("account", "create", NORTHWIND, "--name", "Again")
    assert "America/New_York" in refused("account", "create", "1", "--name", "x", "--time-zone", "Mars")
    assert "account create" in refused("account", "data-type", "enable", "2", "agentActivity")
    assert "agentActivity" in refused("account", "data-type", "enable", NORTHWIND, "agents")
    assert "drop or reemit" in refused(
        "account", "data-type", "enable", NORTHWIND, "agentActivity", "--late", "x"
    )
    assert "Make two keys" in refused(
        "key",
        "create",
        "--account",
        NORTHWIND,
        "--name",
        "k",
        "--permission",
        "collect",
        "--permission",
        "data-access",
    )
    assert "key list" in refused("key", "revoke", "--account", NORTHWIND, "key_0")


def test_a_data_type_is_switched_on_with_its_rules_and_off(northwind_account: None) -> None:
    rules = ["--heartbeats", "--maximum-hours", "12", "--schema-version", "1.0.0.35", "--late", "drop"]
    row = as_json("account", "data-type", "enable", NORTHWIND, "agentActivity", *rules)
    assert row == {
        "dataType": "agentActivity",
        "enabled": True,
        "heartbeats": True,
        "inactivityMinutes": 60,
        "maximumHours": 12,
        "late": "drop",
        "schemaVersion": "1.0.0.35",
    }
    assert as_json("account", "data-type", "list", NORTHWIND) == [row]
    assert run("account", "data-type", "disable", NORTHWIND, "agentActivity").exit_code == 0
    assert AccountDataType.objects.get().switched_on is False


def test_an_api_key_is_shown_once(northwind_account: None) -> None:
    new = as_json(
        "key", "create", "--account", NORTHWIND, "--name", "warehouse", "--permission", "data-access"
    )
    assert {"id", "appKey", "secret", "accessToken", "accessTokenSecret"} <= set(new)
    listed = run("key", "list", "--account", NORTHWIND, "--json").stdout
    assert new["id"] in listed
    for name in ("secret", "accessToken", "accessTokenSecret", "appKey"):
        assert new[name] not in listed
    assert (
        "shown once"
        in run("key", "create", "--account", NORTHWIND, "--name", "k", "--permission", "collect").stdout
    )
    assert (ApiKey.objects.count(), WriteKey.objects.count()) == (1, 1)


def test_a_key_is_revoked(northwind_account: None) -> None:
    new = as_json("key", "create", "--account", NORTHWIND, "--name", "crm", "--permission", "collect")
    assert run("key", "revoke", "--account", NORTHWIND, new["id"]).exit_code == 0
    assert as_json("key", "list", "--account", NORTHWIND)[0]["revoked"]


def test_an_administrator_is_made_from_a_file_or_a_prompt(northwind_account: None, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("correct horse battery\n")
    done = run("admin", "create", "--account", NORTHWIND, "ada", "--password-file", str(path))
    assert done.exit_code == 0, done.output
    typed = "another long password\n" * 2
    done = run("admin", "create", "--account", NORTHWIND, "bo", input=typed)
    assert done.exit_code == 0, done.output
    assert "another long password" not in done.output
    names = ConfigurationObject.objects.filter(type="user").values_list("name", flat=True)
    assert sorted(names) == ["ada", "bo"]
    path.write_text("short\n")
    assert "12 characters" in refused(
        "admin", "create", "--account", NORTHWIND, "cy", "--password-file", str(path)
    )
    missing = str(tmp_path / "missing")
    assert "cannot be read" in refused(
        "admin", "create", "--account", NORTHWIND, "cy", "--password-file", missing
    )


def test_sealing_keys_are_rotated(northwind_account: None) -> None:
    assert "1 accounts" in run("key", "reseal").stdout


def test_migrating_again_is_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    # On PostgreSQL the tests' database is laid out for three roles, and their settings name one.
    monkeypatch.setattr(policies, "are_laid", lambda _connection: False)
    done = run("migrate")
    assert done.exit_code == 0, done.output
    assert "default: ready" in done.stdout


def test_a_database_that_cannot_be_used_is_one_line_that_says_what_to_do(monkeypatch: Any) -> None:
    from django.db import OperationalError

    def fail(*_args: Any) -> None:
        raise OperationalError("no such table: accounts_account")

    monkeypatch.setattr(commands.accounts, "accounts", fail)
    assert "trunkline migrate" in refused("account", "list")


@pytest.mark.parametrize(
    "arguments",
    [
        ["account", "create"],
        ["account", "data-type", "enable"],
        ["account", "data-type", "disable"],
        ["key", "create"],
        ["key", "revoke"],
        ["key", "permissions"],
        ["admin", "create"],
        ["user", "password"],
        ["user", "password-rules"],
        ["user", "remove-second-factor"],
    ],
)
def test_the_help_of_commands_has_an_example(arguments: list[str]) -> None:
    app, *rest = arguments
    group = of_users if app == "user" else getattr(commands, app)
    shown = CliRunner().invoke(group, [*rest, "--help"]).stdout
    assert f"Example: trunkline {' '.join(arguments)}" in " ".join(shown.split())


def test_the_migrations_are_those_of_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrate_says_whether_something_is_to_do(monkeypatch: Any) -> None:
    assert run("migrate", "--check").exit_code == 0
    monkeypatch.setattr(commands, "pending", lambda _alias: True)
    assert "run `trunkline migrate`" in refused("migrate", "--check")


def test_a_publishable_key_is_shown_as_the_element_for_the_pages_and_any_time_again(
    northwind_account: None, monkeypatch: Any, tmp_path: Path
) -> None:
    wanted = ["--account", NORTHWIND, "--name", "shop", "--permission", "collect-from-browser"]
    assert "--origin https://shop.example" in refused("key", "create", *wanted)
    new = as_json("key", "create", *wanted, "--origin", "https://shop.example")
    assert new["element"].endswith(
        f'/collector/v1/tag.js" data-account="{NORTHWIND}" data-key="{new["token"]}"></script>'
    )
    (row,) = as_json("key", "list", "--account", NORTHWIND)
    assert (row["token"], row["origins"]) == (new["token"], ["https://shop.example"])
    shown = run("key", "create", *wanted, "--origin", "https://m.shop.example").stdout
    assert "<script async src=" in shown and "shown once" not in shown
    monkeypatch.setattr(commands, "BUILT", tmp_path / "tag.js")
    assert "make web" in run("key", "create", *wanted, "--origin", "https://n.shop.example").stdout
