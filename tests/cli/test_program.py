import subprocess
import sys
from pathlib import Path

import pytest

from trunkline import __version__
from trunkline.cli.program import COMMANDS


def trunkline(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trunkline", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
    )


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    done = trunkline("--help", folder=tmp_path)
    assert done.returncode == 0
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


def test_the_help_loads_no_heavy_library(tmp_path: Path) -> None:
    code = "import sys, trunkline.cli; sys.argv = ['trunkline', '--help']\ntry: trunkline.cli.main()\nexcept SystemExit: pass\n"
    code += "print(sorted({'django', 'polars', 'uvicorn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.endswith("[]\n")


def test_the_version_is_shown(tmp_path: Path) -> None:
    assert trunkline("--version", folder=tmp_path).stdout == f"trunkline {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str, tmp_path: Path) -> None:
    done = trunkline(name, "--help", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Usage: trunkline" in done.stdout
    assert len(done.stdout.splitlines()) > 8
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_named(tmp_path: Path) -> None:
    done = trunkline("dance", folder=tmp_path)
    assert done.returncode == 2
    assert "dance" in done.stderr


def test_a_setting_that_cannot_be_used_is_one_line_and_no_trace(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "trunkline.env").write_text("TRUNKLINE_GRACE_MINUTES=soon\n")
    done = trunkline("check", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: TRUNKLINE_GRACE_MINUTES: 'soon' cannot be used")
    assert "Traceback" not in done.stderr
