"""The rules of the code itself: format, types, and who may import whom."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ],
    ids=lambda command: " ".join(command),
)
def test_the_checkers_have_nothing_to_say(command: list[str]) -> None:
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def tracked(*patterns: str) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = {path: n for path in tracked("*.py") if (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "core", "base", "manager", "service", "misc"}
    # Django looks for the connections of a database under this name.
    theirs = ROOT / "src/trunkline/platform/isolation/postgresql/base.py"
    paths = [path for path in tracked("src/*.py") if path != theirs]
    assert not [path for path in paths if path.stem in empty or path.parent.name in empty]


def test_lock_files_name_no_address() -> None:
    for path in tracked("requirements/*.txt", "tests/peers/*.txt", "*package-lock.json"):
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", path.read_text()), path


def test_every_pinned_requirement_has_a_hash() -> None:
    for path in tracked("requirements/*.txt", "tests/peers/*.txt"):
        requirements = re.split(r"\n(?=[a-z0-9])", path.read_text().split("\n", 2)[2])
        assert all("--hash=sha256:" in requirement for requirement in requirements if requirement.strip()), (
            path
        )
