"""A line of the trail in the words of the published interface."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from trunkline.platform.audit.display import Display
from trunkline.platform.audit.rows import Row


@lru_cache(4096)
def _at(second: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(second, zone)


def change_date(instant: int, zone: ZoneInfo) -> str:
    """`yyyy-MM-dd HH:mm:ss.S`: tenths of a second, as published."""
    return f"{_at(instant // 1000, zone):%Y-%m-%d %H:%M:%S}.{instant % 1000 // 100}"


def iso_date(instant: int) -> str:
    """`yyyy-MM-ddTHH:mm:ss.SSSZ`."""
    return f"{_at(instant // 1000, ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%S}.{instant % 1000:03d}Z"


def local_date(instant: int, zone: ZoneInfo) -> str:
    """`yyyy-MM-ddTHH:mm:ss`, as exports have it."""
    return f"{_at(instant // 1000, zone):%Y-%m-%dT%H:%M:%S}"


BY_TIME = ("changeTimestamp", "changeDate")
"""The columns that say when."""

FIELDS: dict[str, Callable[[Row, Display], str | bool]] = {
    "accountId": lambda row, _: row.document.account,
    "objectType": lambda row, words: words.object_type(row.document.object.type),
    "objectId": lambda row, _: row.document.object.id,
    "objectName": lambda row, _: row.document.object.name,
    "actionType": lambda row, words: words.action(row.document.action),
    "element": lambda row, words: words.element(row.document.object.type, row.changed.element),
    "oldValue": lambda row, words: words.value(row.changed.old),
    "newValue": lambda row, words: words.value(row.changed.new),
    "originator": lambda row, _: row.document.actor.name,
    "originatorLoginName": lambda row, _: row.document.actor.login_name,
    "originatorUserId": lambda row, _: row.document.actor.id,
    "originatorUserAgent": lambda row, _: row.document.actor.user_agent,
    "originatorAuthType": lambda row, _: row.document.actor.auth_type,
    "originatorIsLpa": lambda row, _: row.document.actor.is_lpa,
    "originatorEmployeeId": lambda row, _: row.document.actor.employee_id,
    "originatorProfiles": lambda row, words: words.value(row.document.actor.profiles),
}
"""Everything that can be selected but the dates."""
