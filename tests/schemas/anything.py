"""Random values of any schema, and what they are in the Avro JSON encoding, by a slow and obvious reading of it.

A value of a union of several types is a pair: the name of its branch, and the value. Schemas are spelled out.
"""

from random import Random
from typing import Any

import polars as pl

from trunkline.schemas.encoding import Branch, Source
from trunkline.schemas.names import branch_name, branches, kind_of

ODD = (
    "",
    "a",
    '"',
    "\\",
    "\\u0041",
    "\n\t\r\x00\x1f\x7f",
    "\u2028\u2029",
    "null",
    '{"string":null}',
    "أهلا",
    "\U0001f600é",
    "\u202e",
    "\ufeff",
)
NUMBERS = (0.0, -0.0, 0.1, -1.0, 5e-324, 1.7976931348623157e308, 1e16, 1e21, 123456789.123456789)
DTYPES = {
    "int": pl.Int32,
    "long": pl.Int64,
    "double": pl.Float64,
    "boolean": pl.Boolean,
    "string": pl.String,
    "enum": pl.String,
}


def value_of(node: Any, random: Random) -> Any:
    if isinstance(node, list):
        return _of_union(node, random)
    kind = kind_of(node)
    if kind == "record":
        return {field["name"]: value_of(field["type"], random) for field in node["fields"]}
    if kind == "array":
        return [value_of(node["items"], random) for _ in range(random.choice((0, 1, 1, 2)))]
    if kind == "enum":
        return random.choice(node["symbols"])
    return _primitive(kind, random)


def _of_union(node: list[Any], random: Random) -> Any:
    if "null" in node and random.random() < 0.3:
        return None
    branch = random.choice(branches(node))
    value = value_of(branch, random)
    return (branch_name(branch), value) if is_several(node) else value


def _primitive(kind: str, random: Random) -> Any:
    if kind in ("int", "long"):
        bits = 31 if kind == "int" else 63
        return random.choice((0, -1, -(2**bits), 2**bits - 1, random.randrange(10**6)))
    return {
        "double": lambda: random.choice((*NUMBERS, random.uniform(-1e9, 1e9))),
        "boolean": lambda: random.random() < 0.5,
        "string": lambda: "".join(random.choices(ODD, k=random.randrange(3))),
    }[kind]()


def json_of(node: Any, value: Any) -> Any:
    """What the encoding is, as parsed JSON."""
    if isinstance(node, list):
        return None if value is None else _json_of_union(node, value)
    if kind_of(node) == "record":
        return {field["name"]: json_of(field["type"], value[field["name"]]) for field in node["fields"]}
    if kind_of(node) == "array":
        return [json_of(node["items"], item) for item in value]
    return float(value) if node == "double" else value


def _json_of_union(node: list[Any], value: Any) -> Any:
    named = {branch_name(branch): branch for branch in branches(node)}
    name, inner = value if is_several(node) else (next(iter(named)), value)
    return {name: json_of(named[name], inner)}


def value_in(node: Any, parsed: Any) -> Any:
    """What was encoded. Members must have the order of the schema; the last published examples lack some."""
    if isinstance(node, list):
        if parsed is None:
            return None
        ((name, inner),) = parsed.items()
        value = value_in(branch_of(node, name), inner)
        return (name, value) if is_several(node) else value
    if kind_of(node) == "record":
        names = [field["name"] for field in node["fields"]]
        assert list(parsed) == [name for name in names if name in parsed]
        return {field["name"]: value_in(field["type"], parsed.get(field["name"])) for field in node["fields"]}
    return [value_in(node["items"], item) for item in parsed] if kind_of(node) == "array" else parsed


def without_branches(value: Any) -> Any:
    """As a reader gives it, which does not tell the branch."""
    if isinstance(value, tuple):
        return without_branches(value[1])
    if isinstance(value, dict):
        return {name: without_branches(one) for name, one in value.items()}
    return [without_branches(one) for one in value] if isinstance(value, list) else value


def dtype_of(node: Any) -> Any:
    """The type of a Polars column of its values."""
    if isinstance(node, list):
        return dtype_of(branches(node)[0])
    if kind_of(node) == "record":
        return pl.Struct({field["name"]: dtype_of(field["type"]) for field in node["fields"]})
    return pl.List(dtype_of(node["items"])) if kind_of(node) == "array" else DTYPES[kind_of(node)]


def is_several(node: Any) -> bool:
    return isinstance(node, list) and len(branches(node)) > 1


def has_several(node: Any) -> bool:
    """Whether there is a union of several types in it, which no column can hold."""
    if isinstance(node, list):
        return is_several(node) or has_several(branches(node)[0])
    if isinstance(node, str):
        return False
    return any(
        has_several(part)
        for part in (node.get("items", "null"), *(f["type"] for f in node.get("fields", [])))
    )


def source_of(node: Any, value: Any, random: Random) -> Source:
    """One of the many ways to give this value: field by field and item by item, or at once."""
    if is_several(node):
        name, inner = value or (branch_name(node[-1]), None)
        return Branch(name, source_of(branch_of(node, name), inner, random))
    if isinstance(node, list) and value is not None:
        return source_of(branches(node)[0], value, random)
    if value is None:
        return pl.lit(None)
    if has_several(node) or random.random() < 0.3:
        if isinstance(value, dict):
            return {f["name"]: source_of(f["type"], value[f["name"]], random) for f in node["fields"]}
        if isinstance(value, list):
            return [source_of(node["items"], item, random) for item in value]
    return pl.lit(pl.Series([value], dtype=dtype_of(node)))


def branch_of(node: list[Any], name: str) -> Any:
    return next(branch for branch in branches(node) if branch_name(branch) == name)
