"""Users log in, stay logged in and log out; what they may do is asked at every request."""

import hashlib
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection
from tests.platform.conftest import HASHING

from trunkline.clock import HOUR_MS
from trunkline.platform.accounts import accounts, hashing, users
from trunkline.platform.accounts.hashing import AT_ONCE
from trunkline.platform.accounts.models import Credential
from trunkline.platform.actors import OPERATOR, Kind, Permission
from trunkline.platform.audit.models import Notice
from trunkline.platform.auth import logins, proving
from trunkline.platform.auth.logins import LogInKind
from trunkline.platform.auth.models import LogIn
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import PROFILE, USER
from trunkline.platform.refusals import NotProven, TooMany
from trunkline.platform.seen import Seen

pytestmark = pytest.mark.django_db

NORTHWIND = "75555851"
ADA, PASSWORD = "ada@northwind.example", "correct horse battery"
OFFICE = Seen(address="203.0.113.7", user_agent="browser", request_id="r1")


@pytest.fixture
def ada(monkeypatch: Any) -> Any:
    """Northwind with Ada, who administers it, and Grace, who must be left when something becomes of Ada."""
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    ada = users.create_administrator(OPERATOR, NORTHWIND, ADA, PASSWORD)
    values = {"loginName": "grace@northwind.example", "profileIds": ada.values["profileIds"]}
    objects.create_objects(OPERATOR, NORTHWIND, USER, [values])
    return ada


def log_in(**more: Any) -> logins.NewLogIn:
    return logins.log_in(NORTHWIND, ADA, PASSWORD, seen=OFFICE, **more)


def refused(token: str, **more: Any) -> bool:
    try:
        logins.actor_of_bearer(token, OFFICE, **more)
    except NotProven:
        return True
    return False


def test_a_user_is_an_actor_with_the_permissions_of_its_profiles_and_a_name_for_the_trail(ada: Any) -> None:
    actor = logins.actor_of_bearer(log_in().token, OFFICE)
    assert (actor.kind, actor.id, actor.account_id) == (Kind.USER, str(ada.number), NORTHWIND)
    assert actor.may(Permission.USERS, NORTHWIND)
    assert not actor.may(Permission.USERS, "28045150")
    who = actor.originator
    assert (who.login_name, who.profiles, who.auth_type) == (ADA, ("Administrator",), "login")
    assert (who.address, who.user_agent, who.request_id) == ("203.0.113.7", "browser", "r1")


def test_the_case_of_a_log_in_name_does_not_matter(ada: Any) -> None:
    assert logins.log_in(NORTHWIND, ADA.upper(), PASSWORD, seen=OFFICE).user == ada


@pytest.mark.parametrize(
    ("account_id", "name", "password"),
    [
        (NORTHWIND, ADA, "wrong"),
        (NORTHWIND, "nobody@northwind.example", PASSWORD),
        (NORTHWIND, "grace@northwind.example", ""),
        ("28045150", ADA, PASSWORD),
        (NORTHWIND, "\0", "\0"),
        ("\0", ADA, PASSWORD),
    ],
)
def test_whatever_is_wrong_the_words_and_the_work_are_the_same(
    ada: Any, account_id: str, name: str, password: str, monkeypatch: Any
) -> None:
    said, work = [], []
    hashes: list[str] = []
    real = proving.verify
    monkeypatch.setattr(proving, "verify", lambda text, kept: hashes.append(text) or real(text, kept))
    for who in ((account_id, name, password), (NORTHWIND, ADA, "also wrong")):
        hashes.clear()
        with CountedQueries() as counted, pytest.raises(NotProven) as caught:
            logins.log_in(*who, seen=Seen(address=f"198.51.100.{len(said)}"))
        said.append((caught.value.message, caught.value.reason))
        work.append((len(hashes), len(counted.queries)))
    assert said[0] == said[1]
    assert work[0] == work[1]


class CountedQueries:
    def __enter__(self) -> "CountedQueries":
        self.queries: list[str] = []
        self._wrapper = connection.execute_wrapper(self._count)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *failure: Any) -> None:
        self._wrapper.__exit__(*failure)

    def _count(self, execute: Any, sql: str, *rest: Any) -> Any:
        self.queries.append(sql)
        return execute(sql, *rest)


def test_a_log_in_by_the_login_service_ends_every_older_one(ada: Any) -> None:
    console, older = log_in(kind=LogInKind.CONSOLE), log_in()
    newer = log_in()
    assert refused(console.token, kind=LogInKind.CONSOLE)
    assert refused(older.token)
    assert not refused(newer.token)


def test_a_log_in_to_the_console_leaves_programs_logged_in(ada: Any) -> None:
    program, console = log_in(), log_in(kind=LogInKind.CONSOLE)
    newer = log_in(kind=LogInKind.CONSOLE)
    assert not refused(program.token)
    assert refused(console.token, kind=LogInKind.CONSOLE)
    assert not refused(newer.token, kind=LogInKind.CONSOLE)


def test_a_token_of_one_kind_is_no_token_of_the_other(ada: Any) -> None:
    assert refused(log_in().token, kind=LogInKind.CONSOLE)
    assert refused(log_in(kind=LogInKind.CONSOLE).token)


