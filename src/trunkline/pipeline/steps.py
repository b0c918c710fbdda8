"""The named steps of a run: what progress bars show and where the crash tests stop the program."""

from collections.abc import Callable

STEPS = (
    "planned",  # what to read and which hours to publish is decided
    "compacted",  # a segment lies sorted in the store (done of total segments)
    "settled",  # a bucket's sessions are known (done of total buckets)
    "built",  # all files of the run are complete and synced in the work folder
    "adopted",  # a data file lies in the store, not yet listed (done of total files)
    "letters-written",  # refused events lie in the dead letters
    "index-written",  # the closed sessions lie in the store
    "state-written",  # the open sessions lie in the store
    "published",  # the transaction of the catalogue is through
    "swept",  # what an earlier attempt had left behind is gone
)

Progress = Callable[[str, int, int], None]
"""Called after each step with its name, how many of them are done, and of how many."""


def silent(step: str, done: int, total: int) -> None:
    """No progress is shown."""
