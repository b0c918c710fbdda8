"""Story 1 of the architecture, told by the real programs: docs/architecture.md follows the same steps."""

import gzip
import io
import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro
import httpx2
import polars as pl

from traces.stack import Stack, eventually
from trunkline.client import ApiError, DataAccess, OAuth1
from trunkline.client.producer import Producer

GOLDEN = Path(__file__).parents[1] / "golden"
NORTHWIND, CONTOSO = "75555851", "28045150"
ADA = {
    "agentId": 9,
    "employeeId": "",
    "userName": "ada",
    "nickname": "Ada",
    "loginName": "ada@northwind.example",
    "groupId": -1,
    "profileIds": [11],
}


def a_shift(now: int) -> list[dict[str, Any]]:
    """Ada logs in, takes a chat, and logs out: all within a minute of data time."""
    return [
        {
            **ADA,
            "eventId": "1",
            "type": "agent.login",
            "timestamp": now,
            "previousState": 1,
            "sessionId": "shift-1",
        },
        {**ADA, "eventId": "2", "type": "agent.status", "timestamp": now + 1000, "state": 2, "slots": 4},
        {
            **ADA,
            "eventId": "3",
            "type": "agent.concurrency",
            "timestamp": now + 2000,
            "concurrentEngagements": 1,
        },
        {**ADA, "eventId": "4", "type": "agent.logout", "timestamp": now + 60_000, "previousState": 2},
    ]


