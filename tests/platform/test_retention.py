"""What customers and operators see of files that are past their time, on the platform's own catalogue."""

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from prometheus_client import CollectorRegistry, generate_latest
from tests.platform.conftest import NORTHWIND, a_run, data_file
from tests.platform.live import Platform, database, signer

from trunkline.clock import HOUR_MS, Clock
from trunkline.pipeline.retention.needs import Keep
from trunkline.pipeline.retention.tidy import tidy
from trunkline.platform.data_access import pipeline_measures
from trunkline.platform.data_access.catalogue import DatabaseCatalogue
from trunkline.platform.data_access.pipeline_measures import PipelineMeasures
from trunkline.platform.databases import alias_of
from trunkline.segments.layout import segment_key
from trunkline.segments.letters import dead_letter
from trunkline.segments.recorder import Recorder

HOUR = 1461387600000
KINDS = ["agentActivity"]

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def publish(store: Any, hours: int) -> list[Any]:
    """A file for each hour, of segments that a collector sealed; each run looked back at the one before."""
    files = []
    for number in range(hours):
        hour = HOUR + number * HOUR_MS
        file = data_file(NORTHWIND, hour, b"text")
        store.write(file.key, b"text")
        segment = segment_key("segments", hour, "web-1", hour)
        store.write(segment, b"events")
        store.write(segment.replace(".ndjson", ".json"), b"{}")
        run = a_run(
            hour,
            file,
            segments=(segment,),
            state=f"state/agentActivity/{number}",
            carried=f"state/agentActivity/{number - 1}" if number else None,
            reach=hour - HOUR_MS,
            accounts={NORTHWIND: {"events": 7, "open_sessions": number}},
        )
        DatabaseCatalogue(Clock(real=lambda at=hour: at + HOUR_MS)).publish(run)
        files.append(file)
    return files


def tidied(store: Any, now: int, **lengths: int) -> Any:
    keep = Keep(**{"files": 2 * HOUR_MS, "segments": 3 * HOUR_MS, "letters": HOUR_MS, "late": 0} | lengths)
    return tidy(store, DatabaseCatalogue(), KINDS, keep, now)


def test_a_file_past_its_time_is_neither_listed_nor_found_and_completeness_stays(
    northwind: Any, store: Any
) -> None:
    files = publish(store, 6)
    now = HOUR + 6 * HOUR_MS
    tidied(store, now)
    window = f"/agentActivity?startTime={HOUR}&endTime={now}"
    listing = northwind.le(window).json()["dataAccessFiles"]
    assert [entry["@name"] for entry in listing["file"]] == [file.name[:-3] for file in files[3:]]
    assert listing["@completeUntilTime"] == now
    gone = northwind.le(f"/agentActivity/{files[0].name}")
    assert (gone.status_code, gone.json()["error"]["reason"]) == (404, "no_file")
    # The object stays until downloads that found the row are through.
    assert store.exists(files[0].key)
    tidied(store, now + HOUR_MS + 1)
    assert [store.exists(file.key) for file in files] == [False] * 3 + [True] * 3
    with closing(northwind.le(f"/agentActivity/{files[5].name}")) as download:
        assert b"".join(download.streaming_content) == b"text"
    nothing = northwind.le(f"/agentActivity?startTime={HOUR}&endTime={HOUR + 1}")
    assert nothing.status_code == 404
    assert nothing.json()["dataAccessFiles"]["@completeUntilTime"] == now


def test_segments_stay_while_sessions_may_reach_back_to_them(northwind: Any, store: Any) -> None:
    publish(store, 40)
    now = HOUR + 40 * HOUR_MS
    for at in (now, now + HOUR_MS + 1):
        tidied(store, at)
    assert len(DatabaseCatalogue().past("agentActivity")) == 40
    assert len(list(store.list("segments"))) == 80
    assert len(list(store.list("files"))) == 3


def test_runs_and_segments_go_when_nothing_reaches_back_to_them(store: Any) -> None:
    publish(store, 12)
    now = HOUR + 12 * HOUR_MS
    for at in (now, now + HOUR_MS + 1):
        tidied(store, at, files=2 * HOUR_MS)
    catalogue = DatabaseCatalogue()
    left = catalogue.past("agentActivity")
    assert [run.first_hour for run in left] == [HOUR + n * HOUR_MS for n in range(12 - len(left), 12)]
    assert 3 <= len(left) < 8
    assert len(list(store.list("segments"))) == 2 * len(left)
    assert catalogue.kept_from("agentActivity") == left[0].first_hour
    keys = [key for key in store.list("segments") if key.endswith(".ndjson")]
    assert catalogue.consumed("agentActivity", keys) == set(keys)


def test_the_pipeline_is_measured_by_kind_and_account(northwind: Any, store: Any, settings: Any) -> None:
    publish(store, 3)
    recorder = Recorder(store, Path(store.root) / ".." / "web-1", "web-1")
    recorder.start(HOUR)
    recorder.refuse(HOUR + 1, [dead_letter("too_late", "", HOUR + 1, b"{}", account_id=NORTHWIND)])
    recorder.stop(HOUR + 2)
    now = HOUR + 4 * HOUR_MS
    settings.TRUNKLINE = replace(settings.TRUNKLINE, clock_speed=1e-9, clock_origin=now)
    text = measured()
    account = f'account="{NORTHWIND}"'
    shown = {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[0] != "#"
    }
    wanted = {
        "readable": 1,
        'lag_seconds{kind="agentActivity"}': 3600,
        'published_until_timestamp_seconds{kind="agentActivity"}': (now - HOUR_MS) / 1000,
        f'open_sessions{{{account},kind="agentActivity"}}': 2,
        f'recent_events{{{account},kind="agentActivity"}}': 21,
        f'recent_files{{{account},data_type="agentActivity"}}': 3,
        f'recent_records{{{account},data_type="agentActivity"}}': 3,
        f'recent_dead_letters{{{account},reason="too_late"}}': 1,
    }
    assert {name: shown[f"trunkline_pipeline_{name}"] for name in wanted} == pytest.approx(wanted, abs=1)


