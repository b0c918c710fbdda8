"""Executors reach a remote store by its URL and their own environment."""

from collections.abc import Callable, Iterator

import pytest
from tests.pipeline.spark.twins import Twins
from tests.pipeline.test_run import busy_events

from store import places
from store.places import Place
from trunkline.store import open_store


@pytest.fixture(scope="module")
def s3() -> Iterator[Place]:
    with places.s3() as place, pytest.MonkeyPatch.context() as patched:
        for name, value in place.environment.items():
            patched.setenv(name, value)
        yield place


def test_spark_reads_and_writes_an_s3_server_with_the_same_result(
    s3: Place, new_twins: Callable[..., Twins]
) -> None:
    twins = new_twins()
    twins.spark.store = open_store(s3.fresh(), twins.spark.folder / "cache")
    twins.received(*busy_events(4))
    for hours in (3, 6, 24):
        assert twins.run(hours)
    twins.assert_the_same()
    assert list(twins.spark.store.list("files"))
