"""What the pages of a site may send, and what they are told."""

import json
import time
from typing import Any

import httpx2
import pytest

from collector.running import CONTOSO, NORTHWIND, Running

SHOP = "https://shop.example"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


def now() -> int:
    return int(time.time() * 1000)


def page(number: int = 1, **members: Any) -> dict[str, Any]:
    event = {"type": "visit.page", "eventId": f"p{number}", "timestamp": now(), "visitorId": "v1"}
    return event | {"url": f"{SHOP}/tea"} | members


def started(number: int = 1, **members: Any) -> dict[str, Any]:
    event = {"type": "visit.started", "eventId": f"s{number}", "timestamp": now(), "visitorId": "v1"}
    return event | members


def error_of(answer: httpx2.Response) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    assert error["message"]
    return answer.status_code, error["reason"], error["field"]


def cors_of(answer: httpx2.Response) -> dict[str, str]:
    names = ("access-control-", "vary")
    return {name: value for name, value in answer.headers.items() if name.startswith(names)}


def test_a_page_of_a_listed_origin_sends_and_may_read_the_answer(shared: Running) -> None:
    answer = shared.post_from_page([page(1), page(2)], sent_at=now())
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "refused": []})
    assert cors_of(answer) == {
        "access-control-allow-origin": SHOP,
        "access-control-expose-headers": "Retry-After",
        "vary": "Origin",
    }


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://shop.example.evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://blog.example",
        "HTTPS://SHOP.EXAMPLE",
        "https://shop.exämple".encode(),
    ],
)
def test_any_other_origin_is_refused_and_learns_nothing(shared: Running, origin: str | bytes | None) -> None:
    for method in ("POST", "OPTIONS"):
        answer = shared.post_from_page([page()], origin=origin, method=method)
        assert error_of(answer) == (403, "foreign_origin", "Origin")
        assert cors_of(answer) == {}


def test_a_foreign_page_is_counted_and_told_in_the_log(collector: Running) -> None:
    for _ in range(3):
        collector.post_from_page([page()], origin="https://evil.example")
    assert 'requests_total{status="403"} 3.0' in httpx2.get(f"{collector.url}/metrics").text
    assert collector.stop() == 0
    (line,) = [line for line in collector.log() if line["event"] == "callers refused"]
    assert (line["reason"], line["count"], line["address"]) == ("foreign_origin", 3, "127.0.0.1")
    assert collector.stored() == []


def test_a_browser_that_asks_first_is_answered_for_known_addresses_only(shared: Running) -> None:
    answer = shared.post_from_page(b"", method="OPTIONS", Access_Control_Request_Method="POST")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-max-age"] == "7200"
    assert "access-control-allow-credentials" not in answer.headers
    headers = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    for path, status in (
        (f"/collector/v1/account/{NORTHWIND}/events?key=tlp_shop", 405),
        ("/collector/v1/vocabulary", 405),
        ("/nowhere", 404),
    ):
        refused = httpx2.options(f"{shared.url}{path}", headers=headers)
        assert (refused.status_code, cors_of(refused)) == (status, {})


def test_the_two_kinds_of_keys_do_not_stand_in_for_each_other(shared: Running, event: Any) -> None:
    assert error_of(shared.post([event()], key="tlp_shop")) == (403, "publishable_key", "Authorization")
    assert error_of(shared.post_from_page([page()], key="tlw_north")) == (403, "secret_key", "key")
    assert error_of(shared.post_from_page([page()], key="")) == (401, "unknown_key", "key")
    assert error_of(shared.post_from_page([page()], key="tlp_other")) == (401, "unknown_key", "key")
    assert error_of(shared.post_from_page([page()], account=CONTOSO)) == (403, "foreign_account", "accountId")
    other = shared.post_from_page([page()], key="tlp_blog", origin="https://blog.example")
    assert other.status_code == 202


def test_a_page_sends_what_its_visitor_did_and_nothing_else(shared: Running, event: Any) -> None:
    chat = {"type": "conversation.line", "eventId": "c", "timestamp": now(), "lineType": 0}
    chat |= {"conversationId": "1", "visitorId": "v1"}
    answer = shared.post_from_page([page(), event(), chat, page(2, url=5)])
    assert answer.json()["accepted"] == 1
    assert [(one["index"], one["reason"]) for one in answer.json()["refused"]] == [
        (1, "not_from_browsers"),
        (2, "not_from_browsers"),
        (3, "wrong_type"),
    ]
    assert "agent.login is not taken from browsers" in answer.json()["refused"][0]["message"]
    assert error_of(shared.post_from_page([event()])) == (400, "not_from_browsers", "type")


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b" " * (64 * 1024 + 1), 413, "body_too_large"),
        ([page()] * 101, 413, "too_many_events"),
        (b"[{]", 400, "malformed_json"),
        (b"", 400, "empty_body"),
    ],
)
def test_what_is_refused_as_a_whole_may_be_read_by_the_page(
    shared: Running, body: Any, status: int, reason: str
) -> None:
    answer = shared.post_from_page(body)
    assert error_of(answer) == (status, reason, None)
    assert answer.headers["access-control-allow-origin"] == SHOP


