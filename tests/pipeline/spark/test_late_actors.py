"""The first stage tells of an actor's late events only the first and the last: it finds the same actors."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pipeline.sessions.index import near_actors, outermost
from trunkline.pipeline.types import KINDS

KIND = KINDS["visits"]
WHO = st.tuples(st.sampled_from(["7", "8"]), st.sampled_from(["v/a", "v/b", "c/a"]))
LATE = st.lists(st.tuples(WHO, st.integers(0, 200)), max_size=20)
LINES = st.lists(st.tuples(WHO, st.integers(0, 200), st.integers(0, 30), st.booleans()), max_size=20)


@given(late=LATE, lines=LINES, reach=st.integers(0, 40))
def test_the_first_and_the_last_late_event_find_the_same_actors(
    late: list[tuple[tuple[str, str], int]],
    lines: list[tuple[tuple[str, str], int, int, bool]],
    reach: int,
) -> None:
    key = {"accountId": pl.String(), "actor": pl.String()}
    events = pl.DataFrame(
        [(*who, at, reach) for who, at in late],
        schema={**key, "timestamp": pl.Int64(), "inactivity": pl.Int64()},
        orient="row",
    )
    index = pl.DataFrame(
        [(*who, "id" if alive else None, start, start + length, None) for who, start, length, alive in lines],
        schema={**key, "id": pl.String(), "start": pl.Int64(), "last": pl.Int64(), "end": pl.Int64()},
        orient="row",
    )
    few = outermost(events, KIND)
    assert few.height <= 2 * len(set(events.select(KIND.key).rows()))
    assert near_actors(few, index, KIND).equals(near_actors(events, index, KIND))
