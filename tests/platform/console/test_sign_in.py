"""Signing in and out."""

from typing import Any

import pytest
from django.test import Client
from tests.platform.conftest import NORTHWIND, URL
from tests.platform.console.conftest import Person

from trunkline.platform.console.sign_in import DEVICE, wanted_page
from trunkline.platform.console.signed_in import COOKIE

pytestmark = pytest.mark.django_db(databases="__all__")

ADA, PASSWORD = "ada@northwind.example", "correct horse battery"
OURS = {"Origin": URL, "Sec-Fetch-Site": "same-origin"}


def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(administrator: Any) -> None:
    client = Client()
    client.cookies[COOKIE] = "planted"
    form = {"account": NORTHWIND, "user": ADA, "password": PASSWORD, "to": "/console/skills?q=tea"}
    answer = client.post("/console/sign-in", form, headers=OURS)
    assert (answer.status_code, answer["Location"]) == (302, "/console/skills?q=tea")
    for name in (COOKIE, DEVICE):
        cookie = answer.cookies[name]
        assert name.startswith("__Host-")
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    token = answer.cookies[COOKIE].value
    assert len(bytes.fromhex(token)) == 32
    assert client.get("/console/").status_code == 200


def test_what_was_wrong_is_not_told_and_the_password_does_not_come_back(administrator: Any) -> None:
    for account, user in ((NORTHWIND, ADA), (NORTHWIND, "nobody"), ("12345678", ADA)):
        form = {"account": account, "user": user, "password": "not the right one"}
        answer = Client().post("/console/sign-in", form, headers=OURS)
        assert answer.status_code == 401
        page = answer.content.decode()
        assert "The account, the log-in name or the password is wrong, or the user is disabled." in page
        assert f'value="{user}"' in page
        assert "not the right one" not in page
        assert COOKIE not in answer.cookies


def test_another_site_cannot_sign_anybody_in(administrator: Any) -> None:
    form = {"account": NORTHWIND, "user": ADA, "password": PASSWORD}
    answer = Client().post("/console/sign-in", form, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert f"open it at {URL}/console/" in answer.content.decode()
    assert COOKIE not in answer.cookies


def test_signing_out_ends_the_log_in_on_the_server(ada: Person) -> None:
    answer = ada.post("sign-out")
    assert answer.status_code == 302
    assert answer.cookies[COOKIE].value == ""
    ada.client.cookies[COOKIE] = ada.token
    assert ada.get("").status_code == 302


@pytest.mark.parametrize(
    ("to", "page"),
    [
        ("/console/skills", "/console/skills"),
        ("/console/trail?actor=6&page=2", "/console/trail?actor=6&page=2"),
        ("", "/console/"),
        ("https://evil.example/console/", "/console/"),
        ("//evil.example/console/", "/console/"),
        ("/console/\\evil.example", "/console/\\evil.example"),
        ("/\\evil.example", "/console/"),
        ("/console/../health", "/console/"),
        ("/data_access_le/account/x", "/console/"),
        ("/console/sign-in", "/console/"),
        ("javascript:alert(1)", "/console/"),
    ],
)
def test_after_signing_in_one_comes_to_pages_of_the_console_only(to: str, page: str) -> None:
    assert wanted_page(to) == page
