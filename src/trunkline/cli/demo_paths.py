"""What a person copies from the demo, as short as it can be written from where the person stands."""

import os
import sys
from pathlib import Path


def program_path() -> str:
    return relative(Path(sys.executable).parent / "trunkline")


def pull_command(data: Path, account: str, data_type: str) -> str:
    key_file = f"{relative(data)}/keys/{account}.read.json"
    return f"{program_path()} pull --key-file {key_file} --type {data_type} --as ndjson --to pulled"


def relative(path: Path) -> str:
    path_from_here = os.path.relpath(path)
    return path_from_here if not path_from_here.startswith("..") else str(path)
