"""What passwords must be, how they are set and when they must be changed."""

import json
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from trunkline.cli.users import user as command
from trunkline.clock import DAY_MS
from trunkline.platform.accounts import accounts, users
from trunkline.platform.accounts.models import Credential, FormerPassword, PasswordRules
from trunkline.platform.accounts.password_rules import check_password, is_expired, set_password_rules
from trunkline.platform.accounts.passwords import renew_hash, set_user_password
from trunkline.platform.actors import OPERATOR, Actor, Kind, Permission
from trunkline.platform.audit.check import check
from trunkline.platform.audit.models import Change
from trunkline.platform.auth import logins
from trunkline.platform.auth.own_password import change_own_password
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.refusals import Invalid, NotFound, NotPermitted, NotProven
from trunkline.platform.seen import Seen

NORTHWIND = "75555851"
ADA, FIRST = "ada@northwind.example", "correct horse battery"
SECOND, THIRD = "another horse battery", "staples are no horses"
HOME = Seen(address="203.0.113.7")


@pytest.fixture
def ada(db: None) -> Any:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    return users.create_administrator(OPERATOR, NORTHWIND, ADA, FIRST)


def log_in(password: str) -> logins.NewLogIn:
    return logins.log_in(NORTHWIND, ADA, password, seen=HOME)


def last_entry() -> Any:
    return json.loads(Change.objects.order_by("-number")[0].document)


def test_a_password_that_an_administrator_gives_must_be_changed_first(ada: Any) -> None:
    old = log_in(FIRST)
    set_user_password(OPERATOR, NORTHWIND, ada.number, SECOND)
    with pytest.raises(NotProven):
        logins.actor_of_bearer(old.token, HOME)
    with pytest.raises(NotProven) as wrong:
        log_in(FIRST)
    with pytest.raises(NotProven) as due:
        log_in(SECOND)
    assert (wrong.value.reason, due.value.reason) == ("log_in_refused", "password_expired")
    change_own_password(NORTHWIND, ADA, SECOND, THIRD, seen=HOME)
    assert not log_in(THIRD).user.values["changePwdNextLogin"]
    assert list(check(OPERATOR, NORTHWIND)) == []


def test_the_trail_says_who_changed_a_password_and_shows_fingerprints_only(ada: Any) -> None:
    change_own_password(NORTHWIND, ADA, FIRST, SECOND, seen=HOME)
    entry = last_entry()
    assert entry["actor"]["loginName"] == ADA
    [change] = entry["changes"]
    assert change["element"] == "password"
    assert change["old"] != change["new"]
    for secret in (FIRST, SECOND, Credential.objects.get().password):
        assert secret not in "".join(Change.objects.values_list("document", flat=True))


