"""The collector over HTTP: addresses, headers and answers. A bare ASGI application: a framework's work per request would
cost most of the throughput."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from trunkline.collector.admission import Admission
from trunkline.collector.answer import Answer, refusal, report
from trunkline.collector.authorization import page_key, producer_key
from trunkline.collector.body import Disconnected, Reading, Receive, check_length
from trunkline.collector.disk import DiskReserve
from trunkline.collector.ingest import Ingest, Taken
from trunkline.collector.journal import Journal, JournalFailed
from trunkline.collector.keyring import Keyring
from trunkline.collector.metrics import Metrics
from trunkline.collector.origins import allowed, preflight
from trunkline.collector.refusal import RequestRefused
from trunkline.collector.sender import Browser, Sender, parse_query, user_agent_of
from trunkline.collector.summary import Summary
from trunkline.collector.tag import Tag
from trunkline.collector.uploads import Uploads
from trunkline.events import json_schema
from trunkline.forwarded import client_address, may_scrape

Send = Callable[[dict[str, Any]], Awaitable[None]]

CALLERS_SECONDS = 10.0
ACCOUNTS_SECONDS = 60.0
_ACCOUNT_PATH = re.compile(r"/collector/v1/account/(?P<account>[^/]*)/(?P<what>events|visits)")
_LINES_BY_TYPE = {
    "application/json": None,
    "": None,
    # What curl --data-binary says where nothing was chosen.
    "application/x-www-form-urlencoded": None,
    "application/x-ndjson": True,
    "application/ndjson": True,
    "application/jsonl": True,
}
_LINES_BY_PAGE_TYPE = {
    "application/json": None,
    "": None,
    # What a page may send to another origin without being asked for permission first.
    "text/plain": None,
}
_SCHEMA = msgspec.json.encode(json_schema())


@dataclass(frozen=True, kw_only=True)
class App:
    """The ASGI application. Its parts are made and started by `trunkline.collector.serve`."""

    ingest: Ingest
    journal: Journal
    uploads: Uploads | None
    keyring: Keyring
    admission: Admission
    reserve: DiskReserve
    metrics: Metrics
    reading: Reading
    tag: Tag
    trusted_proxies: Sequence[IPv4Network | IPv6Network]
    callers: Summary = field(default_factory=lambda: Summary("callers refused", "address", CALLERS_SECONDS))
    accounts: Summary = field(default_factory=lambda: Summary("events refused", "account", ACCOUNTS_SECONDS))

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except Disconnected:
            return
        except RequestRefused as refused:
            if refused.status in (401, 403):
                self.callers.add(_address(scope, self.trusted_proxies), refused.reason)
            answer = refusal(refused)
        except JournalFailed:
            answer = refusal(RequestRefused(503, "disk_failed", "the disk failed; send again", retry_after=5))
        self.metrics.answers(answer.status).inc()
        headers = [*answer.headers]
        if answer.status not in (204, 304):
            headers += [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body))]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def tick(self) -> None:
        """What is to be looked after once a second."""
        self.journal.tick()
        self.reserve.check()
        self.callers.tick()
        self.accounts.tick()

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if match := _ACCOUNT_PATH.fullmatch(path):
            if match["what"] == "visits":
                return await self._visits(match["account"], scope, headers, receive)
            if method != "POST":
                raise _wrong_method(method, "POST")
            key = producer_key(self.keyring, match["account"], headers)
            return await self._post(Sender(key), headers, receive, _LINES_BY_TYPE)
        pages = {
            "/collector/v1/tag.js": lambda: self.tag.answer(headers),
            "/collector/v1/vocabulary": self._vocabulary,
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._metrics,
        }
        if path not in pages or (path == "/metrics" and not _is_scraper(scope, self.trusted_proxies)):
            raise RequestRefused(404, "unknown_address", "expected /collector/v1/account/{accountId}/events")
        if method not in ("GET", "HEAD"):
            raise _wrong_method(method, "GET")
        return pages[path]()

    async def _visits(
        self, account_id: str, scope: Mapping[str, Any], headers: dict[bytes, bytes], receive: Receive
    ) -> Answer:
        """What the pages of a site send. Its answers, refusals too, may be read by them."""
        query = parse_query(scope["query_string"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        key = page_key(self.keyring, account_id, query.key, origin)
        if scope["method"] == "OPTIONS":
            return preflight(origin)
        try:
            if scope["method"] != "POST":
                raise _wrong_method(scope["method"], "POST")
            browser = Browser(_address(scope, self.trusted_proxies), user_agent_of(headers), query.sent_at)
            answer = await self._post(Sender(key, browser), headers, receive, _LINES_BY_PAGE_TYPE)
        except RequestRefused as refused:
            answer = refusal(refused)
        return allowed(answer, origin)

    async def _post(
        self,
        sender: Sender,
        headers: dict[bytes, bytes],
        receive: Receive,
        lines_by_type: Mapping[str, bool | None],
    ) -> Answer:
        try:
            lines = _lines(headers, lines_by_type)
            return report(await self._take(sender, headers, receive, lines))
        except RequestRefused as refused:
            self.accounts.add(sender.key.account_id, refused.reason)
            raise

    async def _take(
        self, sender: Sender, headers: dict[bytes, bytes], receive: Receive, lines: bool | None
    ) -> Taken:
        self.admission.check(sender)
        most_bytes = self.ingest.most_bytes(sender)
        _check_declared_length(headers, most_bytes)
        sent = await self.reading.read(receive, most_bytes)
        encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
        taken = await self.ingest.take(sent, encoding, sender, lines=lines)
        self.metrics.received_bytes.inc(len(sent))
        self.metrics.accepted.inc(taken.accepted)
        for one in taken.refused:
            self.metrics.refused.labels(one.reason).inc()
            self.accounts.add(sender.key.account_id, one.reason)
        return taken

    def _vocabulary(self) -> Answer:
        return Answer(200, _SCHEMA, b"application/schema+json")

    def _health(self) -> Answer:
        return Answer(200, b'{"status":"ok"}')

    def _ready(self) -> Answer:
        checks = {
            "keys": self.keyring.loaded,
            "disk": not self.reserve.low,
            "journal": self.journal.failure is None,
        }
        good = all(checks.values())
        body = {"status": "ready" if good else "not ready", "checks": checks}
        return Answer(200 if good else 503, msgspec.json.encode(body))

    def _metrics(self) -> Answer:
        self.metrics.syncs.set(self.journal.syncs)
        self.metrics.waiting_bytes.set(self.journal.waiting_bytes)
        if self.uploads:
            self.metrics.waiting_segments.set(self.uploads.waiting)
            self.metrics.failed_uploads.set(self.uploads.failures)
        self.metrics.free_disk_bytes.set(self.reserve.free_bytes)
        return Answer(200, generate_latest(self.metrics.registry), CONTENT_TYPE_LATEST.encode())


def _address(scope: Mapping[str, Any], trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    # Proxies may append to the header, or add one of their own.
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return client_address(scope["client"][0], forwarded.decode("latin-1"), trusted)


def _is_scraper(scope: Mapping[str, Any], trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    forwarded = any(name in (b"x-forwarded-for", b"forwarded") for name, _ in scope["headers"])
    return may_scrape(scope["client"][0], forwarded=forwarded, trusted=trusted)


def _lines(headers: dict[bytes, bytes], lines_by_type: Mapping[str, bool | None]) -> bool | None:
    """Does the content type say one event a line? None where the first byte of the body is to tell."""
    content_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if content_type not in lines_by_type:
        expected = " or ".join(name for name in lines_by_type if name and "form" not in name)
        message = f"Content-Type {content_type[:80]!r} is unknown; expected {expected}"
        raise RequestRefused(415, "unknown_content_type", message, field="Content-Type")
    return lines_by_type[content_type]


def _wrong_method(method: str, expected: str) -> RequestRefused:
    return RequestRefused(405, "wrong_method", f"{method} is not known here; expected {expected}")


def _check_declared_length(headers: dict[bytes, bytes], most: int) -> None:
    """Refuse before the first byte is read. The HTTP parser has checked that the length is a number."""
    check_length(int(headers.get(b"content-length", b"0")), most)
