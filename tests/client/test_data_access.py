import gzip
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx2
import pytest
from published_server import ACCOUNT, HOUR, OTHER_KEY

from trunkline.client import (
    DATA_ACCESS_HOSTS,
    AuthenticationError,
    BadRequest,
    CorruptFile,
    DataAccess,
    OAuth1,
    PermissionDenied,
    RateLimited,
    RetryPolicy,
    ServerError,
    UnexpectedAnswer,
    Unreachable,
    UntrustedCertificate,
)
from trunkline.client.answers import refusal
from trunkline.client.listing import Listing, empty_listing, means_no_files

NOON = 1_700_000_000_000 // HOUR * HOUR


def at(hours: float) -> datetime:
    return datetime.fromtimestamp(NOON / 1000, UTC) + timedelta(hours=hours)


def answer(status: int, text: str) -> httpx2.Response:
    return httpx2.Response(status, text=text, request=httpx2.Request("GET", "https://a.example/"))


def test_regions_hosts_and_addresses_are_understood(key):
    for given, host in [
        *DATA_ACCESS_HOSTS.items(),
        ("UK", "lo.da.liveperson.net"),
        ("data.example.com", "data.example.com"),
        ("https://data.example.com/", "data.example.com"),
        ("https://data.example.com:8443", "data.example.com:8443"),
    ]:
        with DataAccess(given, ACCOUNT, key) as data:
            assert data.url == f"https://{host}/data_access_le/account/{ACCOUNT}/le"


@pytest.mark.parametrize(
    "host", ["ftp://data.example.com", "https://", "https://user:pw@data.example.com", "h:x"]
)
def test_what_is_no_address_is_refused(host, key):
    with pytest.raises(ValueError, match="address"):
        DataAccess(host, ACCOUNT, key)


@pytest.mark.parametrize("account", ["", "a/b", "../x", "a" * 21])
def test_what_is_no_account_is_refused(account, key):
    with pytest.raises(ValueError, match="account number"):
        DataAccess("us", account, key)


def test_a_file_is_listed_with_its_name_scope_and_address(server, data):
    served = server.publish(NOON, supersedes="Agent.1.2.part-00000-0")
    (file,) = data.files("agentActivity", at(-1), at(1))
    assert file.name == served.name
    assert (file.scope_start, file.scope_end) == (at(0), at(1))
    assert file.scope_start.utcoffset() is not None
    assert file.href == f"{data.url}/agentActivity/{served.name}"
    assert file.supersedes == ("Agent.1.2.part-00000-0.gz",)
    (asked,) = server.requests("agentActivity")
    assert asked.query == {"startTime": str(NOON - HOUR), "endTime": str(NOON + HOUR)}


def test_files_ascend_by_scope(server, data):
    for hour in (5, 1, 3):
        server.publish(NOON + hour * HOUR)
    assert [file.scope_start for file in data.files("agentActivity", at(0), at(9))] == [at(1), at(3), at(5)]


def test_no_available_files_is_an_empty_list(server, data):
    server.files["agentActivity"] = []
    assert data.files("agentActivity", at(0), at(1)) == []


@pytest.mark.parametrize("status", [400, 404, 500])
@pytest.mark.parametrize(
    "body", ["No Available Files", '{"error": {"message": "no available files for account"}}']
)
def test_no_available_files_is_understood_whatever_the_status(status, body):
    assert means_no_files(refusal(answer(status, body)))


def test_a_refusal_for_want_of_files_may_still_tell_how_far_they_are_complete():
    body = '{"error": {"message": "No Available Files"}, "dataAccessFiles": {"file": [], "@completeUntilTime": 1465992000000}}'
    assert empty_listing(refusal(answer(404, body))).complete_until == datetime(2016, 6, 15, 12, tzinfo=UTC)
    assert empty_listing(refusal(answer(404, "No Available Files"))) == Listing()


@pytest.mark.parametrize("absent", ["missing", "null", "empty"])
def test_an_answer_without_files_is_an_empty_list(server, data, absent):
    server.publish(NOON)

    def without(listing):
        files = listing["dataAccessFiles"]
        files["file"] = {"null": None, "empty": []}.get(absent)
        if absent == "missing":
            del files["file"]
        return listing

    server.listing = without
    assert data.files("agentActivity", at(0), at(1)) == []


