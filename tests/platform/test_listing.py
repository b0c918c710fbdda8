"""The base resource and the listing of data files."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.platform.conftest import CONTOSO, NORTHWIND, URL, a_run, data_file

from trunkline.clock import HOUR_MS, Clock
from trunkline.platform.accounts import data_types
from trunkline.platform.actors import OPERATOR
from trunkline.platform.data_access.catalogue import COMMIT_ALLOWANCE_S, DatabaseCatalogue

pytestmark = pytest.mark.django_db(databases="__all__")

HOUR = 1461387600000
"""The first hour of the seed's example, 2016-04-23T01:00:00-04:00."""


def window(start: int, end: int) -> str:
    return f"/agentActivity?startTime={start}&endTime={end}"


def listed(caller: Any, start: int, end: int) -> list[str]:
    response = caller.le(window(start, end))
    assert response.status_code in (200, 404)
    return [file["@name"] for file in response.json()["dataAccessFiles"]["file"]]


def test_the_listing_of_the_seed_is_reproduced(make_account: Callable[..., Any]) -> None:
    contoso = make_account(CONTOSO, "Contoso", "America/New_York")
    parts = [1, 1, 1, 0, 0]
    files = [data_file(CONTOSO, HOUR + n * HOUR_MS, part=part) for n, part in enumerate(parts)]
    DatabaseCatalogue().publish(a_run(HOUR, *files, hours=5))
    address = f"{URL}/data_access_le/account/{CONTOSO}/le/agentActivity"

    def entry(first: int, last: int, part: int, begins: str, ends: str) -> dict[str, str]:
        name = f"Agent.{first}.{last}.part-0000{part}-0"
        return {
            "@name": name,
            "@scopeStartDate": f"2016-04-23T{begins}:00:00-04:00",
            "@scopeEndDate": f"2016-04-23T{ends}:00:00-04:00",
            "@href": f"{address}/{name}.gz",
        }

    answer = contoso.le(window(HOUR, HOUR + 5 * HOUR_MS)).json()
    # What is added to the published shape.
    assert answer["dataAccessFiles"].pop("@completeUntil") == "2016-04-23T06:00:00-04:00"
    assert answer["dataAccessFiles"].pop("@completeUntilTime") == 1461405600000
    assert answer == {
        "dataAccessFiles": {
            "@id": "28045150",
            "link": {"@href": address, "@rel": "self"},
            "file": [
                entry(1461387600000, 1461391200000, 1, "01", "02"),
                entry(1461391200000, 1461394800000, 1, "02", "03"),
                entry(1461394800000, 1461398400000, 1, "03", "04"),
                entry(1461398400000, 1461402000000, 0, "04", "05"),
                entry(1461402000000, 1461405600000, 0, "05", "06"),
            ],
        }
    }


def test_the_base_resource_shows_what_is_switched_on_and_the_schema(northwind: Any) -> None:
    address = f"{URL}/data_access_le/account/{NORTHWIND}/le"
    assert northwind.le("?v=1.0").json() == {
        "le": {
            "@accountId": NORTHWIND,
            "link": [
                {"@href": address, "@rel": "self"},
                {"@href": f"{address}/agentActivity", "@rel": "agentActivity"},
                {"@href": f"{address}/schema", "@rel": "schema"},
            ],
        }
    }


def test_a_data_type_that_is_off_is_absent_and_refused_with_a_reason(
    make_account: Callable[..., Any], publish: Any
) -> None:
    caller = make_account(NORTHWIND, "Northwind", "UTC", on=False)
    file = publish(NORTHWIND, HOUR)
    assert [link["@rel"] for link in caller.le().json()["le"]["link"]] == ["self", "schema"]
    for path in (window(HOUR, HOUR + 1), f"/agentActivity/{file.name}"):
        response = caller.le(path)
        assert response.status_code == 403
        assert response.json()["error"]["reason"] == "data_type_off"


