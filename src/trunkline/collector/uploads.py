"""Sealed segments go to a remote store in a thread of their own: nobody who sends events waits for it."""

import threading

import structlog

from trunkline.segments.outbox import Outbox

log = structlog.get_logger()

LOOK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
GOODBYE_SECONDS = 30.0
"""How long the end of the process waits for the last segments."""


class Uploads:
    """Looks every second for what is sealed; while the store is away it tries again, less and less often."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uploads", daemon=True)
        self.failures = 0
        """Rounds that failed since the last good one."""
        self.waiting = 0
        """Sealed segments that are not in the store yet."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """After the last segment was sealed: a last round. What is left is uploaded after the next start."""
        self._stopping.set()
        self._thread.join(GOODBYE_SECONDS)
        if self._thread.is_alive() or self.failures:
            log.warning("segments wait for the store", segments=len(self._outbox.waiting()))

    def _run(self) -> None:
        while not self._stopping.wait(self._pause()):
            self._round()
        self._round()

    def _pause(self) -> float:
        doubled = LOOK_SECONDS * (1 << min(self.failures, 10))
        return min(doubled, LONGEST_PAUSE_SECONDS)

    def _round(self) -> None:
        try:
            self._outbox.upload()
        except OSError as error:
            self.failures += 1
            if self.failures == 1:
                log.error("the store is away; segments wait on this disk", error=str(error))
        except Exception:
            # The thread goes on: whatever it is, what waits here is safe, and somebody must be told.
            self.failures += 1
            log.exception("segments cannot be uploaded")
        else:
            if self.failures:
                log.info("the store is back", after_attempts=self.failures)
            self.failures = 0
        self.waiting = len(self._outbox.waiting())
