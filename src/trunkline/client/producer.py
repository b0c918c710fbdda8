"""What an application uses to send events.

    with Producer("https://collect.example.com", "75555851", token, spool="/var/spool/agents") as producer:
        producer.send({"type": "agent.login", "agentId": 9})

`send` returns when the event is in the spool: it outlives the process from then on, and, with `durable=True`, a power
cut too (one sync an event; otherwise the spool is synced about once a second). A thread sends what is in the spool, in
order, until the collector has acknowledged it, over restarts of either side. An event may arrive twice; its `eventId`
makes that harmless.
"""

import gzip
import json
import logging
import os
import random
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from trunkline.client.spool import Position, Spool

log = logging.getLogger(__name__)

MOST_EVENT_BYTES = 64 * 2**10
_LONGEST_WAIT = 30.0
_SYNC_SECONDS = 1.0
_BROKEN_IN_A_ROW = 3
_BROKEN = (httpx2.WriteError, httpx2.ReadError, httpx2.RemoteProtocolError)

Refused = Callable[[dict[str, Any], dict[str, Any]], None]
"""Called with an event that the collector refused for good, and its refusal (`field`, `reason`, `message`)."""
Problem = Callable[[str], None]
"""Called with what keeps events from being taken: a key that is not valid, a wrong address."""


def _log_refused(event: dict[str, Any], refusal: dict[str, Any]) -> None:
    log.warning("event %s refused: %s", event.get("eventId"), refusal.get("message"))


def _log_problem(problem: str) -> None:
    log.error("events are kept, not sent: %s", problem)


class _NotTaken(Exception):
    """Try again after `wait` seconds; None: after a growing time."""

    def __init__(self, problem: str, wait: float | None = None, *, report: bool = False) -> None:
        super().__init__(problem)
        self.wait = wait
        self.report = report


