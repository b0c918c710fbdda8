"""Every operation that changes anything leaves a change in the trail, or stands here with the reason why not.

Operations and commands are found by looking: a new one that is in neither list fails.
"""

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pyotp
import pytest
import typer
from django.test import Client
from tests.platform.conftest import NORTHWIND, URL, Caller
from typer.testing import CliRunner

from trunkline.cli.program import COMMANDS, program
from trunkline.platform.accounts import keys
from trunkline.platform.accounts.users import create_administrator
from trunkline.platform.actors import OPERATOR
from trunkline.platform.api import api
from trunkline.platform.audit.models import Change
from trunkline.platform.auth import logins
from trunkline.platform.auth.second_factor import enrol, offer
from trunkline.platform.auth.user_actor import actor_of_user
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.objects import create_objects
from trunkline.platform.configuration.registry import OBJECT_TYPES, SKILL, STATUS_REASON
from trunkline.platform.permissions import ADMINISTRATION

pytestmark = pytest.mark.django_db(databases="__all__")

PASSWORD = "correct horse battery"
Request = tuple[str, str, Any]

BESIDE = {"replaceEncryption", "deleteEncryption"}
"""Those that have a test of their own here."""

SAYS_NOTHING = {
    "auditData": "reads; a notice in the security log says so",
    "login": "a log-in is a notice in the security log",
    "refresh": "carries on a log-in",
    "logout": "a notice in the security log",
    "token": "a notice in the security log",
    "tokenV1": "a notice in the security log",
}


def of_objects() -> Iterator[tuple[str, ObjectType, str]]:
    for object_type in OBJECT_TYPES:
        name = object_type.name[0].upper() + object_type.name[1:]
        for operation in (
            f"create{name}",
            f"replace{name}",
            f"replace{name}s",
            f"delete{name}",
            f"delete{name}s",
        ):
            yield operation, object_type, operation.replace(name, "")


def request_of(object_type: ObjectType, what: str, number: int) -> Request:
    place = "le-agents" if object_type is STATUS_REASON else "le-users"
    base = f"{place}/{object_type.path}"
    values = values_of(object_type, "after")
    return {
        "create": ("POST", base, values),
        "replace": ("PUT", f"{base}/{number}", values),
        "replaces": ("PUT", base, [{"id": number, **values}]),
        "delete": ("DELETE", f"{base}/{number}", None),
        "deletes": ("DELETE", base, [str(number)]),
    }[what]


def values_of(object_type: ObjectType, name: str) -> dict[str, Any]:
    root = {"parentGroupId": 1} if object_type.name == "agentGroup" else {}
    return {object_type.named_by: name, **root}


RULES = {"minLength": 14, "strength": 2, "history": 3, "expiryDays": 90}
OWN: dict[str, Callable[[str], Request]] = {
    "replaceSettings": lambda _key: ("PUT", "trunkline/settings", {"name": "N", "timeZone": "UTC"}),
    "replacePasswordRules": lambda _key: ("PUT", "trunkline/password-rules", RULES),
    "replaceDataTypeRules": lambda _key: ("PUT", "trunkline/data-types/engagement", {"switchedOn": True}),
    "createKey": lambda _key: ("POST", "trunkline/api-keys", {"name": "k", "permissions": ["collect"]}),
    "replaceKeyPermissions": lambda key: (
        "PUT",
        f"trunkline/api-keys/{key}",
        {"permissions": ["data-access"]},
    ),
    "revokeKey": lambda key: ("DELETE", f"trunkline/api-keys/{key}", None),
}


@pytest.fixture
def administrator(northwind: Caller) -> Caller:
    key = keys.create_key(OPERATOR, NORTHWIND, name="administrator", permissions=ADMINISTRATION)
    return Caller(NORTHWIND, key)


def answered(caller: Caller, request: Request) -> Any:
    method, path, body = request
    address = f"/api/account/{NORTHWIND}/configuration/{path}"
    data = b"" if body is None else json.dumps(body).encode()
    sent = caller.sign(URL + address, method)
    return Client().generic(method, address, data, "application/json", headers=sent)


def told() -> int:
    return Change.objects.filter(account_id=NORTHWIND).count()


def test_every_operation_is_in_a_list() -> None:
    changing = {
        operation["operationId"]
        for operations in api.get_openapi_schema()["paths"].values()
        for method, operation in operations.items()
        if method not in ("get", "head")
    }
    assert changing == {name for name, _, _ in of_objects()} | set(OWN) | set(SAYS_NOTHING) | BESIDE


@pytest.mark.parametrize(
    ("operation", "object_type", "what"), list(of_objects()), ids=lambda one: str(one)[:30]
)
def test_an_operation_on_objects_is_told(
    administrator: Caller, operation: str, object_type: ObjectType, what: str
) -> None:
    [row] = create_objects(OPERATOR, NORTHWIND, object_type, [values_of(object_type, "before")])
    before = told()
    response = answered(administrator, request_of(object_type, what, row.number))
    assert response.status_code in (200, 201), response.content
    assert told() == before + 1


