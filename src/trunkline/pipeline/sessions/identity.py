"""What a session is called.

The producer's own id, where the event that opens the session has one; else the account and a 63-bit number. An id is
decided when the session is first published and kept whatever comes later. The number is a hash that is the same in
all versions and engines. It is made of the time as well as of the id of the first event, so that a producer that
counts its event ids anew in each session still gets different sessions.

A producer may give two sessions the same id. Both are published under it, each as a record of its own: rows are
grouped by the number (`key`), never by the id.
"""

from hashlib import blake2b

import polars as pl

from trunkline.pipeline.sessions.kinds import Kind


def with_identity(table: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The session table with `key`, unique for its actor, and `id`, as published."""
    first = table.select(kind.actor, "eventId", "start").iter_rows()
    key = pl.Series("key", [_number(kind.data_type, *event) for event in first], dtype=pl.Int64)
    given = pl.when("started").then("sessionId")
    return table.with_columns(key).with_columns(
        id=pl.coalesce(given, pl.concat_str("accountId", pl.lit("-"), "key"))
    )


def _number(data_type: str, actor: object, event_id: str, timestamp: int) -> int:
    # The length keeps actor and event id apart, whatever characters they have.
    text = f"{data_type} {timestamp} {len(str(actor))} {actor}{event_id}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1
