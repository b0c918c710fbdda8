"""The record printed in the published document, made from an event."""

import gzip
import json
import zlib
from pathlib import Path

from tests.pipeline.world import H0, NORTHWIND, World, agents, event, shift

from trunkline.clock import HOUR_MS

GOLDEN = Path(__file__).parent.parent / "golden" / "agentActivity.1.0.0.4.json"
LOGIN = 1465992202047
CRAGENT = {
    "userName": "CRAgent",
    "nickname": "CRAgent",
    "loginName": "CRAgent@liveperson.com",
    "employeeId": "",
    "groupId": -1,
}


def published_login() -> dict[str, object]:
    members = CRAGENT | {
        "previousState": 1,
        "concurrentEngagements": 0,
        "previousConcurrentEngagements": 0,
        "sessionId": "75555851-684867733",
    }
    return event("login", LOGIN, **members)


def test_the_printed_record_comes_out_field_for_field_and_in_its_order(world: World) -> None:
    world.received(published_login())
    world.run(H0 + 12 * HOUR_MS)
    (text,) = world.texts().values()
    expected = json.loads(GOLDEN.read_text())
    # Text against text: member order and number forms count, white space does not.
    assert text == json.dumps(expected, separators=(",", ":"), ensure_ascii=False) + "\n"


def test_a_file_is_one_gzip_member_with_a_fixed_header(world: World) -> None:
    world.received(published_login())
    world.run(H0 + 12 * HOUR_MS)
    (data,) = world.files().values()
    assert data[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    member = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert member.decompress(data) == gzip.decompress(data)
    assert member.eof
    assert not member.unused_data


def test_the_later_version_wraps_the_metadata_and_always_knows_an_end(world: World) -> None:
    world.rules[NORTHWIND] = agents("1.0.0.35")
    world.received(
        event("login", LOGIN, profileIds=[21, 22], state=2), event("status", LOGIN + 5000, state=3)
    )
    world.run(H0 + 12 * HOUR_MS)
    (record,) = world.records()
    metadata = record["metaData"]["com.liveperson.dataaccess.MetaData"]
    assert metadata["schemaVersion"] == "1.0.0.35"
    assert metadata["endTime"] == {"long": LOGIN + 5000}
    body = record["recordCollection"]["array"][0]["body"]["com.liveperson.dataaccess.AgentActivityData"]
    first, second = body["agentSessionsData"]["array"]
    assert list(first)[-1] == "userProfileIDs"
    assert first["userProfileIDs"] == {"array": [21, 22]}
    assert second["userProfileIDs"] is None


def test_the_earlier_version_has_no_profiles_and_no_end_that_nobody_knows(world: World) -> None:
    world.received(event("login", LOGIN, profileIds=[21]), *shift(LOGIN, LOGIN + 60_000, agent=7))
    world.run(H0 + 12 * HOUR_MS)
    records = {record["metaData"]["startTime"]["long"]: record for record in world.records()}
    ends = sorted(str(record["metaData"]["endTime"]) for record in world.records())
    assert ends == sorted(["None", str({"long": LOGIN + 60_000})])
    assert "userProfileIDs" not in str(records)
