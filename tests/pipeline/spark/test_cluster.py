"""A real cluster: executors are processes of their own, and one of them dies."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.pipeline import mortal
from tests.pipeline.sessions.histories import history
from tests.pipeline.spark.cluster import Cluster, cluster
from tests.pipeline.spark.driver import LIMITS
from tests.pipeline.spark.twins import assert_the_same
from tests.pipeline.world import H0, World

from trunkline.clock import HOUR_MS

ROOT = Path(__file__).parents[3]
UNTIL = H0 + 8 * HOUR_MS


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    expected, found = World(tmp_path / "embedded"), mortal.opened(tmp_path / "spark")
    events = history(Random(7), "agentActivity", hours=6, actors=60, events=20, lateness="any")
    for world in (expected, found):
        world.received(*events)
    expected.run(UNTIL, LIMITS)
    with cluster(tmp_path, workers=2) as cluster_, (tmp_path / "driver.log").open("wb") as log:
        command = [
            sys.executable,
            "-m",
            "tests.pipeline.spark.driver",
            tmp_path / "spark",
            cluster_.master,
            UNTIL,
        ]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        with subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as driver:
            steps = _killing_one(driver, cluster_)
    assert driver.returncode == 0, (tmp_path / "driver.log").read_text()[-4000:]
    assert steps[-1] == "swept"
    assert "Lost executor" in (tmp_path / "driver.log").read_text()
    assert_the_same(mortal.opened(tmp_path / "spark"), expected)


def _killing_one(driver: subprocess.Popen[str], cluster_: Cluster) -> list[str]:
    """The steps that the driver tells of. A worker is killed when some ranges are settled: what it kept of them is lost."""
    steps = []
    assert driver.stdout is not None
    for line in driver.stdout:
        step, done, total = line.split()
        steps.append(step)
        if step == "settled" and 12 < int(done) < int(total) and cluster_.workers[0].poll() is None:
            cluster_.workers[0].kill()
            cluster_.workers[0].wait()
    return steps
