"""What the oracles say stands in data files: the sessions of one, the records of the other."""

from dataclasses import dataclass
from typing import Any

import msgspec
from tests.pipeline.records import slow_records


@dataclass
class Line:
    """A line of a data file."""

    record: bytes
    """As JSON: the order of the members counts."""
    ids: list[str]
    """The conversations that it names."""
    supersedes: int | None


def expected_files(emissions: list[Any]) -> dict[tuple[str, str, int], list[Line]]:
    """By account, data type and hour: the lines, in order, of emissions (account, actor, emission) of the sessions' oracle.

    A record that is equal to the last one of its session is not published again.
    """
    files: dict[tuple[str, str, int], list[Any]] = {}
    for account, actor, emission in emissions:
        files.setdefault((account, emission.data_type, emission.hour), []).append((account, actor, emission))
    found = {place: _lines(sorted(files[place], key=_order)) for place in sorted(files)}
    return {place: lines for place, lines in found.items() if lines}


def _order(emission: Any) -> Any:
    _, actor, told = emission
    return actor, told.start, told.session.id


def _lines(emissions: list[Any]) -> list[Line]:
    sessions = [session_of(*emission) for emission in emissions]
    records = slow_records.records(sessions)
    lines = []
    for record, session, (_, _, emission) in zip(records, sessions, emissions, strict=True):
        text = msgspec.json.encode(record)
        before, hour = emission.session.published.get(emission.data_type, (None, None))
        if text != before:
            lines.append(Line(text, slow_records.ids(session), hour))
            emission.session.published[emission.data_type] = text, emission.hour
    return lines


def session_of(account: str, actor: Any, told: Any) -> slow_records.Session:
    return slow_records.Session(
        told.data_type,
        told.version,
        account,
        actor,
        told.session.id,
        told.start,
        told.end,
        told.last,
        told.events,
    )