class _BatchSize:
    """The most events to send at one time.

    A collector, or a proxy, to which a body is too large may close the connection before its 413 can be read. So each third
    connection in a row that breaks halves the batch, and each batch that arrives doubles it again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._broken = 0
        self.events = most

    def grow(self) -> None:
        self._broken = 0
        self.events = min(self._most, 2 * self.events)

    def shrink(self, sent: int) -> None:
        """After a connection broke that carried `sent` events."""
        self._broken += 1
        if self._broken == _BROKEN_IN_A_ROW:
            self._broken = 0
            self.events = max(1, sent // 2)


class Producer:
    """Sends events of one account. Safe for several threads; not after a fork (make it in the child)."""

    def __init__(
        self,
        url: str,
        account: str,
        token: str,
        *,
        spool: Path | str,
        ca: Path | str | None = None,
        batch_events: int = 1000,
        batch_bytes: int = 2**20,
        batch_seconds: float = 0.2,
        spool_bytes: int = 2**30,
        durable: bool = False,
        timeout: float = 30.0,
        on_refused: Refused = _log_refused,
        on_error: Problem = _log_problem,
    ) -> None:
        self._address = f"{url.rstrip('/')}/collector/v1/account/{account}/events"
        self._spool = Spool(Path(spool), spool_bytes)
        self._batch_size = _BatchSize(batch_events)
        self._batch_bytes, self._batch_seconds = batch_bytes, batch_seconds
        self._durable = durable
        self._on_refused, self._on_error = on_refused, on_error
        verify = ssl.create_default_context(cafile=ca)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        headers["Content-Encoding"] = "gzip"
        self._http = httpx2.Client(headers=headers, verify=verify, timeout=timeout)
        self._process = os.getpid()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._emptied = threading.Condition()
        self._hurry = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="producer", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"Producer({self._address!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, event: Mapping[str, Any]) -> str:
        """Keep an event for sending; returns its `eventId`. `eventId` and `timestamp` are added where missing.

        Raises `SpoolFull`; `ValueError` for what is not JSON or larger than 64 KiB; `OSError` where the disk fails.
        """
        if self._closed or os.getpid() != self._process:
            raise RuntimeError("the producer is closed, or was made before a fork")
        kept = {"eventId": uuid.uuid4().hex, "timestamp": time.time_ns() // 1_000_000, **event}
        line = json.dumps(kept, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        if len(line) > MOST_EVENT_BYTES:
            raise ValueError(f"an event of {len(line)} bytes; expected at most {MOST_EVENT_BYTES}")
        self._spool.append(line, sync=self._durable)
        self._wake.set()
        return str(kept["eventId"])

    def flush(self, timeout: float | None = 30.0) -> bool:
        """Wait until everything has been acknowledged or refused; False where it took longer."""
        self._hurry = True
        self._wake.set()
        with self._emptied:
            return self._emptied.wait_for(lambda: self._spool.empty, timeout)

    def close(self, timeout: float = 10.0) -> bool:
        """Try to flush, then stop. What is left stays in the spool, for the next producer on that folder."""
        if self._closed:
            return True
        self._closed = True
        flushed = self.flush(timeout)
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._http.close()
        self._spool.close()
        return flushed

    def _run(self) -> None:
        failures = 0
        synced = time.monotonic()
        while not self._stopping.is_set():
            try:
                sent = self._send_batch()
                if time.monotonic() - synced > _SYNC_SECONDS:
                    self._spool.sync()
                    synced = time.monotonic()
            except (_NotTaken, OSError) as error:
                failures += 1
                problem = error if isinstance(error, _NotTaken) else _NotTaken(f"spool: {error}", report=True)
                self._tell(problem, failures)
                self._stopping.wait(_wait(problem, failures))
                continue
            failures = 0
            if not sent:
                self._rest()

    def _rest(self) -> None:
        """Until there is something to send, and then a little, so that a batch can gather."""
        with self._emptied:
            self._emptied.notify_all()
        self._hurry = False
        if self._wake.wait(_SYNC_SECONDS):
            self._wake.clear()
            if not self._hurry:
                self._stopping.wait(self._batch_seconds)

    def _tell(self, problem: _NotTaken, failures: int) -> None:
        if problem.report:
            self._on_error(str(problem))
        elif failures == 1:
            log.warning("events are kept for now: %s", problem)

    def _send_batch(self) -> bool:
        lines, position = self._spool.peek(self._batch_size.events, self._batch_bytes)
        if not lines:
            return False
        self._deliver(lines, position)
        self._batch_size.grow()
        return True

    def _deliver(self, lines: list[bytes], position: Position) -> None:
        answer = self._post(lines)
        if answer.status_code == 413 and len(lines) > 1:
            half = len(lines) // 2
            size = sum(map(len, lines[half:]))
            self._deliver(lines[:half], Position(position.file, position.offset - size))
            self._deliver(lines[half:], position)
            return
        if answer.status_code == 413:
            # Not even alone is there room for it.
            too_large = {"index": 0, "field": None, "reason": "event_too_large", "message": _message(answer)}
            self._report_refused(lines, [too_large])
        else:
            self._report_refused(lines, _refusals(answer))
        self._spool.acknowledge(position, sum(map(len, lines)))

    def _post(self, lines: list[bytes]) -> httpx2.Response:
        try:
            return self._http.post(self._address, content=gzip.compress(b"".join(lines), 1))
        except httpx2.TransportError as error:
            if isinstance(error, _BROKEN):
                self._batch_size.shrink(len(lines))
            raise _NotTaken(f"{type(error).__name__}: {error}") from None

    def _report_refused(self, lines: list[bytes], refusals: list[dict[str, Any]]) -> None:
        for refusal in refusals:
            try:
                self._on_refused(json.loads(lines[refusal["index"]]), refusal)
            except Exception:
                log.exception("on_refused failed")


def _refusals(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The events of a batch that are refused for good. Raises `_NotTaken` where the batch must be sent again."""
    if answer.status_code in (202, 400):
        try:
            report = answer.json()
        except ValueError:
            raise _NotTaken(
                f"{answer.status_code} without a report: is this a collector?", report=True
            ) from None
        if "refused" in report:
            return list(report["refused"])
    problem = f"the collector answered {answer.status_code}: {_message(answer)}"
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _NotTaken(problem, _retry_after(answer))
    raise _NotTaken(problem, _LONGEST_WAIT, report=True)


def _message(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


def _retry_after(answer: httpx2.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def _wait(problem: _NotTaken, failures: int) -> float:
    """Seconds; a growing, scattered time, so that many producers do not come back at one moment."""
    if problem.wait is not None:
        return problem.wait
    return min(_LONGEST_WAIT, 0.25 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)  # noqa: S311  # no secret
