"""The published shapes. Members that begin with `@` were attributes when the product still answered XML."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ninja import Field, Schema

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import DataFile
from trunkline.platform.data_access.files import Listing
from trunkline.platform.errors import ErrorDetail


class Link(Schema):
    href: str = Field(alias="@href")
    rel: str = Field(alias="@rel")


class BaseResourceBody(Schema):
    account_id: str = Field(alias="@accountId")
    link: list[Link] = Field(description="itself, one for each data type that is switched on, the schema")


class BaseResource(Schema):
    le: BaseResourceBody


class FileEntry(Schema):
    name: str = Field(alias="@name", description="without `.gz`; unique and never used again")
    scope_start: str = Field(alias="@scopeStartDate", description="ISO 8601 in the account's time zone")
    scope_end: str = Field(alias="@scopeEndDate")
    href: str = Field(alias="@href", description="where to download it; the request is signed like any other")
    supersedes: list[str] | None = Field(
        None,
        alias="@supersedes",
        description="names of files with an earlier form of a session in this one; absent where there is none",
    )


class Files(Schema):
    account_id: str = Field(alias="@id")
    link: Link
    complete_until: str | None = Field(
        None,
        alias="@completeUntil",
        description="every file of an hour before this instant is published; read on from here. Absent before the "
        "first run",
    )
    complete_until_time: int | None = Field(
        None, alias="@completeUntilTime", description="the same instant, epoch milliseconds"
    )
    file: list[FileEntry] = Field(description="ascending by scope, then part")


class FileListing(Schema):
    files: Files = Field(alias="dataAccessFiles")


class NoFiles(Schema):
    """No file in the window, or nothing at this address."""

    error: ErrorDetail
    files: Files | None = Field(None, alias="dataAccessFiles", description="the empty listing")


def base_resource(address: str, account_id: str, data_types: Sequence[str]) -> dict[str, Any]:
    rels = {"self": address, **{rel: f"{address}/{rel}" for rel in [*data_types, "schema"]}}
    links = [{"@href": href, "@rel": rel} for rel, href in rels.items()]
    return {"le": {"@accountId": account_id, "link": links}}


def listing(address: str, found: Listing) -> dict[str, Any]:
    """`address` is that of the listing itself, without its query."""
    zone = found.account.zone
    until = found.complete_until
    complete = {} if until is None else {"@completeUntil": iso(until, zone), "@completeUntilTime": until}
    return {
        "dataAccessFiles": {
            "@id": found.account.id,
            "link": {"@href": address, "@rel": "self"},
            **complete,
            "file": [_entry(address, file, zone) for file in found.files],
        }
    }


def iso(instant: int, zone: ZoneInfo) -> str:
    """An instant (epoch ms) in a zone, to the second, with its numeric offset."""
    return datetime.fromtimestamp(instant / 1000, zone).isoformat(timespec="seconds")


def _entry(address: str, file: DataFile, zone: ZoneInfo) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "@name": _shown(file.name),
        "@scopeStartDate": iso(file.scope_start, zone),
        "@scopeEndDate": iso(file.scope_start + HOUR_MS, zone),
        "@href": f"{address}/{file.name}",
    }
    if file.supersedes:
        entry["@supersedes"] = [_shown(name) for name in file.supersedes]
    return entry


def _shown(name: str) -> str:
    # The seed's example has names without the ending and addresses with it.
    return name.removesuffix(".gz")