def test_a_removed_permission_is_gone_at_the_next_request(ada: Any) -> None:
    token = log_in().token
    [profile] = objects.create_objects(OPERATOR, NORTHWIND, PROFILE, [{"name": "Nothing"}])
    objects.replace_objects(
        OPERATOR, NORTHWIND, USER, {ada.number: {**ada.values, "profileIds": [profile.number]}}
    )
    actor = logins.actor_of_bearer(token, OFFICE)
    assert actor.permissions == frozenset()
    assert actor.originator.profiles == ("Nothing",)


@pytest.mark.parametrize("deed", ["disabled", "deleted"])
def test_a_user_who_is_disabled_or_deleted_is_refused_at_once_and_for_good(ada: Any, deed: str) -> None:
    token = log_in().token
    if deed == "disabled":
        off = {**ada.values, "isEnabled": False}
        objects.replace_objects(OPERATOR, NORTHWIND, USER, {ada.number: off})
    else:
        objects.delete_objects(OPERATOR, NORTHWIND, USER, [ada.number])
    assert refused(token)
    with pytest.raises(NotProven):
        log_in()
    if deed == "disabled":
        objects.replace_objects(OPERATOR, NORTHWIND, USER, {ada.number: ada.values})
        assert refused(token)
        assert not refused(log_in().token)


def test_a_log_in_that_is_begun_while_the_user_is_being_disabled_does_not_begin(ada: Any) -> None:
    proven = proving.prove(NORTHWIND, ADA, PASSWORD, seen=OFFICE)
    objects.replace_objects(OPERATOR, NORTHWIND, USER, {ada.number: {**ada.values, "isEnabled": False}})
    with pytest.raises(NotProven):
        logins.begin(proven, OFFICE, LogInKind.API, "login")


def test_a_log_in_that_is_not_used_ends_and_one_that_is_used_lasts_to_its_limit(ada: Any) -> None:
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False) as clock:
        idle, limit = logins.LIMITS[LogInKind.API].idle, logins.LIMITS[LogInKind.API].absolute
        assert (idle, limit) == (8 * HOUR_MS, 24 * HOUR_MS)
        new = log_in()
        clock.shift(idle / 1000 - 1)
        logins.refresh(new.token, new.csrf, OFFICE)
        clock.shift(idle / 1000 - 1)
        assert not refused(new.token)
        clock.shift(idle / 1000)
        assert refused(new.token)
        new = log_in()
        for _ in range(4):
            clock.shift(6 * 3600)
            last = refused(new.token)
        assert last


def test_logging_out_ends_the_token_on_the_server(ada: Any) -> None:
    new = log_in()
    with pytest.raises(NotProven) as caught:
        logins.log_out(new.token, "x" * 32, OFFICE)
    assert caught.value.reason == "csrf_invalid"
    assert not refused(new.token)
    logins.log_out(new.token, new.csrf, OFFICE)
    assert refused(new.token)
    with pytest.raises(NotProven):
        logins.refresh(new.token, new.csrf, OFFICE)


def test_the_database_holds_no_token_and_the_security_log_neither_tokens_nor_passwords(ada: Any) -> None:
    new = log_in()
    with pytest.raises(NotProven):
        logins.log_in(NORTHWIND, "my secret pass phrase", "wrong one", seen=OFFICE)
    row = LogIn.objects.get()
    assert row.digest == hashlib.sha256(new.token.encode()).hexdigest()
    rows = [[*vars(row).values()] for model in (LogIn, Notice) for row in model.objects.all()]
    for secret in (new.token, new.csrf, PASSWORD, "my secret pass phrase", "wrong one"):
        assert secret not in str(rows)
    assert new.token not in repr(new)


def test_a_hash_made_by_older_parameters_is_renewed_at_the_next_log_in(ada: Any) -> None:
    from django.contrib.auth.hashers import Argon2PasswordHasher

    class Older(Argon2PasswordHasher):
        time_cost, memory_cost, parallelism = 1, 8192, 1

    Credential.objects.update(password=Older().encode(PASSWORD, "salt" * 6))
    log_in()
    renewed = Credential.objects.get().password
    assert "m=64,t=1,p=1" in renewed
    log_in()
    assert Credential.objects.get().password == renewed


def test_what_a_password_costs_is_above_the_floor_that_owasp_names() -> None:
    memory, passes, lanes = HASHING
    assert memory >= 19 * 1024
    assert passes >= 2
    assert lanes == 1
    assert AT_ONCE == 4


@pytest.mark.django_db(transaction=True)
def test_no_more_hashes_run_at_once_than_there_is_room_for(ada: Any, monkeypatch: Any) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def slow(password: str, kept: str) -> tuple[bool, bool]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.02)
        with lock:
            running -= 1
        return True, False

    monkeypatch.setattr(hashing, "verify_password", slow)
    threads = [threading.Thread(target=hashing.verify, args=("x", "kept")) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == AT_ONCE
    monkeypatch.setattr(hashing, "WAIT_S", 0.01)
    for _ in range(AT_ONCE):
        hashing._hashing.acquire()
    try:
        with pytest.raises(TooMany):
            log_in()
    finally:
        hashing._hashing.release(AT_ONCE)


@pytest.mark.django_db(transaction=True)
def test_of_many_log_ins_at_once_one_stays(ada: Any) -> None:
    tokens: list[str] = []

    def once() -> None:
        user = proving.prove(NORTHWIND, ADA, PASSWORD, seen=OFFICE)
        tokens.append(logins.begin(user, OFFICE, LogInKind.API, "login").token)
        connection.close()

    threads = [threading.Thread(target=once) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 6
    assert sum(not refused(token) for token in tokens) == 1
