"""A server of the published shapes on loopback: Data Access, domain look-up, token service.

It checks OAuth 1.0 signatures with oauthlib's server side, remembers every request, and misbehaves on demand.
"""

import gzip
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

ACCOUNT = "75555851"
OTHER_ACCOUNT = "28045150"
KEY = {
    "appKey": "0123456789abcdef0123456789abcdef",
    "secret": "s3cret/with+signs&and=more",
    "accessToken": "fedcba9876543210fedcba9876543210",
    "accessTokenSecret": "t0ken secret~%41",
}
OTHER_KEY = {name: value[::-1] for name, value in KEY.items()}

HOUR = 3_600_000


def iso(instant_ms: int) -> str:
    """As the seed prints dates: a numeric offset, whole seconds."""
    moment = datetime.fromtimestamp(instant_ms / 1000, timezone(timedelta(hours=-4)))
    return moment.isoformat(timespec="seconds")


@dataclass
class ServedFile:
    name: str
    scope_start: int
    body: bytes
    published: int = 0
    listed_as: str = ""
    supersedes: Any = None
    etag: str = ""

    def __post_init__(self) -> None:
        self.listed_as = self.listed_as or self.name
        self.etag = self.etag or f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str = ""


class Keys(RequestValidator):
    enforce_ssl = False
    client_key_length = access_token_length = (1, 100)
    nonce_length = (8, 100)
    safe_characters = frozenset(map(chr, range(33, 127)))
    allowed_signature_methods = ("HMAC-SHA1", "HMAC-SHA256")

    def __init__(self, keys: dict[str, dict[str, str]]) -> None:
        super().__init__()
        self.keys = {key["appKey"]: key for key in keys.values()}
        self.nonces: set[tuple[str, str]] = set()

    @property
    def dummy_client(self) -> str:
        return "nobody"

    def validate_timestamp_and_nonce(
        self, client_key, timestamp, nonce, request, request_token=None, access_token=None
    ):
        fresh = (timestamp, nonce) not in self.nonces and abs(int(timestamp) - time.time()) < 300
        self.nonces.add((timestamp, nonce))
        return fresh

    def validate_client_key(self, client_key, request):
        return client_key in self.keys and self.keys[client_key]["accessToken"] == request.resource_owner_key

    def get_client_secret(self, client_key, request):
        return self.keys.get(client_key, {"secret": "no"})["secret"]

    def get_access_token_secret(self, client_key, token, request):
        return self.keys.get(client_key, {"accessTokenSecret": "no"})["accessTokenSecret"]


@dataclass
class PublishedServer:
    """Set its fields to say what it serves and how it behaves; `url` is where it is."""

    tls: ssl.SSLContext | None = None
    keys: dict[str, dict[str, str]] = field(default_factory=lambda: {ACCOUNT: KEY, OTHER_ACCOUNT: OTHER_KEY})
    files: dict[str, list[ServedFile]] = field(default_factory=dict)
    """By data type, of the account ACCOUNT."""
    services: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    """Bearer tokens that are accepted."""
    minted: list[str] = field(default_factory=list)
    """Tokens that the token service gives out, in this order."""
    complete_until: int | None = None
    file_host: str | None = None
    """hrefs name this host."""
    etags: bool = True
    ranges: bool = True
    clock_ahead: float = 0.0
    """Seconds by which the server's Date is ahead."""
    listing: Callable[[dict[str, Any]], Any] = lambda listing: listing
    """Changes a listing before it is sent."""
    before: Callable[[Seen], None] = lambda seen: None
    """Called before a request is answered."""
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """The next answers, before anything else is looked at."""
    stall: threading.Event | None = None
    """File answers stop in the middle until this is set."""
    cut: list[int] = field(default_factory=list)
    """The next file answers break off after so many bytes."""
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.endpoint = SignatureOnlyEndpoint(Keys(self.keys))
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        if self.tls:
            self.http.socket = self.tls.wrap_socket(
                self.http.socket, server_side=True, do_handshake_on_connect=False
            )
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    @property
    def port(self) -> int:
        return int(self.http.server_address[1])

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def publish(
        self, scope_start: int, sessions: int = 2, *, data_type: str = "agentActivity", **more: Any
    ) -> ServedFile:
        """An hour's file of agent sessions; its name is like the seed's."""
        part = sum(file.scope_start == scope_start for file in self.files.get(data_type, []))
        name = f"Agent.{scope_start}.{scope_start + HOUR}.part-{part:05}-0.gz"
        text = "".join(json.dumps(session(scope_start, number)) + "\n" for number in range(sessions))
        file = ServedFile(
            name, scope_start, more.pop("body", None) or gzip.compress(text.encode(), mtime=0), **more
        )
        self.files.setdefault(data_type, []).append(file)
        return file

    def requests(self, ending: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path.endswith(ending)]


