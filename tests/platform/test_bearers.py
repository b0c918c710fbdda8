"""Bearer tokens: of log-ins and of OAuth 2.0 clients, on the same addresses as signatures and with the same permissions."""

import base64
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from django.test import Client
from google.auth import jwt
from tests.platform.conftest import CONTOSO, NORTHWIND

from trunkline.platform.accounts import keys
from trunkline.platform.actors import OPERATOR, Actor, Kind
from trunkline.platform.audit.models import Notice
from trunkline.platform.audit.notices import Event
from trunkline.platform.auth import client_tokens
from trunkline.platform.auth.models import SigningKey
from trunkline.platform.auth.signing_keys import (
    OVERLAP,
    TOKEN_LIFE,
    published_keys,
    reseal_signing_keys,
    rotate_signing_key,
    signing_key,
)
from trunkline.platform.refusals import NotPermitted, NotProven
from trunkline.platform.seen import Seen

pytestmark = pytest.mark.django_db(databases="__all__")

LE = f"/data_access_le/account/{NORTHWIND}/le"
HOME = Seen(address="203.0.113.7")


def token_of(caller: Any, account_id: str = NORTHWIND) -> str:
    return client_tokens.issue(account_id, caller.key.app_key, caller.key.secret, seen=HOME).token


def get(token: str, path: str = LE, scheme: str = "Bearer") -> Any:
    return Client().get(path, headers={"Authorization": f"{scheme} {token}"})


def pem_of(key: dict[str, str]) -> bytes:
    def number(text: str) -> int:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    public = RSAPublicNumbers(number(key["e"]), number(key["n"])).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_client_gets_a_token_and_is_then_the_key(northwind: Any) -> None:
    token = token_of(northwind)
    assert get(token).status_code == 200
    assert get(token, scheme="bearer").status_code == 200
    actor = client_tokens.actor_of_token(token, HOME)
    assert (actor.kind, actor.id, actor.account_id) == (Kind.KEY, northwind.key.id, NORTHWIND)
    assert (actor.originator.name, actor.originator.auth_type) == ("warehouse", "oauth2")


def test_whoever_has_the_key_set_can_check_a_token_with_another_library(northwind: Any) -> None:
    token = token_of(northwind)
    keys = {key["kid"]: pem_of(key) for key in published_keys()["keys"]}
    claims = jwt.decode(token, certs=keys, audience=NORTHWIND)
    assert claims["azp"] == northwind.key.app_key
    assert (claims["iss"], claims["scope"]) == ("Sentinel", "data-access")
    assert claims["exp"] - claims["iat"] == 3600
    header = jwt.decode_header(token)
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert all(set(key) == {"kty", "n", "e", "kid", "use", "alg"} for key in published_keys()["keys"])


def test_a_token_is_good_for_an_hour(northwind: Any) -> None:
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False) as clock:
        token = token_of(northwind)
        clock.shift(3599)
        assert get(token).status_code == 200
        clock.shift(1)
        assert get(token).status_code == 401


def test_what_the_key_may_do_is_asked_at_every_request(northwind: Any) -> None:
    token = token_of(northwind)
    keys.set_permissions(OPERATOR, NORTHWIND, northwind.key.id, ["audit-trail"])
    assert get(token).status_code == 403
    keys.revoke_key(OPERATOR, NORTHWIND, northwind.key.id)
    assert get(token).status_code == 401


@pytest.mark.parametrize(
    ("account_id", "client_id", "client_secret"),
    [
        (NORTHWIND, None, "wrong"),
        (NORTHWIND, "f" * 32, None),
        (CONTOSO, None, None),
        ("\0", "\0", "\0"),
    ],
)
def test_a_wrong_client_gets_no_token_and_is_not_told_what_was_wrong(
    northwind: Any, contoso: Any, account_id: str, client_id: str | None, client_secret: str | None
) -> None:
    key = northwind.key
    with pytest.raises(NotProven) as caught:
        client_tokens.issue(account_id, client_id or key.app_key, client_secret or key.secret, seen=HOME)
    assert caught.value.reason == "invalid_client"
    assert Notice.objects.get(kind=Event.TOKEN_REFUSED).account_id in ("", NORTHWIND)