def test_the_address_of_a_page_that_is_wrong_is_told_by_field(shared: Running) -> None:
    assert error_of(shared.post_from_page([page()], sent_at="yesterday")) == (
        400,
        "malformed_query",
        "sentAt",
    )
    assert error_of(shared.post_from_page([page()], method="GET")) == (405, "wrong_method", None)
    assert error_of(shared.post_from_page([page()], content_type="text/csv")) == (
        415,
        "unknown_content_type",
        "Content-Type",
    )


def test_where_the_visitor_is_and_with_what_is_told_by_the_collector(make_collector: Any) -> None:
    collector = make_collector(trusted_proxies=["127.0.0.1/32"])
    claimed = started(
        sessionId="visit-1",
        geo={"iPV4": "198.51.100.1", "country": "Atlantis"},
        info={"userAgent": "Honest", "deviceOS": "WINDOWS", "siteControlGroup": "TEST"},
    )
    forwarded = {"User_Agent": SAFARI, "X_Forwarded_For": "198.51.100.66, 2001:db8:1::7"}
    collector.post_from_page([claimed], **forwarded)
    collector.post_from_page([started(2)], User_Agent="", X_Forwarded_For="::ffff:203.0.113.9")
    assert collector.stop() == 0
    first, second = collector.stored()
    assert first["geo"] == {"iPV6": "2001:db8:1::7"}
    assert first["info"] == {
        "userAgent": SAFARI,
        "deviceOS": "IOS",
        "deviceFamily": "MOBILE",
        "siteControlGroup": "TEST",
    }
    assert (first["sessionId"], first["accountId"]) == ("visit-1", NORTHWIND)
    assert second["geo"] == {"iPV4": "203.0.113.9"} and "userAgent" not in second["info"]


def test_a_clock_that_is_wrong_is_set_right_and_one_that_is_good_left_alone(collector: Running) -> None:
    hour = 3_600_000
    for wrong in (0, -7 * hour, 11 * hour):
        sent_at = now() + wrong
        body = [page(1, timestamp=sent_at - 60_000), page(2, timestamp=sent_at)]
        assert collector.post_from_page(body, sent_at=sent_at).json()["accepted"] == 2
    exact = now() - 1234
    collector.post_from_page([page(timestamp=exact)], sent_at=now())
    absurd = now() + 48 * hour
    answer = collector.post_from_page([page(timestamp=absurd)], sent_at=absurd)
    assert error_of(answer) == (400, "future_timestamp", "timestamp")
    assert collector.stop() == 0
    stored = collector.stored()
    assert stored[-1]["timestamp"] == exact
    for before, after in zip(stored[:-1:2], stored[1:-1:2], strict=True):
        assert after["timestamp"] - before["timestamp"] == 60_000
        assert abs(after["receivedAt"] - after["timestamp"]) <= 6_000


def test_the_pages_of_a_key_and_each_address_have_limits_of_their_own(make_collector: Any) -> None:
    collector = make_collector(trusted_proxies=["127.0.0.1/32"], key_quota=[0.5, 8], address_quota=[0.5, 2])

    def send(address: str, **options: Any) -> httpx2.Response:
        return collector.post_from_page([page()] * 3, X_Forwarded_For=address, **options)

    assert send("2001:db8:1:2::a").status_code == 202
    again = send("2001:db8:1:2::b")
    assert error_of(again) == (429, "address_quota_exceeded", None)
    assert int(again.headers["Retry-After"]) >= 1
    assert again.headers["access-control-allow-origin"] == SHOP
    assert send("2001:db8:1:3::a").status_code == 202
    assert send("203.0.113.1").status_code == 202
    assert error_of(send("203.0.113.2")) == (429, "key_quota_exceeded", None)
    blog = {"key": "tlp_blog", "origin": "https://blog.example"}
    assert send("203.0.113.3", **blog).status_code == 202
    assert collector.post([page()]).status_code == 202


def test_a_publishable_key_outlives_an_outage_of_the_database_and_is_revoked_in_time(
    make_collector: Any,
) -> None:
    collector = make_collector()
    assert collector.post_from_page([page()]).status_code == 202
    assert collector.stop() == 0
    (collector.folder / "down").touch()
    collector.start()
    assert collector.post_from_page([page()]).status_code == 202
    (collector.folder / "keys.json").write_text(json.dumps([]))
    (collector.folder / "down").unlink()
    for _ in range(100):
        if collector.post_from_page([page()]).status_code == 401:
            break
        time.sleep(0.05)
    assert error_of(collector.post_from_page([page()])) == (401, "unknown_key", "key")
