"""Story 1 for visitors, told by the real programs: a visit with a chat and a survey, in three data types."""

import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro
import polars as pl
import pytest

from traces.stack import Stack, eventually
from trunkline.client import ApiError, DataAccess, OAuth1

NORTHWIND = "75555851"
VERSIONS = {
    "webSession": ("WebSessionNavigationData", "1.0.0.22"),
    "engagement": ("EngagementData", "1.0.0.22"),
    "survey": ("SurveyData", "1.0.0.35"),
}
"""Data type → a body of its record, the version that is asked for."""
VICKY = {"visitorId": "visitor-vicky"}
CHAT = {**VICKY, "conversationId": "chat-1"}
SURVEY = {**VICKY, "surveyId": 275, "surveyType": 2, "conversationId": "chat-1"}


def a_visit(now: int) -> list[dict[str, Any]]:
    """Vicky looks at a page, tells who she is, chats with Bo, says how it was, and leaves."""
    told: list[dict[str, Any]] = [
        {**VICKY, "type": "visit.started", "sessionId": "visit-1", "geo": {"country": "Netherlands"}},
        {**VICKY, "type": "visit.page", "url": "https://shop.example/cart", "sections": ["cart"]},
        {**VICKY, "type": "visit.attributes", "customerInfo": {"customerId": "c-1", "balance": 12.5}},
        {**CHAT, "type": "conversation.requested", "skillId": 11, "startUrl": "https://shop.example/cart"},
        {**CHAT, "type": "conversation.connected", "agentId": "7"},
        {**CHAT, "type": "conversation.line", "lineType": 0, "text": "hello", "by": "Vicky"},
        {**CHAT, "type": "conversation.ended", "reason": 210},
        {**SURVEY, "type": "survey.answered", "answers": [{"question": "How was it?", "answer": "5"}]},
        {**VICKY, "type": "visit.ended"},
    ]
    return [{**event, "eventId": str(n), "timestamp": now + 1000 * n} for n, event in enumerate(told)]


def test_a_visit_becomes_three_downloads(stack: Stack, tmp_path: Path) -> None:
    stack.account(NORTHWIND, "Northwind")
    for data_type in ("webSession", "engagement"):
        stack.run("account", "data-type", "enable", NORTHWIND, data_type)
    stack.run("account", "data-type", "enable", NORTHWIND, "survey", "--schema-version", "1.0.0.35")
    reading, writing = stack.key(NORTHWIND, "data-access"), stack.key(NORTHWIND, "collect")
    now = stack.clock.now()
    assert eventually(lambda: stack.post(NORTHWIND, writing["token"], a_visit(now)).status_code == 202)

    window = (
        (begun := datetime.fromtimestamp(now / 1000, UTC) - timedelta(hours=1)),
        begun + timedelta(days=30),
    )
    key = OAuth1.from_key(reading)
    with DataAccess(stack.platform, NORTHWIND, key, ca=stack.ca) as data:
        records = {
            name: eventually(lambda name=name: record(data, name, window, tmp_path)) for name in VERSIONS
        }

    for found in records.values():
        assert found["metaData"]["startTime"] == now
        assert found["metaData"]["endTime"] == now + 8000
        assert found["recordCollection"][0]["body"]["header"]["visitId"] == "visit-1"
    assert len(records["webSession"]["recordCollection"]) == 4
    (chat,) = records["engagement"]["recordCollection"][0]["body"]["engagements"]
    assert [line["text"] for line in chat["transcripts"]] == ["hello"]
    (survey,) = records["survey"]["recordCollection"][0]["body"]["surveys"]
    assert survey["contents"][0]["answer"] == "5"

    # The command line brings each as plain columns.
    (tmp_path / "key.json").write_text(json.dumps({**reading, "host": stack.platform, "ca": str(stack.ca)}))
    for name in VERSIONS:
        stack.run(
            "pull", "--key-file", str(tmp_path / "key.json"), "--type", name, "--as", "parquet", "--to", "out"
        )
    folder = tmp_path / "out" / NORTHWIND
    pages = pl.read_parquet(folder / "webSession" / "Navigation" / "*.parquet")
    assert pages.select("visitId", "url").rows() == [("visit-1", "https://shop.example/cart")]
    attributes = pl.read_parquet(folder / "webSession" / "EngAttrs" / "*.parquet")
    assert attributes["CustomerInfo"].struct.field("balance").to_list() == [12.5]
    assert pl.read_parquet(folder / "engagement" / "*.parquet")["conversationId"].to_list() == ["chat-1"]
    assert pl.read_parquet(folder / "survey" / "*.parquet")["visitorId"].to_list() == ["visitor-vicky"]


def test_only_the_data_types_that_are_switched_on_are_there(stack: Stack) -> None:
    stack.account(NORTHWIND, "Northwind")
    stack.run("account", "data-type", "enable", NORTHWIND, "survey")
    key = OAuth1.from_key(stack.key(NORTHWIND, "data-access"))
    now = datetime.fromtimestamp(stack.clock.now() / 1000, UTC)
    with DataAccess(stack.platform, NORTHWIND, key, ca=stack.ca) as data:
        assert set(data.resources()) == {"schema", "agentActivity", "survey"}
        assert data.files("survey", now - timedelta(hours=1), now) == []
        with pytest.raises(ApiError) as refused:
            data.files("webSession", now - timedelta(hours=1), now)
    assert refused.value.status == 403


def record(data: DataAccess, data_type: str, window: tuple[datetime, datetime], folder: Path) -> Any:
    """The only record of the only file, read by an independent reader with the schema that the platform serves; None yet."""
    files = data.files(data_type, *window)
    if not files:
        return None
    (file,) = files
    text = gzip.decompress(data.download(file, folder / "downloads").path.read_bytes()).decode()
    body, version = VERSIONS[data_type]
    (schema,) = [one for one in data.schema(version) if f'"{body}"' in json.dumps(one)]
    return next(fastavro.json_reader(io.StringIO(text), schema))
