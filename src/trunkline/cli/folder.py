"""A data folder: where one machine keeps its settings, secrets and certificates.

`up` and `demo` prepare it once; every other command finds the settings there. Nothing in it is ever overwritten: a
sealing key that is lost makes every sealed secret unreadable.
"""

import base64
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from trunkline.certificates import ensure_certificate
from trunkline.store import sync_folder

ENVIRONMENT = "trunkline.env"


class FolderError(ValueError):
    """The data folder cannot be used; the text says why and what to do."""


def read_environment(data: Path) -> dict[str, str]:
    """The settings in `<data>/trunkline.env`: NAME=value lines, `#` begins a comment line."""
    path = data / ENVIRONMENT
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise FolderError(f"{path} cannot be read ({error.strerror})") from None
    settings = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise FolderError(f"{path}, line {number}: expected NAME=value")
        settings[name.strip()] = value.strip()
    return settings


def prepare(data: Path, settings: dict[str, str]) -> None:
    """Make the folder ready: secrets, certificates for the public addresses, and `settings` in trunkline.env.

    What is there already is kept; only settings that the file does not name yet are added.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = read_environment(data)
    wanted = {
        "TRUNKLINE_SECRET_KEY_FILE": str(_secret(data / "secrets" / "secret-key", secrets.token_urlsafe(50))),
        "TRUNKLINE_SEALING_KEYS_FILE": str(_secret(data / "secrets" / "sealing-keys", _sealing_key())),
        **settings,
    }
    wanted |= known
    addresses = [wanted[name] for name in ("TRUNKLINE_PLATFORM_URL", "TRUNKLINE_COLLECTOR_URL")]
    hosts = dict.fromkeys(
        [*(urlsplit(url).hostname or "localhost" for url in addresses), "localhost", "127.0.0.1", "::1"]
    )
    chain, key = ensure_certificate(data / "ca", list(hosts))
    wanted = {"TRUNKLINE_TLS_CERTIFICATE": str(chain), "TRUNKLINE_TLS_KEY": str(key)} | wanted
    if missing := {name: value for name, value in wanted.items() if name not in known}:
        _append(data / ENVIRONMENT, missing)


def _sealing_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _secret(path: Path, value: str) -> Path:
    """A file that holds a secret; made once, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    return path


def _append(path: Path, settings: dict[str, str]) -> None:
    before = (
        path.read_text(encoding="utf-8")
        if path.exists()
        else "# Settings of this data folder; docs/configuration.md\n"
    )
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(before + "".join(lines), encoding="utf-8")
    temporary.replace(path)
