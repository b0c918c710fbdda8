"""The Avro JSON encoding, against an independent writer of it."""

import io
import json
from typing import Any

import fastavro
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.schemas.encoding import Filled, Items, encoded, is_integer, members, text
from trunkline.schemas.names import spell_out

ADDRESS = {
    "type": "record",
    "name": "Address",
    "fields": [{"name": "town", "type": ["null", "string"]}, {"name": "number", "type": "long"}],
}
SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Person",
    "namespace": "example.people",
    "fields": [
        {"name": "name", "type": ["null", "string"]},
        {"name": "age", "type": ["long", "null"]},
        {"name": "weight", "type": ["null", "double"]},
        {"name": "mood", "type": ["null", {"type": "enum", "name": "Mood", "symbols": ["GOOD", "BAD"]}]},
        {"name": "home", "type": ["null", ADDRESS]},
        {"name": "numbers", "type": ["null", {"type": "array", "items": "long"}]},
        {"name": "plain", "type": "string"},
    ],
}
SPELLED = spell_out(SCHEMA)
COLUMNS = {
    "name": pl.String,
    "age": pl.Int64,
    "weight": pl.Float64,
    "mood": pl.String,
    "town": pl.String,
    "number": pl.Int64,
    "numbers": pl.List(pl.Int64),
    "plain": pl.String,
}
LONG = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
PERSON = st.fixed_dictionaries(
    {
        "name": TEXT | st.none(),
        "age": LONG | st.none(),
        "weight": st.floats(allow_nan=False, allow_infinity=False) | st.none(),
        "mood": st.sampled_from(["GOOD", "BAD", None]),
        "town": TEXT | st.none(),
        "number": LONG,
        "numbers": st.lists(LONG, max_size=3) | st.none(),
        "plain": TEXT,
    }
)


def source() -> dict[str, Any]:
    columns = {name: pl.col(name) for name in ("name", "age", "weight", "mood", "numbers", "plain")}
    return columns | {"home": {"town": pl.col("town"), "number": pl.col("number")}}


def texts_of(frame: pl.DataFrame, node: Any, its_source: Any) -> list[str]:
    return frame.select(text(encoded(node, its_source))).to_series().to_list()


def record_of(person: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in person.items() if name not in ("town", "number")}
    return rest | {"home": {"town": person["town"], "number": person["number"]}}


@settings(deadline=None)
@given(people=st.lists(PERSON, min_size=1, max_size=4))
def test_it_is_what_an_independent_writer_writes(people: list[dict[str, Any]]) -> None:
    ours = texts_of(pl.DataFrame(people, schema=COLUMNS), SPELLED, source())
    theirs = io.StringIO()
    fastavro.json_writer(theirs, SCHEMA, [record_of(person) for person in people])
    assert [json.loads(line) for line in ours] == [
        json.loads(line) for line in theirs.getvalue().split("\n") if line
    ]
    assert [list(json.loads(line)) for line in ours] == [[field["name"] for field in SCHEMA["fields"]]] * len(
        people
    )


@pytest.mark.parametrize("column", ["name", "age", "weight", "mood", "numbers"])
def test_a_null_is_null_and_never_a_wrapped_null(column: str) -> None:
    frame = pl.DataFrame({column: [None]}, schema={column: COLUMNS[column]})
    node = next(field["type"] for field in SPELLED["fields"] if field["name"] == column)
    assert texts_of(frame, node, pl.col(column)) == ["null"]


def test_a_value_that_is_never_null_is_written_the_same_without_the_test() -> None:
    frame = pl.DataFrame({"name": ["", "Ada"]})
    tested = texts_of(frame, ["null", "string"], pl.col("name"))
    assert tested == ['{"string":""}', '{"string":"Ada"}']
    assert texts_of(frame, ["null", "string"], Filled(pl.col("name"))) == tested


def test_what_json_must_escape_is_escaped() -> None:
    frame = pl.DataFrame({"name": ['"\\/\n\x00\x1f\u2028"}', "{v}", "أ\U0001f600"]})
    assert [json.loads(one) for one in texts_of(frame, "string", pl.col("name"))] == frame["name"].to_list()


def test_an_array_can_be_given_item_by_item() -> None:
    node = {"type": "array", "items": ADDRESS}
    given_items = [{"town": pl.lit("Ulm"), "number": pl.lit(1)}, {"number": pl.lit(2)}]
    (line,) = texts_of(pl.DataFrame({"a": [1]}), node, given_items)
    assert json.loads(line) == [{"town": {"string": "Ulm"}, "number": 1}, {"town": None, "number": 2}]


def test_an_array_can_be_given_as_text() -> None:
    frame = pl.DataFrame({"items": ["", "1,2"]})
    node = ["null", {"type": "array", "items": "long"}]
    assert texts_of(frame, node, Items(pl.col("items"))) == ['{"array":[]}', '{"array":[1,2]}']


def test_only_whole_numbers_are_integers() -> None:
    nodes: list[Any] = ["int", ["null", "long"], "double", ["null", "string"], ADDRESS, ["null", ADDRESS]]
    assert [is_integer(node) for node in nodes] == [True, True, False, False, False, False]


def test_a_field_that_may_not_be_null_needs_a_source() -> None:
    with pytest.raises(ValueError, match=r"example\.people\.Person\.plain: may not be null"):
        members(SPELLED, {})


def test_a_source_without_a_field_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"example\.people\.Person: no field nickname"):
        members(SPELLED, source() | {"nickname": pl.col("name")})


def test_a_union_of_two_types_is_refused() -> None:
    with pytest.raises(ValueError, match="which of string, long"):
        encoded(["null", "string", "long"], pl.col("name"))


def test_the_sources_must_have_the_shape_of_the_schema() -> None:
    with pytest.raises(ValueError, match="Address: not made of list"):
        encoded(ADDRESS, [pl.col("name")])
    with pytest.raises(ValueError, match="string: not made of dict"):
        encoded("string", {"town": pl.col("town")})
