"""The window of a listing, as it comes in a query."""

import re
from typing import Annotated

from ninja import Field, Schema
from pydantic import BeforeValidator, WithJsonSchema

LAST_MS = 253_402_300_799_999
"""The end of the year 9999."""

# Ten digits are the seconds of our years; as milliseconds they would be days of early 1970, which nobody asks for.
_SECONDS = range(10**9, 10**10)


def epoch_ms(text: object) -> int:
    """An instant in epoch milliseconds. Raises `ValueError`, which says what was expected."""
    if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]{1,30}", text):
        raise ValueError("expected a whole number, epoch milliseconds such as 1461387600000.")
    instant = int(text)
    if instant < 0:
        raise ValueError("expected epoch milliseconds, zero or more.")
    if instant in _SECONDS:
        raise ValueError(f"{instant} looks like seconds; expected milliseconds, {instant}000.")
    if instant > LAST_MS:
        raise ValueError("lies after the year 9999; expected epoch milliseconds, 13 digits for our years.")
    return instant


EpochMs = Annotated[
    int, BeforeValidator(epoch_ms), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LAST_MS})
]


class Window(Schema):
    start: EpochMs = Field(
        alias="startTime",
        description="lower bound, epoch milliseconds, included: of the hour that a file covers, or of its publication",
    )
    end: EpochMs = Field(alias="endTime", description="upper bound, epoch milliseconds, not included")
