"""`trunkline simulate …`: a contact centre that behaves, as history or live."""

import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.progress import Progress

from trunkline import settings
from trunkline.cli.instants import instant
from trunkline.clock import DAY_MS
from trunkline.simulator.backfill import backfill, history_end
from trunkline.simulator.centre import Centre
from trunkline.simulator.demonstration import CENTRES, centre_of
from trunkline.simulator.live import live
from trunkline.store import open_store

simulate = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A contact centre that behaves: back-fill history or run live.",
)


def _time_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter(
            f"{name!r} is no time zone; expected a name such as Europe/Amsterdam"
        ) from None


Zone = Annotated[
    str,
    typer.Option(
        "--time-zone",
        callback=_time_zone,
        help="Where the customers live. \\[the demo centre's own, else UTC]",
    ),
]
Agents = Annotated[
    int | None, typer.Option(min=1, max=100_000, help="How many people. \\[the demo centre's own, else 60]")
]
Visits = Annotated[
    int | None,
    typer.Option(
        min=0, max=10_000_000, help="How many visits on an ordinary Monday. \\[30 times as many as agents]"
    ),
]
Seed = Annotated[
    int | None, typer.Option(help="Another number, another centre; the same number, the same events.")
]
Heartbeats = Annotated[
    int | None, typer.Option(min=1, max=60, help="Agents' consoles send a heartbeat every so many minutes.")
]


@simulate.command("backfill")
def write_history(
    accounts: Annotated[
        list[str] | None,
        typer.Option("--account", help="May be repeated. \\[the two accounts of the demo]"),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days up to now.")] = 3,
    time_zone: Zone = "",
    agents: Agents = None,
    visits: Visits = None,
    seed: Seed = None,
    heartbeats: Heartbeats = None,
) -> None:
    """Write the last days of a simulated centre as segments, as if a collector had received them then.

    Called again it adds only what has happened since. It registers as the collector history-ACCOUNT; the next
    `trunkline pipeline run` makes data files of it. Give `simulate live` the same --seed, --agents, --visits and --time-zone.

    Example: trunkline simulate backfill --account 75555851 --days 7
    """
    chosen = settings.load()
    now = chosen.clock.now()
    for account in accounts or CENTRES:
        centre = centre_of(
            account,
            time_zone=time_zone,
            agents=agents,
            visits=visits,
            seed=seed,
            heartbeat_minutes=heartbeats,
        )
        events = _backfill(chosen, centre, now - days * DAY_MS, now)
        typer.echo(f"{account}: {events} events of {centre.agents} agents and their visitors written.")


def _backfill(chosen: settings.Settings, centre: Centre, first: int, now: int) -> int:
    collector = collector_of(centre.account)
    with Progress(*Progress.get_default_columns(), transient=True, disable=not sys.stdout.isatty()) as bars:
        bar = bars.add_task(f"History of {centre.account}", total=now - first)
        return backfill(
            open_store(chosen.store_url),
            chosen.data / "collector" / collector,
            centre,
            first,
            now,
            collector,
            lambda reached: bars.update(bar, completed=reached - first),
        )


@simulate.command("live")
def run_live(
    key_files: Annotated[
        list[Path],
        typer.Option(
            "--key-file",
            exists=True,
            dir_okay=False,
            help="A write key, as `trunkline key create --permission collect --json` prints it; one for each account.",
        ),
    ],
    url: Annotated[str, typer.Option(help="The collector. \\[TRUNKLINE_COLLECTOR_URL]")] = "",
    ca: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="The authority that signed the collector's certificate, PEM. \\[the data folder's own]",
        ),
    ] = None,
    since: Annotated[
        str,
        typer.Option(
            help="Where to begin the first time: a date (UTC), or 3h before now. \\[the end of the history, else now]"
        ),
    ] = "",
    time_zone: Zone = "",
    agents: Agents = None,
    visits: Visits = None,
    seed: Seed = None,
    heartbeats: Heartbeats = None,
) -> None:
    """Send what happens in simulated centres to the collector, at the speed of TRUNKLINE_CLOCK_SPEED, until stopped.

    Started again it goes on where it stopped, up to a day back; what could not be sent waits on disk. SIGTERM and
    Ctrl-C stop it.

    Example: trunkline simulate live --key-file northwind.json --key-file contoso.json
    """
    from trunkline.client.producer import Producer  # an HTTP client, which a back-fill does not need

    chosen = settings.load()
    tokens = dict(_read_key(path) for path in key_files)
    centres = [
        centre_of(
            account,
            time_zone=time_zone,
            agents=agents,
            visits=visits,
            seed=seed,
            heartbeat_minutes=heartbeats,
        )
        for account in tokens
    ]
    folder = chosen.data / "simulator"
    authority = ca or _own_authority(chosen.data)

    def producer_of(centre: Centre) -> Producer:
        return Producer(
            url or chosen.collector_url,
            centre.account,
            tokens[centre.account],
            spool=folder / "spool" / centre.account,
            ca=authority,
        )

    live(
        centres,
        producer_of,
        chosen.clock,
        _stopped_by_signals(),
        since=lambda centre: _since(chosen, centre, since),
        positions=folder / "positions",
    )


def collector_of(account: str) -> str:
    """The collector as which an account's history registers."""
    return f"history-{account}"


def _since(chosen: settings.Settings, centre: Centre, asked: str) -> int:
    now = chosen.clock.now()
    if asked:
        try:
            return int(instant(asked, datetime.fromtimestamp(now / 1000, UTC)).timestamp() * 1000)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--since") from None
    return history_end(open_store(chosen.store_url), collector_of(centre.account)) or now


def _read_key(path: Path) -> tuple[str, str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return str(values["account"]), str(values["token"])
    except (OSError, ValueError, TypeError, KeyError):
        # The parser's own words could show a piece of the token.
        raise typer.BadParameter(
            f"{path}: expected JSON with account and token", param_hint="--key-file"
        ) from None


def _own_authority(data: Path) -> Path | None:
    path = data / "ca" / "ca.crt"
    return path if path.exists() else None


def _stopped_by_signals() -> Flag:
    stop = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop
