"""Between granian and Django: Django answers in a pool of threads, granian itself sends the files.

A thread that sent a file or waited for a body would be held by a slow caller for as long as that likes, and a handful of
them would hold the whole server. So bodies are read before a thread is taken, and a file is handed to the server
by its path once the thread has checked everything; an object of a remote store, which has no path, by a stream.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol

from trunkline.platform import streaming

MAX_BODY = 64 * 1024
MAX_BATCH_BODY = 1024 * 1024
"""Of a batch of configuration objects; nothing else takes as much."""
_CONFIGURATION = re.compile(r"/api/account/\w{1,20}/configuration/le-(users|agents)/")

TOO_LARGE = json.dumps(
    {
        "error": {
            "message": "The body is larger than this address takes.",
            "reason": "too_large",
            "responseStatus": "REQUEST_ENTITY_TOO_LARGE",
        }
    }
).encode()
TOO_LARGE_HEADERS = [
    ("content-type", "application/json"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("server", "Trunkline"),
]

Headers = list[tuple[str, str]]
Application = Callable[..., Any]
"""As PEP 3333 has it."""


class FilePart(Protocol):
    """What the application hands over instead of sending it: bytes `[start, end)` of the file at `path`.

    Without a path they are what `read` gives, also after `close`.
    """

    path: str | None
    start: int
    end: int

    def read(self, size: int) -> bytes: ...

    def close(self) -> None: ...


class FileToSend:
    """What PEP 3333 calls a file wrapper: how an application says that a file is its answer."""

    def __init__(self, part: FilePart, _block_size: int) -> None:
        self.part = part


@dataclass
class Answer:
    status: int
    headers: Headers
    body: bytes
    part: FilePart | None = None


class Gateway:
    """An RSGI application around a WSGI one."""

    def __init__(self, application: Application, threads: int) -> None:
        self._application = application
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        # Apart, so that a remote store that is slow does not hold up all other answers.
        self._reading = ThreadPoolExecutor(threads, thread_name_prefix="download")

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        body = await _read_body(protocol, most_of(scope.path))
        if body is None:
            protocol.response_bytes(413, TOO_LARGE_HEADERS, TOO_LARGE)
            return
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._pool, self._answer, _environ(scope, body))
        if answer.part is None:
            protocol.response_bytes(answer.status, answer.headers, answer.body)
            return
        part = answer.part
        if part.path is None:
            await streaming.send(protocol, answer.status, answer.headers, part.read, self._reading)
            return
        protocol.response_file_range(answer.status, answer.headers, part.path, part.start, part.end)

    def _answer(self, environ: dict[str, Any]) -> Answer:
        answer = Answer(500, [], b"")

        def start_response(status: str, headers: Headers, *_failure: object) -> None:
            answer.status, answer.headers = int(status[:3]), headers

        result = self._application(environ, start_response)
        if isinstance(result, FileToSend):
            answer.part = result.part
            result.part.close()
            return answer
        answer.body = b"".join(result)
        if hasattr(result, "close"):
            result.close()
        return answer


def most_of(path: str) -> int:
    """The most bytes of a body that is sent there."""
    return MAX_BATCH_BODY if _CONFIGURATION.match(path) else MAX_BODY


async def _read_body(protocol: Any, most: int) -> bytes | None:
    """The whole body; None where it is larger than `most`."""
    blocks, size = [], 0
    async for block in protocol:
        size += len(block)
        if size > most:
            return None
        blocks.append(block)
    return b"".join(blocks)


def _environ(scope: Any, body: bytes) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # Decoded already; by PEP 3333 its bytes, each as a character.
        "PATH_INFO": scope.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": scope.server.rpartition(":")[2],
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileToSend,
    }
    return environ | _headers(scope.headers)


def _headers(headers: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers.items():
        # X_Forwarded_For would become the same variable as X-Forwarded-For.
        if "_" in name:
            continue
        variable = name.upper().replace("-", "_")
        key = variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}"
        if variable != "CONTENT_LENGTH":
            found[key] = f"{found[key]}, {value}" if key in found else value
    return found
