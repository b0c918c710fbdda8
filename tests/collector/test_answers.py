"""What the collector answers, for good input and for each kind of bad input."""

import gzip
import json
import time

import httpx2
import pytest
import zstandard

NORTHWIND, CONTOSO = "75555851", "28045150"
MISSING = object()


def now() -> int:
    return int(time.time() * 1000)


def error_of(answer: httpx2.Response) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    assert error["message"]
    return answer.status_code, error["reason"], error["field"]


def test_a_batch_is_accepted_and_counted(shared, event):
    answer = shared.post([event(1), event(2)])
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "refused": []})


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/json", ""])
def test_events_may_come_one_a_line(shared, event, content_type):
    body = b"\n\n".join(json.dumps(event(number)).encode() for number in range(3)) + b"\n"
    assert shared.post(body, content_type=content_type).json() == {"accepted": 3, "refused": []}


def test_one_object_is_a_batch_of_one(shared, event):
    assert shared.post(event()).json()["accepted"] == 1
    assert shared.post(json.dumps(event(), indent=2).encode()).json()["accepted"] == 1


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_a_compressed_body_is_understood(shared, event, encoding, compress):
    assert (
        shared.post(compress(json.dumps([event()]).encode()), content_encoding=encoding).json()["accepted"]
        == 1
    )


@pytest.mark.parametrize(
    ("changes", "reason", "field", "words"),
    [
        ({"timestamp": 1465992202}, "timestamp_in_seconds", "timestamp",
         "timestamp: 1465992202 looks like seconds; expected milliseconds since 1970-01-01T00:00:00Z"),
        ({"timestamp": 1465992202047000}, "timestamp_in_microseconds", "timestamp", "looks like microseconds"),
        ({"timestamp": 1465992202047000000}, "timestamp_in_nanoseconds", "timestamp", "looks like nanoseconds"),
        ({"timestamp": 1465992202047}, "too_late", "timestamp", "too old"),
        ({"timestamp": "2026-11-21"}, "wrong_type", "timestamp", "timestamp: expected a whole number, got str"),
        ({"timestamp": MISSING}, "missing_field", "timestamp", "timestamp: missing"),
        ({"eventId": MISSING}, "missing_field", "eventId", "eventId: missing"),
        ({"eventId": ""}, "out_of_range", "eventId", "length >= 1"),
        ({"eventId": None}, "wrong_type", "eventId", "eventId: expected a string, got null"),
        ({"type": MISSING}, "missing_field", "type", "type: missing"),
        ({"type": "agent.logn"}, "unknown_type", "type", "did you mean agent.login?"),
        ({"type": 5}, "wrong_type", "type", "expected a string"),
        ({"agentid": 9}, "unknown_field", "agentid", "did you mean agentId?"),
        ({"agentId": 9.5}, "wrong_type", "agentId", "expected a whole number, got float"),
        ({"agentId": 2**70}, "out_of_range", "agentId", "expected a whole number <= 9223372036854775807"),
        ({"slots": -1}, "out_of_range", "slots", "expected a whole number >= 0"),
        ({"state": 17}, "out_of_range", "state", "got 17"),
        ({"profileIds": [1, "2"]}, "wrong_type", "profileIds[1]", "got str"),
        ({"accountId": CONTOSO}, "foreign_account", "accountId", "not the account of this address"),
        ({"receivedAt": 1}, "server_field", "receivedAt", "set by the collector"),
        ({"nickname": "\ud800"}, "invalid_text", None, "lone surrogate"),
    ],
)  # fmt: skip
def test_a_bad_event_is_refused_by_index_and_the_good_part_is_taken(
    shared, event, changes, reason, field, words
):
    bad = {name: value for name, value in event(2, **changes).items() if value is not MISSING}
    answer = shared.post([event(1), bad, event(3)])
    assert answer.status_code == 202 and answer.json()["accepted"] == 2
    (refusal,) = answer.json()["refused"]
    assert (refusal["index"], refusal["reason"], refusal["field"]) == (1, reason, field)
    assert words in refusal["message"]


def test_an_event_too_far_ahead_is_refused(shared, event):
    answer = shared.post([event(timestamp=now() + 10 * 60_000), event(timestamp=now() + 60_000)])
    assert answer.json()["accepted"] == 1
    assert answer.json()["refused"][0]["reason"] == "future_timestamp"


def test_a_key_that_may_back_fill_sends_old_events(shared, event):
    old = event(timestamp=1465992202047)
    assert shared.post([old], key="tlw_backfill").status_code == 202
    assert shared.post([old]).status_code == 400


@pytest.mark.parametrize("item", [b"5", b"null", b'"text"', b"[]"])
def test_what_is_no_object_is_refused(shared, event, item):
    answer = shared.post(b"[" + item + b"," + json.dumps(event()).encode() + b"]")
    assert answer.json()["accepted"] == 1
    assert answer.json()["refused"][0]["reason"] == "not_an_object"


def test_bytes_that_are_not_utf_8_cost_only_their_own_event(shared, event):
    good = json.dumps(event()).encode()
    bad = json.dumps(event(nickname="?")).encode().replace(b"?", b"\xff")
    for body in (b"[" + good + b"," + bad + b"]", good + b"\n" + bad):
        answer = shared.post(body)
        assert answer.json()["accepted"] == 1
        assert [(one["index"], one["reason"]) for one in answer.json()["refused"]] == [(1, "invalid_text")]


def test_a_line_that_is_not_json_costs_only_its_own_event(shared, event):
    answer = shared.post(json.dumps(event()).encode() + b'\n{"type":\n' + json.dumps(event()).encode())
    assert answer.json()["accepted"] == 2
    assert [(one["index"], one["reason"]) for one in answer.json()["refused"]] == [(1, "malformed_json")]


