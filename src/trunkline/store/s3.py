"""Amazon S3 and what speaks like it, by obstore. The one module that knows it.

Address, region and credentials come from the AWS_… variables, or from the machine's or pod's role.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from trunkline.store import patience
from trunkline.store.addresses import require_tls
from trunkline.store.contract import UnusableStore
from trunkline.store.objects import cause_in, not_there
from trunkline.store.patience import Refused, TryAgain, answered, asked

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_PART_BYTES = 8 * 2**20
_PARTS_AT_ONCE = 4
_PAGE = 1000
_STATUS = re.compile(r"status code: (\d{3})([A-Za-z ]*)")
_CODE = re.compile(r"<Code>(\w+)</Code>")

_Found = TypeVar("_Found")


class S3Objects:
    """Below a folder of a bucket. A PUT, and the completion of a multipart upload, show the whole object or nothing."""

    def __init__(self, url: str, bucket: str, folder: str) -> None:
        """Raises `UnusableStore` for an environment that cannot be used."""
        self._url = url
        try:
            self._bucket = S3Store(
                bucket,
                prefix=folder or None,
                config=_endpoint(),
                client_options=_connection(),
                retry_config={"max_retries": 0},
            )
        except BaseError as error:
            told = _first_line(str(error))
            raise UnusableStore(f"the AWS_… variables cannot be used: {told}") from None

    def put(self, key: str, data: bytes) -> None:
        self._put(key, data)

    def put_file(self, key: str, path: Path) -> None:
        self._put(key, path)

    def get(self, key: str) -> bytes:
        return self._ask(key, lambda: bytes(obstore.get(self._bucket, key).bytes()))

    def get_range(self, key: str, start: int, end: int) -> bytes:
        return self._ask(key, lambda: bytes(obstore.get_range(self._bucket, key, start=start, end=end)))

    def size(self, key: str) -> int:
        return self._ask(key, lambda: int(obstore.head(self._bucket, key)["size"]))

    def list(self, prefix: str) -> Iterator[str]:
        after: str | None = None
        while page := self._ask(prefix, partial(self._page, prefix, after)):
            yield from page
            after = page[-1]

    def delete(self, key: str) -> None:
        self._ask(key, lambda: obstore.delete(self._bucket, key))

    def _put(self, key: str, content: bytes | Path) -> None:
        """In one request, or in parts where it is larger than one."""
        put = partial(obstore.put, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE)
        self._ask(key, lambda: put(self._bucket, key, content), writing=True)

    def _page(self, prefix: str, after: str | None) -> Sequence[str]:
        pages = obstore.list(self._bucket, prefix, offset=after, chunk_size=_PAGE)
        return [found["path"] for found in next(iter(pages), ())]

    def _ask(self, key: str, attempt: Callable[[], _Found], *, writing: bool = False) -> _Found:
        """What the library raises, as the contract has it. Its own texts can hold what was signed."""

        def once() -> _Found:
            try:
                return attempt()
            except FileNotFoundError as error:
                if not writing and "NoSuchBucket" not in str(error):
                    raise not_there(self._url, key) from None
                raise Refused("there is no such bucket") from None
            except (BaseError, OSError) as error:
                raise _failure(str(error)) from None

        return asked(self._url, key, once)


def _endpoint() -> "S3Config":
    # One object at a time is deleted, and not every server has the operation for many.
    options: S3Config = {"disable_bulk_delete": True}
    for variable in _ENDPOINTS:
        if endpoint := os.environ.get(variable):
            require_tls(endpoint, variable)
            return {**options, "endpoint": endpoint}
    return options


def _connection() -> "ClientConfig":
    options: ClientConfig = {
        "timeout": timedelta(seconds=patience.REQUEST_SECONDS),
        "connect_timeout": timedelta(seconds=patience.CONNECT_SECONDS),
    }
    # Checked above: in clear it is this machine.
    options["allow_http"] = _endpoint().get("endpoint", "").startswith("http:")
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        try:
            options["root_certificate"] = Path(bundle).read_bytes()
        except OSError as error:
            raise UnusableStore(f"AWS_CA_BUNDLE: {bundle} cannot be read ({error.strerror})") from None
    return options


def _failure(text: str) -> Exception:
    """What an operator needs of the library's text, which goes on for a page."""
    if not (status := _STATUS.search(text)):
        return TryAgain(cause_in(text) or _first_line(text))
    code = _CODE.search(text)
    return answered(int(status[1]), status[2].strip() + (f" ({code[1]})" if code else ""))


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
