"""The rules of a signed request, against the RFC's own example and two libraries that sign."""

import base64
import hashlib
from contextlib import suppress

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client as Signer
from requests_oauthlib import OAuth1

from trunkline.platform.auth.oauth1 import (
    MAX_HEADER,
    WINDOW_S,
    SignedRequest,
    check_body_hash,
    is_signed_by,
    read_claims,
)
from trunkline.platform.auth.problems import SignatureProblem

NOW = 1_461_387_600
KEY = {
    "client_key": "0f" * 16,
    "client_secret": "1e" * 16,
    "resource_owner_key": "2d" * 16,
    "resource_owner_secret": "3c" * 16,
}
URL = "https://data.example.com/data_access_le/account/75555851/le/agentActivity"
QUERY = "startTime=1461387600000&endTime=1461391200000"

SECRETS = (KEY["client_secret"], KEY["resource_owner_secret"])


def signed(url: str = URL, query: str = QUERY, method: str = "GET", **options: str) -> SignedRequest:
    signer = Signer(**KEY, **{"timestamp": str(NOW), **options})
    address = f"{url}?{query}" if query else url
    headers = signer.sign(address, http_method=method)[1]
    return SignedRequest(method, url, query, headers["Authorization"])


def problem_of(request: SignedRequest, now: int = NOW) -> str:
    with pytest.raises(SignatureProblem) as caught:
        claims = read_claims(request, now)
        check_body_hash(request, claims)
    return caught.value.problem


def with_header(header: str) -> SignedRequest:
    return SignedRequest("GET", URL, QUERY, header)


def header(**changes: str | None) -> str:
    values: dict[str, str | None] = {
        "oauth_consumer_key": "k",
        "oauth_token": "t",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(NOW),
        "oauth_nonce": "n",
        "oauth_version": "1.0",
        "oauth_signature": "s",
    }
    values |= changes
    return "OAuth " + ", ".join(f'{name}="{value}"' for name, value in values.items() if value is not None)


def test_the_example_of_rfc_5849_is_signed_as_printed_there() -> None:
    # Section 3.4.1.1 gives the request; 1.2 a signature that was made for another. The base string of 3.4.1.1 signed
    # with the secrets of the same section must come out as it does with a second implementation of HMAC.
    request = SignedRequest(
        "POST",
        "http://EXAMPLE.COM:80/request",
        "b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", '
        'oauth_signature_method="HMAC-SHA1", oauth_timestamp="0137131201", oauth_nonce="7d8f3e4a", '
        'oauth_signature="SIGNATURE"',
        content_type="application/x-www-form-urlencoded",
        body=b"c2&a3=2+q",
    )
    base = (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2"
        "%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26"
        "oauth_timestamp%3D0137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )
    signature = hmac_sha1(base, "j49sk3j29djd&dh893hdasih9")
    request = SignedRequest(
        request.method,
        request.url,
        request.query,
        request.authorization.replace(
            "SIGNATURE", signature.replace("=", "%3D").replace("+", "%2B").replace("/", "%2F")
        ),
        request.content_type,
        request.body,
    )
    claims = read_claims(request, 137131201)
    assert is_signed_by(request, claims, "j49sk3j29djd", "dh893hdasih9")
    assert not is_signed_by(request, claims, "j49sk3j29djd", "dh893hdasih8")


def hmac_sha1(text: str, key: str) -> str:
    """HMAC from its definition, so that the test does not lean on what it tests."""
    block = key.encode().ljust(64, b"\0")
    inner = hashlib.sha1(bytes(byte ^ 0x36 for byte in block) + text.encode()).digest()
    return base64.b64encode(hashlib.sha1(bytes(byte ^ 0x5C for byte in block) + inner).digest()).decode()


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_a_request_signed_by_oauthlib_is_signed_by_its_secrets_only(method: str) -> None:
    request = signed(signature_method=method)
    claims = read_claims(request, NOW)
    assert (claims.app_key, claims.access_token) == (KEY["client_key"], KEY["resource_owner_key"])
    assert is_signed_by(request, claims, *SECRETS)
    assert not is_signed_by(request, claims, SECRETS[1], SECRETS[0])
    assert not is_signed_by(request, claims, "", "")


@pytest.mark.parametrize("part", ["method", "url", "query"])
def test_every_part_of_the_request_is_covered_by_the_signature(part: str) -> None:
    request = signed()
    changed = {
        "method": SignedRequest("HEAD", request.url, request.query, request.authorization),
        "url": SignedRequest("GET", request.url + "s", request.query, request.authorization),
        "query": SignedRequest("GET", request.url, request.query + "0", request.authorization),
    }[part]
    assert not is_signed_by(changed, read_claims(changed, NOW), *SECRETS)


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda name: "oauth_" not in name
)
queries = st.lists(
    st.tuples(names, st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)),
    max_size=5,
)


