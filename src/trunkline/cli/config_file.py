"""The configuration of an account as a YAML file that people read and compare."""

import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import typer
import yaml

# YAML 1.2 takes for numbers what 1.1 takes for text, such as 1e3: quoted, both read the same.
_LIKE_A_NUMBER = re.compile(r"[-+.\d]")
# Ends of lines for YAML 1.1 only: escaped, they stay what they are.
_OTHER_BREAK = re.compile("[\x85\u2028\u2029]")


class _Dumper(yaml.SafeDumper):
    """Lists are indented, so that a file reads as it is nested; nothing is an alias of what stands elsewhere."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    if _OTHER_BREAK.search(text):
        return '"'
    if "\n" in text:
        return "|"
    return "'" if _LIKE_A_NUMBER.match(text) else None


_Dumper.add_representer(str, _text)


def to_yaml(values: Any) -> str:
    """Members in the order that they have."""
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def write_file(path: Path, text: str) -> None:
    """Whole, or what was there stays."""
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.absolute().parent, prefix=f".{path.name}.", delete=False
        ) as file:
            made = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    except OSError as error:
        raise typer.BadParameter(
            f"{path} cannot be written ({error.strerror})", param_hint="--output"
        ) from None