def test_changing_the_own_password_keeps_this_log_in_and_ends_the_others(ada: Any) -> None:
    console = logins.log_in(NORTHWIND, ADA, FIRST, seen=HOME, kind=logins.LogInKind.CONSOLE)
    program = logins.begin(ada, HOME, logins.LogInKind.CONSOLE, "console")
    logins.LogIn.objects.update(ended=None)
    change_own_password(NORTHWIND, ADA, FIRST, SECOND, seen=HOME, token=console.token)
    kind = logins.LogInKind.CONSOLE
    assert logins.actor_of_bearer(console.token, HOME, kind=kind).id == str(ada.number)
    with pytest.raises(NotProven):
        logins.actor_of_bearer(program.token, HOME, kind=kind)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (FIRST, "old one"),
        ("short", "12 characters"),
        ("passwordpassword", "easy to guess"),
        ("x" * 1001, "characters"),
        (ADA.upper(), "log-in name"),
    ],
)
def test_a_new_password_keeps_the_rules(ada: Any, new: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        change_own_password(NORTHWIND, ADA, FIRST, new, seen=HOME)
    assert caught.value.field == "password"
    log_in(FIRST)


def test_a_wrong_old_password_is_a_guess_like_any_other(ada: Any) -> None:
    with pytest.raises(NotProven):
        change_own_password(NORTHWIND, ADA, "wrong", SECOND, seen=HOME)
    log_in(FIRST)


def test_the_last_passwords_are_not_taken_again(ada: Any) -> None:
    set_password_rules(OPERATOR, NORTHWIND, history=2)
    for number, password in enumerate([SECOND, THIRD, "fourth of many words"], 1):
        set_user_password(OPERATOR, NORTHWIND, ada.number, password)
        assert FormerPassword.objects.count() == 1, number
    with pytest.raises(Invalid, match="used before"):
        set_user_password(OPERATOR, NORTHWIND, ada.number, THIRD)
    set_user_password(OPERATOR, NORTHWIND, ada.number, SECOND)


def test_a_password_expires_and_a_new_hash_does_not_make_it_younger(ada: Any) -> None:
    with time_machine.travel("2050-03-02T08:00:00Z", tick=False) as clock:
        set_user_password(OPERATOR, NORTHWIND, ada.number, SECOND, change_at_next_log_in=False)
        set_password_rules(OPERATOR, NORTHWIND, expiry_days=90)
        clock.shift(90 * 24 * 3600 - 1)
        log_in(SECOND)
        renew_hash(ada, Credential.objects.get().password, SECOND)
        clock.shift(1)
        with pytest.raises(NotProven) as caught:
            log_in(SECOND)
        assert caught.value.reason == "password_expired"


def test_rules_are_changed_one_by_one_and_stand_in_the_trail(ada: Any) -> None:
    set_password_rules(OPERATOR, NORTHWIND, min_length=14)
    assert last_entry()["action"] == "add"
    set_password_rules(OPERATOR, NORTHWIND, strength=3, min_length=None)
    entry = last_entry()
    assert entry["object"] == {"type": "passwordRules", "id": "passwords", "name": "Password rules"}
    assert entry["changes"] == [{"element": "strength", "old": 2, "new": 3}]
    assert PasswordRules.objects.get().min_length == 14
    assert list(check(OPERATOR, NORTHWIND)) == []
    with pytest.raises(Invalid, match="min-length is between 8 and 128"):
        set_password_rules(OPERATOR, NORTHWIND, min_length=1)


def test_only_who_may_sets_passwords_and_rules(ada: Any) -> None:
    agent = Actor(Kind.USER, "7", NORTHWIND, frozenset({Permission.READ_USERS}))
    with pytest.raises(NotPermitted):
        set_user_password(agent, NORTHWIND, ada.number, SECOND)
    with pytest.raises(NotPermitted):
        set_password_rules(agent, NORTHWIND, history=0)
    with pytest.raises(NotFound):
        set_user_password(OPERATOR, NORTHWIND, 4711, SECOND)


def run(*arguments: str, **more: Any) -> Any:
    return CliRunner().invoke(command, arguments, **more)


def test_an_operator_sets_passwords_and_rules(ada: Any, tmp_path: Any) -> None:
    path = tmp_path / "password"
    path.write_text(f"{SECOND}\n")
    of = ["--account", NORTHWIND, ADA]
    assert "to be changed" in run("password", *of, "--password-file", str(path)).output
    done = run("password", *of, "--keep", input=f"{THIRD}\n{THIRD}\n")
    assert THIRD not in done.output
    log_in(THIRD)
    assert not ConfigurationObject.objects.get(number=ada.number).values["changePwdNextLogin"]
    shown = run("password-rules", "--account", NORTHWIND, "--min-length", "16", "--json").output
    assert json.loads(shown) == {"minLength": 16, "strength": 2, "history": 5, "expiryDays": 0}
    assert "16" in run("password-rules", "--account", NORTHWIND).output
    assert "no user" in run("password", "--account", NORTHWIND, "bo", input=f"{THIRD}\n{THIRD}\n").output
    assert "no second factor" in run("remove-second-factor", *of).output


@given(st.text(max_size=40), st.integers(8, 128), st.integers(0, 4))
def test_no_password_that_is_taken_is_shorter_than_the_rule(
    password: str, length: int, strength: int
) -> None:
    rules = PasswordRules(min_length=length, strength=strength)
    try:
        check_password(password, ["ada"], rules)
    except Invalid:
        return
    assert len(password) >= length


@given(st.integers(0, 10**13), st.integers(0, 3650), st.integers(0, 10**13))
def test_a_password_is_expired_from_its_last_day_on(changed: int, days: int, later: int) -> None:
    expired = is_expired(changed, changed + later, PasswordRules(expiry_days=days))
    assert expired == (days > 0 and later >= days * DAY_MS)
