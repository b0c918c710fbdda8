"""How far Spark is, told while it works."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from py4j.protocol import Py4JError
from pyspark import SparkContext

LOOK_AGAIN_S = 0.5


@contextmanager
def watched(context: SparkContext, name: str, report: Callable[[int, int], None]) -> Iterator[None]:
    """What Spark does in the block is called `name` there, and reported: tasks that are done, of how many."""
    context.setJobGroup(name, name)
    known = set(context.statusTracker().getJobIdsForGroup(name))
    ended = threading.Event()

    def watch() -> None:
        # Where Spark is gone, whoever waits for its result hears of it.
        with suppress(Py4JError, ConnectionError):
            while not ended.wait(LOOK_AGAIN_S):
                done, total = _tasks(context, set(context.statusTracker().getJobIdsForGroup(name)) - known)
                if total:
                    report(done, total)

    thread = threading.Thread(target=watch, name="watching Spark", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _tasks(context: SparkContext, jobs: set[int]) -> tuple[int, int]:
    tracker = context.statusTracker()
    found = [info for job in jobs if (info := tracker.getJobInfo(job))]
    stages = [stage for info in found for number in info.stageIds if (stage := tracker.getStageInfo(number))]
    return sum(stage.numCompletedTasks for stage in stages), sum(stage.numTasks for stage in stages)
