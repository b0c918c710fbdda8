"""Dead letters as a collector files them, and replays of them that may die."""

import json
import os
from pathlib import Path
from typing import Any

from trunkline.clock import HOUR_MS, MINUTE_MS, Clock
from trunkline.collector.replay import replaying
from trunkline.collector.replay.replaying import Replayed, replay
from trunkline.collector.replay.selection import Selection
from trunkline.collector.replay.trial import Trial
from trunkline.segments import replays
from trunkline.segments.letters import DeadLetter, dead_letter
from trunkline.segments.recorder import Recorder
from trunkline.store import LocalStore

NORTHWIND, CONTOSO = "75555851", "28045150"
HOUR = 1795248000000
NOW = HOUR + 9 * HOUR_MS + 5
TRIAL = Trial(late_hours=72, backfill=False, publishable={"k-page"}, obstacle=lambda event, letter: None)


def sent(number: int = 1, **members: Any) -> bytes:
    at = HOUR + number * 1000
    event = {"type": "agent.login", "eventId": f"e{number}", "timestamp": at, "agentId": 9} | members
    return json.dumps(event).encode()


def letter(
    body: bytes,
    reason: str = "unknown_field",
    *,
    at: int = HOUR + 5 * MINUTE_MS,
    account: str | None = NORTHWIND,
    **given: Any,
) -> DeadLetter:
    return dead_letter(reason, "as it was then", at, body, account_id=account, **given)


def filed(store: LocalStore, *letters: DeadLetter, collector: str = "web-1") -> None:
    """Sealed, as a collector seals them."""
    recorder = Recorder(store, store.root.parent / collector, collector)
    recorder.start(HOUR)
    for one in letters:
        recorder.refuse(one.received_at, [one])
    recorder.stop(HOUR + HOUR_MS)


def replayed_by(store: LocalStore, trial: Trial = TRIAL, now: int = NOW, **given: Any) -> Replayed:
    selection = Selection(
        **{name: given.pop(name) for name in list(given) if name in Selection.__annotations__}
    )
    clock = Clock(real=lambda: now)
    return replay(store, store.root.parent / "replay", "here", clock, selection, trial, **given)


def killed_at(folder: Path, place: str) -> None:
    """A replay that dies at a place, after its first segment."""
    replaying.MOST_EVENTS = 2
    store = LocalStore(folder / "store")
    if place == "sealed":
        write = replaying.write_replay
        replaying.write_replay = lambda *given: (write(*given), os._exit(9))  # type: ignore[assignment]
    elif place == "before the summary":
        replaying.write_retried = lambda *given: os._exit(9)
    elif place == "before sealing":
        replays.seal = lambda *given: os._exit(9)
    else:
        adopt = LocalStore.adopt
        LocalStore.adopt = lambda *given: (adopt(*given), os._exit(9))  # type: ignore[method-assign]
    replayed_by(store)
