"""Whole structures in the Avro JSON encoding: against a slow reading of it, and read back by an independent reader."""

import io
import json
from pathlib import Path
from random import Random
from typing import Any

import fastavro
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.anything import DTYPES, dtype_of, json_of, source_of, value_in, value_of, without_branches
from trunkline import schemas
from trunkline.schemas.encoding import Branch, Filled, Source, encoded, text
from trunkline.schemas.names import spell_out

ALL = [(name, version) for name in schemas.data_types() for version in schemas.versions(name)]
GOLDEN = Path(__file__).parents[1] / "golden"
EXAMPLES = [GOLDEN / "agentActivity.1.0.0.4.json", *sorted((GOLDEN / "examples").glob("*.json"))]
SEEDS = st.integers(0, 2**32).map(Random)


@st.composite
def nodes(draw: st.DrawFn, depth: int = 3, union: bool = True, place: str = "T") -> Any:
    """Any small schema of the kinds that ours have; types are named by their place, so that no two are called the same."""
    if union and draw(st.booleans()):
        return draw(st.permutations(["null", draw(nodes(depth, False, place))]))
    kind = draw(st.sampled_from([*DTYPES, *(["array", "record", "record"] if depth else [])]))
    if kind == "enum":
        return {"type": "enum", "name": place, "symbols": ["A", "B"]}
    if kind == "array":
        return {"type": "array", "items": draw(nodes(depth - 1, place=f"{place}i"))}
    if kind == "record":
        types = [draw(nodes(depth - 1, place=f"{place}{at}")) for at in range(draw(st.integers(1, 3)))]
        fields = [{"name": f"f{at}", "type": one} for at, one in enumerate(types)]
        return {"type": "record", "name": place, "fields": fields}
    return kind


def lines(frame: pl.DataFrame, node: Any, source: Source) -> list[str]:
    return frame.select(text(encoded(node, source))).to_series().to_list()


def is_encoding(line: str, node: Any, value: Any) -> bool:
    """Compares the text's JSON: a reader alone would take {"string": null} for null."""
    return "\n" not in line and json.dumps(json.loads(line)) == json.dumps(json_of(node, value))


def read_back(line: str, node: Any) -> Any:
    holder = {"type": "record", "name": "Holder", "fields": [{"name": "held", "type": node}]}
    (record,) = fastavro.json_reader(io.StringIO(f'{{"held":{line}}}'), holder)
    return record["held"]


@settings(deadline=None, max_examples=300)
@given(node=nodes(), random=SEEDS, count=st.integers(1, 5))
def test_a_column_of_any_shape_is_encoded(node: Any, random: Random, count: int) -> None:
    values = [value_of(node, random) for _ in range(count)]
    frame = pl.DataFrame({"held": pl.Series(values, dtype=dtype_of(node))})
    for rows in (slice(None), slice(1, None)):
        for line, value in zip(lines(frame[rows], node, pl.col("held")), values[rows], strict=True):
            assert is_encoding(line, node, value)
            assert read_back(line, node) == value


@settings(deadline=None, max_examples=100)
@given(node=nodes(union=False), random=SEEDS)
def test_a_value_that_is_never_null_is_encoded_the_same(node: Any, random: Random) -> None:
    frame = pl.DataFrame({"held": pl.Series([value_of(node, random)], dtype=dtype_of(node))})
    for one in (node, ["null", node]):
        assert lines(frame, one, Filled(pl.col("held"))) == lines(frame, one, pl.col("held"))


@pytest.mark.parametrize(("data_type", "version"), ALL)
@settings(deadline=None, max_examples=15)
@given(random=SEEDS)
def test_a_record_of_every_schema_is_encoded(data_type: str, version: str, random: Random) -> None:
    node = schemas.spelled_out(data_type, version)
    value = value_of(node, random)
    (line,) = lines(pl.DataFrame({"one": [1]}), node, source_of(node, value, random))
    assert is_encoding(line, node, value)
    (record,) = fastavro.json_reader(io.StringIO(line), schemas.load(data_type, version))
    assert record == without_branches(value)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_read_and_made(example: Path) -> None:
    data_type, version = example.stem.split(".", 1)
    given_text = example.read_text(encoding="utf-8")
    node = schemas.spelled_out(data_type, version)
    value = value_in(node, json.loads(given_text))
    one_line = io.StringIO(json.dumps(json.loads(given_text)))
    (record,) = fastavro.json_reader(one_line, schemas.load(data_type, version))
    assert record == without_branches(value)
    (line,) = lines(pl.DataFrame({"one": [1]}), node, source_of(node, value, Random(1)))
    assert is_encoding(line, node, value)


