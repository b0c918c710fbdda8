"""`trunkline serve …` and `trunkline work …`: one server or worker, as systemd or a container runs it."""

import typer

from trunkline import logs, settings
from trunkline.cli.engines import ConfOption, EngineName, EngineOption, MasterOption, engine_of
from trunkline.cli.safety import refuse_unsafe

serve = typer.Typer(no_args_is_help=True, help="Run one server.")
work = typer.Typer(no_args_is_help=True, help="Run one worker.")


@serve.callback()
@work.callback()
def _group() -> None:
    """Each runs until SIGTERM; settings come from the environment (docs/configuration.md)."""


@serve.command()
def platform() -> None:
    """The platform: Data Access API. Stops on SIGTERM when running downloads have ended."""
    chosen = _settings()
    from trunkline.platform.serve import serve as serve_platform

    raise typer.Exit(serve_platform(chosen))


@serve.command()
def collector() -> None:
    """The collector: takes events, answers 202 when they are on disk. Stops on SIGTERM with its segments sealed."""
    chosen = _settings()
    from trunkline.collector.serve import serve as serve_collector
    from trunkline.platform.accounts.write_keys import DatabaseWriteKeys

    raise typer.Exit(serve_collector(chosen, DatabaseWriteKeys()))


@work.command()
def pipeline(
    engine: EngineOption = EngineName.EMBEDDED, master: MasterOption = None, spark_conf: ConfOption = None
) -> None:
    """The pipeline: makes each hour's data files when the hour has ended. Same as `pipeline run --every hour`."""
    from trunkline.cli.pipeline import run_every_hour

    run_every_hour(_settings(), engine_of(engine, master, spark_conf))


def _settings() -> settings.Settings:
    chosen = settings.load()
    logs.configure(chosen.log_format, chosen.log_level)
    refuse_unsafe(chosen)
    return chosen
