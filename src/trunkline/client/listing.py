"""The list of data files: its published shape, read tolerantly.

`{"dataAccessFiles": {"@id", "link", "file": [{"@name", "@scopeStartDate", "@scopeEndDate", "@href"}]}}`. Seen in the
field: `file` absent, null, or one object in place of an array; names with and without `.gz`; a refusal with the text
"No Available Files" that means an empty list. A Trunkline platform adds `@completeUntilTime` (epoch ms) to the list
and `@supersedes` (names of files with an earlier emission of one of its sessions) to a file.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from trunkline.client.errors import ApiError, UnexpectedAnswer

NO_FILES = "no available files"

# A file name of the server becomes a file name here.
_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,150}")


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A data file on the server. What is published under a name never changes."""

    name: str
    """Always with `.gz`, whatever the listing spells."""
    scope_start: datetime
    """Start of the hour whose closed sessions the file holds."""
    scope_end: datetime
    href: str
    """Where to get it; may be another host than the one that listed it."""
    supersedes: tuple[str, ...] = ()
    """Names of files that hold an earlier emission of one of its sessions."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The files of a window, ascending by scope."""

    files: tuple[RemoteFile, ...] = ()
    complete_until: datetime | None = None
    """All files with a scope before this instant are published, where the server says so."""


class _File(msgspec.Struct):
    name: str = msgspec.field(name="@name")
    scope_start: datetime = msgspec.field(name="@scopeStartDate")
    scope_end: datetime = msgspec.field(name="@scopeEndDate")
    href: str = msgspec.field(name="@href")
    supersedes: list[str] | str | None = msgspec.field(name="@supersedes", default=None)


class _Files(msgspec.Struct):
    file: list[_File] | _File | None = None
    complete_until: int | str | None = msgspec.field(name="@completeUntilTime", default=None)


class _Answer(msgspec.Struct):
    files: _Files | None = msgspec.field(name="dataAccessFiles", default=None)


_decoder = msgspec.json.Decoder(_Answer)


def read_listing(body: bytes) -> Listing:
    """The listing in an answer. Raises `UnexpectedAnswer`."""
    try:
        answer = _decoder.decode(body).files or _Files()
        entries = answer.file if isinstance(answer.file, list) else [answer.file] if answer.file else []
        files = sorted(
            (_remote_file(entry) for entry in entries), key=lambda file: (file.scope_start, file.name)
        )
        return Listing(files=tuple(files), complete_until=_instant(answer.complete_until))
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise UnexpectedAnswer(f"not a list of data files ({error})") from None


def means_no_files(error: ApiError) -> bool:
    """Whether a refusal says that the window is empty."""
    return NO_FILES in f"{error.reason} {error.message}".lower()


def empty_listing(error: ApiError) -> Listing:
    """The listing in a refusal that says there are no files: a Trunkline platform tells how far it is all the same."""
    try:
        return read_listing(error.body)
    except UnexpectedAnswer:
        return Listing()


def safe_name(name: str) -> str:
    """The name under which a file is kept. Raises `ValueError` for one that could leave its folder."""
    if not _SAFE_NAME.fullmatch(name):
        raise ValueError(f"{name[:80]!r} cannot be a file name")
    return name if name.endswith(".gz") else f"{name}.gz"


def _remote_file(entry: _File) -> RemoteFile:
    if entry.scope_start.tzinfo is None or entry.scope_end.tzinfo is None:
        raise ValueError(f"{entry.name}: a scope date without an offset")
    if not entry.href.startswith(("https://", "http://")):
        raise ValueError(f"{entry.name}: an address to get it from expected")
    names = [entry.supersedes] if isinstance(entry.supersedes, str) else entry.supersedes or []
    return RemoteFile(
        name=safe_name(entry.name),
        scope_start=entry.scope_start,
        scope_end=entry.scope_end,
        href=entry.href,
        supersedes=tuple(safe_name(name) for name in names),
    )


def _instant(milliseconds: int | str | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
