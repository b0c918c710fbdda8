"""The events in a body. One typed decode for all of them; one by one only where that fails."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from trunkline.collector.explain import explain
from trunkline.collector.refusal import Reason, Refusal, RequestRefused
from trunkline.events import AnyEvent

MOST_EVENT_BYTES = 64 * 2**10
_BLANK = b" \t\r\n"
_BLANKS = re.compile(r"[ \t\r\n]*")
_LINE = re.compile(rb"[^ \t\r\n][^\n]*")
_ERRORS = (msgspec.DecodeError, UnicodeError, RecursionError)

_ONE = msgspec.json.Decoder(AnyEvent)
_MANY = msgspec.json.Decoder(list[AnyEvent])


class Refused(NamedTuple):
    """A refusal and the bytes it is about."""

    refusal: Refusal
    sent: bytes


class Batch(NamedTuple):
    """What a body holds; `events` with their places in it."""

    indices: range | list[int]
    events: list[AnyEvent]
    refused: list[Refused]


def decode(body: bytes, most: int, *, lines: bool | None = None) -> Batch:
    """Read an array (or one object), or one event a line; `lines` None: the first byte tells.

    Raises `RequestRefused` for a body that has no events, too many, or is not JSON at all.
    """
    first = body.lstrip(_BLANK)[:1]
    if not first:
        raise RequestRefused(400, "empty_body", "the body is empty; expected a JSON array of events")
    if lines is None:
        lines = first != b"["
    try:
        events = _decode_lines(body) if lines else _MANY.decode(body)
    except _ERRORS:
        return _decode_each(list(_at_most(_split_lines(body) if lines else _split_array(body), most)))
    if not events:
        raise RequestRefused(400, "empty_body", "no events; expected at least one")
    if len(events) > most:
        raise _too_many(most)
    return Batch(range(len(events)), events, [])


def _decode_lines(body: bytes) -> list[AnyEvent]:
    events = _ONE.decode_lines(body)
    # The decoder does not care where lines end; where they do not agree, each line is looked at by itself.
    if len(events) != body.rstrip(_BLANK).count(b"\n") + 1:
        raise msgspec.DecodeError("not one event a line")
    return events


def _decode_each(items: list[bytes]) -> Batch:
    indices: list[int] = []
    events: list[AnyEvent] = []
    refused: list[Refused] = []
    for index, item in enumerate(items):
        if len(item) > MOST_EVENT_BYTES:
            message = f"{len(item)} bytes; expected at most {MOST_EVENT_BYTES}"
            refused.append(Refused(Refusal(index, None, Reason.EVENT_TOO_LARGE, message), item))
            continue
        try:
            events.append(_ONE.decode(item))
            indices.append(index)
        except _ERRORS as error:
            refused.append(Refused(Refusal(index, *explain(error, item)), item))
    return Batch(indices, events, refused)


def _at_most(items: Iterator[bytes], most: int) -> Iterator[bytes]:
    for count, item in enumerate(items):
        if count == most:
            raise _too_many(most)
        yield item


def _too_many(most: int) -> RequestRefused:
    return RequestRefused(
        413, "too_many_events", f"more than {most} events in one request; send smaller batches"
    )


def _split_lines(body: bytes) -> Iterator[bytes]:
    """The lines that are not blank; a body that is one object over several lines is one event."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except _ERRORS:
        return (line[0].rstrip(_BLANK) for line in _LINE.finditer(body))
    return iter([body])


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Numbers stay text: nothing here looks at them, and very long ones are costly.
_SCANNER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=str, parse_float=str)


def _split_array(body: bytes) -> Iterator[bytes]:
    """The bytes of each item, one after the other: a body may hold millions. Raises `RequestRefused` where it is no JSON
    array; text that is not Unicode is no reason, it is the fault of the one event that holds it."""
    text = body.decode("utf-8", "surrogateescape")
    place = _skip_blank(text, 0)
    try:
        if text[place] != "[":
            raise _malformed("", "expected [")
        place = _skip_blank(text, place + 1)
        while True:
            _, end = _SCANNER.raw_decode(text, place)
            yield text[place:end].encode("utf-8", "surrogateescape")
            place = _skip_blank(text, end)
            if text[place : place + 1] != ",":
                break
            place = _skip_blank(text, place + 1)
    except json.JSONDecodeError as error:
        raise _malformed(text[: error.pos], error.msg) from None
    except RecursionError:
        raise RequestRefused(400, "nested_too_deeply", "nested too deeply; expected flat objects") from None
    except ValueError as error:
        raise _malformed(text[:place], str(error)) from None
    if text[place : place + 1] != "]" or _skip_blank(text, place + 1) != len(text):
        raise _malformed(text[:place], "expected , or ] and then the end")


def _skip_blank(text: str, place: int) -> int:
    blanks = _BLANKS.match(text, place)
    return blanks.end() if blanks else place


def _malformed(before: str, problem: str) -> RequestRefused:
    position = len(before.encode("utf-8", "surrogateescape"))
    return RequestRefused(
        400, "malformed_json", f"not JSON at byte {position}: {problem}; expected an array of events"
    )
