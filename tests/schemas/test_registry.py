import json

import fastavro
import pytest

from trunkline import schemas


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


def test_the_wrapped_version_differs_in_its_unions_and_profiles_only() -> None:
    plain, wrapped = (schemas.load("agentActivity", version) for version in ("1.0.0.4", "1.0.0.35"))
    for name in ("metaData", "recordCollection"):
        types = [
            next(field["type"] for field in one["fields"] if field["name"] == name)
            for one in (plain, wrapped)
        ]
        assert isinstance(types[0], dict)
        assert types[1][0] == "null"
    assert "userProfileIDs" not in json.dumps(plain)
    assert "userProfileIDs" in json.dumps(wrapped)
