"""Passwords and second factors are looked after at the console."""

from collections.abc import Callable

import pytest
from tests.platform.conftest import NORTHWIND
from tests.platform.console.conftest import Person, last_change

from trunkline.platform.auth.models import SecondFactor
from trunkline.platform.permissions import Permission

pytestmark = pytest.mark.django_db(databases="__all__")

NEW = "quite another phrase 8"


def test_an_administrator_gives_a_password_and_no_page_shows_it(
    ada: Person, make_person: Callable[..., Person]
) -> None:
    grace = make_person("grace", Permission.READ_SKILLS)
    assert grace.get("skills").status_code == 200
    path = f"users/{grace.user.number}"
    weak = ada.post(f"{path}/password", new="password", again="password")
    assert weak.status_code == 400
    assert "has at least" in weak.content.decode()
    assert ada.post(f"{path}/password", new=NEW, again=NEW, change="1").status_code == 302
    assert last_change()["object"]["id"] == str(grace.user.number)
    assert grace.get("skills")["Location"].startswith("/console/sign-in?")
    for page in (f"{path}/access", path, "trail", ""):
        assert NEW not in ada.get(page).content.decode()


def test_a_lost_second_factor_is_taken_away(ada: Person, make_person: Callable[..., Person]) -> None:
    grace = make_person("grace", Permission.READ_SKILLS)
    assert ada.post(f"users/{grace.user.number}/second-factor").status_code == 302
    assert not SecondFactor.objects.filter(account_id=NORTHWIND, number=grace.user.number).exists()
    assert grace.get("skills")["Location"].startswith("/console/sign-in/second-factor?")


def test_who_may_not_change_users_cannot_touch_how_others_sign_in(
    ada: Person, make_person: Callable[..., Person]
) -> None:
    grace = make_person("grace", Permission.READ_USERS)
    path = f"users/{ada.user.number}"
    assert grace.get(f"{path}/access").status_code == 403
    assert grace.post(f"{path}/password", new=NEW, again=NEW).status_code == 403
    assert grace.post(f"{path}/second-factor").status_code == 403
    assert SecondFactor.objects.filter(number=ada.user.number).exists()


def test_without_the_right_code_nothing_of_the_own_second_factor_changes(ada: Person) -> None:
    for way in ("codes", "device"):
        answer = ada.post(f"own/{way}", code="123456")
        assert answer.status_code == 403
        assert "does not fit" in answer.content.decode()
    assert SecondFactor.objects.filter(number=ada.user.number).exists()


def test_the_own_password_is_changed_with_the_old_one(make_person: Callable[..., Person]) -> None:
    person = make_person("grace")
    answer = person.post("own/password", password="wrong", new=NEW, again=NEW)
    assert answer.status_code == 403
    assert "the password is wrong" in answer.content.decode()
