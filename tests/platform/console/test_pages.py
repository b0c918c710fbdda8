"""What every page has in common."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.platform.conftest import CONTOSO, NORTHWIND, URL
from tests.platform.console.conftest import Person

from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import create_objects
from trunkline.platform.configuration.registry import OBJECT_TYPES, SKILL
from trunkline.platform.permissions import Permission

pytestmark = pytest.mark.django_db(databases="__all__")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
PAGES = [
    "",
    "keys",
    "keys/new",
    "account",
    "account/data-types/agentActivity",
    "nowhere",
    "no/where/at/all",
    "skills/999",
] + [path for one in OBJECT_TYPES for path in (one.path, f"{one.path}/new")]
"""Everything that can be asked for without knowing an id."""


def check_headers(answer: Any) -> None:
    assert answer["Content-Security-Policy"] == POLICY
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Strict-Transport-Security"].startswith("max-age=")
    assert answer["Server"] == "Trunkline"


def test_every_page_carries_the_headers_and_nothing_that_the_policy_forbids(ada: Person) -> None:
    for path in PAGES:
        answer = ada.get(path)
        assert answer.status_code in (200, 404)
        check_headers(answer)
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", page)
        assert page.count("<h1") == 1


def test_who_is_not_signed_in_is_sent_to_sign_in_and_learns_nothing(northwind: Any) -> None:
    for path in PAGES:
        answer = Client().get(f"/console/{path}?q=1")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/console/sign-in?to=%2Fconsole%2F")
        check_headers(answer)
        part = Client().get(f"/console/{path}", headers={"HX-Request": "true"})
        assert part.status_code == 204
        assert part["HX-Redirect"].startswith("/console/sign-in?to=")


def test_a_refusal_is_a_page_and_stands_in_the_security_log(make_person: Callable[..., Person]) -> None:
    from trunkline.platform.audit.models import Notice

    grace = make_person("grace", Permission.READ_SKILLS)
    answer = grace.get("users")
    assert answer.status_code == 403
    check_headers(answer)
    assert "You lack the permission users:read" in answer.content.decode()
    (noted,) = Notice.objects.filter(account_id=NORTHWIND, kind="request-denied")
    assert noted.details["path"] == "/console/users"


def test_a_failure_inside_is_a_page_without_its_details(ada: Person, monkeypatch: Any) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("the secret is swordfish")

    monkeypatch.setattr("trunkline.platform.console.listing.list_objects", fail)
    answer = ada.get("skills")
    assert answer.status_code == 500
    check_headers(answer)
    assert b"Something went wrong" in answer.content
    assert b"swordfish" not in answer.content


def test_the_menu_holds_what_one_may_open(make_person: Callable[..., Person]) -> None:
    grace = make_person("grace", Permission.READ_SKILLS, Permission.KEYS)
    shown = re.findall(r'class="nav-link" href="([^"]+)"', grace.get("").content.decode())
    assert shown == ["/console/", "/console/skills", "/console/keys"]


def test_another_account_s_objects_are_not_there(ada: Person, contoso: Any) -> None:
    (theirs,) = create_objects(OPERATOR, CONTOSO, SKILL, [{"name": "Secret plans"}] * 1)
    numbers = {row.number for row in ConfigurationObject.objects.filter(account_id=NORTHWIND)}
    for number in range(theirs.number + 1):
        for way in ("", "/delete"):
            answer = ada.get(f"skills/{number}{way}")
            assert answer.status_code == (404 if number not in numbers else answer.status_code)
            assert b"Secret plans" not in answer.content


@pytest.mark.parametrize("name", ["../manifest.json", "manifest.json", "web.css.gz", "web.css", "%2e%2e/x"])
def test_only_files_of_the_manifest_are_served(name: str) -> None:
    assert Client().get(f"/console/assets/{name}").status_code in (302, 404)


def test_assets_have_the_hash_of_their_content_in_their_name_and_may_be_kept_for_ever(ada: Person) -> None:
    page = ada.get("").content.decode()
    addresses = set(re.findall(r'"(/console/assets/[^"#]+)', page))
    assert len(addresses) == 4
    for address in addresses:
        answer = Client().get(address)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["X-Content-Type-Options"] == "nosniff"
        zipped = Client().get(address, headers={"Accept-Encoding": "br, gzip"})
        assert zipped["Content-Encoding"] == "gzip"
        assert len(zipped.content) < len(answer.content)


def test_where_nothing_was_built_it_says_how(ada: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr("trunkline.web.assets.is_built", lambda: False)
    for path in ("", "sign-in", "skills"):
        answer = ada.get(path)
        assert answer.status_code == 503
        assert b"make web" in answer.content


def test_a_search_finds_by_name_and_by_what_is_shown(ada: Person) -> None:
    create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Tea", "description": "Assam"}, {"name": "Coffee"}])
    page = ada.get("skills?q=ASSAM").content.decode()
    assert ">Tea</a>" in page
    assert ">Coffee</a>" not in page
    assert "Nothing fits" in ada.get("skills?q=<b>").content.decode()
    assert "<b>" not in ada.get("skills?q=<b>").content.decode()


def test_markup_in_names_stays_text(ada: Person) -> None:
    (made,) = create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "<img src=x onerror=alert(1)>"}])
    for path in ("skills", f"skills/{made.number}", f"skills/{made.number}/delete"):
        assert "<img" not in ada.get(path).content.decode()


FOREIGN = [
    {"headers": {"Origin": URL, "Sec-Fetch-Site": "same-origin"}, "token": ""},
    {"headers": {"Origin": URL, "Sec-Fetch-Site": "same-origin"}, "token": "0" * 32},
    {"headers": {}, "token": None},
    {"headers": {"Origin": "https://evil.example"}, "token": None},
    {"headers": {"Origin": "null"}, "token": None},
    {"headers": {"Origin": URL, "Sec-Fetch-Site": "cross-site"}, "token": None},
    {"headers": {"Origin": URL, "Sec-Fetch-Site": "same-site"}, "token": None},
    {"headers": {"Sec-Fetch-Site": "none"}, "token": None},
    {"headers": {"Origin": URL, "Sec-Fetch-Site": "same-origin"}, "token": None, "type": "text/plain"},
]
"""Ways of asking from elsewhere; the token None is the right one."""


@pytest.mark.parametrize("way", FOREIGN, ids=str)
def test_no_request_from_elsewhere_changes_anything(
    ada: Person, billing: ConfigurationObject, way: Any
) -> None:
    before = Change.objects.count()
    form = {
        "form-token": ada.form_token if way["token"] is None else way["token"],
        "revision": billing.revision,
    }
    form |= {"name": "Stolen", "permission": "data-access", "switched_on": "1", "schema-version": "1.0.0.4"}
    more = (
        {"content_type": way["type"], "data": "&".join(f"{k}={v}" for k, v in form.items())}
        if "type" in way
        else {"data": form}
    )
    for path in (
        "skills/new",
        f"skills/{billing.number}",
        f"skills/{billing.number}/delete",
        "keys/new",
        "keys/key_x/revoke",
        "account/data-types/survey",
        "sign-out",
    ):
        answer = ada.client.post(f"/console/{path}", headers=way["headers"], **more)
        assert answer.status_code == 403, path
    assert Change.objects.count() == before
    assert ada.get("").status_code == 200
