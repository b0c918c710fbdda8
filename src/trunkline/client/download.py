"""One file from the server to the disk: streamed, taken up where it broke off, checked, synced, then named.

Until then it is called `.<name>.<validator>.part`. The validator is the server's ETag, percent-encoded: it says which
version the bytes belong to, so that a later run, also after a kill, asks for the rest of exactly that version
(`If-Range`). Without an ETag a download begins anew.
"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

import httpx2

from trunkline.client.connection import Connection
from trunkline.client.durable import publish
from trunkline.client.errors import ApiError, CorruptFile, Unreachable
from trunkline.client.gunzip import LocalFile, verify

# Longer validators do not fit into a file name.
VALIDATOR_LIMIT = 80

OnBytes = Callable[[int], None]


def fetch(connection: Connection, url: str, path: Path, on_bytes: OnBytes) -> LocalFile:
    """The file at `url` as `path`; an intact file of that name is not asked for again.

    `on_bytes` is told of every block that arrives. Raises `ClientError`; `CorruptFile` only after a second try.
    """
    if path.exists():
        try:
            return verify(path)
        except CorruptFile:
            path.unlink()
    try:
        return _fetch_once(connection, url, path, on_bytes)
    except CorruptFile:
        return _fetch_once(connection, url, path, on_bytes)


def _fetch_once(connection: Connection, url: str, path: Path, on_bytes: OnBytes) -> LocalFile:
    part = _download(connection, url, path, on_bytes)
    try:
        checked = verify(part)
    except CorruptFile as error:
        part.unlink()
        raise CorruptFile(str(error).replace(part.name, path.name)) from None
    publish(part, path)
    return LocalFile(path=path, size=checked.size, text_size=checked.text_size, sha256=checked.sha256)


def _download(connection: Connection, url: str, path: Path, on_bytes: OnBytes) -> Path:
    """All bytes, over as many requests as it takes: patience begins anew with every byte gained."""
    while True:
        before = _gained(path)
        try:
            return connection.retrying(lambda: _take_rest(connection, url, path, on_bytes))
        except Unreachable:
            if _gained(path) <= before:
                raise


def _take_rest(connection: Connection, url: str, path: Path, on_bytes: OnBytes) -> Path:
    held = _resumable(path)
    try:
        with connection.open(url, headers=_range(held)) as response:
            if response.status_code == 206 and not _continues(response, held):
                _discard(path)
                raise CorruptFile(f"{path.name} changed while it was downloaded")
            target = held if held and response.status_code == 206 else _begin(path, response)
            with target.open("ab") as file:
                # As it arrives, not in blocks of one size: what came before a break counts.
                for block in response.iter_raw():
                    file.write(block)
                    on_bytes(len(block))
            return target
    except ApiError as error:
        if error.status != 416 or held is None:
            raise
        # The part is as long as the file, or longer: it cannot be continued.
        _discard(path)
        raise CorruptFile(f"{path.name} does not continue where it broke off") from None


def _parts(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f".{path.name}.*part"))


def _discard(path: Path) -> None:
    for part in _parts(path):
        part.unlink()


def _gained(path: Path) -> int:
    return sum(part.stat().st_size for part in _parts(path))


def _resumable(path: Path) -> Path | None:
    """The part whose version is known and that has something in it."""
    parts = [part for part in _parts(path) if _validator(part) and part.stat().st_size]
    return parts[0] if len(parts) == 1 else None


def _validator(part: Path) -> str:
    return unquote(part.name.rpartition(".gz.")[2].removesuffix("part").removesuffix("."))


def _range(held: Path | None) -> dict[str, str]:
    if held is None:
        return {}
    return {"Range": f"bytes={held.stat().st_size}-", "If-Range": _validator(held)}


def _continues(response: httpx2.Response, held: Path | None) -> bool:
    """Whether a partial answer is the rest of what is held (RFC 9110, 14.4)."""
    if held is None:
        return False
    begins = response.headers.get("Content-Range", "").startswith(f"bytes {held.stat().st_size}-")
    return begins and response.headers.get("ETag", _validator(held)) == _validator(held)


def _begin(path: Path, response: httpx2.Response) -> Path:
    """An empty part for the version that the server sends now."""
    _discard(path)
    etag = response.headers.get("ETag", "")
    # A weak validator promises the same meaning, not the same bytes.
    known = quote(etag, safe="") if etag.startswith('"') else ""
    return path.with_name(
        f".{path.name}.{known}.part" if 0 < len(known) <= VALIDATOR_LIMIT else f".{path.name}.part"
    )
