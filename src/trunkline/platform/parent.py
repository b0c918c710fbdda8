"""A process that ends with the one that started it, however that ended. Linux (prctl(2), PR_SET_PDEATHSIG)."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1

# Found before any fork: a child between fork and exec must not load libraries.
_prctl = ctypes.CDLL(None).prctl


def end_with_parent(parent: int) -> None:
    """From here on SIGTERM comes when `parent`, the process that started this one, is gone; at once if it is already.

    Stays in force when this process becomes another program.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
