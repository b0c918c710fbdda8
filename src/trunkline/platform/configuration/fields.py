"""Kinds of values that many elements have."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field

from trunkline.platform.refusals import Invalid

# Ids and counts stay exact in every JSON reader (RFC 8785, section 3.2.2.3).
Id = Annotated[int, Field(ge=-1, le=2**53 - 1)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("only printable characters")
    return text


def _clean(text: str) -> str:
    if any(
        (ord(character) < 32 and character not in "\t\n\r") or "\ud800" <= character <= "\udfff"
        for character in text
    ):
        raise ValueError("no control characters, and whole characters only")
    return text


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Line = Annotated[str, Field(max_length=400), AfterValidator(_printable)]
Text = Annotated[str, Field(max_length=4000), AfterValidator(_clean)]
Ids = Annotated[list[Id], Field(max_length=1000)]


class Element(Schema):
    """Written values: numbers and booleans may come as text, as the published samples have them; unknown members are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def check_once(ids: Iterable[int], field: str) -> None:
    """Raises `Invalid` for an id that is there twice."""
    twice = [number for number, count in Counter(ids).items() if count > 1]
    if twice:
        raise Invalid(f"{field}: {twice[0]} is there more than once; name it once.", field=field)
