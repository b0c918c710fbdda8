"""A server that has no descriptor left ends, to be started again: granian would try to accept for ever, and answer nobody."""

import os
import threading
import time

import structlog

log = structlog.get_logger()

LOOK_EVERY_S = 1.0


def end_when_exhausted() -> None:
    """Watch this process, in a thread of its own, until it ends. Callers that had to be cut off ask again."""
    threading.Thread(target=_watch, name="exhaustion", daemon=True).start()


def _watch() -> None:
    while _can_open():
        time.sleep(LOOK_EVERY_S)
    log.error("no descriptor is left; the server ends to be started again")
    os._exit(1)


def _can_open() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return False
    return True
