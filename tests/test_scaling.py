"""docs/scaling.md says what its arithmetic gives for the figures that lie beside it."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from trunkline.pipeline.plan import DEFAULT_LIMITS
from trunkline.pipeline.spark.engine import RANGE
from trunkline.pipeline.types import KINDS

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def scaling() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scaling", ROOT / "benchmarks/scaling.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_table_of_the_page_is_what_the_measured_figures_give(scaling: ModuleType) -> None:
    page = (ROOT / "docs/scaling.md").read_text()
    tables = scaling.tables(json.loads((ROOT / "docs/scaling.json").read_text()))
    assert [name for name, lines in tables.items() if "\n".join(lines) not in page] == []


def test_the_page_has_no_other_table(scaling: ModuleType) -> None:
    lines = [line for line in (ROOT / "docs/scaling.md").read_text().splitlines() if line.startswith("|")]
    tables = scaling.tables(json.loads((ROOT / "docs/scaling.json").read_text()))
    assert sorted(lines) == sorted(line for table in tables.values() for line in table)


def test_ranges_are_as_large_as_the_engine_makes_them(scaling: ModuleType) -> None:
    sizes = {kind.name: RANGE * DEFAULT_LIMITS.bucket_events // kind.weight for kind in KINDS.values()}
    assert sizes == scaling.RANGE_EVENTS
