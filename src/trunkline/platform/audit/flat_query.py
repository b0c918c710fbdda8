"""The older form of the query: a flat JSON object. Its answer is a list with every field, and its dates are in UTC."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict

from trunkline.platform.actors import Actor
from trunkline.platform.audit.asked import Asked
from trunkline.platform.audit.bodies import read_as
from trunkline.platform.audit.published import FIELDS, iso_date
from trunkline.platform.audit.query import count_changes, find_changes

Words = list[str] | str


class FlatQuery(Schema):
    """As clients of older versions send it."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    fromData: str = ""  # noqa: N815  # as sent
    fromDate: str = ""  # noqa: N815
    toDate: str = ""  # noqa: N815
    first: int = 50
    offset: int = 0
    orderBy: Words = ""  # noqa: N815
    orderDirection: Words = ""  # noqa: N815
    users: Words = ""
    componentTypes: Words = ""  # noqa: N815
    language: str = "en-US"
    timezone: str = "UTC"
    lpa: bool = False
    automaticUpdates: bool = False  # noqa: N815

    def asked(self) -> Asked:
        columns, directions = _order(words(self.orderBy), words(self.orderDirection))
        return Asked(
            from_date=self.fromDate or self.fromData,
            to_date=self.toDate,
            first=self.first,
            offset=self.offset,
            order_by=columns,
            order_direction=directions,
            users=words(self.users),
            component_types=words(self.componentTypes),
            language=self.language,
            timezone=self.timezone,
            lpa=self.lpa,
            automatic_updates=self.automaticUpdates,
        )


def answer_flat(actor: Actor, account_id: str, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The answer and the count of all that fits. Raises `Invalid`, `NotFound`, `NotPermitted`."""
    asked = read_as(FlatQuery, body).asked()
    rows = find_changes(actor, account_id, asked.filter, asked.page)
    shown = [
        {name: show(row, asked.words) for name, show in FIELDS.items()}
        | {"changeDate": iso_date(row.document.time), "changeTimestamp": row.document.time}
        for row in rows
    ]
    return {"data": shown}, count_changes(actor, account_id, asked.filter)


def words(texts: Words) -> tuple[str, ...]:
    """A list, or a text with commas."""
    listed = texts.split(",") if isinstance(texts, str) else texts
    return tuple(word for text in listed if (word := text.strip()))


def _order(columns: tuple[str, ...], directions: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Directions may stand with their columns: `changeTimestamp:ASC`."""
    if not any(":" in column for column in columns):
        return columns, directions
    pairs = [column.partition(":")[::2] for column in columns]
    return tuple(column for column, _ in pairs), tuple(direction or "DESC" for _, direction in pairs)