def test_an_event_becomes_a_download(stack: Stack, tmp_path: Path) -> None:
    stack.account(NORTHWIND, "Northwind", "Europe/Amsterdam")
    stack.account(CONTOSO, "Contoso")
    reading, writing = stack.key(NORTHWIND, "data-access"), stack.key(NORTHWIND, "collect")
    foreign = stack.key(CONTOSO, "data-access")

    # 1. Posted; 2. durable, then answered. A bad event harms only itself; a second delivery is harmless.
    now = stack.clock.now()
    shift = a_shift(now)
    answer = eventually(
        lambda: known(stack.post(NORTHWIND, writing["token"], [*shift, {"type": "agent.dance"}]))
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 4
    assert answer.json()["refused"][0]["index"] == 4
    assert stack.post(NORTHWIND, writing["token"], shift).status_code == 202
    assert stack.post(CONTOSO, writing["token"], shift).status_code == 403

    # 3. sealed, 4. cut into sessions, 5. published, 6. listed.
    key = OAuth1(reading["appKey"], reading["secret"], reading["accessToken"], reading["accessTokenSecret"])
    start = datetime.fromtimestamp(now / 1000, UTC) - timedelta(hours=1)
    with DataAccess(stack.platform, NORTHWIND, key, ca=stack.ca) as data:
        (file,) = eventually(lambda: data.files("agentActivity", start, start + timedelta(days=30)))
        body = gzip.decompress(Path(data.download(file, tmp_path / "downloads").path).read_bytes())
        (schema,) = data.schema("1.0.0.4")

    # Decoded by an independent reader, with the schema that the platform serves.
    (session,) = decoded(body, schema)
    rows = session["recordCollection"][0]["body"]["agentSessionsData"]
    assert session["metaData"]["accountId"] == NORTHWIND
    assert session["metaData"]["startTime"] == now
    assert session["metaData"]["endTime"] == now + 60_000
    assert session["recordCollection"][0]["body"]["header"]["agentSessionId"] == "shift-1"
    assert [(row["type"], row["state"], row["prevState"], row["concurrentEng"]) for row in rows][1:3] == [
        (1, 2, None, None),  # what was before the first status is not known: null, never invented
        (1, 2, 2, 1),
    ]

    # The command line brings the same, exactly once, as plain columns.
    (tmp_path / "key.json").write_text(json.dumps({**reading, "host": stack.platform, "ca": str(stack.ca)}))
    for _ in range(2):
        stack.run(
            "pull",
            "--key-file",
            str(tmp_path / "key.json"),
            "--type",
            "agentActivity",
            "--as",
            "parquet",
            "--to",
            "out",
        )
    table = pl.read_parquet(tmp_path / "out" / "**" / "*.parquet")
    assert table.sort("timestamp")["type"].to_list() == [3, 1, 1, 4]
    assert set(table["agentSessionId"]) == {"shift-1"}

    # Another account's key sees nothing of it, and no difference between a foreign and an unknown account.
    stranger = OAuth1(
        foreign["appKey"], foreign["secret"], foreign["accessToken"], foreign["accessTokenSecret"]
    )
    refusals = [refusal(stack, account, stranger, start) for account in (NORTHWIND, "99999999")]
    assert refusals[0].status == refusals[1].status == 404
    assert str(refusals[0]).replace(NORTHWIND, "") == str(refusals[1]).replace("99999999", "")


def known(answer: httpx2.Response) -> httpx2.Response | None:
    """The answer, once the collector knows the key: it learns of a new one within two seconds."""
    return None if answer.status_code == 401 else answer


def decoded(body: bytes, schema: Any) -> list[Any]:
    """The sessions of a file, read by fastavro."""
    return [next(fastavro.json_reader(io.StringIO(line), schema)) for line in body.decode().splitlines()]


def refusal(stack: Stack, account: str, key: OAuth1, start: datetime) -> ApiError:
    with DataAccess(stack.platform, account, key, ca=stack.ca) as data:
        try:
            data.files("agentActivity", start, start + timedelta(days=1))
        except ApiError as error:
            return error
    raise AssertionError("a foreign key was let in")


def test_no_event_is_lost_when_the_collector_is_killed(stack: Stack, tmp_path: Path) -> None:
    stack.account(NORTHWIND, "Northwind")
    writing = stack.key(NORTHWIND, "collect")
    events = [
        {**ADA, "eventId": str(number), "type": "agent.status", "timestamp": stack.clock.now(), "state": 2}
        for number in range(2000)
    ]
    with Producer(
        stack.collector, NORTHWIND, writing["token"], spool=tmp_path / "spool", ca=stack.ca
    ) as producer:
        for number, event in enumerate(events):
            producer.send(event)
            if number in (500, 1000, 1500):
                producer.flush(timeout=30)
                os.kill(stack.pid("collector"), signal.SIGKILL)
        producer.flush(timeout=60)

    def stored() -> set[str]:
        lines = b"".join(
            path.read_bytes() for path in (stack.data / "store" / "segments").rglob("*.ndjson")
        ).splitlines()
        return {event["eventId"] for line in lines if "eventId" in (event := json.loads(line))}

    assert eventually(lambda: len(stored()) == len(events))


def test_the_record_printed_in_the_documents_comes_back_exactly(stack: Stack, tmp_path: Path) -> None:
    """An old event, imported: field for field, in the printed order."""
    stack.account(NORTHWIND, "Northwind")
    reading, writing = stack.key(NORTHWIND, "data-access"), stack.key(NORTHWIND, "collect", "backfill")
    ordinary = stack.key(NORTHWIND, "collect")
    printed = json.loads((GOLDEN / "agentActivity.1.0.0.4.json").read_text())
    event = {
        "eventId": "printed",
        "type": "agent.login",
        "timestamp": 1465992202047,
        "sessionId": "75555851-684867733",
        "agentId": 9,
        "employeeId": "",
        "userName": "CRAgent",
        "nickname": "CRAgent",
        "loginName": "CRAgent@liveperson.com",
        "groupId": -1,
        "previousState": 1,
        "concurrentEngagements": 0,
        "previousConcurrentEngagements": 0,
    }
    eventually(lambda: stack.post(NORTHWIND, writing["token"], [event]).status_code == 202)
    refused = eventually(lambda: known(stack.post(NORTHWIND, ordinary["token"], [event])))
    assert refused.status_code == 400
    assert refused.json()["refused"][0]["reason"] == "too_late"

    now = datetime.fromtimestamp(stack.clock.now() / 1000, UTC)
    with DataAccess(stack.platform, NORTHWIND, OAuth1.from_key(reading), ca=stack.ca) as data:
        window = now - timedelta(hours=1), now + timedelta(days=30)
        (file,) = eventually(lambda: data.files("agentActivity", *window))
        line = gzip.decompress(data.download(file, tmp_path / "downloads").path.read_bytes())
    assert line == json.dumps(printed, separators=(",", ":")).encode() + b"\n"
