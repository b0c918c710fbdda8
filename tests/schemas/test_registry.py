import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest

from schemas.walking import records_of
from trunkline import schemas
from trunkline.schemas.names import kind_of, spell_out


def test_every_schema_is_valid_avro_and_stands_alone() -> None:
    for data_type in schemas.data_types():
        for version in schemas.versions(data_type):
            fastavro.parse_schema(json.loads(schemas.text(data_type, version)))


def test_versions_are_ordered_as_numbers() -> None:
    assert schemas.versions("agentActivity") == ["1.0.0.4", "1.0.0.35"]
    assert schemas.latest("agentActivity") == "1.0.0.35"


def test_the_schema_is_found_by_type_and_version() -> None:
    schema = schemas.load("agentActivity", "1.0.0.4")
    assert schema["namespace"] == "com.liveperson.dataaccess"
    assert json.loads(schemas.text("agentActivity", "1.0.0.4")) == schema


@pytest.mark.parametrize("version", ["1.0.0.5", "../registry", "", "latest"])
def test_an_unknown_version_is_no_file(version: str) -> None:
    with pytest.raises(schemas.UnknownSchema):
        schemas.text("agentActivity", version)


def test_an_unknown_data_type_has_no_versions() -> None:
    assert schemas.versions("weather") == []
    with pytest.raises(schemas.UnknownSchema):
        schemas.latest("weather")


DATA_FILES = Path(__file__).parents[2] / "docs" / "formats" / "data-files.md"
ALL = [(name, version) for name in schemas.data_types() for version in schemas.versions(name)]


def fields_of(node: Any) -> Iterator[dict[str, Any]]:
    for record in records_of(node):
        yield from record["fields"]


def test_the_four_data_types_are_there_in_the_printed_and_the_wrapped_form() -> None:
    assert {name: schemas.versions(name) for name in schemas.data_types()} == {
        "agentActivity": ["1.0.0.4", "1.0.0.35"],
        "engagement": ["1.0.0.22", "1.0.0.35"],
        "survey": ["1.0.0.22", "1.0.0.35"],
        "webSession": ["1.0.0.22", "1.0.0.35"],
    }


@pytest.mark.parametrize(("data_type", "version"), ALL)
def test_every_field_is_explained_and_may_be_missing_unless_it_cannot(data_type: str, version: str) -> None:
    schema = schemas.load(data_type, version)
    assert version in schema["doc"]
    for field in fields_of(schema):
        assert field["doc"].endswith("."), field["name"]
        if isinstance(field["type"], list):
            assert field["type"][0] == "null"
            assert field["default"] is None
        else:
            assert field["name"] in ("metaData", "recordCollection", "schemaVersion")


@pytest.mark.parametrize(("data_type", "version"), ALL)
def test_only_texts_are_sensitive(data_type: str, version: str) -> None:
    for field in fields_of(schemas.load(data_type, version)):
        assert field.get("sensitive", True) is True
        assert "sensitive" not in field or field["type"] == ["null", "string"]


def test_the_documented_list_of_what_is_sensitive_is_that_of_the_schemas() -> None:
    documented = DATA_FILES.read_text(encoding="utf-8").split("### Sensitive values")[1].split("\n## ")[0]
    marked = {
        f"{record['name']}.{field['name']}"
        for name, version in ALL
        for record in records_of(schemas.load(name, version))
        for field in record["fields"]
        if "sensitive" in field
    }
    assert set(re.findall(r"`(\w+\.\w+)`", documented)) == marked


@pytest.mark.parametrize(
    ("data_type", "added"),
    [
        ("agentActivity", {"userProfileIDs"}),
        ("engagement", {"isInteractive"}),
        ("survey", set()),
        ("webSession", {"controlGroup"}),
    ],
)
def test_the_wrapped_version_differs_in_its_envelope_and_what_was_added(
    data_type: str, added: set[str]
) -> None:
    older, newer = (schemas.load(data_type, version) for version in schemas.versions(data_type))
    for before, after in zip(older["fields"][1:], newer["fields"][1:], strict=True):
        assert isinstance(before["type"], dict)
        assert after["type"][0] == "null"
        assert kind_of(after["type"][1]) == kind_of(before["type"])
    names = [Counter(field["name"] for field in fields_of(one)) for one in (older, newer)]
    assert set(names[1] - names[0]) == added
    assert not names[0] - names[1]
    assert sum((names[1] - names[0]).values()) == len(added)


def test_names_are_spelled_out() -> None:
    cart = {"type": "record", "name": "Cart", "fields": [{"name": "total", "type": "double"}]}
    schema = {
        "type": "record",
        "name": "Visit",
        "namespace": "example",
        "fields": [
            {"name": "cart", "type": ["null", cart]},
            {"name": "before", "type": {"type": "array", "items": "Cart"}},
            {"name": "after", "type": "example.Cart"},
        ],
    }
    full = cart | {"name": "example.Cart"}
    spelled = spell_out(schema)
    assert (spelled["name"], "namespace" in spelled) == ("example.Visit", False)
    assert [field["type"] for field in spelled["fields"]] == [
        ["null", full],
        {"type": "array", "items": full},
        full,
    ]
    assert schemas.load("survey", "1.0.0.35")["namespace"] == "com.liveperson.dataaccess"


def test_a_name_that_nothing_defines_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"example\.Cart: not defined before it is used"):
        spell_out({"type": "record", "name": "example.Visit", "fields": [{"name": "cart", "type": "Cart"}]})
