"""Google Cloud Storage, by Google's own library. The one module that knows it.

Credentials are the application default ones (GOOGLE_APPLICATION_CREDENTIALS, or the machine's or pod's account).
"""

import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import requests
import urllib3
from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

from trunkline.store import patience
from trunkline.store.addresses import require_tls
from trunkline.store.contract import UnusableStore
from trunkline.store.objects import cause_in, not_there
from trunkline.store.patience import Refused, TryAgain, answered, asked

_BINARY = "application/octet-stream"
_CHUNK_BYTES = 8 * 2**20
_PAGE = 1000
_NO_ANSWER = (GoogleAuthError, DataCorruption, requests.RequestException, urllib3.exceptions.HTTPError)

_Found = TypeVar("_Found")


class GcsObjects:
    """Below a folder of a bucket. An upload shows the whole object when it is complete, or nothing."""

    def __init__(self, url: str, bucket: str, folder: str) -> None:
        """Raises `UnusableStore` for an environment that cannot be used."""
        self._url = url
        self._folder = f"{folder}/" if folder else ""
        if emulator := os.environ.get("STORAGE_EMULATOR_HOST"):
            require_tls(emulator, "STORAGE_EMULATOR_HOST")
        try:
            self._client = storage.Client()
        except (GoogleAuthError, OSError) as error:
            raise UnusableStore(
                f"{url}: no credentials for Google Cloud ({type(error).__name__}: {error})"
            ) from None
        weakref.finalize(self, self._client.close)
        self._bucket = self._client.bucket(bucket)
        # The library's own repetitions differ from one operation to the other.
        self._once = {"timeout": (patience.CONNECT_SECONDS, patience.REQUEST_SECONDS), "retry": None}

    def put(self, key: str, data: bytes) -> None:
        def once() -> None:
            self._blob(key).upload_from_string(data, content_type=_BINARY, **self._once)

        self._ask(key, once, writing=True)

    def put_file(self, key: str, path: Path) -> None:
        def once() -> None:
            blob = self._blob(key, chunk_size=_CHUNK_BYTES)
            blob.upload_from_filename(str(path), content_type=_BINARY, **self._once)

        self._ask(key, once, writing=True)

    def get(self, key: str) -> bytes:
        return self._download(key)

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return self._download(key, start=start, end=end - 1)

    def size(self, key: str) -> int:
        def once() -> int:
            blob = self._blob(key)
            blob.reload(**self._once)
            return int(blob.size)

        return self._ask(key, once)

    def list(self, prefix: str) -> Iterator[str]:
        after = ""
        while page := self._ask(prefix, partial(self._page, prefix, after), writing=True):
            yield from page
            after = page[-1]

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._ask(key, lambda: self._blob(key).delete(**self._once))

    def _page(self, prefix: str, after: str) -> Sequence[str]:
        found = self._client.list_blobs(
            self._bucket,
            prefix=f"{self._folder}{prefix}/",
            # The next possible name: no character of a key comes before it.
            start_offset=f"{self._folder}{after}!" if after else None,
            max_results=_PAGE,
            fields="items(name),nextPageToken",
            **self._once,
        )
        return [blob.name.removeprefix(self._folder) for blob in found]

    def _download(self, key: str, **span: int) -> bytes:
        def once() -> bytes:
            return bytes(self._blob(key).download_as_bytes(raw_download=True, **span, **self._once))

        return self._ask(key, once)

    def _blob(self, key: str, **options: Any) -> Any:
        return self._bucket.blob(self._folder + key, **options)

    def _ask(self, key: str, attempt: Callable[[], _Found], *, writing: bool = False) -> _Found:
        """What the library raises, as the contract has it. `writing`: what is not found can only be the bucket."""

        def once() -> _Found:
            try:
                return attempt()
            except NotFound:
                if writing:
                    raise Refused("there is no such bucket") from None
                raise not_there(self._url, key) from None
            except GoogleAPICallError as error:
                raise answered(error.code or 0, type(error).__name__) from None
            except InvalidResponse as error:
                raise answered(error.response.status_code, error.response.reason) from None
            except _NO_ANSWER as error:
                # Not its text: the address of an upload that goes on is as good as a key.
                raise TryAgain(cause_in(str(error)) or type(error).__name__) from None

        return asked(self._url, key, once)