@given(queries)
def test_any_query_signed_by_requests_oauthlib_is_accepted(query: list[tuple[str, str]]) -> None:
    """Percent-encoding, repeated names, empty values: two libraries and we agree."""
    options = {"client_key": KEY["client_key"], "client_secret": KEY["client_secret"], "timestamp": str(NOW)}
    auth = OAuth1(
        **options,
        resource_owner_key=KEY["resource_owner_key"],
        resource_owner_secret=KEY["resource_owner_secret"],
    )
    sent = requests.Request("GET", URL, params=query, auth=auth).prepare()
    url, _, raw_query = str(sent.url).partition("?")
    text = sent.headers["Authorization"]
    request = SignedRequest("GET", url, raw_query, text.decode() if isinstance(text, bytes) else text)
    assert is_signed_by(request, read_claims(request, NOW), *SECRETS)


@pytest.mark.parametrize(
    "url", ["https://DATA.example.com/le", "https://data.example.com:443/le", "HTTPS://data.example.com/le"]
)
def test_the_case_of_the_host_and_the_default_port_make_no_difference(url: str) -> None:
    request = signed("https://data.example.com/le", "")
    asked = SignedRequest("GET", url, "", request.authorization)
    assert is_signed_by(asked, read_claims(asked, NOW), *SECRETS)


@pytest.mark.parametrize("off", [-WINDOW_S, 0, WINDOW_S])
def test_a_timestamp_within_the_window_is_taken(off: int) -> None:
    assert read_claims(signed(timestamp=str(NOW + off)), NOW).timestamp == NOW + off


@pytest.mark.parametrize("off", [-WINDOW_S - 1, WINDOW_S + 1])
def test_a_timestamp_outside_the_window_is_refused_on_both_sides(off: int) -> None:
    assert problem_of(signed(timestamp=str(NOW + off))) == "timestamp_refused"


@pytest.mark.parametrize(
    "timestamp", ["", "1461387600000", "146138760x", "-146138760", " 146138760", "١٤٦١٣٨٧٦٠٠"]
)
def test_a_timestamp_that_is_not_ten_digits_is_refused(timestamp: str) -> None:
    assert problem_of(with_header(header(oauth_timestamp=timestamp))) in (
        "timestamp_refused",
        "parameter_absent",
    )


@pytest.mark.parametrize(
    "name",
    [
        "oauth_consumer_key",
        "oauth_token",
        "oauth_signature_method",
        "oauth_timestamp",
        "oauth_nonce",
        "oauth_signature",
    ],
)
def test_a_missing_parameter_is_named(name: str) -> None:
    with pytest.raises(SignatureProblem) as caught:
        read_claims(with_header(header(**{name: None})), NOW)
    assert caught.value.problem == "parameter_absent"
    assert name in caught.value.advice


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "parameter_absent"),
        ("Bearer abc", "parameter_rejected"),
        ("OAuth", "parameter_rejected"),
        ("OAuth ", "parameter_absent"),
        ("OAuth nonsense", "parameter_rejected"),
        (header(oauth_version="2.0"), "version_rejected"),
        (header(oauth_signature_method="PLAINTEXT"), "signature_method_rejected"),
        (header(oauth_signature_method="RSA-SHA1"), "signature_method_rejected"),
        (header(oauth_nonce="n" * 101), "parameter_rejected"),
        (header(oauth_nonce="n%0An"), "parameter_rejected"),
        (header() + ', oauth_nonce="again"', "parameter_rejected"),
        (header(x="y" * MAX_HEADER), "parameter_rejected"),
    ],
)
def test_a_header_that_cannot_be_taken_is_refused_with_its_problem(text: str, problem: str) -> None:
    assert problem_of(with_header(text)) == problem


def test_parameters_in_the_query_instead_of_the_header_are_refused() -> None:
    request = SignedRequest("GET", URL, "oauth_consumer_key=k", header())
    assert problem_of(request) == "parameter_rejected"


@given(st.text(max_size=200), st.text(max_size=100))
def test_no_header_and_no_query_raises_anything_but_a_problem(text: str, query: str) -> None:
    request = SignedRequest("GET", URL, query, f"OAuth {text}")
    with suppress(SignatureProblem):
        is_signed_by(request, read_claims(request, NOW), *SECRETS)


@given(st.text(max_size=100))
def test_no_query_breaks_the_check_of_a_well_formed_header(query: str) -> None:
    request = SignedRequest("GET", URL, query, header())
    try:
        assert not is_signed_by(request, read_claims(request, NOW), *SECRETS)
    except SignatureProblem as problem:
        assert problem.problem == "parameter_rejected"


def test_the_hash_of_a_body_is_checked_when_it_is_sent() -> None:
    body = b'{"a": 1}'
    for method, algorithm in (("HMAC-SHA1", "sha1"), ("HMAC-SHA256", "sha256")):
        digest = base64.b64encode(hashlib.new(algorithm, body).digest()).decode()
        text = header(oauth_signature_method=method, oauth_body_hash=digest)
        right = SignedRequest("POST", URL, "", text, "application/json", body)
        check_body_hash(right, read_claims(right, NOW))
        wrong = SignedRequest("POST", URL, "", text, "application/json", body + b" ")
        assert problem_of(wrong) == "body_hash_rejected"


def test_neither_secrets_nor_signatures_show_in_a_repr() -> None:
    request = signed()
    claims = read_claims(request, NOW)
    assert claims.signature not in repr(claims)
    assert request.authorization not in repr(request)
