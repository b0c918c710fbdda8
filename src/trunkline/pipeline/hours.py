"""What is known of each hour: that its files are complete, also where there is none, or that they are not there yet."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import DataFile, RetainingCatalogue


class State(StrEnum):
    COMPLETE = "complete"
    """Whatever files it has are listed, for good."""
    PAST = "past"
    """It was complete, and its files are past their time."""
    WAITING = "waiting"
    """Its files are not there yet."""


@dataclass(frozen=True)
class HourStatus:
    hour: int
    """Its start, epoch ms."""
    state: State
    files: int = 0
    records: int = 0


def hours(
    catalogue: RetainingCatalogue, kind: str, data_type: str, account_id: str, first_hour: int, end_hour: int
) -> Iterator[HourStatus]:
    """Every hour of `[first_hour, end_hour)` for one account and data type (of this kind)."""
    past = catalogue.past(kind)
    complete_until = past[-1].end_hour if past else 0
    gone = max(
        (run.end_hour for run in past if run.expired is not None), default=catalogue.kept_from(kind) or 0
    )
    its = [file for file in catalogue.files(data_type, first_hour, end_hour) if file.account_id == account_id]
    files, records = Counter(file.scope_start for file in its), _records(its)
    for hour in range(first_hour, end_hour, HOUR_MS):
        state = State.PAST if hour < gone else State.COMPLETE if hour < complete_until else State.WAITING
        yield HourStatus(hour, state, files[hour], records[hour])


def _records(files: Iterable[DataFile]) -> Counter[int]:
    records: Counter[int] = Counter()
    for file in files:
        records[file.scope_start] += file.records
    return records
