"""The rules of events, whatever the numbers."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.collector.decode import decode
from trunkline.collector.quota import Quota
from trunkline.collector.refusal import Reason, RequestRefused
from trunkline.collector.rules import bounds, obeys, refuse
from trunkline.events.agents import AgentHeartbeat

NORTHWIND, CONTOSO = "75555851", "28045150"
NOW = 1795248000000
MOST = 1000
LONG = st.integers(-(2**63), 2**63 - 1)


def heartbeat(**members):
    return AgentHeartbeat(event_id="e", agent_id=9, **members)


@given(LONG | st.integers(NOW - 80 * HOUR_MS, NOW + HOUR_MS), st.booleans())
def test_a_timestamp_obeys_exactly_within_its_bounds(timestamp, backfill):
    allowed = bounds(NORTHWIND, NOW, 72, backfill=backfill)
    earliest = 10**11 if backfill else NOW - 72 * HOUR_MS
    within = earliest <= timestamp <= NOW + 5 * MINUTE_MS
    assert obeys(heartbeat(timestamp=timestamp), allowed) == within
    if not within:
        assert refuse(3, heartbeat(timestamp=timestamp), allowed).field == "timestamp"


@given(st.integers(1, 4 * 10**9))
def test_seconds_of_our_century_are_always_recognised(seconds):
    allowed = bounds(NORTHWIND, NOW, 72, backfill=True)
    assert refuse(0, heartbeat(timestamp=seconds), allowed).reason == Reason.TIMESTAMP_IN_SECONDS


@given(st.none() | st.sampled_from([NORTHWIND, CONTOSO]), st.none() | LONG)
def test_only_the_account_of_the_address_and_no_server_member_obeys(account, received_at):
    event = heartbeat(timestamp=NOW, account_id=account, received_at=received_at)
    allowed = bounds(NORTHWIND, NOW, 72, backfill=False)
    assert obeys(event, allowed) == (account != CONTOSO and received_at is None)


@given(st.binary(max_size=60) | st.text('[]{},:"\\ud8e1nulf \n', max_size=40).map(str.encode))
def test_any_bytes_are_decoded_or_refused_and_every_item_is_accounted_for(body):
    try:
        batch = decode(body, 100)
    except RequestRefused as refused:
        assert refused.status in (400, 413)
    else:
        places = [*batch.indices, *(one.refusal.index for one in batch.refused)]
        assert sorted(places) == list(range(len(places)))


@given(
    st.lists(st.sampled_from(["good", "seconds", "surrogate", "number", "unknown"]), min_size=1, max_size=12),
    st.booleans(),
)
def test_one_bad_event_never_changes_what_happens_to_another(kinds, lines):
    good = {"type": "agent.heartbeat", "eventId": "e", "timestamp": NOW, "agentId": 9}
    made = {
        "good": good,
        "seconds": good | {"timestamp": NOW // 1000},
        "surrogate": good | {"nickname": "\udfff"},
        "number": 5,
        "unknown": good | {"colour": 1},
    }
    items = [json.dumps(made[kind]) for kind in kinds]
    body = "\n".join(items) if lines else f"[{','.join(items)}]"
    batch = decode(body.encode(), 100)
    refused = {one.refusal.index: one.refusal.reason for one in batch.refused}
    expected = {
        "surrogate": Reason.INVALID_TEXT,
        "number": Reason.NOT_AN_OBJECT,
        "unknown": Reason.UNKNOWN_FIELD,
    }
    assert refused == {index: expected[kind] for index, kind in enumerate(kinds) if kind in expected}
    assert list(batch.indices) == [index for index, kind in enumerate(kinds) if kind not in expected]


def calls_to_decode(body: bytes) -> int:
    """How many functions were called, of Python or of C: what a body costs that the machine cannot change."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        decode(body, MOST)
    except RequestRefused:
        pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b" " * 2**20 + b"\xff",
        b"[1" + b" " * 2**20 + b"\xff",
        b"{}" + b"\n" * 2**20 + b"1",
        b"{}" + b" \n" * 2**19 + b"1",
        b"[" + b"1," * 2**19 + b"1]",
        b"[" + b"1," * 2**19 + b"\xff]",
        b"[" + b"{}," * 2**19,
        b"1\n" * 2**19,
        b"[[" + b"1," * 2**19 + b"\xff]",
    ],
    ids=lambda body: repr(body[:3] + body[-3:]),
)
def test_no_body_costs_more_than_as_many_events_as_are_allowed(body):
    bad = b"[" + b",".join([b"{}"] * MOST) + b"]"
    assert calls_to_decode(body) <= calls_to_decode(bad) < 100 * MOST


def test_a_quota_refills_with_time():
    time = [0.0]
    quota = Quota(rate=10, burst=20, seconds=lambda: time[0])
    quota.take(NORTHWIND, 50)
    assert quota.wait(NORTHWIND) == 3.0 and quota.wait(CONTOSO) == 0
    time[0] = 3.0
    assert quota.wait(NORTHWIND) == 0
