"""Tasks reach an object store by the program's own store module: PySpark brings no connector to one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.sessions.running import RULES
from tests.pipeline.spark.test_equality import random_events
from tests.pipeline.spark.twins import Twins

from store import places
from store.places import Place
from trunkline.store import open_store


@pytest.fixture
def s3(session: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A server on loopback; the driver finds it by its environment, executors by `spark.executorEnv`."""
    with places.s3() as place:
        for name, value in place.environment.items():
            monkeypatch.setenv(name, value)
            monkeypatch.setitem(session().sparkContext.environment, name, value)
        yield place


def test_a_run_on_an_s3_server_gives_the_same_objects(
    new_twins: Callable[..., Twins], s3: Place, tmp_path: Path
) -> None:
    twins = new_twins(rules=RULES["agentActivity"])
    twins.spark.store = open_store(s3.fresh(), tmp_path / "cache")
    twins.received(*random_events(3, "agentActivity"))
    for hours in (6, 20):
        twins.run(hours)
    twins.assert_the_same()
    assert any(file.supersedes for file in twins.spark.listed())
