"""What docs/api/data-access.md says to try, tried as it stands there."""

import json
import re
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.platform.conftest import NORTHWIND, data_file
from tests.platform.live import Platform, database

from trunkline.clock import HOUR_MS, hour_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "api" / "data-access.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)


def test_the_documented_example_downloads_the_files_of_the_demo(tmp_path: Path) -> None:
    demo = tmp_path / "data" / "demo"
    (demo / "keys").mkdir(parents=True)
    with database("trunkline_example") as url:
        platform = Platform(demo, url)
        platform.command("migrate")
        platform.command("account", "create", NORTHWIND, "--name", "Northwind")
        platform.command("account", "data-type", "enable", NORTHWIND, "agentActivity")
        (demo / "keys" / f"{NORTHWIND}.read.json").write_text(json.dumps(platform.key(NORTHWIND)))
        made = data_file(NORTHWIND, hour_of(int(time.time() * 1000)) - HOUR_MS, b"the bytes of a file")
        (demo / "store" / made.key).parent.mkdir(parents=True)
        (demo / "store" / made.key).write_bytes(b"the bytes of a file")
        platform.publish(asdict(made))

        (example,) = blocks("python")
        assert "https://localhost:8443/" in example
        with platform.serving():
            done = subprocess.run(
                [sys.executable, "-c", example.replace("https://localhost:8443", platform.url)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
            )
        assert done.stdout == f"{made.name.removesuffix('.gz')} 19 bytes\n", done.stderr

        (commands,) = (block.splitlines() for block in blocks("sh"))
        assert len(commands) == 3
        for command in commands:
            platform.command(*command.removeprefix("trunkline ").split())
