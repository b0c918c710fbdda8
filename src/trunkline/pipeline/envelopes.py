"""How the sessions of a data type are wrapped: what surrounds the rows in its published record.

The record itself is defined by the schema; this names the source of each of its fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from trunkline.schemas.encoding import Filled, Items


@dataclass(frozen=True, kw_only=True)
class Envelope:
    symbol: str
    """The data type in the record: a symbol of `DataTypeEnum`."""
    file_prefix: str
    """First word of file names."""
    rows: tuple[str, ...]
    """Where the rows stand: names of fields from the body on."""
    body: Callable[[pl.Expr], Mapping[str, Any]]
    """Sources of the body's fields, given the encoded rows; a session's own columns are named as in its table."""


ENVELOPES = {
    "agentActivity": Envelope(
        symbol="AgentActivity",
        file_prefix="Agent",
        rows=("agentSessionsData",),
        body=lambda rows: {
            "header": {"agentSessionId": Filled(pl.col("id"))},
            "agentSessionsData": Items(rows),
        },
    ),
}
