"""Where Spark is reached: with this process as the driver."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from trunkline.pipeline.engine import EngineFailed
from trunkline.pipeline.spark.rows import BATCH_BYTES

JAVA = 17
"""The oldest that PySpark runs on."""

_NEEDED = {
    # Plans are made here: Spark is not to merge partitions, whose numbers mean ranges of actors.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.execution.arrow.maxBytesPerBatch": str(BATCH_BYTES),
}
_DEFAULTS = {
    "spark.app.name": "trunkline",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # A task is one thread for Spark; the rules would otherwise take all cores in each.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
}
_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # The rules run in Python: compiling the little that Java does once more, better, costs more than it gives.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


def opened(master: str, settings: Mapping[str, str]) -> SparkSession:
    """The session of this process, opened if there is none or its Java was killed. Raises `EngineFailed`."""
    _forget_dead()
    if SparkContext._gateway is None:
        _check_java()
    # A session of a process that was not submitted reads this variable and not the setting.
    os.environ.setdefault("PYSPARK_PYTHON", settings.get("spark.pyspark.python", sys.executable))
    builder = SparkSession.builder.master(master)
    local = _LOCAL if master.startswith("local") else {}
    for name, value in (_DEFAULTS | local | dict(settings) | _NEEDED).items():
        builder = builder.config(name, value)
    with told(f"Spark at {master} cannot be reached"):
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    return session


@contextmanager
def told(what: str) -> Iterator[None]:
    """What goes wrong in Spark is an `EngineFailed`, in a line."""
    try:
        yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        raise EngineFailed(f"{what}: {_cause(str(error))}") from error


def _cause(text: str) -> str:
    """Python tells the cause last, Java first."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"]
    return lines[-1] if any(line.startswith("Traceback") for line in lines) else lines[0]


def _check_java() -> None:
    """PySpark itself only says that Java ended."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    needed = f"the engine spark needs Java {JAVA} or newer"
    if java is None:
        where = f"JAVA_HOME ({home}) has no bin/java" if home else "there is no java on the path"
        raise EngineFailed(
            f"{needed}, and {where}: install it (Debian: apt-get install default-jre-headless)"
        )
    printed = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', printed)
    if version and int(version[1]) < JAVA:
        raise EngineFailed(f"{needed}, and {java} is version {version[1]}: set JAVA_HOME to a newer one")


def _forget_dead() -> None:
    """PySpark goes on asking a Java that was killed; there is no public way to make it start another."""
    gateway, context = SparkContext._gateway, SparkContext._active_spark_context
    if gateway is None or gateway.proc.poll() is None:
        return
    if context is not None:
        context._jsc = None
        context.stop()
    gateway.proc.stdin.close()
    SparkContext._gateway = SparkContext._jvm = SparkSession._instantiatedSession = None
