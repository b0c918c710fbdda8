"""Which data files a caller may see, and one of them for download."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

import structlog
from django.conf import settings
from django.db.models import Q

from trunkline.pipeline.catalogue import DataFile
from trunkline.pipeline.types import kind_of
from trunkline.platform.accounts.models import Account, AccountDataType
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.data_access import rows
from trunkline.platform.data_access.models import PipelineRun
from trunkline.platform.data_access.queries import listed_files
from trunkline.platform.isolation.lookups import newest_file_key
from trunkline.platform.refusals import Invalid, NotFound, NotPermitted
from trunkline.schemas import registry
from trunkline.store import Store, UnusableStore, open_store

log = structlog.get_logger()


class FileUnreadable(Exception):
    """A file is listed, but the store does not hold it whole: an operator must look."""


@dataclass(frozen=True)
class Listing:
    """The data files of a window."""

    account: Account
    data_type: str
    complete_until: int | None
    """Every file of an hour before this one (epoch ms) is listed; none before the first run."""
    files: Sequence[DataFile]


def data_types_on(actor: Actor, account_id: str) -> list[str]:
    """The data types that the account has switched on. Raises `NotFound`, `NotPermitted`."""
    actor.require(Permission.DATA_ACCESS, account_id)
    on = AccountDataType.objects.filter(account_id=account_id, switched_on=True)
    switched_on = set(on.values_list("data_type", flat=True))
    return [data_type for data_type in registry.data_types() if data_type in switched_on]


def list_files(actor: Actor, account_id: str, data_type: str, start: int, end: int) -> Listing:
    """The files whose scope begins, or that were published, in `[start, end)`, epoch ms; in order of scope and part.

    A client that reads window after window meets every file: one that appears late is met by its publication. Raises
    `NotFound`, `NotPermitted`, `Invalid`.
    """
    actor.require(Permission.DATA_ACCESS, account_id)
    _require_on(account_id, data_type)
    if end < start:
        raise Invalid("endTime lies before startTime.", field="endTime")
    # Read before the files: what is published in between may be listed, never promised and missing.
    last = PipelineRun.objects.filter(kind=kind_of(data_type).name).order_by("end_hour").last()
    in_window = Q(scope_start__gte=start, scope_start__lt=end) | Q(published__gte=start, published__lt=end)
    found = listed_files().filter(in_window, account_id=account_id, data_type=data_type)
    return Listing(
        account=Account.objects.get(id=account_id),
        data_type=data_type,
        complete_until=last.end_hour if last else None,
        files=[rows.to_file(row) for row in found.order_by("scope_start", "part")],
    )


def find_file(actor: Actor, account_id: str, data_type: str, name: str) -> DataFile:
    """A file by its name, with or without `.gz`. The name is looked up and never becomes part of a path.

    Raises `NotFound`, `NotPermitted`.
    """
    actor.require(Permission.DATA_ACCESS, account_id)
    _require_on(account_id, data_type)
    stored_name = f"{name.removesuffix('.gz')}.gz"
    row = None
    if len(stored_name) <= 200 and "\0" not in stored_name:
        row = listed_files().filter(account_id=account_id, data_type=data_type, name=stored_name).first()
    if row is None:
        raise NotFound("There is no such file; the listing has the names.", reason="no_file")
    return rows.to_file(row)


def open_file(file: DataFile) -> BinaryIO:
    """The file's bytes. Raises `FileUnreadable`, also where some are missing: no short file is served as whole."""
    try:
        opened = opened_store().open(file.key)
    except (OSError, UnusableStore) as error:
        log.error("listed file cannot be opened", key=file.key, error=str(error))
        raise FileUnreadable(file.name) from error
    size = opened.seek(0, 2)
    if size != file.bytes:
        opened.close()
        log.error("listed file has another size", key=file.key, size=size, expected=file.bytes)
        raise FileUnreadable(file.name)
    opened.seek(0)
    return opened


def newest_file_is_there() -> bool:
    """True if the file published last is in the store, or none is listed."""
    newest = newest_file_key()
    return newest is None or opened_store().exists(newest)


def _require_on(account_id: str, data_type: str) -> None:
    if data_type not in registry.data_types():
        raise NotFound(
            f"There is no such data type; there are {', '.join(registry.data_types())}.",
            reason="no_data_type",
        )
    if not AccountDataType.objects.filter(
        account_id=account_id, data_type=data_type, switched_on=True
    ).exists():
        raise NotPermitted(
            f"{data_type} is not switched on for this account; an operator can switch it on.",
            reason="data_type_off",
        )


def opened_store() -> Store:
    """The store of the settings."""
    return _opened_store(settings.TRUNKLINE.store_url)


@cache
def _opened_store(url: str) -> Store:
    return open_store(url)