def test_one_file_as_an_object_and_links_as_a_list_are_read(server, data):
    served = server.publish(NOON, listed_as=f"Agent.{NOON}.{NOON + HOUR}.part-00000-0")

    def odd(listing):
        files = listing["dataAccessFiles"]
        files["file"], files["link"] = files["file"][0], [files["link"]]
        return listing

    server.listing = odd
    (file,) = data.files("agentActivity", at(0), at(1))
    assert file.name == served.name, "the name has .gz, as the address does"


@pytest.mark.parametrize(
    "name", ["../up.gz", "a/b.gz", "/etc/passwd", ".hidden.gz", "", "a\\b", "x" * 200, "nul\0.gz", "-rf.gz"]
)
def test_a_name_that_could_leave_its_folder_is_refused(server, data, name):
    server.publish(NOON)

    def renamed(listing):
        listing["dataAccessFiles"]["file"][0]["@name"] = name
        return listing

    server.listing = renamed
    with pytest.raises(UnexpectedAnswer, match="file name"):
        data.files("agentActivity", at(0), at(1))


def test_an_address_that_is_not_http_is_refused(server, data):
    server.publish(NOON)

    def moved(listing):
        listing["dataAccessFiles"]["file"][0]["@href"] = "file:///etc/passwd"
        return listing

    server.listing = moved
    with pytest.raises(UnexpectedAnswer, match="address"):
        data.files("agentActivity", at(0), at(1))


@pytest.mark.parametrize(
    "answer", [[], "text", {"dataAccessFiles": []}, {"dataAccessFiles": {"file": [{"@name": "x"}]}}]
)
def test_another_shape_is_an_unexpected_answer(server, data, answer):
    server.publish(NOON)
    server.listing = lambda _: answer
    with pytest.raises(UnexpectedAnswer):
        data.files("agentActivity", at(0), at(1))


def test_a_long_window_is_asked_for_in_pieces_of_a_week(server, data):
    for day in range(0, 30, 3):
        server.publish(NOON + day * 24 * HOUR)
    files = data.files("agentActivity", at(0), at(30 * 24))
    assert len(files) == 10
    asked = [
        (int(seen.query["startTime"]), int(seen.query["endTime"]))
        for seen in server.requests("agentActivity")
    ]
    assert len(asked) == 5
    assert asked[0][0] == NOON
    assert asked[-1][1] == NOON + 30 * 24 * HOUR
    assert all(before[1] == after[0] for before, after in pairwise(asked))


def test_a_file_listed_by_two_pieces_is_returned_once(server, data):
    server.publish(NOON, published=NOON + 10 * 24 * HOUR)
    assert len(data.files("agentActivity", at(0), at(14 * 24))) == 1


def test_the_listing_says_how_far_it_is_complete(server, data):
    server.publish(NOON)
    assert data.listing("agentActivity", at(0), at(1)).complete_until is None
    server.complete_until = NOON + HOUR
    assert data.listing("agentActivity", at(0), at(1)).complete_until == at(1)


def test_windows_need_a_time_zone_and_an_order(data):
    with pytest.raises(ValueError, match="time zone"):
        data.files("agentActivity", at(-1).replace(tzinfo=None), at(0))
    with pytest.raises(ValueError, match="ends before"):
        data.files("agentActivity", at(1), at(1))
    with pytest.raises(ValueError, match="data type"):
        data.files("../schema", at(0), at(1))


def test_the_resources_name_what_is_on(server, data):
    server.publish(NOON)
    assert data.resources() == {
        "agentActivity": f"{data.url}/agentActivity",
        "schema": f"{data.url}/schema",
    }


def test_the_schema_is_asked_for_by_version(data):
    assert data.schema()["version"] == "latest"
    assert data.schema("1.0.0.4")["version"] == "1.0.0.4"
    with pytest.raises(ValueError, match="version"):
        data.schema("../x")


