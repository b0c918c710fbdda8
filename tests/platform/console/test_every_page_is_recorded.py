"""Each page that can change something leaves a change in the trail or a notice in the security log, or says why not."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.platform.conftest import NORTHWIND
from tests.platform.console.conftest import Person, skill_form

from trunkline.platform.accounts import keys
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change, Notice
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.console.urls import urlpatterns
from trunkline.schemas import registry

pytestmark = pytest.mark.django_db(databases="__all__")

NEW = "another horse battery"

READS = {
    "asset": "a file that everybody may have",
    "console": "shows",
    "console-account": "shows",
    "console-keys": "shows",
    "console-own": "shows",
    "console-objects": "shows",
    "console-user-access": "shows",
    "console-change": "shows",
    "console-trail": "shows; that the trail was read is noted, as with every reading of it",
    "console-trail-csv": "sends; that the trail was exported is noted",
    "console-trail-lines": "sends; that the trail was exported is noted",
    "": "says that there is no such page",
}
ELSEWHERE = {
    "console-sign-in": "the notice of a log-in: test_what_is_recorded",
    "console-code": "the notice of a code: test_what_is_recorded",
    "console-expired": "the change of a password, by `auth.own_password`: test_sign_in",
    "console-enrol": "the change of the second factor: test_what_is_recorded",
    "console-own-password": "the change of a password, by `auth.own_password`: test_passwords",
    "console-own-codes": "a code, whose use is noted, is asked for first: test_access",
    "console-own-device": "a code, and the change of the second factor: test_access",
}

Deed = Callable[[Person, Person, ConfigurationObject], Any]


def key_of() -> str:
    return keys.create_key(OPERATOR, NORTHWIND, name="k", permissions=["data-access"]).id


DEEDS: dict[str, Deed] = {
    "console-create": lambda ada, _grace, _skill: ada.post("skills/new", **skill_form(name="Loans")),
    "console-object": lambda ada, _grace, skill: ada.post(
        f"skills/{skill.number}", **skill_form(name="Loans", revision=skill.revision)
    ),
    "console-delete": lambda ada, _grace, skill: ada.post(f"skills/{skill.number}/delete"),
    "console-user-password": lambda ada, grace, _skill: ada.post(
        f"users/{grace.user.number}/password", new=NEW, again=NEW
    ),
    "console-user-factor": lambda ada, grace, _skill: ada.post(f"users/{grace.user.number}/second-factor"),
    "console-data-type": lambda ada, _grace, _skill: ada.post(
        "account/data-types/webSession",
        **{"switched_on": "1", "schema-version": registry.versions("webSession")[0]},
    ),
    "console-key-create": lambda ada, _grace, _skill: ada.post(
        "keys/new", name="k", permission=["data-access"]
    ),
    "console-key": lambda ada, _grace, _skill: ada.post(f"keys/{key_of()}", permission=["audit-trail"]),
    "console-key-revoke": lambda ada, _grace, _skill: ada.post(f"keys/{key_of()}/revoke"),
    "console-sign-out": lambda ada, _grace, _skill: ada.post("sign-out"),
}


def recorded() -> int:
    return Change.objects.count() + sum(Notice.objects.values_list("count", flat=True))


@pytest.mark.parametrize("name", sorted(DEEDS))
def test_what_a_page_does_is_recorded(
    ada: Person, make_person: Callable[..., Person], billing: ConfigurationObject, name: str
) -> None:
    grace = make_person("grace")
    before = recorded()
    assert DEEDS[name](ada, grace, billing).status_code in (200, 302)
    assert recorded() > before


def test_every_page_is_in_one_of_the_lists() -> None:
    pages = [pattern.name or "" for pattern in urlpatterns]
    listed = [*DEEDS, *READS, *ELSEWHERE]
    assert sorted(pages) == sorted(listed)
