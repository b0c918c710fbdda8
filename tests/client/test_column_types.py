import gzip
import json

import polars as pl
import pyarrow
import pyarrow.parquet
from published_server import session

from trunkline.client.column_types import column_types
from trunkline.client.tables import write_tables


def union(*branches):
    return ["null", *branches]


def record(name, /, **fields):
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": key, "type": kind} for key, kind in fields.items()],
    }


GOAL = record("Goal", id=union("long"), kind={"type": "enum", "name": "Kind", "symbols": ["A"]})
ROW = record(
    "Row",
    timestamp=union("long"),
    name=union("string"),
    share=union("double"),
    tags=union({"type": "array", "items": "long"}),
    goal=union(GOAL),
    either=union("long", "string"),
    same=union("com.example.Goal"),
)
BODY = record(
    "AgentActivityData",
    header=union(record("AgentHeader", agentSessionId=union("string"))),
    agentSessionsData=union({"type": "array", "items": ROW}),
    loop=union("AgentActivityData"),
    total="int",
)
SCHEMA = [record("Envelope", body=union(BODY)), record("Other", header="string")]


def test_the_types_of_header_row_and_single_fields_are_found_anywhere_in_the_schema():
    types = column_types(SCHEMA, "AgentActivityData")
    goal = pl.Struct({"id": pl.Int64(), "kind": pl.String()})
    assert types.pop("agentSessionId") == pl.String()
    assert types.pop("total") == pl.Int64()
    assert {name: types[name] for name in ("timestamp", "name", "share", "tags", "goal", "same")} == {
        "timestamp": pl.Int64(),
        "name": pl.String(),
        "share": pl.Float64(),
        "tags": pl.List(pl.Int64()),
        "goal": goal,
        "same": goal,
    }
    assert "either" not in types


def test_what_is_no_schema_says_nothing():
    for schema in (None, [], {}, "x", {"type": "record"}, SCHEMA):
        assert column_types(schema, "Unknown") == {}


def test_a_column_that_is_null_throughout_gets_its_type_from_the_schema(tmp_path):
    value = session(1_700_000_000_000, 1)
    rows = value["recordCollection"][0]["body"]["com.liveperson.dataaccess.AgentActivityData"][
        "agentSessionsData"
    ]
    rows["array"] = [
        {"agentID": {"long": 9}, "timestamp": None, "name": None, "tags": {"array": []}, "unknown": None}
    ]
    source = tmp_path / "a.gz"
    source.write_bytes(gzip.compress(json.dumps(value).encode()))
    asked = []

    def types_of(kind, version):
        asked.append((kind, version))
        return column_types(SCHEMA, kind)

    (path,), *_ = write_tables(source, tmp_path, "parquet", 0, types_of)
    kinds = {field.name: field.type for field in pyarrow.parquet.read_schema(path)}
    assert asked == [("AgentActivityData", "1.0.0.4")]
    assert kinds["timestamp"] == pyarrow.int64()
    assert kinds["tags"].value_type == pyarrow.int64()
    assert all(kinds[name] in (pyarrow.string(), pyarrow.large_string()) for name in ("name", "unknown"))