def test_remote_records_are_read_without_leaving_anything(server, data):
    server.publish(NOON, sessions=3)
    (file,) = data.files("agentActivity", at(0), at(1))
    records = list(data.records(file))
    assert [record.bodies[0].value["header"]["agentSessionId"] for record in records] == [
        f"{ACCOUNT}-{NOON}-{number}" for number in range(3)
    ]
    assert (records[1].started_at, records[1].ended_at) == (at(0), at(0.5))
    assert records[0].ended_at is None


# Errors


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, BadRequest), (403, PermissionDenied), (429, RateLimited), (500, ServerError), (418, BadRequest)],
)
def test_a_refusal_carries_status_reason_and_the_servers_words(server, data, status, error):
    server.refusals = [(status, {})] * 9
    with pytest.raises(error, match=f"{status}: as told") as caught:
        data.resources()
    assert (caught.value.status, caught.value.reason) == (status, "told_to")
    assert abs(caught.value.server_time - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_key_of_another_account_is_refused_and_no_secret_is_told(server):
    with (
        DataAccess(server.url, ACCOUNT, OAuth1.from_key(OTHER_KEY)) as data,
        pytest.raises(AuthenticationError) as caught,
    ):
        data.resources()
    assert OTHER_KEY["secret"] not in str(caught.value)


def test_a_refusal_cannot_write_to_the_terminal():
    said = "\x1b[31mred\x1b[0m\nline"
    assert str(refusal(answer(400, said))) == "a.example answered 400: [31mred [0m line"


def test_failures_of_the_server_are_waited_out_as_published(server, data, waits):
    server.refusals = [(503, {}), (500, {}), (502, {"Retry-After": "20"})]
    data.resources()
    assert waits == [5, 10, 20]


def test_a_rate_limit_is_honoured(server, data, waits):
    server.refusals = [(429, {}), (429, {"Retry-After": "7"})]
    data.resources()
    assert waits == [1, 7]


def test_patience_ends(server, key):
    waits: list[float] = []
    server.refusals = [(503, {})] * 9
    with (
        DataAccess(server.url, ACCOUNT, key, retry=RetryPolicy(patience=20, sleep=waits.append)) as data,
        pytest.raises(ServerError),
    ):
        data.resources()
    assert waits == [5, 10]


def test_wrong_requests_are_not_repeated(server, data, waits):
    server.refusals = [(400, {})]
    with pytest.raises(BadRequest):
        data.resources()
    assert len(server.seen) == 1
    assert waits == []


def test_a_server_that_is_away_is_unreachable_after_the_same_waits(server, key):
    waits: list[float] = []
    server.stop()
    with (
        DataAccess(server.url, ACCOUNT, key, retry=RetryPolicy(sleep=waits.append)) as data,
        pytest.raises(Unreachable, match=r"127\.0\.0\.1 cannot be reached"),
    ):
        data.resources()
    assert waits == [5, 10, 15]


def test_a_redirect_is_not_followed(server, data):
    server.refusals = [(302, {"Location": "https://elsewhere.example/"})]
    with pytest.raises(Exception, match=r"redirect to https://elsewhere\.example/, which is not followed"):
        data.resources()


# TLS


def test_the_given_authority_is_trusted(tls_server, authority, key):
    with DataAccess(tls_server.url, ACCOUNT, key, ca=authority / "ca.crt") as data:
        assert "schema" in data.resources()


def test_an_unknown_authority_is_refused_at_once(tls_server, key, waits):
    with (
        DataAccess(tls_server.url, ACCOUNT, key, retry=RetryPolicy(sleep=waits.append)) as data,
        pytest.raises(UntrustedCertificate),
    ):
        data.resources()
    assert waits == []
    assert tls_server.seen == []


def test_a_file_that_is_no_authority_is_named(tmp_path, key):
    (tmp_path / "ca.crt").write_text("no certificate")
    with pytest.raises(ValueError, match=r"ca\.crt"):
        DataAccess("us", ACCOUNT, key, ca=tmp_path / "ca.crt")


def test_a_damaged_file_is_not_read_as_records(tmp_path, data):
    (tmp_path / "x.gz").write_bytes(gzip.compress(b'{"a": 1}\n')[:-4])
    with pytest.raises(CorruptFile):
        list(data.records(tmp_path / "x.gz"))