def measured() -> str:
    registry = CollectorRegistry()
    registry.register(PipelineMeasures())
    return generate_latest(registry).decode()


def test_only_the_busiest_accounts_have_measures_of_their_own(
    store: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_measures, "MOST_ACCOUNTS", 2)
    accounts = {f"{number}": {"events": number} for number in range(1, 6)}
    DatabaseCatalogue(Clock(real=lambda: HOUR)).publish(a_run(HOUR, accounts=accounts))
    settings.TRUNKLINE = replace(settings.TRUNKLINE, clock_speed=1e-9, clock_origin=HOUR + HOUR_MS)
    events = [
        line for line in measured().splitlines() if line.startswith("trunkline_pipeline_recent_events{")
    ]
    assert events == [
        'trunkline_pipeline_recent_events{account="5",kind="agentActivity"} 5.0',
        'trunkline_pipeline_recent_events{account="4",kind="agentActivity"} 4.0',
        'trunkline_pipeline_recent_events{account="others",kind="agentActivity"} 6.0',
    ]


def test_measures_say_when_the_catalogue_cannot_be_asked(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OSError("the disk is away")

    monkeypatch.setattr(DatabaseCatalogue, "last_run", away)
    assert [line for line in measured().splitlines() if line[0] != "#"] == ["trunkline_pipeline_readable 0.0"]


def test_scrapers_do_not_ask_the_catalogue_each_time(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(PipelineMeasures, "_ask", lambda self: asked.append(1))
    measures = PipelineMeasures()
    for _ in range(3):
        list(measures.collect())
    assert len(asked) == 1


def test_runs_of_the_first_release_know_what_they_began_with() -> None:
    alias = alias_of("data_access")

    def migrate(name: str) -> Any:
        executor = MigrationExecutor(connections[alias])
        executor.migrate([("data_access", name)])
        return MigrationExecutor(connections[alias]).loader.project_state([("data_access", name)]).apps

    try:
        runs = migrate("0003_ids").get_model("data_access", "PipelineRun").objects.using(alias)
        for kind in ("visits", "agentActivity"):
            for number in range(3):
                runs.create(
                    kind=kind,
                    first_hour=number,
                    end_hour=number + 1,
                    watermark=0,
                    rules_version="1",
                    rules={},
                    state=f"state of {kind} {number}",
                    counts={},
                    published=0,
                )
        after = migrate("0004_retention").get_model("data_access", "PipelineRun").objects.using(alias)
        assert list(after.order_by("kind", "first_hour").values_list("carried", flat=True)) == [
            None,
            "state of agentActivity 0",
            "state of agentActivity 1",
            None,
            "state of visits 0",
            "state of visits 1",
        ]
        assert set(after.values_list("reach", "expired", "forgotten")) == {(0, None, False)}
    finally:
        MigrationExecutor(connections[alias]).migrate(
            MigrationExecutor(connections[alias]).loader.graph.leaf_nodes("data_access")
        )


EXPIRE = """
import sys
from trunkline.pipeline.retention.needs import Keep
from trunkline.pipeline.retention.tidy import tidy
from trunkline.platform.data_access.catalogue import DatabaseCatalogue
from trunkline.store import open_store
for now in (10**14, 10**14 + 3_600_001):
    tidy(open_store(sys.argv[1]), DatabaseCatalogue(), ["agentActivity"], Keep(), now)
"""


def test_a_download_that_has_begun_ends_although_its_file_is_removed(tmp_path: Path) -> None:
    size = 64 * 2**20
    with database("trunkline_expiring") as url:
        platform = Platform(tmp_path, url)
        platform.command("migrate")
        platform.command("account", "create", NORTHWIND, "--name", "Northwind")
        platform.command("account", "data-type", "enable", NORTHWIND, "agentActivity")
        platform.northwind = platform.key(NORTHWIND)
        file = replace(data_file(NORTHWIND, HOUR), bytes=size)
        path = tmp_path / "store" / file.key
        path.parent.mkdir(parents=True)
        with path.open("wb") as written:
            written.truncate(size - 4)
            written.seek(0, os.SEEK_END)
            written.write(b"last")
        platform.publish(asdict(file))
        address = f"/data_access_le/account/{NORTHWIND}/le/agentActivity/{file.name}"
        with platform.serving():
            slow = requests.get(
                platform.url + address,
                auth=signer(platform.northwind),
                verify=platform.ca,
                stream=True,
                timeout=30,
            )
            assert slow.raw.read(10) == b"\0" * 10
            subprocess.run(
                [sys.executable, "-c", EXPIRE, (tmp_path / "store").as_uri()],
                env=platform.environment,
                check=True,
                timeout=60,
            )
            assert not path.exists()
            assert platform.get(address, platform.northwind).status_code == 404
            rest = slow.raw.read()
            assert (len(rest), rest[-4:]) == (size - 10, b"last")
            assert requests.get(f"{platform.url}/ready", verify=platform.ca, timeout=30).status_code == 200