def test_an_event_that_is_too_large_is_refused(shared, event):
    answer = shared.post([event(), event(nickname="x" * 70_000)])
    assert [(one["index"], one["reason"]) for one in answer.json()["refused"]] == [(1, "event_too_large")]
    assert error_of(shared.post([event(nickname="x" * 70_000)])) == (413, "event_too_large", None)


def test_a_batch_without_a_good_event_is_an_error_with_the_same_members(shared, event):
    answer = shared.post([event(timestamp=5)])
    assert error_of(answer) == (400, "timestamp_in_seconds", "timestamp")
    assert answer.json()["accepted"] == 0 and len(answer.json()["refused"]) == 1


@pytest.mark.parametrize("body", [b"", b"  \n ", b"[]"])
def test_an_empty_body_is_an_error(shared, body):
    assert error_of(shared.post(body)) == (400, "empty_body", None)


@pytest.mark.parametrize("body", [b'[{"a":1}', b'[{"a":}]', b"[NaN]", b"[1,]", b"[1] 2", b"[" * 100_000])
def test_a_malformed_array_is_an_error_that_says_where(shared, body):
    answer = shared.post(body)
    assert answer.status_code == 400
    assert answer.json()["error"]["reason"] in ("malformed_json", "nested_too_deeply")
    if answer.json()["error"]["reason"] == "malformed_json":
        assert "byte" in answer.json()["error"]["message"]


def test_too_many_events_are_an_error(shared, event):
    assert error_of(shared.post([event()] * 501)) == (413, "too_many_events", None)


def test_a_body_above_the_limit_is_an_error(shared):
    assert error_of(shared.post(b" " * 200_001)) == (413, "body_too_large", None)


@pytest.mark.parametrize("key", ["", "tlw_wrong"])
def test_a_request_without_a_valid_key_is_told_how(shared, event, key):
    answer = shared.post([event()], key=key)
    assert error_of(answer) == (401, "unknown_key", "Authorization")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_is_useless_for_another_account_whether_it_exists_or_not(shared, event):
    answers = [
        shared.post([event()], account=account, key="tlw_contoso") for account in (NORTHWIND, "99999999")
    ]
    assert [error_of(answer) for answer in answers] == [(403, "foreign_account", "accountId")] * 2
    assert answers[0].content == answers[1].content


def test_a_malformed_account_is_an_error(shared, event):
    assert error_of(shared.post([event()], account="a%20b")) == (400, "malformed_account", "accountId")


def test_unknown_encodings_and_types_are_errors(shared, event):
    assert error_of(shared.post([event()], content_encoding="br")) == (
        415,
        "unknown_encoding",
        "Content-Encoding",
    )
    assert error_of(shared.post([event()], content_type="text/csv")) == (
        415,
        "unknown_content_type",
        "Content-Type",
    )


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_a_damaged_or_torn_compression_is_an_error(shared, event, encoding, compress):
    whole = compress(b"\n".join([json.dumps(event(number)).encode() for number in range(100)]))
    for body in (b"nonsense", whole[:-5], whole[: len(whole) // 2]):
        answer = shared.post(body, content_encoding=encoding)
        assert error_of(answer) == (400, "damaged_encoding", "Content-Encoding")


def test_unknown_addresses_and_methods_are_errors(shared):
    assert error_of(httpx2.get(f"{shared.url}/nowhere")) == (404, "unknown_address", None)
    assert error_of(httpx2.delete(f"{shared.url}/health")) == (405, "wrong_method", None)
    assert error_of(httpx2.get(f"{shared.url}/collector/v1/account/1/events")) == (405, "wrong_method", None)


def test_the_vocabulary_is_served(shared):
    schema = httpx2.get(f"{shared.url}/collector/v1/vocabulary").json()
    assert schema["discriminator"]["mapping"]["agent.login"] == "#/$defs/AgentLogin"


def test_answers_and_events_are_counted(collector, event):
    collector.post([event(), event(2, timestamp=5)])
    collector.post([event()], key="")
    counted = httpx2.get(f"{collector.url}/metrics").text
    for line in (
        'requests_total{status="202"} 1.0',
        'requests_total{status="401"} 1.0',
        "events_accepted_total 1.0",
        'events_refused_total{reason="timestamp_in_seconds"} 1.0',
    ):
        assert f"trunkline_collector_{line}\n" in counted


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_measures_are_not_for_the_world_behind_a_proxy(shared, header):
    answer = httpx2.get(f"{shared.url}/metrics", headers={header: "203.0.113.9"})
    assert error_of(answer) == (404, "unknown_address", None)


def test_an_account_above_its_quota_is_told_when_to_come_back(make_collector, event):
    collector = make_collector(quota=[0.5, 1])
    assert collector.post([event()] * 3).status_code == 202
    answer = collector.post([event()])
    assert error_of(answer) == (429, "quota_exceeded", None)
    assert 1 <= int(answer.headers["Retry-After"]) <= 4
    assert collector.post([event()], account=CONTOSO, key="tlw_contoso").status_code == 202


def test_a_disk_that_is_nearly_full_is_said_before_it_is_full(make_collector, event):
    collector = make_collector(disk_reserve_bytes=2**60, not_ready=True)
    for _ in range(200):
        answer = collector.post([event()])
        if answer.status_code != 503:  # until the keys are known
            break
        time.sleep(0.02)
    assert error_of(answer) == (507, "disk_full", None)
    assert answer.headers["Retry-After"]
    ready = httpx2.get(f"{collector.url}/ready")
    assert ready.status_code == 503
    assert ready.json() == {
        "status": "not ready",
        "checks": {"keys": True, "disk": False, "journal": True},
    }
