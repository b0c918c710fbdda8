"""Accounts, data types, keys and administrators: the verbs."""

import base64
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.db import DatabaseError, connections
from tests.platform.conftest import CONTOSO, FOLDER, NORTHWIND, TRUNKLINE, Caller

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.collector import keys as collector_keys
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.types import KINDS
from trunkline.platform.accounts import accounts, data_types, keys, users
from trunkline.platform.accounts.models import ApiKey, Credential, WriteKey
from trunkline.platform.accounts.secrets import reseal_data_keys
from trunkline.platform.accounts.session_rules import session_rules
from trunkline.platform.accounts.write_keys import DatabaseWriteKeys
from trunkline.platform.actors import OPERATOR, Actor, Kind, Permission
from trunkline.platform.configuration.gate import AccountObjects
from trunkline.platform.refusals import Conflict, Invalid, NotFound, NotPermitted

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def account(db: None) -> str:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="America/New_York")
    return NORTHWIND


def test_a_new_account_has_nothing_switched_on(account: str) -> None:
    assert [found.id for found in accounts.accounts(OPERATOR)] == [NORTHWIND]
    assert data_types.data_types_of(OPERATOR, account) == []
    assert keys.keys_of(OPERATOR, account) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account_id": ""}, "id"),
        ({"account_id": "x" * 21}, "id"),
        ({"account_id": "a/b"}, "id"),
        ({"account_id": "1\n"}, "id"),
        ({"account_id": "é"}, "id"),
        ({"name": "  "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"time_zone": "Mars/Olympus"}, "time-zone"),
        ({"time_zone": ""}, "time-zone"),
        ({"time_zone": "../../etc/passwd"}, "time-zone"),
        ({"time_zone": "/etc/localtime"}, "time-zone"),
        ({"time_zone": "America"}, "time-zone"),
        ({"time_zone": "a\0b"}, "time-zone"),
    ],
)
def test_an_account_that_cannot_be_is_refused_by_field(changes: dict[str, str], field: str) -> None:
    values = {"account_id": NORTHWIND, "name": "Northwind", "time_zone": "UTC"} | changes
    with pytest.raises(Invalid) as caught:
        accounts.create_account(OPERATOR, values.pop("account_id"), **values)
    assert caught.value.field == field
    assert accounts.accounts(OPERATOR) == []


def test_an_account_is_made_once(account: str) -> None:
    with pytest.raises(Conflict):
        accounts.create_account(OPERATOR, account, name="Other", time_zone="UTC")
    assert accounts.find_account(account).name == "Northwind"


@pytest.mark.parametrize(
    ("options", "inactivity"),
    [
        ({}, 8 * HOUR_MS),
        ({"heartbeats": True}, HOUR_MS),
        ({"inactivity_minutes": 5}, 5 * MINUTE_MS),
        ({"heartbeats": True, "inactivity_minutes": 5}, 5 * MINUTE_MS),
    ],
)
def test_a_silent_session_closes_after_8_hours_or_after_one_where_heartbeats_are_sent(
    account: str, options: dict[str, Any], inactivity: int
) -> None:
    row = data_types.switch_on(OPERATOR, account, "agentActivity", **options)
    rules = session_rules(KINDS["agentActivity"], [row])
    assert rules is not None
    assert rules.inactivity == inactivity


