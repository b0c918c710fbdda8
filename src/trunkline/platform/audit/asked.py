"""A question in the words of the published interface, whichever form it came in."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from trunkline.platform.audit.component_types import object_types_of
from trunkline.platform.audit.dates import end_of, read_zone, start_of
from trunkline.platform.audit.display import ENGLISH, Display, display
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.published import BY_TIME, FIELDS
from trunkline.platform.audit.query import Page
from trunkline.platform.refusals import Invalid

PUBLISHED_ZONE = "US/Eastern"
COLUMNS = (*BY_TIME, *FIELDS)

DESCRIPTIONS = {
    "fromDate": "The first day, yyyy-MM-dd, in the time zone asked for.",
    "toDate": "The last day, yyyy-MM-dd, all of it included.",
    "first": "How many records, 1 to 500. Default: 50.",
    "offset": "How many to leave out before.",
    "orderBy": "Columns. Default: changeTimestamp.",
    "orderDirection": "ASC or DESC for each of them. Default: DESC.",
    "users": "Originators: ids, log-in names, app keys or names.",
    "componentTypes": "Kinds of objects, such as ACSkillObject.",
    "language": "Of the texts. Default: en-US.",
    "timezone": "Of dates, those asked for and those answered. Default: US/Eastern.",
    "lpa": "Include what people of the platform's operator did. Default: false.",
    "automaticUpdates": "Include what the system did by itself. Default: false.",
}


@dataclass(frozen=True)
class Asked:
    """By the published names and with the published defaults."""

    from_date: str = ""
    to_date: str = ""
    first: int = 50
    offset: int = 0
    order_by: tuple[str, ...] = ()
    order_direction: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    component_types: tuple[str, ...] = ()
    language: str = ENGLISH
    timezone: str = PUBLISHED_ZONE
    lpa: bool = False
    automatic_updates: bool = False

    @property
    def words(self) -> Display:
        return display(self.language)

    @property
    def zone(self) -> ZoneInfo:
        """Raises `Invalid`."""
        return read_zone(self.timezone)

    @property
    def filter(self) -> Filter:
        """Raises `Invalid`."""
        since = start_of(self.from_date, self.zone, "fromDate")
        until = end_of(self.to_date, self.zone, "toDate")
        if since is not None and until is not None and until <= since:
            raise Invalid("toDate: lies before fromDate.", field="toDate")
        return Filter(
            since=since,
            until=until,
            object_types=object_types_of(self.component_types),
            users=frozenset(self.users),
            lpa=self.lpa,
            automatic=self.automatic_updates,
        )

    @property
    def page(self) -> Page:
        """Raises `Invalid`."""
        columns, directions = self.order_by or BY_TIME[:1], [word.upper() for word in self.order_direction]
        for column in columns:
            if column not in COLUMNS:
                raise Invalid(
                    f"orderBy: {column!r} is none; there are {', '.join(COLUMNS)}.", field="orderBy"
                )
        if set(directions) - {"ASC", "DESC"} or len(directions) > len(columns):
            raise Invalid(
                "orderDirection: ASC or DESC for each column of orderBy, in its order.",
                field="orderDirection",
            )
        directions += ["DESC"] * (len(columns) - len(directions))
        order = zip(columns, (direction == "ASC" for direction in directions), strict=True)
        return Page(self.first, self.offset, tuple(order), self.language)
