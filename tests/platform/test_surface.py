"""What every answer has in common, whatever was asked."""

import json
import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from structlog.testing import capture_logs
from tests.platform.conftest import NORTHWIND, a_run, data_file

from trunkline.platform.data_access import files
from trunkline.platform.data_access.catalogue import DatabaseCatalogue

pytestmark = pytest.mark.django_db(databases="__all__")

HOUR = 1461387600000
LE = f"/data_access_le/account/{NORTHWIND}/le"
PATHS = [
    "/health",
    "/ready",
    "/metrics",
    "/openapi.json",
    "/nowhere",
    "/",
    LE,
    f"{LE}/",
    f"{LE}/schema?schemaId=latest",
    f"{LE}/agentActivity?startTime=0&endTime=9999999999999",
    f"{LE}/agentActivity?startTime=x",
    f"{LE}/agentActivity/nothing.gz",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers_and_errors_have_one_shape(northwind: Any, path: str) -> None:
    for method in METHODS:
        response = northwind.get(path, method=method)
        assert response.status_code < 500
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert response["Strict-Transport-Security"].startswith("max-age=")
        assert response["Cache-Control"] == "no-store"
        assert response["Server"] == "Trunkline"
        assert len(response["X-Request-ID"]) == 32
        if response.status_code >= 400 and method != "HEAD":
            assert set(response.json()["error"]) >= {"message", "reason", "responseStatus"}


@pytest.mark.parametrize("path", PATHS)
def test_only_reading_methods_are_taken(northwind: Any, path: str) -> None:
    for method in METHODS[2:]:
        response = northwind.get(path, method=method)
        assert response.status_code in (404, 405)
        if response.status_code == 405:
            assert "GET" in response["Allow"]


def test_trace_gives_nothing_back(northwind: Any) -> None:
    response = northwind.get(LE, method="TRACE")
    assert response.status_code == 405
    assert northwind.key.app_key.encode() not in response.content


def test_a_failure_inside_is_told_without_its_details(northwind: Any, monkeypatch: Any) -> None:
    def fail(*_args: Any) -> None:
        raise RuntimeError("the secret is swordfish")

    monkeypatch.setattr("trunkline.platform.data_access.api.data_types_on", fail)
    response = northwind.le()
    assert response.status_code == 500
    assert response.json()["error"]["reason"] == "internal"
    assert b"swordfish" not in response.content
    assert b"Traceback" not in response.content
    assert response["X-Request-ID"]


def test_each_request_has_one_line_in_the_log_without_secrets(northwind: Any) -> None:
    with capture_logs() as logged:
        northwind.le("/agentActivity?startTime=0&endTime=9")
    (line,) = [entry for entry in logged if entry["event"] == "request"]
    assert line["status"] == 404
    assert (line["account"], line["key"]) == (NORTHWIND, northwind.key.id)
    text = json.dumps(logged)
    for secret in (
        northwind.key.secret,
        northwind.key.access_token,
        northwind.key.access_token_secret,
        "oauth_",
    ):
        assert secret not in text


@pytest.mark.parametrize(
    ("peer", "forwarded", "shown"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1\r\nSet-Cookie: x", "10.0.0.1"),
    ],
)
def test_forwarded_addresses_are_believed_from_listed_proxies_only(
    northwind: Any, settings: Any, peer: str, forwarded: str, shown: str
) -> None:
    from dataclasses import replace
    from ipaddress import ip_network

    settings.TRUNKLINE = replace(django_settings.TRUNKLINE, trusted_proxies=(ip_network("10.0.0.0/8"),))
    with capture_logs() as logged:
        response = Client(REMOTE_ADDR=peer).get(
            "/health", headers={"X-Forwarded-For": forwarded, "X-Request-ID": "from-proxy"}
        )
    assert logged[0]["address"] == shown
    assert (response["X-Request-ID"] == "from-proxy") is peer.startswith("10.")


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 404),
        ("", {}, 404),
        # A proxy on this machine that is not listed: the caller may be anybody.
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 404),
    ],
)
def test_measures_are_shown_on_this_machine_only(peer: str, headers: dict[str, str], status: int) -> None:
    assert Client(REMOTE_ADDR=peer).get("/metrics", headers=headers).status_code == status


def test_measures_count_by_route_and_never_by_account(northwind: Any) -> None:
    northwind.le()
    Client().get(LE)
    text = Client().get("/metrics").content.decode()
    assert (
        'trunkline_requests_total{method="GET",route="data_access_le/account/<account_id>/le",status="200"}'
        in text
    )
    assert 'trunkline_refused_signatures_total{problem="parameter_absent"}' in text
    assert NORTHWIND not in text
    assert northwind.key.id not in text


def test_ready_says_which_part_is_missing(northwind: Any, publish: Any, store: Any) -> None:
    assert Client().get("/ready").json()["status"] == "ready"
    file = publish(NORTHWIND, HOUR)
    assert Client().get("/ready").status_code == 200
    store.delete(file.key)
    response = Client().get("/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["store"] is False


def test_a_database_without_its_tables_is_not_ready(monkeypatch: Any) -> None:
    monkeypatch.setattr("trunkline.platform.operations.pending", lambda alias: alias == list(connections)[-1])
    response = Client().get("/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["store"] is False


def test_health_does_not_ask_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/health").json() == {"status": "up"}


def test_a_listing_of_a_month_asks_the_database_a_fixed_number_of_times(
    northwind: Any, django_assert_max_num_queries: Any
) -> None:
    hours = [HOUR + n * 3_600_000 for n in range(720)]
    DatabaseCatalogue().publish(a_run(HOUR, *(data_file(NORTHWIND, hour) for hour in hours), hours=720))
    with django_assert_max_num_queries(12):
        listing = northwind.le("/agentActivity?startTime=0&endTime=9999999999999").json()
    assert len(listing["dataAccessFiles"]["file"]) == 720


def test_the_openapi_document_describes_every_operation_parameter_and_error() -> None:
    document = Client().get("/openapi.json").json()
    operations = {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    le = "/data_access_le/account/{account_id}/le"
    assert set(operations) >= {
        ("get", le),
        ("get", f"{le}/schema"),
        ("get", f"{le}/{{data_type}}"),
        ("get", f"{le}/{{data_type}}/{{file_name}}"),
        ("head", f"{le}/{{data_type}}/{{file_name}}"),
    }
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(ids) == len(set(ids))
    for operation in operations.values():
        assert operation["description"]
        if "security" in operation:
            assert operation["security"] == [{"OAuth1": []}, {"Bearer": []}]
            assert {"401", "403", "404"} <= set(operation["responses"])
        assert all(parameter["description"] for parameter in operation["parameters"])
    without = {path for (_method, path), operation in operations.items() if "security" not in operation}
    # What needs no proof: finding the address, and proving who one is.
    assert all(
        re.match(r"/(api/account/\{account_id\}/(service|log|refresh)|sentinel/)", path) for path in without
    )
    assert document["servers"] == [{"url": "https://data.example.com"}]


def test_the_store_is_opened_once_for_each_address(tmp_path: Any) -> None:
    url = tmp_path.as_uri()
    assert files._opened_store(url) is files._opened_store(url)
