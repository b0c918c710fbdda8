"""HDFS by WebHDFS, its published HTTP interface: operations go to the name node, bytes to the data node that it names.

Who we are is HADOOP_USER_NAME or the user in the URL (simple authentication).
"""

import getpass
import os
import ssl
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import SplitResult, quote, unquote, urlsplit

import httpx2

from trunkline.store import patience
from trunkline.store.addresses import is_loopback
from trunkline.store.objects import cause_in, not_there
from trunkline.store.patience import Refused, TryAgain, answered, asked

_PERMISSION = "640"
"""For us and our group; HDFS lets everybody read where nothing is said."""

_Found = TypeVar("_Found")


class WebHdfsObjects:
    """Below a folder. A file is written under a hidden name and renamed over what was there, in one step."""

    def __init__(self, url: str, parts: SplitResult) -> None:
        self._url = url
        self._hosts = _hosts(parts)
        self._folder = quote(unquote(parts.path).rstrip("/"))
        self._user = parts.username or os.environ.get("HADOOP_USER_NAME") or getpass.getuser()
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(patience.REQUEST_SECONDS, connect=patience.CONNECT_SECONDS),
            verify=ssl.create_default_context(),
        )
        weakref.finalize(self, self._client.close)

    def put(self, key: str, data: bytes) -> None:
        self._repeated(key, lambda: self._write(key, data, len(data)))

    def put_file(self, key: str, path: Path) -> None:
        def write() -> None:
            with path.open("rb") as file:
                self._write(key, file, os.fstat(file.fileno()).st_size)

        self._repeated(key, write)

    def get(self, key: str) -> bytes:
        return self._repeated(key, lambda: self._read(key))

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return self._repeated(key, lambda: self._read(key, offset=start, length=end - start))

    def size(self, key: str) -> int:
        answer = self._repeated(key, lambda: self._ask("GET", key, "GETFILESTATUS"))
        status = answer.json()["FileStatus"]
        if status["type"] != "FILE":
            raise not_there(self._url, key)
        return int(status["length"])

    def list(self, prefix: str) -> Iterator[str]:
        with suppress(FileNotFoundError):
            entries = list(self._entries(prefix))
            # As the keys below a folder are ordered: `a-b` comes before `a/b`.
            for name in sorted(entries):
                if name.endswith("/"):
                    yield from self.list(f"{prefix}/{name[:-1]}")
                else:
                    yield f"{prefix}/{name}"

    def delete(self, key: str) -> None:
        self._repeated(key, lambda: self._ask("DELETE", key, "DELETE"))

    def _write(self, key: str, content: bytes | BinaryIO, length: int) -> None:
        folder, _, name = key.rpartition("/")
        hidden = f"{folder}/.{name}.{uuid.uuid4().hex}.tmp".lstrip("/")
        try:
            created = self._ask("PUT", hidden, "CREATE", overwrite="true", permission=_PERMISSION)
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
            self._send("PUT", self._elsewhere(created), key, content=content, headers=headers)
            target = unquote(f"{self._folder}/{key}")
            moved = self._ask("PUT", hidden, "RENAME", destination=target, renameoptions="OVERWRITE")
            if moved.content and moved.json() == {"boolean": False}:
                raise Refused("the server does not rename over what is there")
        except BaseException:
            with suppress(Exception):
                self._ask("DELETE", hidden, "DELETE")
            raise

    def _read(self, key: str, **span: int) -> bytes:
        answer = self._ask("GET", key, "OPEN", **span)
        # A gateway (HttpFS) may give the bytes itself.
        if answer.is_redirect:
            answer = self._send("GET", self._elsewhere(answer), key)
        return bytes(answer.content)

    def _entries(self, folder: str) -> Iterator[str]:
        """The names in a folder, page after page; those of folders end with a slash."""
        after, left = "", 1
        while left:
            answer = self._repeated(
                folder,
                partial(self._ask, "GET", folder, "LISTSTATUS_BATCH", startAfter=after),
            )
            listing = answer.json()["DirectoryListing"]
            found = listing["partialListing"]["FileStatuses"]["FileStatus"]
            for entry in found:
                after = entry["pathSuffix"]
                if after and not after.startswith("."):
                    yield f"{after}/" if entry["type"] == "DIRECTORY" else after
            left = listing["remainingEntries"] if found else 0

    def _ask(self, method: str, key: str, operation: str, **parameters: str | int) -> httpx2.Response:
        """An operation of the name node."""
        url = f"{self._hosts[0]}/webhdfs/v1{self._folder}/{key}"
        query = {"op": operation, "user.name": self._user, **parameters}
        return self._send(method, url, key, params=query)

    def _send(self, method: str, url: str, key: str, **more: Any) -> httpx2.Response:
        answer = self._client.request(method, url, **more)
        if answer.status_code < 400:
            return answer
        exception = _exception(answer)
        if exception == "FileNotFoundException":
            raise not_there(self._url, key)
        told = f"{answer.reason_phrase} ({exception})" if exception else answer.reason_phrase
        failure = answered(answer.status_code, told)
        if exception in ("StandbyException", "RetriableException"):
            self._hosts.rotate(-1)
            failure = TryAgain(str(failure))
        raise failure

    def _elsewhere(self, answer: httpx2.Response) -> str:
        """Where the name node sends us for the bytes."""
        location = answer.headers.get("Location", "")
        if urlsplit(location).scheme != urlsplit(self._hosts[0]).scheme:
            raise Refused("the name node names no data node of the same scheme as its own")
        return location

    def _repeated(self, key: str, attempt: Callable[[], _Found]) -> _Found:
        def once() -> _Found:
            try:
                return attempt()
            except httpx2.TransportError as error:
                self._hosts.rotate(-1)
                raise TryAgain(cause_in(str(error)) or type(error).__name__) from None

        return asked(self._url, key, once)


def _hosts(parts: SplitResult) -> deque[str]:
    """The addresses of the name nodes; with high availability there are several, separated by commas."""
    hosts = parts.netloc.rpartition("@")[2].split(",")
    return deque(_address(host, parts.scheme) for host in hosts)


def _address(host: str, scheme: str) -> str:
    clear = scheme == "webhdfs" or (scheme == "hdfs" and is_loopback(urlsplit(f"//{host}").hostname or ""))
    port = "" if urlsplit(f"//{host}").port else ":9870" if clear else ":9871"
    return f"{'http' if clear else 'https'}://{host}{port}"


def _exception(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["RemoteException"]["exception"])
    except (ValueError, KeyError, TypeError):
        return ""
