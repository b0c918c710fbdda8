import base64
import json
from datetime import UTC, datetime

import httpx2
import pytest
from published_server import ACCOUNT, HOUR, PublishedServer

from trunkline.client import (
    AuthenticationError,
    Bearer,
    DataAccess,
    Domains,
    NotFound,
    OAuth2ClientCredentials,
    RetryPolicy,
)

NOON = 1_700_000_000_000 // HOUR * HOUR
WINDOW = tuple(datetime.fromtimestamp((NOON + hours * HOUR) / 1000, UTC) for hours in (-1, 12))


def jwt(life: int, number: int = 0) -> str:
    claims = json.dumps({"aud": ACCOUNT, "iat": 1_500_000_000, "exp": 1_500_000_000 + life, "n": number})
    return f"e30.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.c2ln"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def client(server: PublishedServer, auth: object, **more: object) -> DataAccess:
    return DataAccess(server.url, ACCOUNT, auth, retry=RetryPolicy(patience=0), **more)


def test_a_bearer_token_is_sent_to_the_host_it_is_for(server):
    server.tokens.append("tok")
    server.files["survey"] = []
    with client(server, Bearer("tok")) as data:
        assert set(data.resources()) == {"schema", "survey"}


def test_a_bearer_token_is_never_sent_to_a_foreign_host(server, tmp_path):
    server.tokens.append("tok")
    server.publish(NOON)
    server.file_host = f"localhost:{server.port}"
    with client(server, Bearer("tok")) as data:
        (file,) = data.files("agentActivity", *WINDOW)
        with pytest.raises(AuthenticationError, match="not sent"):
            data.download(file, tmp_path)
    (asked,) = server.requests(".gz")
    assert asked.host.startswith("localhost")
    assert "Authorization" not in asked.headers


def test_a_host_that_was_allowed_gets_the_token(tls_server, authority, tmp_path):
    tls_server.tokens.append("tok")
    tls_server.publish(NOON)
    other = tls_server.file_host = f"localhost:{tls_server.port}"
    with client(tls_server, Bearer("tok"), ca=authority / "ca.crt", allowed_hosts=[other]) as data:
        (file,) = data.files("agentActivity", *WINDOW)
        assert data.download(file, tmp_path).path.exists()


def test_an_api_key_signs_the_address_of_the_file_itself(server, data, tmp_path):
    server.publish(NOON)
    server.file_host = f"localhost:{server.port}"
    (file,) = data.files("agentActivity", *WINDOW)
    assert data.download(file, tmp_path).path.exists()


def test_files_without_tls_are_refused_where_the_listing_has_it(tls_server, authority, key, tmp_path):
    tls_server.publish(NOON)
    tls_server.listing = lambda listing: json.loads(json.dumps(listing).replace("https:", "http:"))
    with client(tls_server, key, ca=authority / "ca.crt") as data:
        (file,) = data.files("agentActivity", *WINDOW)
        with pytest.raises(Exception, match="without TLS"):
            data.download(file, tmp_path)
    assert not tls_server.requests(".gz")


@pytest.mark.parametrize(
    ("version", "path"),
    [
        (1, f"/sentinel/api/account/{ACCOUNT}/app/token"),
        (2, f"/sentinel/api/v2/account/{ACCOUNT}/app/token"),
    ],
)
def test_a_token_is_asked_for_once_and_kept(server, version, path):
    server.minted = [jwt(3600)]
    auth = OAuth2ClientCredentials(ACCOUNT, "id", "client secret", sentinel=server.url, version=version)
    with client(server, auth) as data:
        data.resources()
        data.resources()
    (asked,) = server.requests("/app/token")
    assert (asked.method, asked.path) == ("POST", path)
    assert asked.query == ({"v": "1.0"} if version == 1 else {})
    assert asked.body == "client_id=id&client_secret=client+secret&grant_type=client_credentials"
    assert "Authorization" not in asked.headers


def test_a_token_is_renewed_shortly_before_its_end(server):
    server.minted, clock = [jwt(3600, 1), jwt(3600, 2)], Clock()
    auth = OAuth2ClientCredentials(ACCOUNT, "id", "client secret", sentinel=server.url, clock=clock)
    with client(server, auth) as data:
        data.resources()
        clock.now += 3539
        data.resources()
        assert len(server.requests("/app/token")) == 1
        clock.now += 2
        data.resources()
    assert len(server.requests("/app/token")) == 2


def test_a_refused_token_is_renewed_once(server):
    server.minted = [jwt(3600, 1), jwt(3600, 2)]
    auth = OAuth2ClientCredentials(ACCOUNT, "id", "client secret", sentinel=server.url)
    with client(server, auth) as data:
        data.resources()
        server.tokens.clear()
        data.resources()
        assert len(server.requests("/app/token")) == 2
        server.tokens.clear()
        server.minted = ["refused", "never asked for"]
        server.before = lambda seen: server.tokens.clear()
        with pytest.raises(AuthenticationError):
            data.resources()
    assert server.minted == ["never asked for"]


def test_wrong_client_credentials_are_an_authentication_error_without_the_secret(server):
    auth = OAuth2ClientCredentials(ACCOUNT, "id", "wrong secret", sentinel=server.url)
    with client(server, auth) as data, pytest.raises(AuthenticationError, match="unknown client") as caught:
        data.resources()
    assert "wrong secret" not in f"{caught.value} {auth!r}"


def test_the_token_service_is_found_by_the_domain_look_up(tls_server, authority):
    tls_server.minted, ca = [jwt(3600)], authority / "ca.crt"
    tls_server.services = {"sentinel": f"127.0.0.1:{tls_server.port}"}
    domains = Domains(tls_server.url, ca=ca)
    auth = OAuth2ClientCredentials(ACCOUNT, "id", "client secret", domains=domains)
    with client(tls_server, auth, ca=ca) as data:
        data.resources()
    domains.close()
    assert len(tls_server.requests("/service/sentinel/baseURI.json")) == 1


def test_client_credentials_refuse_an_asynchronous_client_instead_of_sending_nothing():
    with pytest.raises(TypeError, match="synchronous"):
        OAuth2ClientCredentials(ACCOUNT, "id", "s").auth_flow(httpx2.Request("GET", "https://a.example"))


def test_tokens_are_not_shown():
    assert "tok" not in repr(Bearer("tok"))


def test_services_are_found_one_several_and_all(server):
    server.services = {"sentinel": "s.example", "agentVep": "v.example"}
    clock = Clock()
    domains = Domains(server.url, clock=clock)
    assert domains.find(ACCOUNT, "sentinel") == "s.example"
    assert domains.find(ACCOUNT, "sentinel") == "s.example"
    assert len(server.seen) == 1
    assert domains.find_several(ACCOUNT, "agentVep", "other") == {"agentVep": "v.example"}
    assert domains.find_all(ACCOUNT) == server.services
    clock.now += 3601
    server.services["sentinel"] = "moved.example"
    assert domains.find(ACCOUNT, "sentinel") == "moved.example"
    assert all(seen.query["version"] == "1.0" for seen in server.seen)
    assert not any("Authorization" in seen.headers for seen in server.seen)
    with pytest.raises(NotFound, match="unknown service"):
        domains.find(ACCOUNT, "nothing")
    domains.close()
