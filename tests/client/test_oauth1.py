import re
import string
from urllib.parse import unquote

import httpx2
import pytest
import requests
import requests_oauthlib
from hypothesis import assume, given
from hypothesis import strategies as st
from oauthlib.oauth1 import SignatureOnlyEndpoint
from published_server import ACCOUNT, KEY, Keys

from trunkline.client import OAuth1

TEXT = st.text(min_size=0, max_size=12)
SECRET = st.text(min_size=1, max_size=20)
PATHS = st.lists(
    st.text(alphabet=string.ascii_letters + string.digits + "-._~ é%", min_size=1, max_size=8), max_size=4
)
PARAMS = st.lists(st.tuples(st.text(min_size=1, max_size=8), TEXT), max_size=5)


def fields(header: str) -> dict[str, str]:
    assert header.startswith("OAuth ")
    return {name: unquote(value) for name, value in re.findall(r'(oauth_\w+)="([^"]*)"', header)}


def test_the_example_of_oauth_core_1_0_appendix_a_is_signed_as_printed_there():
    key = OAuth1("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
    url = "http://photos.example.net/photos?file=vacation.jpg&size=original"
    header = key.header("GET", url, nonce="kllo9940pd9333jh", timestamp=1191242096)
    assert fields(header)["oauth_signature"] == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="
    assert 'oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"' in header


@given(
    path=PATHS,
    params=PARAMS,
    secret=SECRET,
    token_secret=SECRET,
    method=st.sampled_from(["HMAC-SHA1", "HMAC-SHA256"]),
)
def test_signatures_equal_those_of_requests_oauthlib(path, params, secret, token_secret, method):
    url = httpx2.URL("https://va.da.example.com/" + "/".join(path), params=params)
    key = OAuth1("app", secret, "token", token_secret, signature_method=method)
    other = requests_oauthlib.OAuth1(
        "app",
        secret,
        "token",
        token_secret,
        signature_method=method,
        nonce="n0nce123",
        timestamp="1700000000",
    )
    prepared = requests.Request("GET", str(url), auth=other).prepare()
    # The other library may spell an odd address in another way, and then rightly signs another one.
    assume(prepared.url == str(url))
    theirs = prepared.headers["Authorization"]
    theirs = theirs if isinstance(theirs, str) else theirs.decode()
    ours = key.header("GET", str(url), nonce="n0nce123", timestamp=1700000000)
    assert fields(ours) == fields(theirs)


@given(
    path=PATHS,
    params=PARAMS,
    port=st.sampled_from(["", ":443", ":8443"]),
    verb=st.sampled_from(["GET", "POST", "HEAD"]),
)
def test_a_server_of_another_library_accepts_what_is_sent_to_any_address(path, params, port, verb):
    url = httpx2.URL(f"https://VA.da.Example.com{port}/" + "/".join(path), params=params)
    request = httpx2.Request(verb, url)
    signed = next(OAuth1.from_key(KEY).auth_flow(request))
    target = f"https://{signed.headers['Host']}{signed.url.raw_path.decode()}"
    valid, _ = SignatureOnlyEndpoint(Keys({ACCOUNT: KEY})).validate_request(
        target, verb, None, {"Authorization": signed.headers["Authorization"]}
    )
    assert valid


def test_a_json_body_is_not_signed_but_a_form_is():
    key = OAuth1.from_key(KEY)
    endpoint = SignatureOnlyEndpoint(Keys({ACCOUNT: KEY}))
    for request, body in [
        (httpx2.Request("POST", "https://a.example/x", json={"a": 1}), None),
        (httpx2.Request("POST", "https://a.example/x?q=1", data={"a b": "c&d"}), "a+b=c%26d"),
    ]:
        signed = next(key.sync_auth_flow(request))
        headers = {"Authorization": signed.headers["Authorization"]}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        assert endpoint.validate_request(str(signed.url), "POST", body, headers)[0]


def test_every_request_has_a_nonce_of_its_own():
    key = OAuth1.from_key(KEY)
    nonces = {fields(key.header("GET", "https://a.example/"))["oauth_nonce"] for _ in range(50)}
    assert len(nonces) == 50


def test_no_secret_is_shown():
    shown = repr(OAuth1.from_key(KEY))
    assert KEY["appKey"] in shown
    assert KEY["secret"] not in shown
    assert KEY["accessTokenSecret"] not in shown


@pytest.mark.parametrize("missing", KEY)
def test_a_key_with_a_missing_value_is_named(missing):
    with pytest.raises(ValueError, match=missing):
        OAuth1.from_key({**KEY, missing: ""})


def test_an_unknown_signature_method_is_refused():
    with pytest.raises(ValueError, match="PLAINTEXT"):
        OAuth1("a", "b", "c", "d", signature_method="PLAINTEXT")
