"""Collectors for the tests, each a process of its own."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.running import Running


@pytest.fixture
def make_collector(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def make(**options: Any) -> Running:
        made.append(Running(tmp_path, **options).start())
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            os.kill(one.process.pid, signal.SIGKILL)
            one.process.wait()


@pytest.fixture
def collector(make_collector: Callable[..., Running]) -> Running:
    return make_collector()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One collector for the tests that only ask it questions."""
    running = Running(
        tmp_path_factory.mktemp("collector"), max_body_bytes=200_000, max_batch_events=500
    ).start()
    yield running
    assert running.stop() == 0


def login(number: int = 1, **members: Any) -> dict[str, Any]:
    return {
        "type": "agent.login",
        "eventId": f"e{number}",
        "timestamp": int(time.time() * 1000),
        "agentId": 9,
    } | members


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    return login
