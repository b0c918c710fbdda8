"""What the front end's own tools say: types, lint, tests."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from trunkline.platform.console.forms.layouts import LAYOUTS

FRONTEND = Path(__file__).parents[2] / "frontend"


@pytest.mark.parametrize("script", ["types", "lint", "test"])
def test_its_checkers_have_nothing_to_say(script: str) -> None:
    done = subprocess.run(
        ["npm", "run", "--silent", script], cwd=FRONTEND, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_what_was_built_is_what_stands_in_the_sources(tmp_path: Path) -> None:
    """A test of yesterday's tag would prove nothing."""
    sources = [path for path in FRONTEND.rglob("*/*") if "node_modules" not in path.parts and path.is_file()]
    built = [
        path
        for ending in ("js", "css", "svg")
        for path in (FRONTEND.parent / "src" / "trunkline").glob(f"*/built/*.{ending}")
    ]
    assert len(built) == 6
    newest = max(path.stat().st_mtime for path in sources if not path.name.endswith(".test.ts"))
    assert all(path.stat().st_mtime >= newest for path in built), "run `make web`"


def test_the_sprite_holds_the_icons_that_pages_show_and_no_others() -> None:
    sources = FRONTEND.parent / "src" / "trunkline"
    templates = "".join(path.read_text() for path in sources.rglob("templates/**/*.html"))
    named = set(re.findall(r'{% icon "([a-z0-9-]+)"', templates))
    menu = (sources / "platform" / "console" / "navigation.py").read_text()
    named |= set(re.findall(r'"(home|[a-z-]+)", "?(?:home|console-[a-z]+)', menu))
    named |= {layout.icon for layout in LAYOUTS.values()}
    assert named == set(json.loads((FRONTEND / "web" / "icons.json").read_text()))
