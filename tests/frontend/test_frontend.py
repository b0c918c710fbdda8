"""What the front end's own tools say: types, lint, tests."""

import subprocess
from pathlib import Path

import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"


@pytest.mark.parametrize("script", ["types", "lint", "test"])
def test_its_checkers_have_nothing_to_say(script: str) -> None:
    done = subprocess.run(
        ["npm", "run", "--silent", script], cwd=FRONTEND, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_what_was_built_is_what_stands_in_the_sources(tmp_path: Path) -> None:
    """A test of yesterday's tag would prove nothing."""
    sources = [path for path in FRONTEND.rglob("*.ts") if "node_modules" not in path.parts]
    built = list((FRONTEND.parent / "src" / "trunkline").glob("*/built/*.js"))
    assert len(built) == 2
    newest = max(path.stat().st_mtime for path in sources if not path.name.endswith(".test.ts"))
    assert all(path.stat().st_mtime >= newest for path in built), "run `make tag`"
