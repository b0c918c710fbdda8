"""Dead letters of a run: events that were taken in and could not be used."""

import hashlib

import msgspec
import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.plan import Plan
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.segments.layout import LETTERS, manifest_key, segment_key
from trunkline.segments.letters import DeadLetter, dead_letter, encode, tally_letters
from trunkline.segments.manifest import Manifest
from trunkline.store import Store

MESSAGES = {
    "conflicting_duplicate": "another event of this id was received first, with other content",
    "late_dropped": "the session was published before the event came, and the account drops late events",
}


def written_by(kind: str) -> str:
    """By which name the pipeline files the dead letters of a kind. Those of an hour are final once it is published."""
    return f"pipeline-{kind}"


def write_letters(store: Store, plan: Plan, dead: pl.DataFrame, floods: pl.DataFrame, kind: Kind) -> None:
    """The letters as one segment in the run's last hour; a repeated run writes the same one again."""
    if not dead.height and not floods.height:
        return
    hour = plan.end_hour - HOUR_MS
    key = segment_key(LETTERS, hour, written_by(plan.kind), plan.end_hour)
    told = dead.sort(*kind.key, "timestamp", "eventId").select(
        "accountId", "reason", "receivedAt", sent=kind.sent
    )
    letters = [_letter(event) for event in told.to_dicts()]
    letters += [_flood_letter(flood, plan) for flood in floods.sort(kind.key).to_dicts()]
    text = encode(letters)
    store.write(key, text)
    tally = tally_letters(letters, plan.end_hour)
    manifest = Manifest(
        segment=key,
        collector=written_by(plan.kind),
        hour=hour,
        bytes=len(text),
        sha256=hashlib.sha256(text).hexdigest(),
        sealed_at=plan.end_hour,
        **msgspec.structs.asdict(tally),
    )
    store.write(manifest_key(key), msgspec.json.encode(manifest))


def _letter(event: dict[str, object]) -> DeadLetter:
    reason = str(event["reason"])
    sent = {
        name: value for name, value in msgspec.json.decode(str(event["sent"])).items() if value is not None
    }
    return dead_letter(
        reason,
        MESSAGES[reason],
        int(str(event["receivedAt"])),
        msgspec.json.encode(sent),
        account_id=str(event["accountId"]),
    )


def _flood_letter(flood: dict[str, object], plan: Plan) -> DeadLetter:
    """One for all of an actor's events: they are too many to be written twice, and stay in their segments."""
    message = (
        f"{flood['events']} events of one actor: with what is open or must be read again more than the "
        f"{plan.actor_events} that a run settles; they stay in the segments of the run and are in no session"
    )
    facts = {**flood, "firstHour": plan.first_hour, "endHour": plan.end_hour, "segments": plan.segments}
    account = str(flood["accountId"])
    return dead_letter(
        "actor_flood", message, plan.end_hour - 1, msgspec.json.encode(facts), account_id=account
    )
