"""Where the values of a schema's nodes come from. By kind of node:

- record: a mapping of its field names to sources; a field without a source is null (only a nullable one may lack it);
- array: a list of sources, one for each item, or `Items`;
- union of null and one other type: the source of that type;
- union of several: `Branch`;
- any but a union of several: an expression of its value. For a record it is one of structs, whose fields are found by
  their names (what the struct lacks is null, what the record lacks is left out); for an array one of lists; to any depth.
  `Filled` marks one that is known to have no nulls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Filled:
    """An expression whose values are never null: its union is written without a test, which is faster."""

    expression: pl.Expr


@dataclass(frozen=True)
class Items:
    """The items of an array as text, encoded already, with commas between them; never null."""

    expression: pl.Expr


@dataclass(frozen=True)
class Branch:
    """The type that a value of a union has, by its full name or the last part of it, and the source of the value."""

    name: str
    source: "Source"


Source = pl.Expr | Filled | Items | Branch | Mapping[str, Any] | Sequence[Any]
