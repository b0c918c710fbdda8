"""Child processes of `up`: start, watch, start again, stop.

Each part runs as it would under systemd: a command of its own, told to stop by SIGTERM. A part that ends by itself is started
again (the collector ends on purpose after a failed sync and recovers when it starts), after a pause that grows while it does
not last. A supervisor that is killed takes its parts with it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from trunkline.platform.parent import end_with_parent

log = structlog.get_logger()

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
# What ran so long has started well: its next pause is the first one again.
LASTING_S = 60.0
STOP_TIMEOUT_S = 20.0


@dataclass
class Part:
    """One command, running on its own."""

    name: str
    command: list[str]
    log_file: Path
    process: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE_S
    started: float = 0.0
    restart_at: float = 0.0

    def start(self, held: Sequence[int] = ()) -> None:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A group of its own: Ctrl-C reaches the supervisor alone, which stops the parts in order.
                start_new_session=True,
                pass_fds=held,
                # Safe here: the supervisor has one thread, so that no lock is held in the fork.
                preexec_fn=partial(end_with_parent, os.getpid()),
            )
        self.started = time.monotonic()
        log.info("started", part=self.name, pid=self.process.pid)

    def ended(self) -> int | None:
        """The exit code if it has ended, None while it runs (or was never started)."""
        return self.process.poll() if self.process else None


@dataclass
class Supervisor:
    """Runs parts until SIGTERM or SIGINT comes; whatever ends the `with` block, every part is stopped."""

    parts: list[Part] = field(default_factory=list)
    held: Sequence[int] = ()
    """Descriptors that every part holds too: a lock on them lasts until the last part has ended."""
    stopping: bool = False

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, part: Part) -> None:
        self.parts.append(part)
        part.start(self.held)

    def has_ended(self, name: str) -> bool:
        """True if the part of this name was started and does not run now."""
        return any(part.name == name and part.ended() is not None for part in self.parts)

    def watch(self) -> None:
        """Return when this process was told to stop; until then start again what ends."""
        while not self.stopping:
            for part in self.parts:
                self._keep_running(part)
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the parts in the reverse order of their start; what does not end in time is killed."""
        for part in reversed(self.parts):
            if part.process is None or part.process.poll() is not None:
                continue
            part.process.terminate()
            try:
                part.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                log.warning("killed", part=part.name, after_seconds=STOP_TIMEOUT_S)
                os.killpg(part.process.pid, signal.SIGKILL)
                part.process.wait()

    def _ask_to_stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def _keep_running(self, part: Part) -> None:
        code = part.ended()
        if code is None:
            return
        now = time.monotonic()
        if not part.restart_at:
            if now - part.started >= LASTING_S:
                part.pause = FIRST_PAUSE_S
            log.warning("ended", part=part.name, code=code, restart_in=part.pause, log=str(part.log_file))
            part.restart_at = now + part.pause
            part.pause = min(part.pause * 2, LONGEST_PAUSE_S)
        elif now >= part.restart_at:
            part.restart_at = 0.0
            part.start(self.held)