def test_switching_off_takes_effect_at_once_and_on_again_brings_the_files_back(
    northwind: Any, publish: Any
) -> None:
    publish(NORTHWIND, HOUR)
    data_types.switch_off(OPERATOR, NORTHWIND, "agentActivity")
    assert northwind.le(window(HOUR, HOUR + 1)).status_code == 403
    data_types.switch_on(OPERATOR, NORTHWIND, "agentActivity")
    assert len(listed(northwind, HOUR, HOUR + 1)) == 1


def test_an_unknown_data_type_is_not_found(northwind: Any) -> None:
    response = northwind.le("/visitorSession?startTime=1&endTime=2")
    assert response.status_code == 404
    assert response.json()["error"]["reason"] == "no_data_type"


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (HOUR, HOUR + 1, True),
        (HOUR - 1, HOUR, False),
        (HOUR + 1, HOUR + HOUR_MS, False),
        (HOUR, HOUR, False),
        (0, 253402300799999, True),
    ],
)
def test_a_file_is_listed_where_its_hour_begins(
    northwind: Any, publish: Any, start: int, end: int, found: bool
) -> None:
    publish(NORTHWIND, HOUR, at=HOUR + 9 * HOUR_MS)
    assert bool(listed(northwind, start, end)) is found


def test_a_file_is_listed_where_it_was_published_so_that_a_late_one_is_not_missed(
    northwind: Any, publish: Any
) -> None:
    published = HOUR + 30 * HOUR_MS
    publish(NORTHWIND, HOUR, at=published)
    stamp = published + COMMIT_ALLOWANCE_S * 1000
    assert listed(northwind, stamp, stamp + 1)
    assert not listed(northwind, stamp - HOUR_MS, stamp)
    assert not listed(northwind, stamp + 1, stamp + HOUR_MS)


def test_a_client_that_asks_window_after_window_meets_a_file_that_commits_while_it_asks(
    northwind: Any, publish: Any
) -> None:
    now = HOUR + 2 * HOUR_MS
    cursor = now - 60_000
    # The clock is read, the client asks up to the same instant, then the transaction commits.
    assert not listed(northwind, cursor, now)
    publish(NORTHWIND, HOUR, at=now - 1)
    assert listed(northwind, now, now + 60_000)


def test_files_ascend_by_hour_then_part(northwind: Any) -> None:
    files = [
        data_file(NORTHWIND, HOUR + HOUR_MS, part=1),
        data_file(NORTHWIND, HOUR + HOUR_MS, part=0),
        data_file(NORTHWIND, HOUR),
    ]
    DatabaseCatalogue().publish(a_run(HOUR, *files, hours=2))
    names = listed(northwind, HOUR, HOUR + 2 * HOUR_MS)
    assert names == [file.name.removesuffix(".gz") for file in reversed(files)]


def test_no_file_is_404_with_the_text_that_clients_look_for_and_the_empty_listing(
    northwind: Any, publish: Any
) -> None:
    publish(NORTHWIND, HOUR)
    response = northwind.le(window(HOUR - 5, HOUR - 4))
    assert response.status_code == 404
    assert b"No Available Files" in response.content
    assert response.json()["dataAccessFiles"]["file"] == []
    assert response.json()["dataAccessFiles"]["@completeUntilTime"] == HOUR + HOUR_MS


def test_before_the_first_run_nothing_is_said_to_be_complete(northwind: Any) -> None:
    assert "@completeUntil" not in northwind.le(window(HOUR, HOUR + 1)).json()["dataAccessFiles"]


