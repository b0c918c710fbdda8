"""`trunkline pipeline replay-dead-letters`: try again what was refused."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer

from trunkline import settings
from trunkline.cli.instants import instant
from trunkline.cli.pipeline_parts import Bar, fail, schedule_of, told
from trunkline.collector.lock import CollectorRunning
from trunkline.collector.refusal import Refusal
from trunkline.collector.replay.replaying import Replayed, replay
from trunkline.collector.replay.selection import Selection
from trunkline.collector.replay.trial import Trial, kind_of
from trunkline.events import AnyEvent
from trunkline.pipeline.joining import obstacles
from trunkline.pipeline.letters import written_by
from trunkline.pipeline.schedule import Schedule
from trunkline.segments.letters import DeadLetter
from trunkline.segments.replays import DamagedLetters

_LONGEST_EXAMPLE = 300

Several = list[str] | None


def replay_dead_letters(
    first: Annotated[
        str | None,
        typer.Option("--from", help="Refused since: a date and time (UTC), or 3d, 12h before now."),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="The same; not included.")] = None,
    reason: Annotated[Several, typer.Option(help="Only with this reason. May be repeated.")] = None,
    account: Annotated[Several, typer.Option(help="Only of this account. May be repeated.")] = None,
    event_type: Annotated[
        Several, typer.Option("--type", help="Only events of this type. May be repeated.")
    ] = None,
    backfill: Annotated[
        bool, typer.Option(help="Take events older than the late limit, too: their sessions may be new ones.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of them, with an example of each.")
    ] = False,
) -> None:
    """Try dead letters again, by the vocabulary and the rules of today: those that pass become events of the current hour.

    They end where they belong: their session is published again, or for the first time. Those that fail again keep their
    newest reason. No letter is replayed twice.

    Example: trunkline pipeline replay-dead-letters --reason unknown_field --from 3d --dry-run
    """
    chosen = settings.load()
    schedule = schedule_of(chosen)
    times = {name: _instant(text, chosen) for name, text in (("start", first), ("end", end)) if text}
    try:
        with told(), Bar("letters") as bar:
            selection = Selection(
                reasons=frozenset(reason or ()),
                accounts=frozenset(account or ()),
                types=frozenset(event_type or ()),
                settled=_published(schedule),
                **times,
            )
            result = replay(
                schedule.store,
                chosen.data / "replay",
                chosen.collector_id,
                chosen.clock,
                selection,
                _trial(chosen, schedule, backfill=backfill),
                dry_run=dry_run,
                progress=lambda done, total: bar.advance("tried", done, total),
            )
    except CollectorRunning:
        fail("another replay is at work in this data folder")
    except DamagedLetters as error:
        fail(f"{error}. --from and --to leave its hour out")
    _show(result, dry_run)


def _published(schedule: Schedule) -> dict[str, int]:
    last_runs = {kind: schedule.catalogue.last_run(kind) for kind in schedule.kinds}
    return {written_by(kind): last.end_hour if last else 0 for kind, last in last_runs.items()}


def _trial(chosen: settings.Settings, schedule: Schedule, *, backfill: bool) -> Trial:
    from trunkline.platform.accounts.write_keys import publishable_keys

    why_not = obstacles(schedule.catalogue, schedule.kinds)

    def obstacle(event: AnyEvent, letter: DeadLetter) -> Refusal | None:
        found = why_not(kind_of(event), letter.account_id or "", event.timestamp, letter.reason)
        if found is None or (backfill and found.is_past):
            return None
        return Refusal(0, None, found.reason, found.message)

    return Trial(
        late_hours=chosen.late_hours, backfill=backfill, publishable=publishable_keys(), obstacle=obstacle
    )


def _show(result: Replayed, dry_run: bool) -> None:
    would = "would be replayed" if dry_run else "replayed"
    for reason, count in sorted(result.passed.items()):
        typer.secho(f"{reason}: {count} {would}", fg="green")
    for (before, now), count in sorted(result.refused.items()):
        typer.echo(f"{before}: {count} refused again" + (f", by now as {now}" if now != before else ""))
    for (reason, why), count in sorted(result.kept.items()):
        typer.echo(f"{reason}: {count} cannot be replayed: {why}")
    if dry_run:
        for now, (letter, refusal) in sorted(result.examples.items()):
            typer.echo(f"\nFor example, {now}: {refusal.message}\n  {_quoted(letter)}")
    letters = Counter(result.passed).total()
    total = letters + result.refused.total() + result.kept.total()
    typer.echo(f"{total} letters tried, {letters} {would} as {result.events} events.")


def _quoted(letter: DeadLetter) -> str:
    text = letter.body.replace("\n", " ")
    return text if len(text) <= _LONGEST_EXAMPLE else f"{text[:_LONGEST_EXAMPLE]} …"


def _instant(text: str, chosen: settings.Settings) -> int:
    now = datetime.fromtimestamp(chosen.clock.now() / 1000, UTC)
    try:
        return int(instant(text, now).timestamp() * 1000)
    except DamagedLetters as error:
        raise typer.BadParameter(str(error)) from None
