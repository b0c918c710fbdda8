from collections.abc import Callable
from pathlib import Path

import pytest
from tests.pipeline.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def new_world(tmp_path: Path) -> Callable[[str], World]:
    """Another world, empty, by name."""
    return lambda name: World(tmp_path / name)
