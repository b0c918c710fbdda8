"""Load for the collector: keep-alive sockets, one request in flight on each.

    collector_load.py PORT TOKEN BATCH CONNECTIONS SECONDS

Prints one JSON object: requests and events a second, the acknowledgement's median and 99th percentile in ms.
"""

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

ACCOUNT = "75555851"
# As many different requests as are sent in turn: enough that no cache of the processor holds them all.
_VARIETY = 32


def events(batch: int, start: int) -> bytes:
    now = int(time.time() * 1000)
    return b"".join(
        b'{"type":"agent.status","eventId":"8f14e45f-ceea-467f-a5c1-%012d","timestamp":%d,"agentId":%d,'
        b'"employeeId":"E-%d","userName":"ada.lovelace","nickname":"Ada","loginName":"ada@northwind.example",'
        b'"groupId":17,"profileIds":[1001,1002],"state":%d,"previousState":3,"concurrentEngagements":2,"slots":4}\n'
        % (start + number, now - number, 100 + number % 500, number, 2 + number % 3)
        for number in range(batch)
    )


def requests(token: str, batch: int) -> list[bytes]:
    made = []
    for number in range(_VARIETY):
        body = events(batch, number * batch)
        head = (
            f"POST /collector/v1/account/{ACCOUNT}/events HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


@dataclass
class Caller:
    """One connection and what it is doing."""

    left: memoryview = field(default_factory=lambda: memoryview(b""))
    answer: bytes = b""
    began: float = 0.0


def run(port: int, token: str, batch: int, connections: int, seconds: float) -> dict[str, float]:
    bodies = requests(token, batch)
    selector = selectors.EpollSelector()
    callers: dict[socket.socket, Caller] = {}
    waits: list[float] = []
    sent = 0

    def ask(connection: socket.socket) -> None:
        nonlocal sent
        callers[connection] = Caller(memoryview(bodies[sent % _VARIETY]), b"", time.perf_counter())
        sent += 1

    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_WRITE)
        ask(connection)
    start = time.perf_counter()
    end = start + seconds
    while callers:
        for key, mask in selector.select(5):
            connection = key.fileobj
            caller = callers[connection]
            if mask & selectors.EVENT_WRITE:
                caller.left = caller.left[connection.send(caller.left) :]
                if not caller.left:
                    selector.modify(connection, selectors.EVENT_READ)
                continue
            caller.answer += connection.recv(65536)
            if not caller.answer.endswith(b"}"):
                continue
            now = time.perf_counter()
            if not caller.answer.startswith(b"HTTP/1.1 202") or b'"refused":[]' not in caller.answer:
                sys.exit(caller.answer.decode())
            waits.append(now - caller.began)
            if now < end:
                ask(connection)
                selector.modify(connection, selectors.EVENT_WRITE)
            else:
                selector.unregister(connection)
                connection.close()
                del callers[connection]
    elapsed = time.perf_counter() - start
    waits.sort()
    return {
        "requests": len(waits) / elapsed,
        "events": len(waits) * batch / elapsed,
        "median": waits[len(waits) // 2] * 1000,
        "p99": waits[int(len(waits) * 0.99)] * 1000,
    }


if __name__ == "__main__":
    port, token, batch, connections, seconds = sys.argv[1:]
    print(json.dumps(run(int(port), token, int(batch), int(connections), float(seconds))))
