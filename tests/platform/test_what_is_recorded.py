"""A written list of what must be recorded, and where each of it is: in the security log, or as a change in the trail."""

import json
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from django.test import Client
from tests.platform.conftest import CONTOSO, NORTHWIND, URL, Caller

from trunkline.platform.accounts import data_types, encryption, keys, users
from trunkline.platform.accounts.password_rules import set_password_rules
from trunkline.platform.accounts.passwords import set_user_password
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change, Notice
from trunkline.platform.audit.notices import Event, notices_of
from trunkline.platform.auth import logins
from trunkline.platform.auth.second_factor import enrol, offer, remove_second_factor
from trunkline.platform.auth.user_actor import actor_of_user

pytestmark = pytest.mark.django_db(databases="__all__")

ADA, PASSWORD = "ada@northwind.example", "correct horse battery"
AUDIT = f"/api/account/{NORTHWIND}/configuration/metadata/audit"


class World:
    """Northwind, with whatever the deeds need."""

    def __init__(self, caller: Caller) -> None:
        keys.set_permissions(OPERATOR, NORTHWIND, caller.key.id, ["data-access", "audit-trail"])
        self.caller = caller
        self.ada = users.create_administrator(OPERATOR, NORTHWIND, ADA, PASSWORD)
        self.device = ""

    def log_in(self, **changes: str) -> Any:
        body = {"username": ADA, "password": PASSWORD} | changes
        return self.post("login", body)

    def post(self, what: str, body: Any, client: Client | None = None) -> Any:
        path = f"/api/account/{NORTHWIND}/{what}"
        return (client or Client()).post(path, json.dumps(body), content_type="application/json")

    def log_out(self) -> None:
        client = Client()
        body = self.post("login", {"username": ADA, "password": PASSWORD}, client).json()
        assert self.post("logout", {"csrf": body["csrf"]}, client).status_code == 200

    def token(self, secret: str = "") -> Any:
        form = {"client_id": self.caller.key.app_key, "client_secret": secret or self.caller.key.secret}
        path = f"/sentinel/api/v2/account/{NORTHWIND}/app/token"
        return Client().post(path, form | {"grant_type": "client_credentials"})

    def enrol(self) -> list[str]:
        actor = actor_of_user(self.ada, logins.Seen(), "console")
        offered = offer(actor)
        return enrol(actor, offered.sealed, pyotp.TOTP(offered.secret).now())

    def half_in(self, code: Callable[[list[str]], str]) -> None:
        codes = self.enrol()
        half = logins.log_in(NORTHWIND, ADA, PASSWORD, seen=logins.Seen(), kind=logins.LogInKind.CONSOLE)
        from trunkline.platform.auth.second_factor import pass_second_factor

        try:
            pass_second_factor(half.token, code(codes), seen=logins.Seen())
        except logins.NotProven:
            return

    def read_trail(self) -> None:
        sent = self.caller.sign(URL + AUDIT, "POST")
        body = json.dumps({"query": "{auditData {objectType}}"})
        assert Client().post(AUDIT, body, content_type="application/json", headers=sent).status_code == 200

    def export_trail(self) -> None:
        assert b"".join(self.caller.get(f"{AUDIT}/export").streaming_content)

    def signed_wrongly(self) -> None:
        header = self.caller.sign(f"{URL}/elsewhere")["Authorization"]
        Client().get(f"/data_access_le/account/{NORTHWIND}/le", headers={"Authorization": header})

    def create_key(self) -> str:
        return keys.create_key(OPERATOR, NORTHWIND, name="k", permissions=["data-access"]).id


@pytest.fixture
def world(northwind: Caller) -> World:
    return World(northwind)


NOTED: dict[str, tuple[Event, Callable[[World], Any]]] = {
    "a log-in": (Event.LOG_IN, lambda world: world.log_in()),
    "a refused log-in": (Event.LOG_IN_REFUSED, lambda world: world.log_in(password="wrong")),
    "a refused log-in of nobody": (Event.LOG_IN_REFUSED, lambda world: world.log_in(username="nobody")),
    "too many tries": (
        Event.LOG_IN_THROTTLED,
        lambda world: [world.log_in(password="wrong") for _ in range(11)],
    ),
    "a log-out": (Event.LOG_OUT, World.log_out),
    "a wrong code": (Event.SECOND_FACTOR_REFUSED, lambda world: world.half_in(lambda _codes: "000000")),
    "a recovery code": (Event.RECOVERY_CODE_USED, lambda world: world.half_in(lambda codes: codes[0])),
    "an access token": (Event.TOKEN_ISSUED, lambda world: world.token()),
    "a refused client": (Event.TOKEN_REFUSED, lambda world: world.token("wrong")),
    "a wrong signature": (Event.SIGNATURE_REFUSED, World.signed_wrongly),
    "a denied request": (
        Event.REQUEST_DENIED,
        lambda world: world.caller.get(f"/data_access_le/account/{CONTOSO}/le"),
    ),
    "a reading of the trail": (Event.TRAIL_READ, World.read_trail),
    "an export of the trail": (Event.TRAIL_EXPORTED, World.export_trail),
    "a reading of the security log": (
        Event.NOTICES_READ,
        lambda _world: notices_of(OPERATOR, NORTHWIND),
    ),
}