def session(start: int, number: int = 0, rows: int = 3, *, version: str = "1.0.0.4") -> dict[str, Any]:
    """A session of agent activity, in the envelope of its version."""
    long, string = (lambda value: {"long": value}), (lambda value: {"string": value})
    row = {
        "agentID": long(9),
        "type": long(3),
        "state": long(0),
        "timestamp": long(start + number),
        "prevState": long(1),
        "agentEmployeeId": string(""),
        "agentUsername": string("ada"),
        "agentNickname": string("Ada"),
        "agentLoginname": string("ada@example.com"),
        "prevConcurrentEng": long(0),
        "concurrentEng": long(0),
        "maxConcurrentEng": long(-9),
        "agentGroupID": long(-1),
    }
    about = {
        "accountId": string(ACCOUNT),
        "schemaVersion": version,
        "startTime": long(start),
        "endTime": None if number == 0 and version == "1.0.0.4" else long(start + HOUR // 2),
    }
    wrapped = version == "1.0.0.35"
    if wrapped:
        row["userProfileIDs"] = {"array": [11, 12]}
    body = {
        "com.liveperson.dataaccess.AgentActivityData": {
            "header": {
                "com.liveperson.dataaccess.AgentHeader": {
                    "agentSessionId": string(f"{ACCOUNT}-{start}-{number}")
                }
            },
            "agentSessionsData": {"array": [row] * rows},
        }
    }
    collection = [{"body": body}]
    return {
        "dataType": {"com.liveperson.dataaccess.DataTypeEnum": "AgentActivity"},
        "metaData": {"com.liveperson.dataaccess.MetaData": about} if wrapped else about,
        "recordCollection": {"array": collection} if wrapped else collection,
    }


def _handler(server: PublishedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def log_message(self, *_: object) -> None: ...

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def do_GET(self) -> None:
            self._answer("GET", "")

        def _answer(self, method: str, body: str) -> None:
            parts = urlsplit(self.path)
            query = {
                name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()
            }
            seen = Seen(method, self.headers["Host"], parts.path, query, dict(self.headers), body)
            server.seen.append(seen)
            server.before(seen)
            if server.refusals:
                status, headers = server.refusals.pop(0)
                self._send(status, {"reason": "told_to", "message": f"as told: {status}"}, headers)
            elif parts.path.startswith("/api/"):
                self._domains(parts.path, query)
            elif parts.path.startswith("/sentinel/"):
                self._token(body)
            elif not self._allowed(method):
                self._send(
                    401, {"reason": "oauth_problem=token_rejected", "message": "The signature is wrong"}
                )
            else:
                self._data_access(parts.path, query)

        def _allowed(self, method: str) -> bool:
            given = self.headers.get("Authorization", "")
            if given.startswith("Bearer "):
                return given.removeprefix("Bearer ") in server.tokens
            url = f"{server.scheme}://{self.headers['Host']}{self.path}"
            if not given:
                return False
            valid, request = server.endpoint.validate_request(url, method, None, {"Authorization": given})
            account = self.path.split("/")[3]
            return valid and server.keys.get(account, {}).get("appKey") == request.client_key

        def _data_access(self, path: str, query: dict[str, str]) -> None:
            _, _, _, account, _, *rest = path.split("/")
            base = f"{server.scheme}://{server.file_host or self.headers['Host']}/data_access_le/account/{account}/le"
            if not rest:
                links = [{"@href": base, "@rel": "self"}, {"@href": f"{base}/schema", "@rel": "schema"}]
                links += [{"@href": f"{base}/{name}", "@rel": name} for name in server.files]
                self._send(200, {"le": {"@accountId": account, "link": links}})
            elif rest == ["schema"]:
                self._send(200, {"type": "record", "name": "Envelope", "version": query["schemaId"]})
            elif rest[0] not in server.files:
                self._send(
                    403,
                    {"reason": "data_type_off", "message": f"{rest[0]} is not switched on for this account"},
                )
            elif len(rest) == 1:
                self._list(base, rest[0], int(query["startTime"]), int(query["endTime"]))
            else:
                self._file(rest[0], rest[1])

        def _list(self, base: str, data_type: str, start: int, end: int) -> None:
            inside = [
                file
                for file in server.files[data_type]
                if start <= file.scope_start < end or start <= file.published < end
            ]
            if not inside:
                self._send(404, {"reason": "not_found", "message": "No Available Files"})
                return
            listed: list[dict[str, Any]] = [
                {
                    "@name": file.listed_as,
                    "@scopeStartDate": iso(file.scope_start),
                    "@scopeEndDate": iso(file.scope_start + HOUR),
                    "@href": f"{base}/{data_type}/{file.name}",
                }
                | ({"@supersedes": file.supersedes} if file.supersedes else {})
                for file in inside
            ]
            listing: dict[str, Any] = {
                "@id": ACCOUNT,
                "link": {"@href": f"{base}/{data_type}", "@rel": "self"},
                "file": listed,
            }
            if server.complete_until is not None:
                listing["@completeUntilTime"] = server.complete_until
            self._send(200, server.listing({"dataAccessFiles": listing}))

        def _file(self, data_type: str, name: str) -> None:
            found = [file for file in server.files[data_type] if file.name in (name, f"{name}.gz")]
            if not found:
                self._send(404, {"message": "no such file"})
                return
            file, start, status = found[0], 0, 200
            headers = {"Content-Type": "application/gzip"} | ({"ETag": file.etag} if server.etags else {})
            asked = self.headers.get("Range", "")
            if asked and server.ranges and self.headers.get("If-Range", file.etag) == file.etag:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
                if start >= len(file.body):
                    self._send(
                        416, {"message": "past the end"}, {"Content-Range": f"bytes */{len(file.body)}"}
                    )
                    return
                status = 206
                headers["Content-Range"] = f"bytes {start}-{len(file.body) - 1}/{len(file.body)}"
            self._bytes(status, file.body[start:], headers, cut=server.cut.pop(0) if server.cut else None)

        def _domains(self, path: str, query: dict[str, str]) -> None:
            entries = {
                name: {"service": name, "account": ACCOUNT, "baseURI": host}
                for name, host in server.services.items()
            }
            if "services" in query:
                wanted = [entries[name] for name in query["services"].split(",") if name in entries]
                self._send(200, {"baseURIs": wanted})
            elif path.endswith("/service/baseURI.json"):
                self._send(200, {"baseURIs": list(entries.values())})
            else:
                name = path.split("/")[-2]
                self._send(200, entries[name]) if name in entries else self._send(
                    404, {"message": "unknown service"}
                )

        def _token(self, body: str) -> None:
            form = parse_qs(body)
            if form.get("client_secret") != ["client secret"] or not server.minted:
                self._send(401, {"error": "invalid_client", "error_description": "unknown client"})
                return
            token = server.minted.pop(0)
            server.tokens.append(token)
            self._send(200, {"access_token": token, "token_type": "Bearer"})

        def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
            self._bytes(
                status, json.dumps(answer).encode(), {"Content-Type": "application/json"} | (headers or {})
            )

        def _bytes(self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None) -> None:
            self.send_response_only(status)
            date = datetime.now(UTC) + timedelta(seconds=server.clock_ahead)
            self.send_header("Date", date.strftime("%a, %d %b %Y %H:%M:%S GMT"))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if server.stall and status == 200 and headers["Content-Type"] == "application/gzip":
                self.wfile.write(body[: len(body) // 2])
                server.stall.wait(30)
                body = body[len(body) // 2 :]
            self.wfile.write(body[:cut])
            if cut is not None:
                self.close_connection = True

        def handle(self) -> None:
            # The client went away, or did not like the certificate.
            with suppress(OSError):
                super().handle()

    return Handler


def server_context(chain: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context
