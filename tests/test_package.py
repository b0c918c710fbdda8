"""`pip install .` gives a working `trunkline` command."""

import os
import subprocess
import sys
from pathlib import Path

from trunkline import __version__

ROOT = Path(__file__).parent.parent


def test_the_installed_package_is_complete(tmp_path: Path) -> None:
    site = tmp_path / "site"
    # Dependencies are pinned and installed already; this is about what is ours.
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(site),
        str(ROOT),
    ]
    subprocess.run(install, check=True, capture_output=True, cwd=tmp_path)

    sources = ROOT / "src" / "trunkline"
    ours = {
        path.relative_to(sources)
        for path in sources.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    installed = {
        path.relative_to(site / "trunkline") for path in (site / "trunkline").rglob("*") if path.is_file()
    }
    assert ours <= installed

    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    command = [str(site / "bin" / "trunkline"), "--version"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == f"trunkline {__version__}\n", done.stderr
