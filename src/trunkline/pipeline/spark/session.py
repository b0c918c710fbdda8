"""Where Spark is reached."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from trunkline.pipeline.spark.rows import BATCH_BYTES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def opened(master: str, settings: Mapping[str, str]) -> "SparkSession":
    """The session of this process, opened if it is not."""
    from pyspark.sql import SparkSession

    # A session of a process that was not submitted reads this variable and not the setting.
    os.environ.setdefault("PYSPARK_PYTHON", settings.get("spark.pyspark.python", sys.executable))
    builder = SparkSession.builder.master(master)
    for name, value in (_defaults(master) | dict(settings) | _NEEDED).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


_NEEDED = {
    # Plans are made here: Spark is not to merge partitions, whose numbers mean ranges of actors.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.execution.arrow.maxBytesPerBatch": str(BATCH_BYTES),
}


_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # The rules run in Python: compiling the little that Java does once more, better, costs more than it gives.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


def _defaults(master: str) -> dict[str, str]:
    defaults = {
        "spark.app.name": "trunkline",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.POLARS_MAX_THREADS": "1",
    }
    if master.startswith("local"):
        defaults |= _LOCAL
    return defaults
