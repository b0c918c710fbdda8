"""The Avro JSON encoding of whole structures: columns of structs, and of lists of them, nested to any depth.

Every value is put where its union wants it (`{"string": …}`) by taking the structs apart and together again, which copies
no text; the JSON is then written once. A test for null stands only where a null was seen.
"""

from typing import Any

import polars as pl

from trunkline.schemas.names import Node, branch_name, branches, kind_of

_INTEGER = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)
_NUMBER = (pl.Float32, pl.Float64, *_INTEGER)
_TEXT = (pl.String, pl.Categorical, pl.Enum)
_FITTING = {
    "int": _INTEGER,
    "long": _INTEGER,
    "float": _NUMBER,
    "double": _NUMBER,
    "boolean": (pl.Boolean,),
    "string": _TEXT,
    "enum": _TEXT,
    "array": (pl.List,),
    "record": (pl.Struct,),
}


def is_nested(node: Node) -> bool:
    """Whether its values are structs, or lists in which something is wrapped."""
    if isinstance(node, list):
        return any(is_nested(branch) for branch in node)
    if isinstance(node, str):
        return False
    items = node.get("items", "null")
    return node["type"] == "record" or isinstance(items, list) or is_nested(items)


def texts(values: pl.Series, node: Node) -> pl.Series:
    """The encoding of each value; null where it is null. Raises `ValueError` where values and schema do not fit."""
    some = values.drop_nulls()
    if some.is_empty():
        return pl.Series([None], dtype=pl.String).new_from_index(0, values.len())
    wrapped = _wrapped(node, pl.col("v"), some, str(values.name), 0)
    frame = some.to_frame("v")
    if not isinstance(node, list) and kind_of(node) == "array":
        written = frame.select(pl.struct(v=wrapped).struct.json_encode()).to_series()
        written = written.str.strip_prefix('{"v":').str.strip_suffix("}")
    else:
        written = frame.select(wrapped.struct.json_encode()).to_series()
    return written if some.len() == values.len() else _spread(written, values.is_not_null())


def _spread(some: pl.Series, there: pl.Series) -> pl.Series:
    return some.gather(pl.select(pl.when(there).then(there.cum_sum() - 1)).to_series())


def _wrapped(node: Node, value: pl.Expr, seen: pl.Series, where: str, absent: int) -> pl.Expr:
    """`value` as what its encoding is the JSON of. `seen` are its values; `absent` of them belong to a record that is null."""
    nulls = seen.null_count()
    if isinstance(node, list):
        return _union(node, value, seen, where, absent)
    if nulls > absent:
        raise ValueError(f"{where}: may not be null")
    return value if nulls == seen.len() else _filled(node, value, seen, where)


def _union(node: list[Any], value: pl.Expr, seen: pl.Series, where: str, absent: int) -> pl.Expr:
    if len(branches(node)) != 1 or len(node) != 2:
        raise ValueError(f"{where}: of structs only unions of null and one other type can be made")
    (branch,), nulls = branches(node), seen.null_count()
    if nulls == seen.len():
        return _nothing(value)
    wrapped = pl.struct(_filled(branch, value, seen, where).alias(branch_name(branch)))
    return pl.when(value.is_not_null()).then(wrapped) if nulls > absent else wrapped


def _filled(node: Any, value: pl.Expr, seen: pl.Series, where: str) -> pl.Expr:
    kind = kind_of(node)
    if kind not in _FITTING:
        raise ValueError(f"{where}: {kind} cannot be encoded")
    if seen.dtype not in _FITTING[kind]:
        raise ValueError(f"{where}: {seen.dtype} given for {kind}")
    if isinstance(node, str) or not is_nested(node):
        return value
    if kind == "record":
        return _record(node, value, seen)
    items = seen.explode(empty_as_null=False, keep_nulls=False)
    return value.list.eval(_wrapped(node["items"], pl.element(), items, f"{where}[]", 0))


def _record(node: dict[str, Any], value: pl.Expr, seen: pl.Series) -> pl.Expr:
    return pl.struct(_field(node, field, value, seen).alias(field["name"]) for field in node["fields"])


def _field(record: dict[str, Any], field: dict[str, Any], value: pl.Expr, seen: pl.Series) -> pl.Expr:
    name, absent = field["name"], seen.null_count()
    where = f"{record['name']}.{name}"
    if name in seen.struct.fields:
        return _wrapped(field["type"], value.struct.field(name), seen.struct.field(name), where, absent)
    nothing = pl.Series([None]).new_from_index(0, seen.len())
    return _wrapped(field["type"], _nothing(value), nothing, where, absent)


def _nothing(value: pl.Expr) -> pl.Expr:
    """As many nulls as there are values: a literal would be one, and a struct of literals too."""
    return pl.when(value.is_null()).then(None)
