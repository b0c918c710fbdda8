"""`trunkline pipeline status` and `hours`: how far the files are."""

import json
from datetime import timedelta
from typing import Annotated, Any

import typer

from trunkline import settings
from trunkline.cli.pipeline_parts import fail, hour, schedule_of, shown, summary, told
from trunkline.clock import HOUR_MS
from trunkline.pipeline.expired_keys import expired_keys
from trunkline.pipeline.hours import HourStatus, State
from trunkline.pipeline.hours import hours as hours_of
from trunkline.pipeline.status import RECENT_MS, AccountStatus, KindStatus, Letters, Status
from trunkline.pipeline.status import status as status_of
from trunkline.pipeline.types import KINDS, kind_of

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: instants in epoch milliseconds.")]

_STATES = {
    State.COMPLETE: "complete",
    State.PAST: "complete, files past their time",
    State.WAITING: "not yet",
}


def status(
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None, as_json: AsJson = False
) -> None:
    """Show how far the files are: published hours, watermark, lag, open sessions; and by account what came lately.

    Example: trunkline pipeline status --account 75555851
    """
    chosen = settings.load()
    schedule = schedule_of(chosen)
    with told():
        found = status_of(schedule.catalogue, Letters(schedule.store), KINDS, chosen.clock.now())
    accounts = [one for one in found.accounts if account in (None, one.account_id)]
    if as_json:
        typer.echo(json.dumps(_as_json(found, accounts), indent=2))
        return
    by_kind = {one.kind: one for one in found.kinds}
    for kind in KINDS:
        typer.secho(kind, bold=True)
        _show_kind(by_kind.get(kind))
    if accounts:
        typer.echo(f"\nIn the last {RECENT_MS // HOUR_MS} hours:")
    for one in accounts:
        typer.secho(f"account {one.account_id}" if one.account_id else "no account known", bold=True)
        _show_account(one)


def hours(
    account: Annotated[str, typer.Option(help="The account.")],
    data_type: Annotated[str, typer.Option("--type", help="The data type, such as agentActivity.")],
    first: Annotated[
        str, typer.Option("--from", help="A date and hour (UTC), or 3d, 12h before now.")
    ] = "24h",
    end: Annotated[str, typer.Option("--to", help="The same; not included.")] = "0h",
    as_json: AsJson = False,
) -> None:
    """Show of each hour whether its files are complete, also where there is none, or not there yet.

    Example: trunkline pipeline hours --account 75555851 --type agentActivity --from 2d
    """
    chosen = settings.load()
    try:
        kind = kind_of(data_type).name
    except (KeyError, StopIteration):
        known = ", ".join(name for one in KINDS.values() for name in one.data_types)
        fail(f"{data_type!r} is no data type; there are {known}")
    begin, until = hour(first, chosen), hour(end, chosen)
    with told():
        found = list(hours_of(schedule_of(chosen).catalogue, kind, data_type, account, begin, until))
    if as_json:
        typer.echo(json.dumps([_hour_as_json(one) for one in found], indent=2))
        return
    for one in found:
        typer.echo(f"{shown(one.hour)}  {_told_of(one)}")


def _told_of(one: HourStatus) -> str:
    if one.state is not State.COMPLETE:
        return _STATES[one.state]
    files = f"{one.files} files, {one.records} records" if one.files else "no file"
    return f"{_STATES[one.state]}, {files}"


def _show_kind(one: KindStatus | None) -> None:
    if one is None:
        typer.echo("  nothing published yet")
        return
    ago = timedelta(seconds=one.lag // 1000)
    typer.echo(f"  files complete until  {shown(one.published_until)}, {ago} ago")
    typer.echo(f"  watermark             {shown(one.watermark)}")
    typer.echo(f"  open                  {one.open_sessions} sessions with {one.open_events} events")
    typer.echo(f"  last run              {summary([one.last_run])}")
    for account_id, key in expired_keys(one.last_run):
        told_of_it = (
            f"account {account_id} is encrypted to {key.fingerprint}, expired {shown(key.expires or 0)}"
        )
        typer.secho(f"  expired key           {told_of_it}", fg="yellow")


def _show_account(one: AccountStatus) -> None:
    for kind, counts in one.counts.items():
        typer.echo(
            f"  {kind}: {counts['events']} events, {counts['late']} late, {counts['duplicates']} duplicates; "
            f"{counts['sessions']} sessions published, {counts['reemitted']} of them again; "
            f"{counts['open_sessions']} open"
        )
    for data_type, tally in one.files.items():
        newest = f"the last of {shown(tally.newest)}"
        typer.echo(f"  {data_type}: {tally.files} files with {tally.records} records, {newest}")
    for reason, count in one.letters.most_common():
        typer.echo(f"  dead letters: {count} {reason}")


def _as_json(found: Status, accounts: list[AccountStatus]) -> dict[str, Any]:
    return {
        "now": found.now,
        "since": found.since,
        "kinds": {
            one.kind: {
                "publishedUntil": one.published_until,
                "watermark": one.watermark,
                "lag": one.lag,
                "openSessions": one.open_sessions,
                "openEvents": one.open_events,
            }
            for one in found.kinds
        },
        "accounts": {
            one.account_id: {
                "counts": {
                    kind: {_camel(name): count for name, count in counts.items()}
                    for kind, counts in one.counts.items()
                },
                "files": {
                    data_type: {"files": tally.files, "records": tally.records, "newest": tally.newest}
                    for data_type, tally in one.files.items()
                },
                "deadLetters": one.letters,
            }
            for one in accounts
        },
    }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _hour_as_json(one: HourStatus) -> dict[str, Any]:
    return {"hour": one.hour, "state": one.state, "files": one.files, "records": one.records}
