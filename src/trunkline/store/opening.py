"""From a URL to a store: the one entry for the whole program."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from trunkline.store.cache import CACHE_BYTES, Cache, default_folder
from trunkline.store.contract import Store, UnusableStore, check_key
from trunkline.store.local import LocalStore
from trunkline.store.objects import Objects
from trunkline.store.remote import RemoteStore


def open_store(url: str, cache: Path | None = None, cache_bytes: int = CACHE_BYTES) -> Store:
    """The store at a URL: `file:`, `s3:`, `gs:`, `hdfs:`. Nothing is asked of it yet.

    Where it lies and who we are comes from the environment, by the names that each kind's own tools use
    (docs/operations.md). `cache` is the folder that a remote store fetches objects into, of at most `cache_bytes`, and keeps
    there what it uploads; without one it is a folder of this user below TMPDIR, for what is fetched alone. Raises
    `UnusableStore`.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)))
    places = {"s3": _s3, "gs": _gcs, "hdfs": _hdfs, "webhdfs": _hdfs, "swebhdfs": _hdfs}
    if parts.scheme not in places:
        raise UnusableStore(f"{parts.scheme or url!r} is no kind of store; expected file:, s3:, gs: or hdfs:")
    if parts.password is not None or parts.query or parts.fragment:
        raise UnusableStore(
            f"a {parts.scheme}: store's URL has a host and a folder; credentials stay out of it"
        )
    if not parts.hostname:
        raise UnusableStore(f"{url}: expected a bucket or host, as in {parts.scheme}://NAME/folder")
    clean = url.rstrip("/")
    # Two stores may have the same keys.
    own = (cache or default_folder()) / hashlib.sha256(clean.encode()).hexdigest()[:16]
    kept = Cache(own, cache_bytes, keeps=cache is not None)
    return RemoteStore(clean, places[parts.scheme](parts, clean), kept, open_store)


def _s3(parts: SplitResult, url: str) -> Objects:
    with _extra("s3", url):
        from trunkline.store.s3 import S3Objects
    return S3Objects(url, parts.netloc, _folder(parts))


def _gcs(parts: SplitResult, url: str) -> Objects:
    with _extra("gcs", url):
        from trunkline.store.gcs import GcsObjects
    return GcsObjects(url, parts.netloc, _folder(parts))


def _hdfs(parts: SplitResult, url: str) -> Objects:
    from trunkline.store.webhdfs import WebHdfsObjects

    return WebHdfsObjects(url, parts)


def _folder(parts: SplitResult) -> str:
    """The folder within a bucket, without slashes around it; empty for the bucket itself."""
    return check_key(folder) if (folder := parts.path.strip("/")) else ""


@contextmanager
def _extra(name: str, url: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise UnusableStore(
            f"{url}: {error.name} is not installed; this kind of store needs: pip install 'trunkline[{name}]'"
        ) from error
