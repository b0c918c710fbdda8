"""Make the events of a day as sealed segments, always the same ones: `events.py FOLDER [EVENTS]`.

Eight accounts of very different size. Agents log in twice a day for three to five hours and change status or concurrency
about a hundred times each; a log-in carries its session id. Events arrive in the order of their times, but for 10 % that are up to
90 s late; 1 % are sent again within ten minutes; 2 % of the sessions have no log-out.
"""

import hashlib
import json
import random
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from trunkline.clock import HOUR_MS, MINUTE_MS, hour_of

DAY = 1465948800000  # 2016-06-15T00:00:00Z
SHARES = {
    "75555851": 0.34,
    "28045150": 0.22,
    "41780224": 0.15,
    "60270350": 0.10,
    "11265507": 0.08,
    "90881216": 0.06,
    "33617009": 0.03,
    "55001873": 0.02,
}
PER_SESSION = 100
GROUP = 1000
Arrivals = dict[int, list[tuple[int, bytes]]]


def make(store: Path, events: int) -> None:
    source = random.Random(20160615)
    arrivals: Arrivals = {}
    serial = 0
    for account, share in SHARES.items():
        serial = _account(source, arrivals, account, int(events / 1.01 * share), serial)
    for hour in sorted(arrivals):
        _seal(store, hour, sorted(arrivals.pop(hour)))
    last = max(int(path.name.split(".")[1]) for path in store.glob("segments/*/*.ndjson"))
    registration = {
        "collector": "bench",
        "since": DAY,
        "until": hour_of(last) + HOUR_MS,
        "closed": hour_of(last) + HOUR_MS,
    }
    (store / "collectors").mkdir(exist_ok=True)
    (store / "collectors/bench.json").write_text(json.dumps(registration))


def _account(source: random.Random, arrivals: Arrivals, account: str, wanted: int, serial: int) -> int:
    made, agent = 0, 0
    while made < wanted:
        agent += 1
        user = f"agent{agent:05d}"
        who = {
            "agentId": 1000 + agent,
            "employeeId": "" if agent % 5 == 0 else f"E{agent:06d}",
            "userName": user,
            "nickname": user.title(),
            "loginName": f"{user}@brand{account[:3]}.example",
            "groupId": -1 if agent % 7 == 0 else agent % 23,
        }
        at = DAY + source.randrange(6 * HOUR_MS)
        for _ in range(2):
            count = max(40, int(source.gauss(PER_SESSION, 25)))
            at = _session(source, arrivals, account, who, at, count, serial)
            serial += count
            made += count
    return serial


def _session(source, arrivals, account, who, at, count, serial):
    step = source.randrange(3 * HOUR_MS, 5 * HOUR_MS) // count
    state, chats = 1, 0
    logs_out = source.random() >= 0.02
    for index in range(count):
        serial += 1
        kind, new_state, new_chats = _next(source, index, count, state, chats, logs_out)
        event = {
            "type": kind,
            "eventId": hashlib.blake2b(serial.to_bytes(8, "big"), digest_size=16).hexdigest(),
            "timestamp": at,
            "accountId": account,
            "receivedAt": 0,
            **who,
            "state": new_state,
            "previousState": state,
            "concurrentEngagements": new_chats,
            "previousConcurrentEngagements": chats,
            "slots": 4,
        }
        if index == 0:
            event["sessionId"] = f"{account}-{serial}"
        state, chats = new_state, new_chats
        late = 0 if source.random() < 0.9 else int(source.random() * 90_000)
        _arrive(arrivals, event, at + late)
        if source.random() < 0.01:
            _arrive(arrivals, event, at + late + int(source.random() * 10 * MINUTE_MS))
        at += int(step * (0.5 + source.random()))
    return at + source.randrange(20 * MINUTE_MS, 90 * MINUTE_MS)


def _next(source, index, count, state, chats, logs_out):
    if index == 0:
        return "agent.login", 2, 0
    if index == count - 1 and logs_out:
        return "agent.logout", 1, 0
    if source.random() < 0.2:
        return "agent.status", source.choice((2, 2, 2, 3, 4)), chats
    return "agent.concurrency", state, min(4, max(0, chats + source.choice((-1, 0, 1, 1))))


def _arrive(arrivals: Arrivals, event: dict, at: int) -> None:
    event["receivedAt"] = at
    arrivals.setdefault(hour_of(at), []).append((at, msgspec.json.encode(event)))


def _seal(store: Path, hour: int, lines: list[tuple[int, bytes]]) -> None:
    name = f"{datetime.fromtimestamp(hour / 1000, UTC):%Y-%m-%dT%H}"
    folder = store / "segments" / name
    folder.mkdir(parents=True, exist_ok=True)
    base = f"bench.{lines[0][0]}"
    digest, size = hashlib.sha256(), 0
    with (folder / f"{base}.ndjson").open("wb") as file:
        for number, first in enumerate(range(0, len(lines), GROUP)):
            body = b"\n".join(line for _, line in lines[first : first + GROUP]) + b"\n"
            header = json.dumps(
                {"group": number, "bytes": len(body), "crc32": zlib.crc32(body)}, separators=(",", ":")
            )
            text = header.encode() + b"\n" + body
            file.write(text)
            digest.update(text)
            size += len(text)
    key = f"segments/{name}/{base}.ndjson"
    manifest = {
        "segment": key,
        "collector": "bench",
        "hour": hour,
        "events": len(lines),
        "bytes": size,
        "sha256": digest.hexdigest(),
        "firstReceivedAt": lines[0][0],
        "lastReceivedAt": lines[-1][0],
        "sealedAt": hour + HOUR_MS,
        "recovered": False,
        **_summary(lines),
    }
    (folder / f"{base}.json").write_text(json.dumps(manifest))
    (folder / "bench.closed.json").write_text(
        json.dumps({"collector": "bench", "hour": hour, "segments": [key]})
    )


def _summary(lines: list[tuple[int, bytes]]) -> dict:
    accounts: dict[str, int] = {}
    types: dict[str, int] = {}
    times = []
    for _, line in lines:
        event = msgspec.json.decode(line)
        accounts[event["accountId"]] = accounts.get(event["accountId"], 0) + 1
        types[event["type"]] = types.get(event["type"], 0) + 1
        times.append(event["timestamp"])
    return {"accounts": accounts, "types": types, "minTimestamp": min(times), "maxTimestamp": max(times)}


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5_000_000)
