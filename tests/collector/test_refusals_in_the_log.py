"""Who is refused, and why, stands in the collector's log: in few lines, without a secret."""

from structlog.testing import capture_logs

from trunkline.collector.summary import OTHERS, Summary

NORTHWIND, CONTOSO = "75555851", "28045150"


def told(collector, event: str) -> list[dict]:
    return [line for line in collector.log() if line["event"] == event]


def test_refused_credentials_are_told_in_one_line_an_address_and_reason(make_collector, event):
    collector = make_collector(trusted_proxies=["127.0.0.0/8"])
    for _ in range(30):
        collector.post([event()], key="tlw_wrong", X_Forwarded_For="10.1.1.1, 203.0.113.7")
    collector.post([event()], key="tlw_north", account=CONTOSO, X_Forwarded_For="203.0.113.7")
    collector.post([event()], key="")
    collector.stop()
    lines = told(collector, "callers refused")
    assert sum(line["count"] for line in lines) == 32
    # The ten seconds may end in the middle of the test.
    assert len(lines) <= 6
    assert {(line["address"], line["reason"]) for line in lines} == {
        ("203.0.113.7", "unknown_key"),
        ("203.0.113.7", "foreign_account"),
        ("127.0.0.1", "unknown_key"),
    }
    assert "tlw_" not in (collector.folder / "log").read_text()


def test_an_address_is_not_believed_from_anybody(collector, event):
    collector.post([event()], key="tlw_wrong", X_Forwarded_For="203.0.113.7")
    collector.stop()
    assert [line["address"] for line in told(collector, "callers refused")] == ["127.0.0.1"]


def test_refused_events_and_requests_are_told_by_account_and_reason(collector, event):
    assert collector.post([event(), event(timestamp=5), event(timestamp=6)]).status_code == 202
    assert collector.post(b"[nonsense").status_code == 400
    assert collector.post([{}], account=CONTOSO, key="tlw_contoso").status_code == 400
    collector.stop()
    assert [
        (line["account"], line["reason"], line["count"]) for line in told(collector, "events refused")
    ] == [
        (CONTOSO, "missing_field", 1),
        (NORTHWIND, "malformed_json", 1),
        (NORTHWIND, "timestamp_in_seconds", 2),
    ]
    assert told(collector, "callers refused") == []


def test_a_flood_from_many_addresses_costs_few_lines_and_little_memory():
    seconds = 0.0
    summary = Summary("callers refused", "address", 10.0, most=3, clock=lambda: seconds)
    with capture_logs() as lines:
        for number in range(1000):
            summary.add(f"192.0.2.{number % 250}", "unknown_key")
            summary.tick()
        assert lines == []
        seconds = 10.0
        summary.tick()
        assert [(line["address"], line["count"]) for line in lines] == [
            ("192.0.2.0", 4),
            ("192.0.2.1", 4),
            ("192.0.2.2", 4),
            (OTHERS, 988),
        ]
        seconds = 19.0
        summary.add("192.0.2.0", "unknown_key")
        summary.tick()
        assert len(lines) == 4
        seconds = 20.0
        summary.tick()
    assert len(lines) == 5
