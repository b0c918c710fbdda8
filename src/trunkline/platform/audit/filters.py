"""What to look for in a trail. One filter for the published query, the exports, the command line and the console."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Filter:
    """All of it must hold; what is empty or None is not asked."""

    since: int | None = None
    """The first instant, epoch milliseconds."""
    until: int | None = None
    """The first instant that is too late, epoch milliseconds."""
    object_types: frozenset[str] = frozenset()
    object_id: str = ""
    element: str = ""
    actions: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    """Originators by id, log-in name, app key or name."""
    lpa: bool = True
    """Include what people of the platform's operator did."""
    automatic: bool = True
    """Include what the system did by itself."""
    after: int = 0
    """Only changes with a greater number."""

    @property
    def is_of_time_alone(self) -> bool:
        return replace(self, since=None, until=None, after=0) == Filter()
