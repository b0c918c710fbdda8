"""What a remote place must be able to do, so that `RemoteStore` can make a store of it."""

import errno
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

_CAUSE = re.compile(
    r"connection (refused|reset|aborted)|connection closed[a-z ]*|timed out|dns error|name resolution"
    r"|certificate[^\"\n]{0,80}",
    re.IGNORECASE,
)


class Objects(Protocol):
    """Keys are checked already. Every method may be called by several threads, tries again what is harmless to repeat, and
    then raises `StoreUnavailable`, or `FileNotFoundError` where there is no such object; no text holds a credential.
    """

    def put(self, key: str, data: bytes) -> None:
        """The whole object at once, durable; what was there is replaced."""

    def put_file(self, key: str, path: Path) -> None:
        """The same, of a file of any size, in constant memory."""

    def get(self, key: str) -> bytes: ...

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """The bytes `[start, end)`: at least one, and all within the object."""

    def size(self, key: str) -> int: ...

    def list(self, prefix: str) -> Iterator[str]:
        """The keys below the folder `prefix`, in the order of their characters."""

    def delete(self, key: str) -> None:
        """Nothing happens where there is none."""


def not_there(url: str, key: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, "no such object", f"{url}/{key}")


def cause_in(text: str) -> str | None:
    """Why no answer came, out of a library's long text."""
    found = _CAUSE.search(text)
    return found[0].lower() if found else None
