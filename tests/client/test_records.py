import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_server import ACCOUNT, HOUR, session

from trunkline.client import CorruptFile, unwrap
from trunkline.client.records import read_objects, read_records

NOON = 1_700_000_000_000 // HOUR * HOUR


def write(path: Path, text: str, *, members: int = 1) -> Path:
    data = text.encode()
    size = len(data) // members + 1
    path.write_bytes(b"".join(gzip.compress(data[at : at + size]) for at in range(0, len(data), size)))
    return path


@pytest.mark.parametrize("version", ["1.0.0.4", "1.0.0.35"])
def test_both_envelopes_give_the_same_record(tmp_path, version):
    (record,) = read_records(write(tmp_path / "x.gz", json.dumps(session(NOON, 1, version=version))))
    assert (record.data_type, record.account, record.schema_version) == ("AgentActivity", ACCOUNT, version)
    assert (record.start, record.end) == (NOON, NOON + HOUR // 2)
    (body,) = record.bodies
    assert body.kind == "AgentActivityData"
    assert body.value["header"] == {"agentSessionId": f"{ACCOUNT}-{NOON}-1"}
    first = body.value["agentSessionsData"][0]
    assert (first["agentID"], first["agentNickname"], first["maxConcurrentEng"]) == (9, "Ada", -9)
    assert first.get("userProfileIDs") == (None if version == "1.0.0.4" else [11, 12])


LAYOUTS = {
    "one per line": lambda values: "".join(json.dumps(value) + "\n" for value in values),
    "no last line end": lambda values: "\n".join(map(json.dumps, values)),
    "blank lines": lambda values: "\n\n  \n".join(map(json.dumps, values)) + "\n\n",
    "windows line ends": lambda values: "\r\n".join(map(json.dumps, values)),
    "pretty": lambda values: "\n".join(json.dumps(value, indent=4) for value in values),
    "pretty and indented": lambda values: "".join(
        "    " + json.dumps(value, indent=4) + "\n" for value in values
    ),
    "no space between": lambda values: "".join(map(json.dumps, values)),
    "mixed": lambda values: "\n".join(
        json.dumps(value, indent=i % 2 or None) for i, value in enumerate(values)
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("members", [1, 3])
def test_every_layout_of_objects_is_read(tmp_path, layout, members):
    values = [session(NOON, number) | {"text": 'ünïcode } { \\ " 漢字'} for number in range(40)]
    path = write(tmp_path / "x.gz", LAYOUTS[layout](values), members=members)
    assert list(read_objects(path)) == values


def test_large_pretty_printed_objects_are_read(tmp_path):
    values = [session(NOON, number, rows=4000) for number in range(3)]
    path = write(tmp_path / "x.gz", LAYOUTS["pretty"](values))
    assert sum(len(record.bodies[0].value["agentSessionsData"]) for record in read_records(path)) == 12_000


@pytest.mark.parametrize(
    "text", ['{"a": 1}\n{"a":', '{"a": 1}\nnot json\n', "[1]", '"x"', '{"a": 1}\n7\n', '{"a": 1} }']
)
def test_what_is_not_objects_is_corrupt(tmp_path, text):
    with pytest.raises(CorruptFile, match=r"x\.gz"):
        list(read_objects(write(tmp_path / "x.gz", text)))


def test_bytes_that_are_not_text_are_corrupt(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(b'{"a": "\xff\xfe"}\n'))
    with pytest.raises(CorruptFile):
        list(read_objects(tmp_path / "x.gz"))


@pytest.mark.parametrize(
    "value",
    [{}, {"dataType": None}, {"dataType": "x", "metaData": None, "recordCollection": []}, {"metaData": 5}],
)
def test_objects_that_are_no_records_are_corrupt(tmp_path, value):
    with pytest.raises(CorruptFile, match="not a data access record"):
        list(read_records(write(tmp_path / "x.gz", json.dumps(value))))


def test_several_bodies_keep_their_kind(tmp_path):
    value = session(NOON)
    value["dataType"] = {"com.liveperson.dataaccess.DataTypeEnum": "WebSession"}
    value["recordCollection"] = [
        {
            "body": {
                "com.liveperson.dataaccess.WebSessionNavigationData": {
                    "header": None,
                    "navigationData": {"array": []},
                }
            }
        },
        {
            "body": {
                "com.liveperson.dataaccess.WebSessionImpressionData": {"header": None, "impressions": None}
            }
        },
    ]
    (record,) = read_records(write(tmp_path / "x.gz", json.dumps(value)))
    assert [body.kind for body in record.bodies] == ["WebSessionNavigationData", "WebSessionImpressionData"]
    assert record.bodies[1].value == {"header": None, "impressions": None}


@pytest.mark.parametrize("name", ["com.example./etc/x", "com.example.a/b", "", "com.example."])
def test_a_record_name_that_could_leave_its_folder_is_corrupt(tmp_path, name):
    value = session(NOON)
    value["recordCollection"] = [{"body": {name: {"header": None}}}]
    with pytest.raises(CorruptFile):
        list(read_records(write(tmp_path / "x.gz", json.dumps(value))))


# Union wrappers


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (None, None),
        ({"long": 5}, 5),
        ({"int": -9}, -9),
        ({"string": ""}, ""),
        ({"boolean": False}, False),
        ({"double": 12.5}, 12.5),
        ({"double": "NaN"}, "NaN"),
        ({"bytes": "\u00ff"}, "\u00ff"),
        ({"array": [3]}, [3]),
        ({"array": [{"long": 1}, None, {"string": "x"}]}, [1, None, "x"]),
        ({"map": {"a": {"long": 1}}}, {"a": 1}),
        ({"map": {"string": {"string": "x"}}}, {"string": "x"}),
        ({"com.liveperson.dataaccess.DeviceType": "MOBILE"}, "MOBILE"),
        ({"com.liveperson.dataaccess.Campaign": {"id": {"long": 1}, "name": None}}, {"id": 1, "name": None}),
        # A record in a union may have one field that is called like a type.
        ({"com.example.Note": {"string": "text"}}, {"string": "text"}),
        ({"com.example.Note": {"string": {"string": "text"}}}, {"string": "text"}),
        ({"com.example.Note": {"array": [{"long": 1}]}}, {"array": [1]}),
        # Fields that are called like a type, beside others or with a value that does not fit.
        ({"string": "x", "long": 5}, {"string": "x", "long": 5}),
        ({"string": 5}, {"string": 5}),
        ({"long": "5"}, {"long": "5"}),
        ({"long": True}, {"long": True}),
        ({"boolean": 1}, {"boolean": 1}),
        ({"array": {"long": 1}}, {"array": 1}),
        ({"map": []}, {"map": []}),
        ({"string": None}, {"string": None}),
        ({"com.example.Note": 5}, {"com.example.Note": 5}),
    ],
)
def test_union_wrappers_are_taken_off(written, plain):
    assert unwrap(written) == plain
    assert unwrap({"a": [written], "b": 1}) == {"a": [plain], "b": 1}


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "string", "long", "array"]), inner, max_size=3)
    ),
    max_leaves=10,
)


def wrapped(value):
    """As a writer of Avro JSON would put it, everything in a union."""
    if value is None:
        return None
    if isinstance(value, bool):
        return {"boolean": value}
    if isinstance(value, int | str):
        return {"long" if isinstance(value, int) else "string": value}
    if isinstance(value, list):
        return {"array": [wrapped(item) for item in value]}
    return {"com.example.Record": {name: wrapped(item) for name, item in value.items()}}


@given(PLAIN)
def test_a_value_of_which_every_part_is_in_a_union_comes_back_whatever_its_fields_are_called(value):
    assert unwrap(wrapped(value)) == value
