"""What is missing or breaks is one line with a remedy, and the next run finds a new Spark."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark import SparkContext
from tests.pipeline.spark.twins import FINE, Twins
from tests.pipeline.world import H0, shift

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.engine import EngineFailed
from trunkline.pipeline.plan import plan_of
from trunkline.pipeline.spark.job import Job, OtherVersions, versions
from trunkline.pipeline.spark.session import opened
from trunkline.pipeline.types import KINDS

NewTwins = Callable[..., Twins]


def test_an_executor_with_other_versions_is_refused(new_twins: NewTwins) -> None:
    world = new_twins().embedded
    world.received(*shift(H0, H0 + MINUTE_MS))
    run = world.run(H0 + HOUR_MS)
    plan = plan_of(world.store, run, None, KINDS[world.kind], FINE)
    job = Job(world.store.url, plan, 20, versions())
    with job.begun() as (store, work):
        assert (store.url, work.is_dir()) == (world.store.url, True)
    assert not work.exists()
    other = replace(job, versions=versions() | {"polars": "0.1"})
    with pytest.raises(OtherVersions, match="give both the same environment"), other.begun():
        pass


def test_what_fails_in_a_task_is_told_in_a_line_and_nothing_is_published(new_twins: NewTwins) -> None:
    twins = new_twins()
    twins.received(*shift(H0, H0 + MINUTE_MS))
    folder = twins.spark.store.root / "files"
    folder.write_bytes(b"")
    with pytest.raises(
        EngineFailed, match=r"^agentActivity: Spark did not do the work: \S*(Error|Exists)\S*: .*files"
    ):
        twins.spark.run(H0 + HOUR_MS, FINE, engine=twins.engine)
    assert twins.spark.listed() == []
    folder.unlink()
    twins.run(1)
    twins.assert_the_same()


def test_a_java_that_was_killed_is_started_again(new_twins: NewTwins) -> None:
    twins = new_twins()
    twins.received(*shift(H0, H0 + MINUTE_MS), *shift(H0 + HOUR_MS, H0 + HOUR_MS + MINUTE_MS))
    twins.run(1)

    def killing(step: str, done: int, total: int) -> None:
        if (step, done) == ("compacted", total):
            os.kill(SparkContext._gateway.proc.pid, signal.SIGKILL)
            SparkContext._gateway.proc.wait()

    with pytest.raises(EngineFailed, match="Spark did not do the work"):
        twins.spark.run(H0 + 2 * HOUR_MS, FINE, engine=twins.engine, progress=killing)
    twins.run(2)
    twins.assert_the_same()


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not opened Spark yet."""
    monkeypatch.setattr(SparkContext, "_gateway", None)


@pytest.mark.usefixtures("no_session")
def test_without_java_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        EngineFailed, match="needs Java 17 or newer, and there is no java on the path: install it"
    ):
        opened("local[1]", {})
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineFailed, match=r"JAVA_HOME .* has no bin/java"):
        opened("local[1]", {})


@pytest.mark.usefixtures("no_session")
def test_a_java_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.25\" 2024-10-15' >&2\n")
    java.chmod(0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineFailed, match=f"{java} is version 11: set JAVA_HOME to a newer one"):
        opened("local[1]", {})
