"""The second factor of the console: codes that are good once."""

import json
import threading
from typing import Any

import pyotp
import pytest
import time_machine
from django.db import connection

from trunkline.platform.accounts import accounts, users
from trunkline.platform.actors import OPERATOR, SYSTEM, Actor, Kind, Permission
from trunkline.platform.audit.check import check
from trunkline.platform.audit.models import Change, Notice
from trunkline.platform.audit.notices import Event
from trunkline.platform.auth import logins
from trunkline.platform.auth.logins import LogInKind
from trunkline.platform.auth.models import RecoveryCode, SecondFactor
from trunkline.platform.auth.second_factor import (
    enrol,
    offer,
    pass_second_factor,
    remove_own_second_factor,
    remove_second_factor,
    renew_recovery_codes,
)
from trunkline.platform.auth.user_actor import actor_of_user
from trunkline.platform.refusals import Conflict, Invalid, NotFound, NotPermitted, NotProven, TooMany
from trunkline.platform.seen import Seen

NORTHWIND = "75555851"
ADA, PASSWORD = "ada@northwind.example", "correct horse battery"
HOME = Seen(address="203.0.113.7")
STEP = 30


@pytest.fixture
def clock() -> Any:
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False) as clock:
        yield clock


class Person:
    """Ada with her device."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self.user = users.create_administrator(OPERATOR, NORTHWIND, ADA, PASSWORD)
        self.actor = actor_of_user(self.user, HOME, "console")
        offered = offer(self.actor)
        self.device = pyotp.parse_uri(offered.uri)
        assert self.device.secret == offered.secret
        self.codes = enrol(self.actor, offered.sealed, self.code())
        # The step of enrolment is used up.
        clock.shift(STEP)

    def code(self, off: int = 0) -> str:
        return self.device.at(self._clock_now() + off * STEP)

    def half(self) -> logins.NewLogIn:
        return logins.log_in(NORTHWIND, ADA, PASSWORD, seen=HOME, kind=LogInKind.CONSOLE)

    def finish(self, code: str, half: logins.NewLogIn | None = None) -> logins.NewLogIn:
        return pass_second_factor((half or self.half()).token, code, seen=HOME)

    def _clock_now(self) -> float:
        import time

        return time.time()


@pytest.fixture
def ada(db: None, clock: Any) -> Person:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    return Person(clock)


def is_in(token: str) -> bool:
    try:
        logins.actor_of_bearer(token, HOME, kind=LogInKind.CONSOLE)
    except NotProven:
        return False
    return True


def test_the_console_needs_password_and_code_and_the_token_changes_between(ada: Person) -> None:
    before = logins.begin(ada.user, HOME, LogInKind.CONSOLE, "console")
    half = ada.half()
    assert half.second_factor_due
    # Whoever has only the password is not in, and throws nobody out.
    assert not is_in(half.token)
    assert is_in(before.token)
    whole = ada.finish(ada.code(), half)
    assert whole.token != half.token
    assert is_in(whole.token)
    assert not is_in(half.token)
    assert not is_in(before.token)


def test_the_login_service_asks_for_the_password_only(ada: Person) -> None:
    new = logins.log_in(NORTHWIND, ADA, PASSWORD, seen=HOME)
    assert logins.actor_of_bearer(new.token, HOME).id == str(ada.user.number)


def test_a_code_is_good_once_and_the_steps_before_it_are_gone_too(ada: Person, clock: Any) -> None:
    code, next_code = ada.code(), ada.code(1)
    ada.finish(next_code)
    for used in (next_code, code):
        with pytest.raises(NotProven, match="was used"):
            ada.finish(used)
    clock.shift(2 * STEP)
    assert is_in(ada.finish(ada.code()).token)


@pytest.mark.parametrize(("off", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_of_the_neighbouring_steps_is_taken(ada: Person, clock: Any, off: int, good: bool) -> None:
    clock.shift(5 * STEP)
    code = ada.code(off)
    if good:
        assert is_in(ada.finish(f" {code[:3]} {code[3:]} ").token)
    else:
        with pytest.raises(NotProven):
            ada.finish(code)


def test_after_five_tries_in_a_quarter_of_an_hour_no_more_are_looked_at(ada: Person, clock: Any) -> None:
    half = ada.half()
    for _ in range(5):
        with pytest.raises(NotProven):
            ada.finish("000000", half)
    with pytest.raises(TooMany) as caught:
        ada.finish(ada.code(), half)
    assert caught.value.retry_after == 900
    assert sum(row.count for row in Notice.objects.filter(kind=Event.SECOND_FACTOR_REFUSED)) == 6
    clock.shift(900)
    assert is_in(ada.finish(ada.code()).token)


def test_the_time_for_the_code_is_limited(ada: Person, clock: Any) -> None:
    half = ada.half()
    clock.shift(601)
    with pytest.raises(NotProven, match="begin again"):
        ada.finish(ada.code(), half)
    with pytest.raises(NotProven, match="begin again"):
        pass_second_factor("f" * 64, ada.code(), seen=HOME)


def test_a_recovery_code_stands_in_once(ada: Person) -> None:
    assert len(set(ada.codes)) == 10
    assert is_in(ada.finish(f" {ada.codes[0].upper()} ").token)
    assert Notice.objects.filter(kind=Event.RECOVERY_CODE_USED).count() == 1
    with pytest.raises(NotProven):
        ada.finish(ada.codes[0])
    new = renew_recovery_codes(ada.actor, ada.code(), seen=HOME)
    with pytest.raises(NotProven):
        ada.finish(ada.codes[1])
    assert is_in(ada.finish(new[1]).token)


def test_the_trail_has_enrolment_and_removal_and_nowhere_is_the_secret(ada: Person) -> None:
    remove_own_second_factor(ada.actor, ada.code(), seen=HOME)
    added, removed = (json.loads(row.document) for row in Change.objects.order_by("-number")[:2][::-1])
    assert added["actor"]["loginName"] == ADA
    assert (added["changes"][0]["element"], added["changes"][0]["old"]) == ("secondFactor", None)
    assert removed["changes"][0]["new"] is None
    assert not ada.half().second_factor_due
    assert list(check(OPERATOR, NORTHWIND)) == []
    rows = [vars(row) for model in (Change, Notice, RecoveryCode) for row in model.objects.all()]
    for secret in (ada.device.secret, *ada.codes):
        assert secret not in str(rows)


def test_the_secret_is_sealed_for_its_user(ada: Person) -> None:
    assert ada.device.secret.encode() not in bytes(SecondFactor.objects.get().sealed)
    assert list(check(OPERATOR, NORTHWIND)) == []


def test_an_administrator_helps_whoever_lost_the_device(ada: Person) -> None:
    agent = Actor(Kind.USER, "7", NORTHWIND, frozenset({Permission.READ_USERS}))
    with pytest.raises(NotPermitted):
        remove_second_factor(agent, NORTHWIND, ada.user.number)
    remove_second_factor(OPERATOR, NORTHWIND, ada.user.number)
    assert not ada.half().second_factor_due
    with pytest.raises(NotFound):
        remove_second_factor(OPERATOR, NORTHWIND, ada.user.number)


def test_an_offer_is_for_its_user_for_a_while_and_until_there_is_a_second_factor(
    ada: Person, clock: Any
) -> None:
    with pytest.raises(Conflict):
        offer(ada.actor)
    remove_second_factor(OPERATOR, NORTHWIND, ada.user.number)
    offered = offer(ada.actor)
    code = pyotp.TOTP(offered.secret).now()
    other = Actor(Kind.USER, str(ada.user.number + 1), NORTHWIND)
    for actor, sealed, given in (
        (other, offered.sealed, code),
        (ada.actor, "x", code),
        (ada.actor, "AAAA", code),
        (ada.actor, offered.sealed, "000000"),
    ):
        with pytest.raises(Invalid):
            enrol(actor, sealed, given)
    clock.shift(901)
    with pytest.raises(Invalid, match="too old"):
        enrol(ada.actor, offered.sealed, pyotp.TOTP(offered.secret).now())
    with pytest.raises(NotPermitted):
        offer(SYSTEM)


@pytest.mark.django_db(transaction=True)
def test_of_many_uses_of_one_code_at_once_one_counts(clock: Any) -> None:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    ada = Person(clock)
    halves = [ada.half() for _ in range(4)]
    code, said = ada.code(), []

    def use(half: logins.NewLogIn) -> None:
        try:
            ada.finish(code, half)
            said.append("in")
        except NotProven as refused:
            said.append(refused.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=(half,)) for half in halves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The others are told that the code was used or, if they come later, that the new log-in ended theirs.
    assert len(said) == 4
    assert said.count("in") == 1
    assert set(said) <= {"in", "second_factor_refused", "invalid_token"}
