"""Which engine the pipeline's commands use."""

import shutil
from pathlib import Path

import pytest
import typer
from tests.cli.test_pipeline_command import ACCOUNT, URLS, files, trunkline

from trunkline.cli.engines import EngineName, engine_of
from trunkline.cli.folder import prepare
from trunkline.pipeline.build import build
from trunkline.pipeline.spark.engine import SparkEngine


def test_the_embedded_engine_is_the_default_and_takes_no_options_of_spark() -> None:
    assert engine_of(EngineName.EMBEDDED, None, None) is build
    for master, conf in (("local[2]", None), (None, ["spark.executor.memory=4g"])):
        with pytest.raises(typer.BadParameter, match="are for --engine spark"):
            engine_of(EngineName.EMBEDDED, master, conf)


@pytest.mark.parametrize("text", ["spark.executor.memory", "executor.memory=4g", "=4g", ""])
def test_a_setting_of_spark_is_a_name_and_a_value(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"expected KEY=VALUE, as in spark\.executor\.memory=4g"):
        engine_of(EngineName.SPARK, None, [text])
    assert isinstance(engine_of(EngineName.SPARK, None, ["spark.executor.memory=4g"]), SparkEngine)


def test_the_command_on_spark_publishes_what_it_publishes_without(tmp_path: Path) -> None:
    here, there = tmp_path / "embedded", tmp_path / "spark"
    here.mkdir()
    prepare(here / "data", URLS)
    for command in (
        ("migrate",),
        ("account", "create", ACCOUNT, "--name", "Northwind"),
        ("account", "data-type", "enable", ACCOUNT, "agentActivity"),
        ("simulate", "backfill", "--account", ACCOUNT, "--days", "1"),
    ):
        done = trunkline(here, *command)
        assert done.returncode == 0, done.stderr
    shutil.copytree(here, there)
    spark = ("pipeline", "run", "--engine", "spark", "--master", "local[2]")
    without_java = trunkline(there, *spark, PATH=str(tmp_path), JAVA_HOME="")
    assert without_java.returncode == 1
    assert without_java.stderr.splitlines()[-1].startswith("Error: the engine spark needs Java 17 or newer")

    settings = ("--spark-conf", "spark.driver.memory=1g")
    found, expected = trunkline(there, *spark, *settings), trunkline(here, "pipeline", "run")
    assert (found.returncode, found.stdout) == (0, expected.stdout), found.stderr
    published = [{path.name: text for path, text in files(folder).items()} for folder in (here, there)]
    assert published[0] == published[1]
    assert published[0]