PERSON = spell_out(
    {
        "type": "record",
        "name": "Person",
        "namespace": "example",
        "fields": [
            {"name": "name", "type": ["null", "string"]},
            {"name": "age", "type": ["null", "int"]},
            {"name": "towns", "type": ["null", {"type": "array", "items": ["null", "string"]}]},
        ],
    }
)
PEOPLE = ["null", {"type": "array", "items": PERSON}]


def lines_of(values: list[Any], node: Any, dtype: Any = None) -> list[str]:
    return lines(pl.DataFrame({"held": pl.Series(values, dtype=dtype)}), node, pl.col("held"))


def test_null_and_empty_are_told_apart() -> None:
    dtype = dtype_of(PEOPLE)
    assert lines_of([None, [], [{"name": None}], [{"name": ""}]], PEOPLE, dtype) == [
        "null",
        '{"array":[]}',
        '{"array":[{"name":null,"age":null,"towns":null}]}',
        '{"array":[{"name":{"string":""},"age":null,"towns":null}]}',
    ]


def test_lists_in_which_there_never_was_anything_are_empty() -> None:
    assert lines_of([[], None], PEOPLE, pl.List(pl.Null)) == ['{"array":[]}', "null"]
    assert lines_of([None], PEOPLE, pl.Null) == ["null"]


def test_what_the_struct_lacks_is_null_and_what_the_record_lacks_is_left_out() -> None:
    assert lines_of([{"age": 1, "shoe": 42}, {"age": 2, "shoe": 43}], PERSON) == [
        '{"name":null,"age":{"int":1},"towns":null}',
        '{"name":null,"age":{"int":2},"towns":null}',
    ]


def test_structs_with_nothing_of_the_record_stay_as_many() -> None:
    empty = '{"example.Person":{"name":null,"age":null,"towns":null}}'
    assert lines_of([{"shoe": 42}, None, {"shoe": 43}], ["null", PERSON]) == [empty, "null", empty]
    assert lines_of([[{"shoe": 42}, {"shoe": 43}], []], PEOPLE)[1] == '{"array":[]}'
    assert lines_of([[{"shoe": 42}, {"shoe": 43}]], PEOPLE)[0].count("name") == 2


def test_items_of_a_list_may_be_null_where_the_schema_says_so() -> None:
    assert lines_of([{"towns": ["Ulm", None]}], PERSON) == [
        '{"name":null,"age":null,"towns":{"array":[{"string":"Ulm"},null]}}'
    ]


@pytest.mark.parametrize(
    ("values", "node", "error"),
    [
        ([{"name": 1}], PERSON, r"example\.Person\.name: Int64 given for string"),
        ([{"age": 1.5}], PERSON, r"example\.Person\.age: Float64 given for int"),
        ([[{"towns": "Ulm"}]], PEOPLE, r"example\.Person\.towns: String given for array"),
        ([[{"age": 1}, None]], PEOPLE, r"held\[\]: may not be null"),
        ([{"age": 1}], PEOPLE, "held: Struct.* given for array"),
    ],
)
def test_what_does_not_fit_is_named(values: list[Any], node: Any, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        lines_of(values, node)


def test_unions_of_several_types_cannot_be_made_of_structs() -> None:
    node = {"type": "array", "items": ["null", "string", "long"]}
    with pytest.raises(ValueError, match="held\\[\\]: of structs only unions of null and one other type"):
        lines_of([["a"]], node)


EITHER = ["null", PERSON, "long", spell_out({"type": "enum", "name": "Mood", "symbols": ["GOOD"]})]


@pytest.mark.parametrize("name", ["Person", "example.Person"])
def test_a_branch_is_chosen_by_its_name(name: str) -> None:
    frame = pl.DataFrame({"held": [{"age": 1}, None]})
    assert lines(frame, EITHER, Branch(name, pl.col("held"))) == [
        '{"example.Person":{"name":null,"age":{"int":1},"towns":null}}',
        "null",
    ]
    assert lines(frame[:1], EITHER, Branch(name, {"age": pl.lit(1)})) == lines(
        frame[:1], EITHER, Branch(name, pl.col("held"))
    )


def test_a_branch_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"no branch string; there are example\.Person, long, Mood"):
        encoded(EITHER, Branch("string", pl.col("held")))
