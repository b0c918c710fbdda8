"""What the collector answers: a status, a body, headers."""

from dataclasses import dataclass

import msgspec

from trunkline.collector.ingest import Taken
from trunkline.collector.refusal import RequestRefused

_JSON = b"application/json"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    content_type: bytes = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def report(taken: Taken) -> Answer:
    """On a batch: 202 where anything was taken."""
    counts = {"accepted": taken.accepted, "refused": taken.refused}
    if taken.accepted:
        return Answer(202, msgspec.json.encode(counts))
    first = taken.refused[0]
    error = {"reason": first.reason, "field": first.field, "message": f"nothing accepted: {first.message}"}
    status = 413 if all(one.reason == "event_too_large" for one in taken.refused) else 400
    return Answer(status, msgspec.json.encode(counts | {"error": error}))


def refusal(refused: RequestRefused) -> Answer:
    """On a request of which nothing was taken."""
    error = {"reason": refused.reason, "field": refused.field, "message": refused.message}
    headers: list[tuple[bytes, bytes]] = []
    if refused.retry_after is not None:
        headers.append((b"retry-after", b"%d" % refused.retry_after))
    if refused.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="collector"'))
    if refused.status == 413:
        # The rest of the body is not read.
        headers.append((b"connection", b"close"))
    return Answer(refused.status, msgspec.json.encode({"error": error}), _JSON, tuple(headers))
