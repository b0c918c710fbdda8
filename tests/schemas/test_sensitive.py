"""Sensitive values are found by the schema alone; what is around them stays as it is, byte for byte."""

import json
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.schemas.anything import json_of, value_of

from trunkline.schemas import registry
from trunkline.schemas.names import Node, branch_name, branches, kind_of
from trunkline.schemas.sensitive import Finder, finder

ALL = [(name, version) for name in registry.data_types() for version in registry.versions(name)]
SCHEMAS = pytest.mark.parametrize(("data_type", "version"), ALL)


def a_line(data_type: str, version: str, random: Random) -> bytes:
    """A record of random values as a line of a file."""
    schema = registry.spelled_out(data_type, version)
    record = json_of(schema, value_of(schema, random))
    return json.dumps(record, separators=(",", ":"), ensure_ascii=random.random() < 0.5).encode()


def marked(node: Node, value: Any, sensitive: bool = False) -> list[str]:
    """The sensitive values of a record in the order in which they stand, by a slow and obvious reading of the schema."""
    if value is None or value == "":
        return []
    if isinstance(node, list):
        ((name, inner),) = value.items()
        return marked(next(one for one in branches(node) if branch_name(one) == name), inner, sensitive)
    if isinstance(node, dict) and kind_of(node) == "record":
        several = [
            marked(one["type"], value[one["name"]], one.get("sensitive", False)) for one in node["fields"]
        ]
    elif isinstance(node, dict) and kind_of(node) == "array":
        several = [marked(node["items"], item, sensitive) for item in value]
    else:
        several = [[value]] if sensitive else []
    return [text for some in several for text in some]


@SCHEMAS
@given(random=st.randoms(use_true_random=False))
def test_all_and_only_marked_values_are_found(data_type: str, version: str, random: Random) -> None:
    line = a_line(data_type, version, random)
    _, values = finder(data_type, version).take_apart(line)
    assert [one.text for one in values] == marked(registry.spelled_out(data_type, version), json.loads(line))


@SCHEMAS
@given(random=st.randoms(use_true_random=False))
def test_only_what_is_replaced_changes(data_type: str, version: str, random: Random) -> None:
    """Each value in a line that is written as ours are, replaced by a word and that by the value again."""
    its = finder(data_type, version)
    record, values = its.take_apart(a_line(data_type, version, random))
    line = its.put_together(record)
    for number, one in enumerate(values):
        one.replace(f"#{number}#")
    changed = its.put_together(record)
    for number, one in enumerate(values):
        assert changed.count(b'"#%d#"' % number) == 1
        changed = changed.replace(b'"#%d#"' % number, msgspec.json.encode(one.text))
    assert changed == line


@SCHEMAS
@given(random=st.randoms(use_true_random=False))
def test_what_is_not_sensitive_is_not_written_anew(data_type: str, version: str, random: Random) -> None:
    """Numbers and escapes in a way in which we would not write them stay as they are."""
    its = finder(data_type, version)
    line = a_line(data_type, version, random).replace(b'"schemaVersion":"', b'"schemaVersion":"\\u0041')
    again = its.put_together(its.take_apart(line)[0])
    assert again.count(b'"schemaVersion":"\\u0041') == line.count(b'"schemaVersion":"')
    assert json.loads(again) == json.loads(line)


def test_every_schema_marks_something() -> None:
    assert all(finder(*one).finds for one in ALL)


def field(name: str, node: Node, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": node, **more}


def record(*fields: dict[str, Any], name: str = "com.example.Record") -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [*fields]}


def test_lists_of_texts_plain_texts_and_members_of_unions_are_found() -> None:
    inner = record(field("secret", "string", sensitive=True), name="com.example.Inner")
    its = Finder(
        record(
            field("words", ["null", {"type": "array", "items": ["null", "string"]}], sensitive=True),
            field("plain", "string"),
            field("either", ["null", "long", inner]),
        )
    )
    line = (
        b'{"words":{"array":[{"string":"a"},null,{"string":""},{"string":"b"}]},"plain":"p",'
        b'"either":{"com.example.Inner":{"secret":"s"}}}'
    )
    taken, values = its.take_apart(line)
    assert [(one.text, one.place) for one in values] == [("a", 0), ("b", 0), ("s", 1)]
    for one in values:
        one.replace(one.text.upper())
    assert its.put_together(taken) == line.replace(b'"a"', b'"A"').replace(b'"b"', b'"B"').replace(
        b'"s"', b'"S"'
    )
    assert its.take_apart(b'{"words":null,"plain":"p","either":{"long":5}}')[1] == []


def test_a_list_of_plain_texts_is_found_by_its_items() -> None:
    its = Finder(record(field("words", {"type": "array", "items": "string"}, sensitive=True)))
    taken, values = its.take_apart(b'{"words":["a","","b"]}')
    for one in values:
        one.replace("x")
    assert its.put_together(taken) == b'{"words":["x","","x"]}'


def test_a_schema_without_marks_finds_nothing() -> None:
    its = Finder(record(field("plain", "string")))
    assert not its.finds
    assert its.take_apart(b'{"plain":"p"}')[1] == []


@pytest.mark.parametrize("node", ["long", ["null", "double"], record(), {"type": "array", "items": "int"}])
def test_a_mark_on_anything_but_texts_is_an_error(node: Node) -> None:
    with pytest.raises(ValueError, match="marked as sensitive"):
        Finder(record(field("marked", node, sensitive=True)))


def test_a_member_that_the_schema_does_not_know_is_an_error_and_not_lost() -> None:
    its = Finder(record(field("secret", "string", sensitive=True)))
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        its.take_apart(b'{"secret":"s","more":1}')
    with pytest.raises(msgspec.ValidationError, match="missing required field"):
        its.take_apart(b"{}")


def test_a_value_does_not_show_itself() -> None:
    _, values = Finder(record(field("secret", "string", sensitive=True))).take_apart(b'{"secret":"Ada"}')
    assert "Ada" not in repr(values)
