"""What a data file holds: one record per session, in either envelope that is in use.

The text is one JSON object per line, or pretty-printed objects one after the other. In schema versions such as 1.0.0.4
`metaData` is a plain object and `recordCollection` a plain array; in others, 1.0.0.35 among them, both are wrapped as
members of a union. Both are read.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from trunkline.client.avro_json import unwrap
from trunkline.client.decryption import Decryptor
from trunkline.client.errors import CorruptFile
from trunkline.client.gunzip import DAMAGE, open_text

RECORD_LIMIT = 64 * 2**20
"""Bytes of one record; more is damage, not data."""

VARYING = {"engagementAttributes": "data", "achievedGoals": "goalMetaData"}
"""List in a body → its items' field that holds one record or another (Data Access API, "Web Session")."""
_UNREADABLE: tuple[type[Exception], ...] = (*DAMAGE, ValueError)


@dataclass(frozen=True)
class Body:
    """One of the parts of a session."""

    kind: str
    """The record's name without its namespace, such as `AgentActivityData`."""
    value: dict[str, Any]
    """Its fields as plain values. Beside each of `VARYING` stands the name of its record: `data` and `dataType`."""


@dataclass(frozen=True)
class Record:
    """A session as published."""

    data_type: str
    account: str | None
    schema_version: str
    start: int | None
    """Epoch milliseconds."""
    end: int | None
    """Epoch milliseconds; None where the end is not known."""
    bodies: tuple[Body, ...]

    @property
    def started_at(self) -> datetime | None:
        return _datetime(self.start)

    @property
    def ended_at(self) -> datetime | None:
        return _datetime(self.end)


def read_records(path: Path, decryptor: Decryptor | None = None) -> Iterator[Record]:
    """The records of a file, one at a time, with their values decrypted if there is a decryptor. Raises `CorruptFile` and
    `NotDecrypted`, also after some of them."""
    decryption = decryptor.file(path.name) if decryptor else None
    for value in read_objects(path):
        try:
            yield _record(decryption.values(value) if decryption else value)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise CorruptFile(f"{path.name} holds something that is not a data access record") from None
    if decryption:
        decryption.finish()


def read_objects(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file exactly as they are written, union wrappers and all. Raises `CorruptFile`."""
    try:
        with open_text(path) as text:
            yield from _objects(text)
    except _UNREADABLE as error:
        raise CorruptFile(f"{path.name} is damaged ({error})") from None


def _objects(text: BinaryIO) -> Iterator[dict[str, Any]]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    while line := text.readline(RECORD_LIMIT):
        if line.isspace():
            continue
        try:
            value = decode(line)
        except msgspec.DecodeError:
            # Not one object per line: read what is left as objects that follow each other.
            yield from _concatenated(chain([line], iter(lambda: text.read(2**20), b"")))
            return
        yield value


def _concatenated(blocks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Objects that follow each other with any white space between.

    An object is tried again only when the text held has doubled, so that a long one costs its length, not its square.
    """
    decode = json.JSONDecoder().raw_decode
    to_text = codecs.getincrementaldecoder("utf-8")()
    held, wanted = "", 0
    for block in chain(blocks, [b""]):
        held += to_text.decode(block, final=not block)
        if block and len(held) < wanted:
            continue
        at = _skip_space(held, 0)
        while at < len(held):
            try:
                value, at = decode(held, at)
            except json.JSONDecodeError:
                if not block or len(held) - at > RECORD_LIMIT:
                    raise
                break
            if not isinstance(value, dict):
                raise ValueError("an object expected")
            yield value
            at = _skip_space(held, at)
        held = held[at:]
        wanted = 2 * len(held)


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _record(value: dict[str, Any]) -> Record:
    about = unwrap(value["metaData"])
    bodies = _inside(value["recordCollection"], "array")
    return Record(
        data_type=unwrap(value["dataType"]) or "",
        account=about.get("accountId"),
        schema_version=about.get("schemaVersion") or "",
        start=about.get("startTime"),
        end=about.get("endTime"),
        bodies=tuple(_body(_only(item)) for item in bodies),
    )


def _inside(value: Any, wrapper: str) -> Any:
    return value[wrapper] if isinstance(value, dict) else value or []


def _only(item: dict[str, Any]) -> dict[str, Any]:
    """An item of the collection is `{"body": …}`, in some versions as a named record."""
    while "body" not in item:
        (item,) = item.values()
    return dict(item["body"])


def _body(body: dict[str, Any]) -> Body:
    ((name, value),) = body.items()
    kind = name.rpartition(".")[2]
    # It becomes the name of a folder where tables are made.
    if not kind.isidentifier():
        raise ValueError(f"{kind!r} cannot be the name of a record")
    plain = dict(unwrap({name: value}))
    for payload, field in VARYING.items():
        if isinstance(plain.get(payload), list):
            _tell_types(plain[payload], _inside(_fields(value)[payload], "array"), field)
    return Body(kind=kind, value=plain)


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a body, which may itself be wrapped in the name of its record."""
    fields = next(iter(value.values())) if len(value) == 1 and "." in next(iter(value)) else value
    return dict(fields)


def _tell_types(plain: list[Any], written: list[Any], field: str) -> None:
    """Put beside each value of `field` the name of its record, which unwrapping loses."""
    for item, as_written in zip(plain, written, strict=True):
        wrapped = as_written.get(field)
        item[f"{field}Type"] = next(iter(wrapped)).rpartition(".")[2] if wrapped else None


def _datetime(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