def forged(token: str, **changes: Any) -> str:
    """The token with another header and the old signature, or none."""
    head, body, signature = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "==")) | changes
    text = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{text}.{body}.{'' if changes.get('alg') == 'none' else signature}"


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: "",
        lambda token: "x",
        lambda token: "a.b.c",
        lambda token: "f" * 64,
        lambda token: "x" * 10_000,
        lambda token: "\u00e9.\u00e9.\u00e9",
        lambda token: token[:-4] + "AAAA",
        lambda token: forged(token, alg="none"),
        lambda token: forged(token, alg="HS256"),
        lambda token: forged(token, kid="another"),
        lambda token: forged(token, jku="https://evil.example/jwks"),
        lambda token: token.rsplit(".", 1)[0] + ".",
    ],
)
def test_what_is_no_token_of_ours_is_refused_and_noted(northwind: Any, forge: Any) -> None:
    response = get(forge(token_of(northwind)))
    assert response.status_code == 401
    if "invalid_token" in response["WWW-Authenticate"]:
        assert response.json()["reason"] == "invalid_token"
        assert Notice.objects.filter(kind=Event.TOKEN_REFUSED).count() == 1


def test_the_public_key_is_no_secret_to_sign_with(northwind: Any) -> None:
    import hmac

    body = token_of(northwind).split(".")[1]
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": signing_key().kid}).encode()).decode()
    text = f"{head.rstrip('=')}.{body}"
    digest = hmac.digest(pem_of(published_keys()["keys"][0]), text.encode(), "sha256")
    assert get(f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}").status_code == 401


def test_after_a_rotation_old_tokens_are_good_until_they_expire_and_new_ones_are_signed_anew(
    northwind: Any,
) -> None:
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False) as clock:
        old = token_of(northwind)
        first = signing_key().kid
        second = rotate_signing_key(OPERATOR)
        assert [key["kid"] for key in published_keys()["keys"]] == [second, first]
        assert jwt.decode_header(token_of(northwind))["kid"] == second
        assert get(old).status_code == 200
        clock.shift(OVERLAP / 1000 + 1)
        assert [key["kid"] for key in published_keys()["keys"]] == [second]
        assert OVERLAP > TOKEN_LIFE
        rotate_signing_key(OPERATOR)
        assert SigningKey.objects.count() == 2


def test_only_an_operator_rotates(northwind: Any) -> None:
    actor = Actor(Kind.KEY, "k", NORTHWIND, frozenset({"api-keys", "configure"}))
    for verb in (rotate_signing_key, reseal_signing_keys):
        with pytest.raises(NotPermitted):
            verb(actor)


def test_the_private_key_is_sealed_and_can_be_resealed(northwind: Any, settings: Any) -> None:
    from dataclasses import replace

    token = token_of(northwind)
    row = SigningKey.objects.get()
    assert b"PRIVATE KEY" not in bytes(row.sealed) + bytes(row.sealed_data_key)
    new = base64.b64encode(b"n" * 32).decode()
    old = settings.TRUNKLINE.sealing_keys
    settings.TRUNKLINE = replace(settings.TRUNKLINE, sealing_keys=f"{new},{old}")
    reseal_signing_keys(OPERATOR)
    settings.TRUNKLINE = replace(settings.TRUNKLINE, sealing_keys=new)
    assert signing_key().kid == row.kid
    assert client_tokens.actor_of_token(token, HOME).id == northwind.key.id


@pytest.fixture
def no_signing_key(transactional_db: None) -> Iterator[None]:
    SigningKey.objects.all().delete()
    yield


def test_processes_that_begin_at_once_agree_on_one_key(no_signing_key: None) -> None:
    found: list[str] = []

    def ask() -> None:
        found.append(signing_key().kid)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
