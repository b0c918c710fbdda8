"""A name node and a data node that speak WebHDFS as it is published, with their files in memory.

Written from the protocol's documentation, since no Hadoop is at hand: the two-step CREATE and OPEN, RENAME with its options,
listing in pages, errors as RemoteException.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

PAGE = 3
"""Entries of a folder in one answer; small, so that every test with a few files reads several pages."""


class RemoteException(Exception):
    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name = status, name


class Namespace:
    """The tree of files and folders, by absolute path."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.folders = {"/"}
        self.lock = threading.RLock()

    def make_folders(self, path: str) -> None:
        if path in self.files:
            raise RemoteException(403, "ParentNotDirectoryException", f"{path} is a file")
        if path not in self.folders:
            self.make_folders(path.rpartition("/")[0] or "/")
            self.folders.add(path)

    def create(self, path: str, data: bytes, *, overwrite: bool) -> None:
        with self.lock:
            if path in self.folders or (path in self.files and not overwrite):
                raise RemoteException(403, "FileAlreadyExistsException", path)
            self.make_folders(path.rpartition("/")[0] or "/")
            self.files[path] = data

    def rename(self, source: str, target: str, options: str) -> bool | None:
        """True or False without options; nothing, or an exception, with them."""
        with self.lock:
            if source not in self.files:
                if options:
                    raise RemoteException(404, "FileNotFoundException", source)
                return False
            taken = target in self.files or target in self.folders
            if taken and options != "OVERWRITE":
                if options:
                    raise RemoteException(403, "FileAlreadyExistsException", target)
                return False
            if (target.rpartition("/")[0] or "/") not in self.folders:
                raise RemoteException(404, "FileNotFoundException", target)
            self.files[target] = self.files.pop(source)
            return None if options else True

    def delete(self, path: str) -> bool:
        with self.lock:
            return self.files.pop(path, None) is not None

    def status(self, path: str, suffix: str = "") -> dict[str, Any]:
        if path in self.files:
            return {"pathSuffix": suffix, "type": "FILE", "length": len(self.files[path])}
        if path in self.folders:
            return {"pathSuffix": suffix, "type": "DIRECTORY", "length": 0}
        raise RemoteException(404, "FileNotFoundException", f"File does not exist: {path}")

    def page(self, path: str, after: str) -> dict[str, Any]:
        with self.lock:
            if self.status(path)["type"] == "FILE":
                names = [""]
            else:
                base = path.rstrip("/") + "/"
                below = [one[len(base) :] for one in (*self.files, *self.folders) if one.startswith(base)]
                names = sorted(name for name in below if name and "/" not in name and name > after)
            found = [self.status(f"{path.rstrip('/')}/{name}".rstrip("/"), name) for name in names[:PAGE]]
            return {
                "partialListing": {"FileStatuses": {"FileStatus": found}},
                "remainingEntries": max(0, len(names) - PAGE),
            }


class _Node(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self._serve()

    do_PUT = do_DELETE = do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            if not parts.path.startswith("/webhdfs/v1/"):
                raise RemoteException(404, "NotFoundException", parts.path)
            if query.get("user.name") != "trunkline":
                raise RemoteException(403, "AccessControlException", "user=dr.who, access=WRITE")
            self._answer(unquote(parts.path.removeprefix("/webhdfs/v1")), query, body)
        except RemoteException as error:
            told = {"exception": error.name, "javaClassName": f"java.io.{error.name}", "message": str(error)}
            self._json({"RemoteException": told}, error.status)

    def _answer(self, path: str, query: dict[str, str], body: bytes) -> None:
        raise NotImplementedError

    def _json(self, value: Any, status: int = 200) -> None:
        self._bytes(json.dumps(value).encode(), status, "application/json")

    def _bytes(self, data: bytes, status: int = 200, kind: str = "application/octet-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _NameNode(_Node):
    def _answer(self, path: str, query: dict[str, str], body: bytes) -> None:
        files, operation = self.server.files, (self.command, query["op"])
        if self.server.standby:
            raise RemoteException(
                403, "StandbyException", "Operation category READ is not supported in state standby"
            )
        if operation in (("PUT", "CREATE"), ("GET", "OPEN")):
            if body:
                raise RemoteException(400, "IllegalArgumentException", "the bytes belong to the data node")
            if operation[1] == "OPEN" and files.status(path)["type"] != "FILE":
                raise RemoteException(404, "FileNotFoundException", f"Path is not a file: {path}")
            self.send_response(307)
            query["namenoderpcaddress"] = "namenode:8020"
            self.send_header(
                "Location", f"{self.server.data_url}{self.path.partition('?')[0]}?{urlencode(query)}"
            )
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif operation == ("PUT", "RENAME"):
            done = files.rename(path, query["destination"], query.get("renameoptions", ""))
            self._bytes(b"") if done is None else self._json({"boolean": done})
        elif operation == ("DELETE", "DELETE"):
            self._json({"boolean": files.delete(path)})
        elif operation == ("GET", "GETFILESTATUS"):
            self._json({"FileStatus": files.status(path)})
        elif operation == ("GET", "LISTSTATUS_BATCH"):
            self._json({"DirectoryListing": files.page(path, query.get("startAfter", ""))})
        else:
            raise RemoteException(400, "IllegalArgumentException", f"Invalid value for {self.command} op")


class _DataNode(_Node):
    def _answer(self, path: str, query: dict[str, str], body: bytes) -> None:
        files = self.server.files
        if "namenoderpcaddress" not in query:
            raise RemoteException(400, "IllegalArgumentException", "not sent here by a name node")
        if self.command == "PUT":
            files.create(path, body, overwrite=query.get("overwrite") == "true")
            self._bytes(b"", 201)
        else:
            data, offset = files.files[path], int(query.get("offset", 0))
            if offset > len(data):
                raise RemoteException(
                    403, "IOException", f"Offset={offset} out of the range [0, {len(data)})"
                )
            end = offset + int(query["length"]) if "length" in query else len(data)
            self._bytes(data[offset:end])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, node: type[_Node], files: Namespace) -> None:
        super().__init__(("127.0.0.1", 0), node)
        self.files = files
        self.data_url = ""
        self.standby = False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Hdfs:
    """A cluster of one name node and one data node."""

    def __init__(self) -> None:
        self.files = Namespace()
        self.data = _Server(_DataNode, self.files)
        self.names = _Server(_NameNode, self.files)
        self.names.data_url = self.data.url

    def close(self) -> None:
        for server in (self.names, self.data):
            server.shutdown()
            server.server_close()