CHANGED: dict[str, tuple[str, str, str, Callable[[World], Any]]] = {
    "a new key": ("apiKey", "add", "name", World.create_key),
    "other permissions of a key": (
        "apiKey",
        "edit",
        "permissions",
        lambda world: keys.set_permissions(OPERATOR, NORTHWIND, world.caller.key.id, ["user-login"]),
    ),
    "a revoked key": (
        "apiKey",
        "edit",
        "revoked",
        lambda world: keys.revoke_key(OPERATOR, NORTHWIND, world.caller.key.id),
    ),
    "a password": (
        "user",
        "edit",
        "password",
        lambda world: set_user_password(OPERATOR, NORTHWIND, world.ada.number, "another horse battery"),
    ),
    "password rules": (
        "passwordRules",
        "add",
        "minLength",
        lambda _world: set_password_rules(OPERATOR, NORTHWIND, min_length=14),
    ),
    "a second factor": ("user", "edit", "secondFactor", World.enrol),
    "the end of a second factor": (
        "user",
        "edit",
        "secondFactor",
        lambda world: (world.enrol(), remove_second_factor(OPERATOR, NORTHWIND, world.ada.number)),
    ),
    "a data type": (
        "dataType",
        "add",
        "switchedOn",
        lambda _world: data_types.switch_on(OPERATOR, NORTHWIND, "webSession"),
    ),
}


@pytest.mark.parametrize("what", NOTED)
def test_it_stands_in_the_security_log(world: World, what: str) -> None:
    event, deed = NOTED[what]
    before = Notice.objects.filter(account_id=NORTHWIND, kind=event).count()
    deed(world)
    rows = Notice.objects.filter(account_id=NORTHWIND, kind=event).order_by("-id")
    assert rows.count() == before + 1
    assert set(rows[0].actor) >= {"kind", "id", "name", "loginName", "address", "userAgent", "authType"}


def test_every_kind_of_notice_is_in_this_list() -> None:
    assert {event for event, _deed in NOTED.values()} == set(Event)


@pytest.mark.parametrize("what", CHANGED)
def test_it_stands_in_the_trail(world: World, what: str) -> None:
    object_type, action, element, deed = CHANGED[what]
    deed(world)
    last = json.loads(Change.objects.filter(account_id=NORTHWIND).order_by("-number")[0].document)
    assert (last["object"]["type"], last["action"]) == (object_type, action)
    assert element in [change["element"] for change in last["changes"]]


def test_a_public_key_stands_in_the_trail(world: World, gnupg: Any, curve_key: str) -> None:
    encryption.set_public_key(OPERATOR, NORTHWIND, gnupg.public(curve_key))
    encryption.remove_public_key(OPERATOR, NORTHWIND)
    last = [json.loads(row.document) for row in Change.objects.order_by("-number")[:2]]
    assert [(entry["object"]["type"], entry["action"]) for entry in last] == [
        ("publicKey", "delete"),
        ("publicKey", "add"),
    ]


@pytest.mark.parametrize("way", ["signature", "client", "password"])
def test_many_wrong_proofs_leave_no_nonce_lock_no_key_and_fill_nothing(world: World, way: str) -> None:
    from trunkline.platform.auth.models import Guess, Nonce

    Nonce.objects.all().delete()
    deeds: dict[str, Callable[[], Any]] = {
        "signature": world.signed_wrongly,
        "client": lambda: world.token("wrong"),
        "password": lambda: world.log_in(password="wrong"),
    }
    for _ in range(120):
        deeds[way]()
    assert Nonce.objects.count() == 0
    assert Guess.objects.count() <= 30
    assert Notice.objects.count() <= 10
    assert world.caller.le().status_code == 200
    assert world.token().status_code == 200
