"""Group commit: one thread writes, and one sync serves every request that waits for it."""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import structlog

from trunkline.clock import Clock, hour_of
from trunkline.segments.letters import DeadLetter
from trunkline.segments.manifest import Tally
from trunkline.segments.recorder import Recorder

log = structlog.get_logger()


class JournalFailed(Exception):
    """The disk failed; nothing is acknowledged any more."""


@dataclass(frozen=True)
class _Entry:
    """What one request leaves, or nothing: a mere sign that time has passed."""

    received_at: int
    lines: bytes = b""
    tally: Tally | None = None
    letters: Sequence[DeadLetter] = ()
    done: "asyncio.Future[None] | None" = None


class Journal:
    """Takes entries on the event loop, in the order of their `received_at`; `start`, `stop` and the rest belong there.

    An hour is closed by the same queue: an entry, stamped and queued without a pause in between, can never come after the
    sign that closes its hour.
    """

    def __init__(self, recorder: Recorder, clock: Clock, *, most_per_sync: int = 4096) -> None:
        self._recorder = recorder
        self._clock = clock
        self._most_per_sync = most_per_sync
        self._queue: deque[_Entry] = deque()
        self._taken: list[_Entry] = []
        self._wake = threading.Event()
        self._stopping = False
        self._last = 0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.waiting_bytes = 0
        """Bytes queued or being written."""
        self.syncs = 0
        """Groups made durable so far."""
        self.failure: Exception | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Recover and register; raises `OSError`. Then entries are taken."""
        self._loop = loop
        self._last = self._recorder.start(self._clock.now())
        self._thread.start()

    def now(self) -> int:
        """The stamp for what is received at this moment; it never goes back."""
        self._last = max(self._last, self._clock.now())
        return self._last

    async def append(
        self, received_at: int, lines: bytes, tally: Tally | None, letters: Sequence[DeadLetter]
    ) -> None:
        """Return when all of it is durable. `received_at` is a stamp of `now`, with no wait in between.

        Raises `JournalFailed`.
        """
        if self.failure is not None or self._stopping or self._loop is None:
            raise JournalFailed
        done = self._loop.create_future()
        size = len(lines) + sum(len(letter.body) for letter in letters)
        self.waiting_bytes += size
        self._put(_Entry(received_at, lines, tally, letters, done))
        try:
            await done
        finally:
            self.waiting_bytes -= size

    def tick(self) -> None:
        """Let hours end while nobody sends."""
        self._put(_Entry(self.now()))

    def stop(self) -> None:
        """Write what is queued, then seal everything and deregister, or leave it all after a failure."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _put(self, entry: _Entry) -> None:
        self._queue.append(entry)
        # Asking is cheaper than setting; the thread clears it before it looks at the queue.
        if not self._wake.is_set():
            self._wake.set()

    def _run(self) -> None:
        try:
            while not self._stopping or self._queue:
                self._wake.wait()
                self._wake.clear()
                while self._take():
                    self._write(self._taken)
                    self._release(None)
            self._recorder.stop(self.now())
        except Exception as error:
            self._fail(error)

    def _take(self) -> bool:
        count = min(len(self._queue), self._most_per_sync)
        self._taken = [self._queue.popleft() for _ in range(count)]
        return bool(self._taken)

    def _write(self, entries: list[_Entry]) -> None:
        for _, group in groupby(entries, lambda entry: hour_of(entry.received_at)):
            self._write_hour(list(group))

    def _write_hour(self, entries: list[_Entry]) -> None:
        """One group of events, and one of dead letters where there are any."""
        received_at = entries[-1].received_at
        total = Tally()
        for entry in entries:
            if entry.tally is not None:
                total.add(entry.tally)
        letters = [letter for entry in entries for letter in entry.letters]
        for hour in self._recorder.advance(received_at):
            log.info("hour closed", hour=hour)
        if total.events:
            self._recorder.append(received_at, b"".join(entry.lines for entry in entries), total)
            self.syncs += 1
        if letters:
            self._recorder.refuse(received_at, letters)

    def _release(self, failure: Exception | None) -> None:
        waiting = [entry.done for entry in self._taken if entry.done is not None]
        if waiting and self._loop is not None:
            self._loop.call_soon_threadsafe(_settle, waiting, failure)

    def _fail(self, error: Exception) -> None:
        """Nobody who waits is ever told yes, not even where the data may have reached the disk."""
        self.failure = error
        log.error("writing failed; stopping", error=str(error))
        self._recorder.abandon()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._refuse_queued)
        self._release(JournalFailed())

    def _refuse_queued(self) -> None:
        """On the event loop, where entries are queued: after `failure` was set, none can follow."""
        waiting = [entry.done for entry in self._queue if entry.done is not None]
        self._queue.clear()
        _settle(waiting, JournalFailed())


def _settle(waiting: "list[asyncio.Future[None]]", failure: Exception | None) -> None:
    for done in waiting:
        # One whose caller is gone is cancelled.
        if done.cancelled():
            continue
        if failure is None:
            done.set_result(None)
        else:
            done.set_exception(failure)