def test_superseded_files_are_named_only_where_there_are_some(northwind: Any) -> None:
    first = data_file(NORTHWIND, HOUR)
    second = data_file(NORTHWIND, HOUR + HOUR_MS, supersedes=(first.name,))
    DatabaseCatalogue().publish(a_run(HOUR, first, second, hours=2))
    entries = northwind.le(window(HOUR, HOUR + 2 * HOUR_MS)).json()["dataAccessFiles"]["file"]
    assert "@supersedes" not in entries[0]
    assert entries[1]["@supersedes"] == [first.name.removesuffix(".gz")]


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        ("America/New_York", "2016-11-06T01:00:00-04:00", "2016-11-06T01:00:00-05:00"),
        ("Europe/London", "2016-11-06T05:00:00+00:00", "2016-11-06T06:00:00+00:00"),
        ("Asia/Kolkata", "2016-11-06T10:30:00+05:30", "2016-11-06T11:30:00+05:30"),
    ],
)
def test_dates_stand_in_the_time_zone_of_the_account_also_on_the_autumn_night(
    make_account: Callable[..., Any], publish: Any, zone: str, begins: str, ends: str
) -> None:
    caller = make_account(NORTHWIND, "Northwind", zone)
    hour = int(datetime(2016, 11, 6, 5, tzinfo=UTC).timestamp() * 1000)
    publish(NORTHWIND, hour)
    entry = caller.le(window(hour, hour + 1)).json()["dataAccessFiles"]["file"][0]
    assert (entry["@scopeStartDate"], entry["@scopeEndDate"]) == (begins, ends)


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("", "startTime", "missing"),
        ("startTime=1461387600000", "endTime", "missing"),
        ("startTime=&endTime=1", "startTime", "whole number"),
        ("startTime=yesterday&endTime=1", "startTime", "whole number"),
        ("startTime=1.5&endTime=1", "startTime", "whole number"),
        ("startTime=1e12&endTime=1", "startTime", "whole number"),
        ("startTime=1_000&endTime=1", "startTime", "whole number"),
        ("startTime=-1&endTime=1", "startTime", "zero or more"),
        ("startTime=1461387600&endTime=1461387600000", "startTime", "milliseconds, 1461387600000"),
        ("startTime=1461387600000&endTime=1461391200", "endTime", "looks like seconds"),
        ("startTime=1461387600000000&endTime=1", "startTime", "9999"),
        (f"startTime=1&endTime={'9' * 5000}", "endTime", "whole number"),
        ("startTime=1461387600000&endTime=1461387599999", "endTime", "before startTime"),
    ],
)
def test_a_window_that_cannot_be_used_is_400_and_says_what_was_expected(
    northwind: Any, query: str, field: str, says: str
) -> None:
    response = northwind.le(f"/agentActivity?{query}")
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["field"] == field
    assert says in error["message"]
    assert error["responseStatus"] == "BAD_REQUEST"


def test_the_publication_is_stamped_by_the_clock_of_the_settings(northwind: Any) -> None:
    fast = Clock(speed=60, origin=HOUR, real=lambda: HOUR + 1000)
    DatabaseCatalogue(fast).publish(a_run(HOUR - 9 * HOUR_MS, data_file(NORTHWIND, HOUR - 9 * HOUR_MS)))
    stamp = HOUR + 60_000 + COMMIT_ALLOWANCE_S * 60_000
    assert listed(northwind, stamp, stamp + 1)


@pytest.mark.parametrize("version", ["latest", "1.0.0.35", "1.0.0.4"])
def test_the_schema_is_served_by_version_for_every_data_type_and_for_one(
    northwind: Any, version: str
) -> None:
    every = northwind.le(f"/schema?schemaId={version}").json()
    one = northwind.le(f"/schema?schemaId={version}&dataType=agentActivity").json()
    assert every == [one]
    assert one["namespace"] == "com.liveperson.dataaccess"
    fields = {field["name"]: field["type"] for field in one["fields"]}
    assert isinstance(fields["recordCollection"], list) == (version != "1.0.0.4")


def test_an_unknown_schema_is_not_found_and_a_missing_schema_id_is_named(northwind: Any) -> None:
    for query in ("schemaId=1.0.0.5", "schemaId=latest&dataType=survey", "schemaId=%00"):
        assert northwind.le(f"/schema?{query}").json()["error"]["reason"] == "no_schema"
    assert northwind.le("/schema").json()["error"]["field"] == "schemaId"
