"""A newer schema reads what an older one wrote, and the other way round, by the rules of Avro (schema resolution)."""

import io
from itertools import pairwise
from random import Random
from typing import Any

import fastavro
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.anything import branch_of, value_of
from trunkline import schemas
from trunkline.schemas.names import branches

PAIRS = [
    (name, older, newer) for name in schemas.data_types() for older, newer in pairwise(schemas.versions(name))
]


def known_to(node: Any, value: Any) -> Any:
    """The value as a reader of this schema sees it: fields that it has not are dropped, missing ones are null."""
    if isinstance(node, list) and isinstance(value, tuple):
        return known_to(branch_of(node, value[0]), value[1])
    if isinstance(node, list):
        return None if value is None else known_to(branches(node)[0], value)
    if isinstance(value, dict):
        return {field["name"]: known_to(field["type"], value.get(field["name"])) for field in node["fields"]}
    return [known_to(node["items"], item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("data_type", "older", "newer"), PAIRS)
@pytest.mark.parametrize("backwards", [False, True])
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_versions_read_each_other(data_type: str, older: str, newer: str, backwards: bool, seed: int) -> None:
    writer, reader = (newer, older) if backwards else (older, newer)
    value = value_of(schemas.spelled_out(data_type, writer), Random(seed))
    assume(value["metaData"] is not None and value["recordCollection"] is not None)  # older ones need them
    written = io.BytesIO()
    fastavro.schemaless_writer(written, schemas.load(data_type, writer), value)
    written.seek(0)
    read = fastavro.schemaless_reader(
        written, schemas.load(data_type, writer), schemas.load(data_type, reader)
    )
    assert read == known_to(schemas.spelled_out(data_type, reader), value)
