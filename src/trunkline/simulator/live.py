"""Send what happens in simulated centres at the moment at which it arrives."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event as Flag
from typing import Any, Protocol

import msgspec

from trunkline.clock import HOUR_MS, Clock
from trunkline.simulator.centre import Centre
from trunkline.simulator.position import Position

CATCH_UP_MS = 24 * HOUR_MS
"""What should have been sent longer ago, while nothing ran, is left out."""
FAREWELL_SECONDS = 0.5
"""How long the end waits for the collector."""


class Producer(Protocol):
    """What is needed of `trunkline.client.producer.Producer`."""

    def send(self, event: dict[str, Any]) -> Any: ...

    def close(self, timeout: float) -> Any: ...


def live(
    centres: Sequence[Centre],
    producer_of: Callable[[Centre], Producer],
    clock: Clock,
    stop: Flag,
    *,
    since: Callable[[Centre], int],
    positions: Path,
) -> None:
    """Run until `stop` is set, each centre in a thread of its own; an error in one ends all and is raised.

    A centre goes on from its file in the folder `positions`; without one it begins at `since(centre)` (epoch ms), such as
    the end of its history.
    """
    with ThreadPoolExecutor(len(centres), "simulated") as threads:
        runs = [
            threads.submit(
                _run, centre, producer_of, clock, stop, since, Position(positions / centre.account)
            )
            for centre in centres
        ]
        wait(runs, return_when=FIRST_EXCEPTION)
        stop.set()
    for run in runs:
        run.result()


def _run(
    centre: Centre,
    producer_of: Callable[[Centre], Producer],
    clock: Clock,
    stop: Flag,
    since: Callable[[Centre], int],
    position: Position,
) -> None:
    reached = position.read()
    start = max(since(centre) if reached is None else reached, clock.now() - CATCH_UP_MS)
    noted = time.monotonic()
    producer = producer_of(centre)
    try:
        for received, event in centre.arrivals(start):
            if not _wait_until(received, clock, stop):
                break
            producer.send(msgspec.to_builtins(event))
            start = received
            if time.monotonic() - noted > 1:
                position.write(start)
                noted = time.monotonic()
    finally:
        # What was sent is in the producer's spool: the next run need not wait for the collector, nor does this end.
        # Events of the last millisecond are sent again, by the same ids.
        position.write(start)
        producer.close(timeout=FAREWELL_SECONDS)


def _wait_until(instant: int, clock: Clock, stop: Flag) -> bool:
    """Whether the instant came before the flag."""
    while (left := instant - clock.now()) > 0:
        if stop.wait(min(clock.real_seconds(left), 1.0)):
            return False
    return not stop.is_set()
