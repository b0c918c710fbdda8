import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest
from published_server import ACCOUNT, HOUR, session

from trunkline import schemas
from trunkline.client import CorruptFile, tables
from trunkline.client.column_types import column_types
from trunkline.client.tables import write_tables

NOON = 1_700_000_000_000 // HOUR * HOUR


def gz(path: Path, *values) -> Path:
    path.write_bytes(gzip.compress("".join(json.dumps(value) + "\n" for value in values).encode()))
    return path


def web_session(**bodies) -> dict:
    header = {"com.liveperson.dataaccess.VisitorHeader": {"visitId": {"string": "v1"}, "contextId": None}}
    return {
        "dataType": {"com.liveperson.dataaccess.DataTypeEnum": "WebSession"},
        "metaData": {
            "accountId": {"string": ACCOUNT},
            "schemaVersion": "1.0.0.22",
            "startTime": {"long": NOON},
            "endTime": None,
        },
        "recordCollection": [
            {"body": {f"com.liveperson.dataaccess.{kind}": {"header": header, **value}}}
            for kind, value in bodies.items()
        ],
    }


@pytest.mark.parametrize("version", ["1.0.0.4", "1.0.0.35"])
def test_agent_activity_has_one_row_per_activity_and_plain_columns(tmp_path, version):
    source = gz(
        tmp_path / "Agent.1.2.part-00000-0.gz",
        session(NOON, 1, version=version),
        session(NOON, 2, rows=4, version=version),
    )
    (path,), sessions, rows = write_tables(source, tmp_path / "out", "parquet", NOON)
    assert path == tmp_path / "out" / "Agent.1.2.part-00000-0.parquet"
    assert (sessions, rows) == (2, 7)
    table = pyarrow.parquet.read_table(path)
    kinds = {field.name: field.type for field in table.schema}
    integers = [
        "sessionStart",
        "sessionEnd",
        "scopeStart",
        "agentID",
        "type",
        "state",
        "timestamp",
        "prevState",
        "prevConcurrentEng",
        "concurrentEng",
    ]
    texts = [
        "accountId",
        "agentSessionId",
        "agentEmployeeId",
        "agentUsername",
        "agentNickname",
        "agentLoginname",
    ]
    assert all(kinds[name] == pyarrow.int64() for name in [*integers, "maxConcurrentEng", "agentGroupID"])
    assert all(kinds[name] in (pyarrow.string(), pyarrow.large_string()) for name in texts)
    first = table.to_pylist()[0]
    assert first["agentSessionId"] == f"{ACCOUNT}-{NOON}-1"
    assert (first["accountId"], first["sessionStart"], first["sessionEnd"]) == (
        ACCOUNT,
        NOON,
        NOON + HOUR // 2,
    )
    assert (first["scopeStart"], first["agentID"], first["maxConcurrentEng"]) == (NOON, 9, -9)
    assert first.get("userProfileIDs") == ([11, 12] if version == "1.0.0.35" else None)


def test_lines_hold_the_same_rows_as_parquet(tmp_path):
    source = gz(tmp_path / "a.gz", session(NOON, 0), session(NOON, 1))
    (lines,), *_ = write_tables(source, tmp_path, "ndjson", NOON)
    (parquet,), *_ = write_tables(source, tmp_path, "parquet", NOON)
    assert [json.loads(line) for line in lines.read_text().splitlines()] == pyarrow.parquet.read_table(
        parquet
    ).to_pylist()


@pytest.mark.parametrize("form", ["parquet", "ndjson"])
def test_writing_again_gives_the_same_bytes(tmp_path, form):
    source = gz(tmp_path / "a.gz", session(NOON, 0), session(NOON, 1))
    (path,), *_ = write_tables(source, tmp_path / "out", form, NOON)
    before = path.read_bytes()
    write_tables(source, tmp_path / "out", form, NOON)
    assert path.read_bytes() == before
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == [path.name]


def test_each_kind_of_body_is_a_table_of_its_own(tmp_path):
    page = {"url": {"string": "https://a.example"}, "sections": {"array": ["x"]}}
    source = gz(
        tmp_path / "WebSession.1.2.part-00000-0.gz",
        web_session(
            WebSessionNavigationData={"navigationData": {"array": [page, page]}},
            WebSessionInfoData={"userAgent": {"string": "Firefox"}, "sessionStartTime": {"long": 5}},
            WebSessionImpressionData={"impressions": {"array": []}},
        ),
    )
    paths, sessions, rows = write_tables(source, tmp_path / "out", "parquet", NOON)
    assert {path.relative_to(tmp_path / "out").parent.name for path in paths} == {"Navigation", "Info"}
    assert (sessions, rows) == (1, 3)
    navigation = pyarrow.parquet.read_table(tmp_path / "out" / "Navigation").to_pylist()
    assert [(row["visitId"], row["url"], row["sections"]) for row in navigation] == [
        ("v1", "https://a.example", ["x"])
    ] * 2
    (info,) = pyarrow.parquet.read_table(tmp_path / "out" / "Info").to_pylist()
    assert (info["userAgent"], info["sessionStartTime"], info["sessionStart"]) == ("Firefox", 5, NOON)


def test_a_field_whose_name_is_taken_is_kept_under_a_longer_one(tmp_path):
    source = gz(
        tmp_path / "a.gz",
        web_session(WebSessionGoalData={"goals": {"array": [{"visitId": {"string": "other"}}]}}),
    )
    (path,), *_ = write_tables(source, tmp_path, "parquet", NOON)
    (row,) = pyarrow.parquet.read_table(path).to_pylist()
    assert (row["visitId"], row["goals.visitId"]) == ("v1", "other")


