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
    """The session table with `key`, unique for its actor, and `id`, as published. Known ones stay."""
    first = table.select(kind.actor, "eventId", "start").iter_rows()
    # The length keeps actor and event id apart, whatever characters they have.
    names = (f"{kind.name} {start} {len(str(actor))} {actor}{event}" for actor, event, start in first)
    key = pl.Series("key", [_number(name) for name in names], dtype=pl.Int64)
    given = pl.when("started").then("sessionId")
    made = pl.concat_str("accountId", pl.lit("-"), "key")
    return (
        table.with_columns(key)
        .with_columns(id=pl.coalesce("known_id", given, made))
        .with_columns(key=pl.coalesce("known_key", "key"))
    )


def fingerprint(events: pl.DataFrame, kind: Kind) -> pl.Series:
    """A number for each event that tells its content and its receipt."""
    texts = events.select(text=pl.concat_str("receivedAt", kind.sent))["text"]
    return pl.Series("key", [_number(text) for text in texts], dtype=pl.Int64)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1
