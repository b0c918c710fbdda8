"""Signing in and out."""

import re
from typing import Any

import pyotp
import pytest
from django.test import Client
from tests.platform.conftest import NORTHWIND, URL
from tests.platform.console.conftest import Person

from trunkline.platform.accounts.passwords import set_user_password
from trunkline.platform.actors import OPERATOR
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
    # Nothing is shown before there is a second factor.
    for page in ("", "skills", "own", "trail"):
        assert client.get(f"/console/{page}")["Location"].startswith("/console/sign-in/second-factor?to=")


def test_the_second_factor_is_set_up_once_and_then_asked_for_each_time(administrator: Any) -> None:
    client = Client()
    first = {"account": NORTHWIND, "user": ADA, "password": PASSWORD}
    password_only = client.post("/console/sign-in", first, headers=OURS).cookies[COOKIE].value
    page = client.get("/console/sign-in/second-factor?to=/console/skills").content.decode()
    hidden = dict(re.findall(r'type="hidden" name="([a-z-]+)" value="([^"]+)"', page))
    assert 'src="data:image/svg+xml' in page
    secret = hidden["secret"]
    wrong = client.post("/console/sign-in/second-factor", hidden | {"code": "000000"}, headers=OURS)
    assert wrong.status_code == 400
    assert f'id="secret">{secret}<' in wrong.content.decode()
    now = pyotp.TOTP(secret).now()
    enrolled = client.post("/console/sign-in/second-factor", hidden | {"code": now}, headers=OURS)
    codes = re.findall(r"\b(?:[0-9a-f]{4}-){4}[0-9a-f]{4}\b", enrolled.content.decode())
    assert len(codes) == 10
    assert 'href="/console/skills">I have kept them' in enrolled.content.decode()
    full = enrolled.cookies[COOKIE].value
    assert full != password_only
    assert client.get("/console/skills").status_code == 200
    client.cookies[COOKIE] = password_only
    assert client.get("/console/skills").status_code == 302

    answer = client.post("/console/sign-in", first | {"to": "/console/lobs"}, headers=OURS)
    assert answer["Location"] == "/console/sign-in/code?to=%2Fconsole%2Flobs"
    half = answer.cookies[COOKIE].value
    assert client.get("/console/lobs")["Location"].startswith("/console/sign-in?")
    used = client.post("/console/sign-in/code", {"code": now, "to": "/console/lobs"}, headers=OURS)
    assert used.status_code == 401
    assert "does not fit or was used" in used.content.decode()
    foreign = client.post(
        "/console/sign-in/code", {"code": codes[0]}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    passed = client.post("/console/sign-in/code", {"code": codes[0], "to": "/console/lobs"}, headers=OURS)
    assert passed["Location"] == "/console/lobs"
    assert passed.cookies[COOKIE].value not in (half, full, password_only)
    assert client.get("/console/lobs").status_code == 200


def test_a_password_that_must_be_changed_is_changed_on_the_way_in(administrator: Any) -> None:
    set_user_password(OPERATOR, NORTHWIND, administrator.number, "first pass of the day 7")
    claims = {"account": NORTHWIND, "user": ADA, "password": "first pass of the day 7"}
    answer = Client().post("/console/sign-in", claims, headers=OURS)
    assert "The password has expired" in answer.content.decode()
    assert 'action="/console/sign-in/expired"' in answer.content.decode()
    uneven = Client().post("/console/sign-in/expired", claims | {"new": "a", "again": "b"}, headers=OURS)
    assert "not typed the same way twice" in uneven.content.decode()
    new = "quite another phrase 8"
    done = Client().post("/console/sign-in/expired", claims | {"new": new, "again": new}, headers=OURS)
    assert "Sign in with the new one" in done.content.decode()
    signed_in = Client().post("/console/sign-in", claims | {"password": new}, headers=OURS)
    assert signed_in.status_code == 302


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
