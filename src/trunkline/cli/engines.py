"""Options of the commands that run the pipeline: which engine does the work."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trunkline.pipeline.engine import Engine


class EngineName(StrEnum):
    EMBEDDED = "embedded"
    SPARK = "spark"


EngineOption = Annotated[
    EngineName, typer.Option("--engine", help="Who makes the files: this process, or Apache Spark.")
]
MasterOption = Annotated[
    str | None,
    typer.Option(
        "--master", help="Of Spark: local[N], spark://HOST:PORT, yarn or k8s://URL. [default: local[*]]"
    ),
]
ConfOption = Annotated[
    list[str] | None,
    typer.Option("--spark-conf", metavar="KEY=VALUE", help="A setting of Spark; may be given several times."),
]


def engine_of(name: EngineName, master: str | None, conf: list[str] | None) -> "Engine":
    """Spark itself is started by the first run."""
    if name is EngineName.EMBEDDED:
        if master or conf:
            raise typer.BadParameter("--master and --spark-conf are for --engine spark")
        # Not before it is asked for: the servers have the same command line, and no use for an engine.
        from trunkline.pipeline.build import build

        return build
    chosen = dict(_setting(text) for text in conf or ())
    try:
        from trunkline.pipeline.spark.engine import SparkEngine
        from trunkline.pipeline.spark.session import opened
    except ModuleNotFoundError as error:
        raise typer.BadParameter(
            f"{error.name} is not installed; spark needs: pip install 'trunkline[spark]'",
            param_hint="--engine",
        ) from error
    return SparkEngine(lambda: opened(master or "local[*]", chosen))


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.startswith("spark."):
        raise typer.BadParameter(
            f"{text!r}: expected KEY=VALUE, as in spark.executor.memory=4g", param_hint="--spark-conf"
        )
    return name, value
