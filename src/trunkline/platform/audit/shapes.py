"""What is sent and answered, with the published names."""

from dataclasses import replace
from typing import Any

from ninja import Field, Schema
from pydantic import ConfigDict

from trunkline.platform.audit.asked import DESCRIPTIONS, PUBLISHED_ZONE, Asked
from trunkline.platform.audit.csv_export import MAX_LINES
from trunkline.platform.audit.display import ENGLISH
from trunkline.platform.audit.entries import ADD, DELETE, EDIT
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.lines import MAX_ENTRIES, USUAL_ENTRIES
from trunkline.platform.refusals import Invalid

Words = list[str] | str


class GraphQLQuery(Schema):
    """A GraphQL document whose one root field is `auditData`."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None


class FlatQuery(Schema):
    """As clients of older versions send it."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    fromData: str = Field("", description="As older clients spell fromDate.")
    fromDate: str = Field("", description=DESCRIPTIONS["fromDate"])
    toDate: str = Field("", description=DESCRIPTIONS["toDate"])
    first: int = Field(50, description=DESCRIPTIONS["first"])
    offset: int = Field(0, description=DESCRIPTIONS["offset"])
    orderBy: Words = Field("", description="Columns, also with their direction: changeTimestamp:ASC.")
    orderDirection: Words = Field("", description=DESCRIPTIONS["orderDirection"])
    users: Words = Field("", description=DESCRIPTIONS["users"])
    componentTypes: Words = Field("", description=DESCRIPTIONS["componentTypes"])
    language: str = Field(ENGLISH, description=DESCRIPTIONS["language"])
    timezone: str = Field("UTC", description="Of the dates asked for. Default: UTC.")
    lpa: bool = Field(False, description=DESCRIPTIONS["lpa"])
    automaticUpdates: bool = Field(False, description=DESCRIPTIONS["automaticUpdates"])

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


class ExportQuery(Schema):
    """Lists have commas."""

    fromDate: str = Field("", description=DESCRIPTIONS["fromDate"])
    toDate: str = Field("", description=DESCRIPTIONS["toDate"])
    limit: int = Field(MAX_LINES, description=f"How many records, 1 to {MAX_LINES}.")
    users: str = Field("", description=DESCRIPTIONS["users"])
    componentTypes: str = Field("", description=DESCRIPTIONS["componentTypes"])
    language: str = Field(ENGLISH, description=DESCRIPTIONS["language"])
    timezone: str = Field(PUBLISHED_ZONE, description=DESCRIPTIONS["timezone"])
    lpa: bool = Field(False, description=DESCRIPTIONS["lpa"])
    automaticUpdates: bool = Field(False, description=DESCRIPTIONS["automaticUpdates"])

    def asked(self) -> Asked:
        return Asked(
            from_date=self.fromDate,
            to_date=self.toDate,
            users=words(self.users),
            component_types=words(self.componentTypes),
            language=self.language,
            timezone=self.timezone,
            lpa=self.lpa,
            automatic_updates=self.automaticUpdates,
        )


class LinesQuery(Schema):
    """Unless it is narrowed, all that was changed by anybody."""

    after: int = Field(
        0, ge=0, lt=2**63, description="The number of the last entry that you have, 0 for none."
    )
    limit: int = Field(USUAL_ENTRIES, description=f"How many entries, 1 to {MAX_ENTRIES}.")
    fromDate: str = Field("", description=DESCRIPTIONS["fromDate"])
    toDate: str = Field("", description=DESCRIPTIONS["toDate"])
    timezone: str = Field("UTC", description="Of the dates asked for.")
    users: str = Field("", description=DESCRIPTIONS["users"])
    componentTypes: str = Field("", description=DESCRIPTIONS["componentTypes"])
    objectId: str = Field("", max_length=64, description="The id of the object that was changed.")
    element: str = Field("", max_length=64, description="A changed element, such as maxWaitTime.")
    actions: str = Field("", description="Of add, edit, delete.")
    lpa: bool = Field(True, description="Include what people of the platform's operator did.")
    automaticUpdates: bool = Field(True, description="Include what the system did by itself.")

    def filter(self) -> Filter:
        """Raises `Invalid`."""
        asked = Asked(
            from_date=self.fromDate,
            to_date=self.toDate,
            users=words(self.users),
            component_types=words(self.componentTypes),
            timezone=self.timezone,
            lpa=self.lpa,
            automatic_updates=self.automaticUpdates,
        )
        actions = _actions(words(self.actions))
        return replace(asked.filter, object_id=self.objectId, element=self.element, actions=actions)


class Found(Schema):
    """`auditData` in an object, or the flat form's list."""

    data: dict[str, Any] | list[dict[str, Any]]


class GraphQLErrors(Schema):
    """What is wrong with a GraphQL document or with an argument of it."""

    errors: list[dict[str, Any]]


def words(texts: Words) -> tuple[str, ...]:
    """A list, or a text with commas."""
    listed = texts.split(",") if isinstance(texts, str) else texts
    return tuple(word for text in listed if (word := text.strip()))


def _actions(names: tuple[str, ...]) -> frozenset[str]:
    if unknown := set(names) - {ADD, EDIT, DELETE}:
        raise Invalid(
            f"actions: {min(unknown)!r} is none; there are {ADD}, {EDIT}, {DELETE}.", field="actions"
        )
    return frozenset(names)


def _order(columns: tuple[str, ...], directions: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Directions may stand with their columns: `changeTimestamp:ASC`."""
    if not any(":" in column for column in columns):
        return columns, directions
    pairs = [column.partition(":")[::2] for column in columns]
    return tuple(column for column, _ in pairs), tuple(direction or "DESC" for _, direction in pairs)
