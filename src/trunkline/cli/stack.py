"""The parts that one machine runs together, and how to know that they answer."""

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2

from trunkline import settings
from trunkline.cli.folder import prepare, read_environment
from trunkline.cli.processes import Part, Supervisor

READY_TIMEOUT_S = 60.0


class NotReady(RuntimeError):
    """A part did not answer in time; the text names its log file."""


def open_folder(data: Path, wanted: dict[str, str]) -> settings.Settings:
    """Prepare the data folder (once) and give its settings, also to every process started from here on."""
    prepare(data, wanted)
    os.environ["TRUNKLINE_DATA"] = str(data)
    for name, value in read_environment(data).items():
        os.environ.setdefault(name, value)
    return settings.load()


def migrate() -> None:
    """Bring the databases to this version, in a process of its own. Raises `NotReady` with what it said."""
    done = subprocess.run(program("migrate"), capture_output=True, text=True)
    if done.returncode:
        raise NotReady(f"the databases could not be migrated:\n{done.stderr.strip() or done.stdout.strip()}")


def program(*arguments: str) -> list[str]:
    """The command line that runs this very program."""
    return [sys.executable, "-m", "trunkline", *arguments]


def parts(data: Path) -> list[Part]:
    """Every server and worker, in the order of their start."""
    folder = data / "log"
    return [
        Part("collector", program("serve", "collector"), folder / "collector.log"),
        Part("platform", program("serve", "platform"), folder / "platform.log"),
        Part("pipeline", program("work", "pipeline"), folder / "pipeline.log"),
    ]


def ready_addresses(chosen: settings.Settings) -> dict[str, str]:
    """Where each server says that it is ready: asked on the address it listens on, not through a proxy."""
    scheme = "https" if chosen.tls_certificate else "http"
    return {
        "collector": f"{scheme}://{_reachable(chosen.collector_bind)}/ready",
        "platform": f"{scheme}://{_reachable(chosen.platform_bind)}/ready",
    }


def wait_until_ready(
    chosen: settings.Settings, supervisor: Supervisor | None = None, others: Mapping[str, str] | None = None
) -> None:
    """Return when every server answers, `others` (part → address) too. Raises `NotReady` naming the part that does not, and
    its log."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    for name, address in (ready_addresses(chosen) | dict(others or {})).items():
        while not answers(address, chosen):
            if supervisor and supervisor.stopping:
                raise NotReady("told to stop before everything had started")
            if time.monotonic() > deadline or (supervisor and supervisor.has_ended(name)):
                log_file = chosen.data / "log" / f"{name}.log"
                raise NotReady(
                    f"the {name} does not answer at {address}; it says in {log_file}:\n{_tail(log_file)}"
                )
            time.sleep(0.1)


def answers(address: str, chosen: settings.Settings) -> bool:
    """True if a server says at this address that it is ready."""
    # Our own server on our own machine: its name may be the public one, so only the authority is checked.
    authority = chosen.data / "ca" / "ca.crt"
    context = ssl.create_default_context(cafile=authority if authority.exists() else None)
    context.check_hostname = False
    try:
        return httpx2.get(address, verify=context, timeout=2, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def _reachable(bind: str) -> str:
    host, _, port = bind.rpartition(":")
    return f"{'127.0.0.1' if host in ('0.0.0.0', '[::]', '::') else host}:{port}"  # noqa: S104  # compared, not bound


def _tail(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    return "\n".join(f"  {line}" for line in lines[-8:]) or "  (nothing)"
