"""The Data Access API: which data files there are, and the files themselves.

from datetime import UTC, datetime, timedelta
from trunkline.client import DataAccess, OAuth1

key = OAuth1("app key", "secret", "access token", "access token secret")
with DataAccess("us", "75555851", key) as data:
    for file in data.files("agentActivity", datetime.now(UTC) - timedelta(days=1), datetime.now(UTC)):
        for record in data.records(file):
            print(record.started_at, record.bodies[0].value["header"])
"""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import msgspec

from trunkline.client.authentication import Authentication
from trunkline.client.connection import Connection
from trunkline.client.decryption import Decryptor
from trunkline.client.domains import checked_account, data_access_url
from trunkline.client.download import OnBytes, fetch
from trunkline.client.errors import ApiError, UnexpectedAnswer
from trunkline.client.gunzip import LocalFile
from trunkline.client.listing import Listing, RemoteFile, empty_listing, means_no_files, read_listing
from trunkline.client.records import Record, read_records
from trunkline.client.retry import RetryPolicy

LONGEST_WINDOW = timedelta(days=7)
"""No limit is published; servers scan what a window covers, so a long one is asked for in pieces."""

_DATA_TYPE = re.compile(r"[A-Za-z]{1,40}")
_VERSION = re.compile(r"[A-Za-z0-9.]{1,40}")


class DataAccess:
    """The data files of one account. A context manager; safe to keep for long, to be used by one thread."""

    def __init__(
        self,
        host: str,
        account: str,
        auth: Authentication,
        *,
        ca: Path | str | None = None,
        timeout: float = 30.0,
        retry: RetryPolicy | None = None,
        allowed_hosts: Collection[str] = (),
    ) -> None:
        """`host` is a region of LivePerson's cloud (us, uk, apac), a host or a URL.

        `ca` is a PEM file of the authority to trust in place of the system's; `timeout` is in seconds, for each step
        of a request. `allowed_hosts` may see a bearer token too, where files are on another host than the listing.
        """
        self.account = checked_account(account)
        self._connection = Connection(
            data_access_url(host), auth, ca=ca, timeout=timeout, retry=retry, allowed_hosts=allowed_hosts
        )
        self.url = f"{str(self._connection.url).rstrip('/')}/data_access_le/account/{account}/le"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def resources(self) -> dict[str, str]:
        """What the account may read, by name: data types that are switched on, and `schema`."""
        answer = _decoded(self._connection.get(self.url))
        try:
            links = answer["le"]["link"]
            links = links if isinstance(links, list) else [links]
            return {str(link["@rel"]): str(link["@href"]) for link in links if link["@rel"] != "self"}
        except (KeyError, TypeError):
            raise UnexpectedAnswer("the account's resources do not have the published shape") from None

    def files(self, data_type: str, start: datetime, end: datetime) -> list[RemoteFile]:
        """The files in `[start, end)`, ascending by scope; empty where there are none.

        What belongs to a window is the server's to say: a Trunkline platform lists a file by its scope start and by
        its publication. Raises `ValueError` for naive datetimes, `ClientError` for the rest.
        """
        return list(self.listing(data_type, start, end).files)

    def listing(self, data_type: str, start: datetime, end: datetime) -> Listing:
        """`files`, together with the instant up to which they are complete, where the server says so."""
        checked_data_type(data_type)
        pieces = [self._piece(data_type, *window) for window in pairwise(_edges(start, end))]
        files = {file.name: file for piece in pieces for file in piece.files}
        return Listing(
            files=tuple(sorted(files.values(), key=lambda file: (file.scope_start, file.name))),
            complete_until=max(
                (piece.complete_until for piece in pieces if piece.complete_until), default=None
            ),
        )

    def schema(self, version: str = "latest") -> Any:
        """The Avro schema of that version, as the server prints it."""
        if not _VERSION.fullmatch(version):
            raise ValueError(f"{version!r}: a version such as 1.0.0.4, or latest, expected")
        return _decoded(self._connection.get(f"{self.url}/schema", {"schemaId": version}))

    def download(self, file: RemoteFile, to: Path | str, *, on_bytes: OnBytes = lambda _: None) -> LocalFile:
        """Fetch a file into the folder `to`, checked and durable; one that is there already is only checked.

        A download that broke off, also when the process was killed, is continued where the server has ETags. Raises
        `CorruptFile` for a file that stays damaged, `ClientError` for the rest, `OSError` for a full disk.
        """
        folder = Path(to)
        folder.mkdir(parents=True, exist_ok=True)
        return fetch(self._connection, file.href, folder / file.name, on_bytes)

    def records(self, file: RemoteFile | Path | str, decryptor: Decryptor | None = None) -> Iterator[Record]:
        """The sessions in a file, one at a time; a remote file is downloaded for as long as that takes.

        With a decryptor, values that were encrypted to the account's key are given in clear.
        """
        if isinstance(file, RemoteFile):
            with TemporaryDirectory(prefix="trunkline-") as folder:
                yield from read_records(self.download(file, folder).path, decryptor)
        else:
            yield from read_records(Path(file), decryptor)

    def _piece(self, data_type: str, start: datetime, end: datetime) -> Listing:
        window = {"startTime": str(_milliseconds(start)), "endTime": str(_milliseconds(end))}
        try:
            return read_listing(self._connection.get(f"{self.url}/{data_type}", window))
        except ApiError as error:
            if not means_no_files(error):
                raise
            return empty_listing(error)


def checked_data_type(name: str) -> str:
    """`name` as it stands in an address and in a path. Raises `ValueError` for what cannot be a data type."""
    if not _DATA_TYPE.fullmatch(name):
        raise ValueError(f"{name!r}: not a data type")
    return name


def _edges(start: datetime, end: datetime) -> list[datetime]:
    """Where the pieces of a window begin and end."""
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("datetimes with a time zone expected")
    if start >= end:
        raise ValueError("the window ends before it starts")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    edges = [start]
    while edges[-1] + LONGEST_WINDOW < end:
        edges.append(edges[-1] + LONGEST_WINDOW)
    return [*edges, end]


def _milliseconds(instant: datetime) -> int:
    return (instant - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnexpectedAnswer("the answer is not JSON") from None
