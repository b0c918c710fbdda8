"""How work is divided: every actor's rows come to one range, in order, and ranges are about as large as each other."""

from random import Random

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pipeline.spark.ranges import SAMPLES, bounds, sampled, slices
from trunkline.pipeline.types import KINDS

KIND = KINDS["visits"]
ACTORS = st.lists(
    st.tuples(st.sampled_from(["7", "75555851"]), st.text(max_size=3)), min_size=1, max_size=40, unique=True
)
SCHEMA = {"accountId": pl.String(), "actor": pl.String()}


def in_order(actors: list[tuple[str, str]], seed: int = 0, most: int = 4) -> pl.DataFrame:
    random = Random(seed)
    rows = [actor for actor in actors for _ in range(random.randint(1, most))]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(KIND.key)


def counted(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by(KIND.key, maintain_order=True).len("rows")


@given(actors=ACTORS, edges=ACTORS, seed=st.integers(0, 9))
def test_slices_are_the_frame_and_no_actor_is_in_two(
    actors: list[tuple[str, str]], edges: list[tuple[str, str]], seed: int
) -> None:
    frame = in_order(actors, seed)
    ordered = pl.DataFrame(edges, schema=SCHEMA, orient="row").sort(KIND.key)
    found = list(slices(frame, ordered, KIND))
    assert pl.concat([some for _, some in found]).equals(frame)
    assert [number for number, _ in found] == sorted({number for number, _ in found})
    for number, some in found:
        # A range begins with its edge; the order is that of the bytes of UTF-8, which is that of Python's strings.
        assert {sum(edge <= actor for edge in ordered.rows()) for actor in some.rows()} == {number}


@given(actors=ACTORS, number=st.integers(0, 50), ranges=st.integers(1, 8))
def test_samples_weigh_what_they_stand_for(actors: list[tuple[str, str]], number: int, ranges: int) -> None:
    counts = counted(in_order(actors, number))
    sample = sampled(counts, KIND, number)
    assert abs(sample["weight"].sum() - counts["rows"].sum()) < 1 + counts["rows"].sum() / SAMPLES
    edges = bounds(sample, KIND, ranges)
    assert edges.height < ranges
    assert edges.equals(edges.sort(KIND.key))
    assert set(edges.rows()) <= set(counts.select(KIND.key).rows())


def test_many_files_together_give_even_ranges() -> None:
    actors = [("7", f"visitor-{number:05d}") for number in range(2000)]
    files = [in_order(actors, seed, most=6) for seed in range(15)]
    samples = pl.concat([sampled(counted(file), KIND, number) for number, file in enumerate(files)])
    edges = bounds(samples, KIND, 300)
    sizes = [some.height for _, some in slices(pl.concat(files).sort(KIND.key), edges, KIND)]
    assert len(sizes) > 240
    assert max(sizes) < 3 * sum(sizes) / len(sizes)


def test_a_file_without_events_has_no_samples() -> None:
    none = pl.DataFrame(schema={**SCHEMA, "rows": pl.UInt32()})
    assert sampled(none, KIND, 3).height == 0
    assert bounds(sampled(none, KIND, 3), KIND, 4).height == 0