def test_columns_keep_their_type_over_batches_and_files(tmp_path, monkeypatch):
    """A value that is null in one batch, or in one whole file, does not change what readers of the folder see."""
    monkeypatch.setattr(tables, "BATCH_ROWS", 2)
    goals = [{"id": None, "n": None, "tags": {"array": []}}] * 3 + [
        {"id": {"string": "x"}, "n": {"long": 1}, "tags": {"array": ["t"]}}
    ]
    source = gz(tmp_path / "a.gz", web_session(WebSessionGoalData={"goals": {"array": goals}}))
    (path,), *_ = write_tables(source, tmp_path / "out", "parquet", NOON)
    source = gz(
        tmp_path / "b.gz",
        web_session(WebSessionGoalData={"goals": {"array": [{"id": None, "tags": {"array": []}}]}}),
    )
    write_tables(source, tmp_path / "out", "parquet", NOON)
    rows = pyarrow.dataset.dataset(path.parent, format="parquet").to_table().to_pylist()
    assert [row["id"] for row in rows] == [None, None, None, "x", None]
    assert [row["tags"] for row in rows] == [[], [], [], ["t"], []]
    assert [row["sessionEnd"] for row in rows] == [None] * 5


def test_a_file_without_sessions_gives_no_table(tmp_path):
    assert write_tables(gz(tmp_path / "a.gz"), tmp_path / "out", "parquet", NOON) == ([], 0, 0)


def test_times_are_epoch_milliseconds_as_on_the_wire(tmp_path):
    (path,), *_ = write_tables(gz(tmp_path / "a.gz", session(NOON, 1)), tmp_path, "parquet", NOON)
    (stamp,) = set(pyarrow.parquet.read_table(path)["sessionStart"].to_pylist())
    assert datetime.fromtimestamp(stamp / 1000, UTC) == datetime.fromtimestamp(NOON / 1000, UTC)


@pytest.mark.parametrize("form", ["parquet", "ndjson"])
def test_a_file_that_is_damaged_further_on_gives_no_table(tmp_path, form):
    source = gz(tmp_path / "a.gz", session(NOON, 0), {"not": "a record"})
    with pytest.raises(CorruptFile):
        write_tables(source, tmp_path / "out", form, NOON)
    assert not list((tmp_path / "out").glob("[!.]*"))


def one_of(record: str, **fields) -> dict:
    return {f"com.liveperson.dataaccess.{record}": fields}


def test_what_may_be_one_record_or_another_has_a_column_for_each_that_is_the_same_in_every_file(tmp_path):
    customer = one_of("CustomerInfo", customerId={"string": "c-1"}, balance=None)
    person = one_of("PersonalInfo", name={"string": "Ann"})
    types = {
        "CustomerInfo": pl.Struct({"customerId": pl.String(), "balance": pl.Float64()}),
        "PersonalInfo": pl.Struct({"name": pl.String()}),
    }
    found = []
    for number, values in enumerate([[customer], [person, None]]):
        rows = [{"timestamp": {"long": NOON}, "data": value} for value in values]
        attributes = {"engagementAttributes": {"array": rows}}
        source = gz(tmp_path / f"WebSession.{number}.gz", web_session(WebSessionEngAttrsData=attributes))
        (path,), _, _ = write_tables(source, tmp_path, "parquet", NOON, lambda _kind, _version: types)
        found.append(path)
    table = pl.read_parquet(found)
    assert table["dataType"].to_list() == ["CustomerInfo", "PersonalInfo", None]
    assert table["CustomerInfo"].to_list() == [{"customerId": "c-1", "balance": None}, None, None]
    assert table["PersonalInfo"].to_list() == [None, {"name": "Ann"}, None]


def test_a_body_that_holds_one_record_has_the_fields_of_that_as_columns(tmp_path):
    geo = {"geoData": one_of("GeoData", city={"string": "Utrecht"}, isp=None)}
    source = gz(tmp_path / "WebSession.1.gz", web_session(WebSessionGeoData=geo))
    (path,), _, rows = write_tables(source, tmp_path, "ndjson", NOON)
    assert (path.parent.name, rows) == ("Geo", 1)
    row = json.loads(path.read_text())
    assert (row["visitId"], row["city"], row["isp"]) == ("v1", "Utrecht", None)


@pytest.mark.parametrize("data_type", ["webSession", "engagement", "survey"])
@pytest.mark.parametrize("version", ["1.0.0.22", "1.0.0.35"])
def test_the_published_schema_tells_the_type_of_every_column(data_type, version):
    schema = schemas.load(data_type, version)
    told = {name: column_types(schema, name) for name in BODIES[data_type]}
    for name, types in told.items():
        assert types, name
        assert not any(isinstance(kind, pl.Null) for kind in types.values())
    if data_type == "webSession":
        assert told["WebSessionEngAttrsData"].keys() >= {"timestamp", "CustomerInfo", "Purchase"}
        assert told["WebSessionGeoData"]["iPV4"] == pl.String()


BODIES = {
    "webSession": [
        *("WebSessionGeoData", "WebSessionInfoData", "WebSessionEngAttrsData", "WebSessionNavigationData"),
        *("WebSessionGoalAchievedData", "WebSessionEligibilityData", "WebSessionImpressionData"),
    ],
    "engagement": ["EngagementData"],
    "survey": ["SurveyData"],
}