def test_a_visit_closes_by_the_setting_of_web_session_and_a_messaging_conversation_by_that_of_engagement(
    account: str,
) -> None:
    rows = [
        data_types.switch_on(OPERATOR, account, "webSession", inactivity_minutes=20, maximum_hours=2),
        data_types.switch_on(OPERATOR, account, "engagement", inactivity_minutes=60),
        data_types.switch_on(OPERATOR, account, "survey", schema_version="1.0.0.35"),
    ]
    data_types.switch_off(OPERATOR, account, "webSession")
    for row in rows:
        row.refresh_from_db()
    assert session_rules(KINDS["visits"], rows) == SessionRules(
        inactivity=20 * MINUTE_MS,
        maximum=2 * HOUR_MS,
        messaging_inactivity=HOUR_MS,
        messaging_maximum=7 * 24 * HOUR_MS,
        versions={"engagement": "1.0.0.22", "survey": "1.0.0.35"},
    )
    assert session_rules(KINDS["visits"], rows[:1]) is None
    assert session_rules(KINDS["agentActivity"], rows) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"data_type": "agents"}, "data-type"),
        ({"schema_version": "1.0.0.5"}, "schema-version"),
        ({"inactivity_minutes": 0}, "inactivity-minutes"),
        ({"inactivity_minutes": 10081}, "inactivity-minutes"),
        ({"maximum_hours": 0}, "maximum-hours"),
        ({"maximum_hours": 169}, "maximum-hours"),
        ({"data_type": "survey", "maximum_hours": 5}, "inactivity-minutes"),
        ({"data_type": "webSession", "heartbeats": True}, "heartbeats"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_field(account: str, changes: dict[str, Any], field: str) -> None:
    values = {"data_type": "agentActivity"} | changes
    with pytest.raises(Invalid) as caught:
        data_types.switch_on(OPERATOR, account, values.pop("data_type"), **values)
    assert caught.value.field == field


def test_an_api_key_has_four_values_which_the_database_does_not_hold_in_clear(account: str) -> None:
    new = keys.create_key(OPERATOR, account, name="warehouse", permissions=["data-access"])
    assert isinstance(new, keys.NewApiKey)
    values = [new.app_key, new.secret, new.access_token, new.access_token_secret]
    assert len(set(values)) == 4
    assert all(len(value) >= 32 and int(value, 16) for value in values)
    row = ApiKey.objects.get()
    for stored in (bytes(row.sealed_secret), bytes(row.sealed_token_secret)):
        assert new.secret.encode() not in stored
        assert new.access_token_secret.encode() not in stored
    assert new.secret not in repr(new)
    assert new.access_token_secret not in repr(new)


def test_a_write_key_is_one_token_of_which_only_the_digest_is_kept(account: str) -> None:
    new = keys.create_key(OPERATOR, account, name="crm", permissions=["collect", "backfill"])
    assert isinstance(new, keys.NewWriteKey)
    assert new.token.startswith("tlw_")
    assert new.token not in repr(new)
    row = WriteKey.objects.get()
    assert row.digest == collector_keys.digest_of(new.token)
    assert new.token not in str(vars(row))


@pytest.mark.parametrize(
    ("permissions", "says"),
    [
        ([], "at least one"),
        (["everything"], "at least one"),
        (["backfill"], "add --permission collect"),
        (["data-access", "collect"], "Make two keys"),
        (["data-access", "collect", "backfill"], "Make two keys"),
    ],
)
def test_a_key_reads_or_writes_and_never_both(account: str, permissions: list[str], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        keys.create_key(OPERATOR, account, name="k", permissions=permissions)
    assert keys.keys_of(OPERATOR, account) == []


def test_an_account_has_at_most_100_keys_of_both_kinds(account: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(keys, "MAX_KEYS", 4)
    for permission in ("data-access", "collect", "data-access", "collect"):
        keys.create_key(OPERATOR, account, name="k", permissions=[permission])
    with pytest.raises(Conflict):
        keys.create_key(OPERATOR, account, name="k", permissions=["collect"])


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_keys_made_at_one_time_do_not_pass_the_limit(account: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(keys, "MAX_KEYS", 3)
    together = threading.Barrier(8)

    def make() -> None:
        together.wait()
        try:
            keys.create_key(OPERATOR, account, name="k", permissions=["collect"])
        except Conflict:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys.keys_of(OPERATOR, account)) == 3


def test_a_key_is_revoked_once_and_only_under_its_account(account: str) -> None:
    accounts.create_account(OPERATOR, CONTOSO, name="Contoso", time_zone="UTC")
    new = keys.create_key(OPERATOR, account, name="k", permissions=["data-access"])
    for wrong in ((CONTOSO, new.id), (account, "key_0")):
        with pytest.raises(NotFound):
            keys.revoke_key(OPERATOR, *wrong)
    keys.revoke_key(OPERATOR, account, new.id)
    first = ApiKey.objects.get().revoked
    keys.revoke_key(OPERATOR, account, new.id)
    assert ApiKey.objects.get().revoked == first


def test_an_administrator_has_a_hashed_password_and_a_name_of_their_own(account: str) -> None:
    user = users.create_administrator(OPERATOR, account, "ada", "correct horse battery")
    credential = Credential.objects.get(number=user.number)
    assert credential.password.startswith("argon2$argon2id$")
    assert check_password("correct horse battery", credential.password)
    assert user.values["profileIds"] == [
        profile.number
        for profile in AccountObjects(account).all("profile")
        if profile.name == "Administrator"
    ]
    with pytest.raises(Conflict):
        users.create_administrator(OPERATOR, account, "ada", "another long password")
    accounts.create_account(OPERATOR, CONTOSO, name="Contoso", time_zone="UTC")
    users.create_administrator(OPERATOR, CONTOSO, "ada", "another long password")
    assert Credential.objects.count() == 2


@pytest.mark.parametrize(
    ("login", "password", "field"),
    [
        ("ada", "elevenchars", "password"),
        ("ada", "x" * 1001, "password"),
        ("ada@northwind.example", "Ada@Northwind.example", "password"),
        ("", "correct horse battery", "loginName"),
        ("a\x00da", "correct horse battery", "loginName"),
    ],
)
def test_weak_passwords_and_odd_names_are_refused(
    account: str, login: str, password: str, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        users.create_administrator(OPERATOR, account, login, password)
    assert caught.value.field == field
    assert password not in str(caught.value)


def test_every_verb_refuses_an_actor_without_the_permission(account: str) -> None:
    reader = Actor(Kind.KEY, "key_1", account, frozenset({Permission.DATA_ACCESS}))
    stranger = Actor(Kind.USER, "1", CONTOSO, frozenset(Permission))
    verbs = [
        lambda actor: accounts.create_account(actor, account, name="x", time_zone="UTC"),
        lambda actor: data_types.switch_on(actor, account, "agentActivity"),
        lambda actor: data_types.switch_off(actor, account, "agentActivity"),
        lambda actor: data_types.data_types_of(actor, account),
        lambda actor: keys.create_key(actor, account, name="k", permissions=["collect"]),
        lambda actor: keys.keys_of(actor, account),
        lambda actor: keys.revoke_key(actor, account, "key_1"),
        lambda actor: users.create_administrator(actor, account, "ada", "correct horse battery"),
    ]
    for verb in verbs:
        with pytest.raises(NotPermitted):
            verb(reader)
        with pytest.raises(NotFound):
            verb(stranger)
    with pytest.raises(NotPermitted):
        reseal_data_keys(reader)
    assert accounts.accounts(Actor(Kind.USER, "1", account, frozenset(Permission))) == [
        accounts.find_account(account)
    ]


def test_the_sealing_key_can_be_changed_while_keys_go_on_working(northwind: Caller, settings: Any) -> None:
    new = base64.b64encode(b"n" * 32).decode()
    settings.TRUNKLINE = replace(TRUNKLINE, sealing_keys=f"{new},{TRUNKLINE.sealing_keys}")
    assert northwind.le().status_code == 200
    assert reseal_data_keys(OPERATOR) == 1
    settings.TRUNKLINE = replace(TRUNKLINE, sealing_keys=new)
    assert northwind.le().status_code == 200


def test_the_collector_gets_every_valid_write_key_and_no_other(account: str) -> None:
    old = keys.create_key(OPERATOR, account, name="old", permissions=["collect"])
    keys.revoke_key(OPERATOR, account, old.id)
    keys.create_key(OPERATOR, account, name="reader", permissions=["data-access"])
    live = keys.create_key(OPERATOR, account, name="live", permissions=["collect"])
    past = keys.create_key(OPERATOR, account, name="past", permissions=["collect", "backfill"])
    assert isinstance(live, keys.NewWriteKey)
    assert isinstance(past, keys.NewWriteKey)
    found = {key.key_id: key for key in DatabaseWriteKeys().write_keys()}
    assert found == {
        live.id: collector_keys.WriteKey(live.id, account, collector_keys.digest_of(live.token)),
        past.id: collector_keys.WriteKey(
            past.id, account, collector_keys.digest_of(past.token), backfill=True
        ),
    }


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_write_keys_are_read_in_another_thread_and_again_after_the_database_was_away(account: str) -> None:
    source = DatabaseWriteKeys()
    seen: list[Any] = []

    def ask() -> None:
        try:
            seen.append(len(source.write_keys()))
            # What a restart of the database leaves behind: a connection that is dead.
            assert connections["default"].connection is not None
            connections["default"].connection.close()
            for _ in range(2):
                try:
                    seen.append(len(source.write_keys()))
                except DatabaseError:
                    seen.append("away")
        finally:
            connections.close_all()

    keys.create_key(OPERATOR, account, name="k", permissions=["collect"])
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert seen[0] == seen[-1] == 1


def test_no_secret_is_stored_in_clear(account: str) -> None:
    api = keys.create_key(OPERATOR, account, name="k", permissions=["data-access"])
    write = keys.create_key(OPERATOR, account, name="k", permissions=["collect"])
    assert isinstance(api, keys.NewApiKey)
    assert isinstance(write, keys.NewWriteKey)
    users.create_administrator(OPERATOR, account, "ada", "correct horse battery")
    rows = [row for model in apps.get_models() for row in model._default_manager.values_list()]
    stored = b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for row in rows
        for value in row
    )
    files = b"".join(path.read_bytes() for path in FOLDER.glob("*.sqlite3*"))
    assert api.app_key.encode() in stored
    for secret in (api.secret, api.access_token_secret, write.token, "correct horse battery"):
        for form in (secret.encode(), bytes.fromhex(secret) if secret.isalnum() else secret.encode()):
            assert form not in stored
            assert form not in files


def test_a_publishable_key_names_its_origins_and_can_be_read_again(account: str) -> None:
    origins = ["HTTPS://Shop.example:443", "https://m.shop.example", "https://shop.example"]
    new = keys.create_key(
        OPERATOR, account, name="shop", permissions=["collect-from-browser"], origins=origins
    )
    assert isinstance(new, keys.NewWriteKey)
    assert new.token.startswith("tlp_")
    assert new.origins == ("https://shop.example", "https://m.shop.example")
    (row,) = keys.keys_of(OPERATOR, account)
    assert isinstance(row, WriteKey) and row.token == new.token
    (known,) = DatabaseWriteKeys().write_keys()
    assert (known.origins, known.digest) == (new.origins, collector_keys.digest_of(new.token))
    assert known.publishable and not known.backfill
    keys.revoke_key(OPERATOR, account, new.id)
    assert DatabaseWriteKeys().write_keys() == []


@pytest.mark.parametrize(
    ("permissions", "origins", "field", "says"),
    [
        (["collect-from-browser"], [], "origin", "1 to 50 origins"),
        (["collect-from-browser"], ["https://*.shop.example"], "origin", "is no origin"),
        (["collect-from-browser"], ["https://shop.example/tea"], "origin", "no path"),
        (["collect-from-browser"], [f"https://{n}.example" for n in range(51)], "origin", "1 to 50 origins"),
        (["collect"], ["https://shop.example"], "origin", "Only a key that stands in pages"),
        (["data-access"], ["https://shop.example"], "origin", "Only a key that stands in pages"),
        (["collect-from-browser", "collect"], ["https://shop.example"], "permission", "Make two keys"),
        (["collect-from-browser", "data-access"], ["https://shop.example"], "permission", "Make two keys"),
    ],
)
def test_a_publishable_key_that_could_do_more_or_nothing_is_refused_by_field(
    account: str, permissions: list[str], origins: list[str], field: str, says: str
) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        keys.create_key(OPERATOR, account, name="k", permissions=permissions, origins=origins)
    assert caught.value.field == field
    assert keys.keys_of(OPERATOR, account) == []
