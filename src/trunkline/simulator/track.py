"""Writes what one agent, visitor or conversation does, as events."""

from typing import Any

from trunkline.events.envelope import Event


class Track:
    """Events in order, no two in the same millisecond, numbered. `prefix` is unique; `who` stands in each of them."""

    __slots__ = ("_prefix", "_who", "events", "last")

    def __init__(self, prefix: str, **who: Any) -> None:
        self.events: list[Event] = []
        self.last = 0
        """The timestamp of the newest event."""
        self._prefix = prefix
        self._who = who

    def add(self, kind: type[Event], instant: int, **said: Any) -> None:
        """An event of that instant (epoch ms), or the first millisecond after the one before it."""
        self.last = max(instant, self.last + 1)
        event_id = f"{self._prefix}-{len(self.events):x}"
        self.events.append(kind(event_id=event_id, timestamp=self.last, **self._who, **said))
