from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark import SparkContext
from tests.pipeline.spark.twins import Twins

from trunkline.pipeline.spark.session import opened


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Any]]:
    """Opens Spark on two threads of this machine, once for all tests."""
    settings = {"spark.local.dir": str(tmp_path_factory.mktemp("spark"))}
    yield lambda: opened("local[2]", settings)
    opened("local[2]", settings).stop()
    # Java ends with its input.
    SparkContext._gateway.proc.stdin.close()
    SparkContext._gateway.proc.wait()


@pytest.fixture
def new_twins(tmp_path: Path, session: Callable[[], Any]) -> Callable[..., Twins]:
    return lambda **given: Twins(tmp_path, session, **given)