@pytest.mark.parametrize("operation", OWN)
def test_an_operation_on_the_account_is_told(
    administrator: Caller, northwind: Caller, operation: str
) -> None:
    keys.set_permissions(OPERATOR, NORTHWIND, northwind.key.id, ["user-login"])
    before = told()
    response = answered(administrator, OWN[operation](northwind.key.id))
    assert response.status_code in (200, 201), response.content
    assert told() == before + 1
    last = json.loads(Change.objects.filter(account_id=NORTHWIND).order_by("-number")[0].document)
    assert (last["actor"]["kind"], last["actor"]["authType"]) == ("key", "oauth1")


def test_a_public_key_is_set_shown_and_removed_and_that_is_told(administrator: Caller, curve: str) -> None:
    address = "trunkline/encryption"
    assert answered(administrator, ("GET", address, None)).status_code == 404
    refused = answered(administrator, ("PUT", address, {"key": "none"}))
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "key")
    before = told()
    shown = answered(administrator, ("PUT", address, {"key": curve}))
    assert shown.status_code == 200
    assert answered(administrator, ("GET", address, None)).json() == shown.json()
    assert told() == before + 1
    assert answered(administrator, ("DELETE", address, None)).status_code == 204
    assert told() == before + 2


COMMANDS_THAT_SAY_NOTHING = {
    "audit list": "reads",
    "audit export": "reads",
    "audit check": "reads",
    "audit security-log": "reads",
    "account list": "reads",
    "account data-type list": "reads",
    "account encryption show": "reads",
    "account encryption list": "reads",
    "key list": "reads",
    "key reseal": "seals the same secrets under another key of the operator's; no account's configuration",
    "key rotate-signing": "the platform's own key, of no account",
    "config list": "reads",
    "config show": "reads",
    "config export": "reads",
    "migrate": "shapes tables; what is in them stays",
    "backup": "copies",
    "restore": "puts back what was copied, with its trail",
    "check": "reads",
    "pull": "a client",
    "demo supervise": "starts servers; its accounts are made by the commands above",
    "demo stop": "stops servers",
    "demo shop": "a web site",
    "up": "starts servers",
    "serve platform": "starts a server",
    "serve collector": "starts a server",
    "work pipeline": "makes data files",
    "pipeline run": "makes data files",
    "pipeline rebuild": "makes data files",
    "pipeline tidy": "deletes data files by age",
    "pipeline replay-dead-letters": "makes data files",
    "pipeline status": "reads",
    "pipeline hours": "reads",
    "simulate backfill": "sends events",
    "simulate live": "sends events",
}


class Deeds:
    """Commands that change configuration, with what they need."""

    def __init__(self, caller: Caller, gnupg: Any, curve_key: str, folder: Any) -> None:
        self.of = ["--account", NORTHWIND]
        self.key = caller.key.id
        self.password = folder / "password"
        self.password.write_text("another horse battery")
        self.public_key = folder / "key.asc"
        self.public_key.write_text(gnupg.public(curve_key))
        self.ada = create_administrator(OPERATOR, NORTHWIND, "ada", PASSWORD)
        actor = actor_of_user(self.ada, logins.Seen(), "console")
        offered = offer(actor)

        enrol(actor, offered.sealed, pyotp.TOTP(offered.secret).now())
        [skill] = create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
        self.skill = str(skill.number)

    def commands(self) -> dict[str, list[str]]:
        file = ["--password-file", str(self.password)]
        key_file = ["--key-file", str(self.public_key)]
        return {
            "account create": ["28045150", "--name", "Contoso"],
            "account set": [NORTHWIND, "--name", "North"],
            "account data-type enable": [NORTHWIND, "engagement"],
            "account data-type disable": [NORTHWIND, "agentActivity"],
            "account encryption set": [NORTHWIND, *key_file],
            "account encryption remove": [NORTHWIND],
            "key create": [*self.of, "--name", "k", "--permission", "collect"],
            "key permissions": [*self.of, self.key, "--permission", "user-login"],
            "key revoke": [*self.of, self.key],
            "admin create": [*self.of, "bo", *file],
            "user password": [*self.of, "ada", *file],
            "user password-rules": [*self.of, "--history", "4"],
            "user remove-second-factor": [*self.of, "ada"],
            "config create": [*self.of, "skill", "name=Loans"],
            "config set": [*self.of, "skill", self.skill, "name=Invoices"],
            "config delete": [*self.of, "skill", self.skill],
        }


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not hasattr(group, "list_commands"):
        yield " ".join(path)
        return
    for name in group.list_commands(None):
        yield from commands(group.get_command(None, name), (*path, name))


def app_of(name: str) -> typer.Typer:
    """Below the program, which would choose a data folder."""
    app: typer.Typer = getattr(import_module(f"trunkline.cli.{COMMANDS[name].module}"), name)
    return app


def test_every_command_is_told_or_in_the_list_with_its_reason(
    northwind: Caller, gnupg: Any, curve_key: str, tmp_path: Any
) -> None:
    deeds = Deeds(northwind, gnupg, curve_key, tmp_path).commands()
    found = set(commands(typer.main.get_command(program)))
    assert found == set(deeds) | set(COMMANDS_THAT_SAY_NOTHING)
    for name, arguments in deeds.items():
        before = Change.objects.count()
        first, *rest = name.split()
        done = CliRunner().invoke(app_of(first), [*rest, *arguments])
        assert done.exit_code == 0, (name, done.output)
        assert Change.objects.count() > before, name
        actor = json.loads(Change.objects.order_by("-id")[0].document)["actor"]
        assert (actor["kind"], actor["isLpa"]) == ("operator", True)
        assert actor["name"]
