"""A run on a cluster, as a process of its own: `driver.py FOLDER MASTER UNTIL`. Prints each step that it is told of."""

import sys
from pathlib import Path

from tests.pipeline.mortal import opened as world_at
from tests.pipeline.spark.cluster import SMALL

from trunkline.pipeline.plan import Limits
from trunkline.pipeline.spark import watching
from trunkline.pipeline.spark.engine import SparkEngine
from trunkline.pipeline.spark.session import opened

LIMITS = Limits(part_bytes=20_000, bucket_events=25)
SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": SMALL,
    "spark.executor.memory": "512m",
    "spark.executor.extraJavaOptions": SMALL,
}


def main(folder: Path, master: str, until: int) -> None:
    watching.LOOK_AGAIN_S = 0.05
    session = opened(master, SETTINGS)
    engine = SparkEngine(lambda: session)
    world_at(folder).run(
        until, LIMITS, engine=engine, progress=lambda step, done, total: print(step, done, total, flush=True)
    )
    session.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
