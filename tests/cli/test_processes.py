import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trunkline.cli import processes
from trunkline.cli.processes import Part, Supervisor


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def part(folder: Path, code: str) -> Part:
    """A part that runs some Python; it can write to the file `said` in its folder."""
    folder.mkdir(exist_ok=True)
    program = (
        f"import signal, sys, time\ndef say(text): open({str(folder / 'said')!r}, 'a').write(text)\n{code}"
    )
    return Part(folder.name, [sys.executable, "-c", program], folder / "log")


def said(folder: Path) -> str:
    return (folder / "said").read_text() if (folder / "said").exists() else ""


def test_a_part_that_ends_is_started_again_after_a_growing_pause(tmp_path: Path) -> None:
    made = part(tmp_path / "short", "say('.')")
    made.pause = 0.05
    supervisor = Supervisor()
    supervisor.start(made)
    while said(tmp_path / "short").count(".") < 3:
        supervisor._keep_running(made)
        time.sleep(0.01)
    supervisor.stop()
    assert made.pause >= 0.2


def test_a_part_that_lasted_is_started_again_after_the_first_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LASTING_S", 0.3)
    monkeypatch.setattr(processes, "FIRST_PAUSE_S", 0.05)
    made = part(tmp_path / "lasting", "say('.')\ntime.sleep(0.3)")
    made.pause = 20
    supervisor = Supervisor()
    supervisor.start(made)
    while said(tmp_path / "lasting").count(".") < 3:
        supervisor._keep_running(made)
        time.sleep(0.01)
    supervisor.stop()
    assert made.pause == 0.1


def test_parts_are_stopped_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    order = tmp_path / "order"
    supervisor = Supervisor()
    for name in ("a", "b"):
        code = (
            f"def stop(*_):\n    open({str(order)!r}, 'a').write({name!r})\n    sys.exit()\n"
            "signal.signal(signal.SIGTERM, stop)\nsay('ready')\ntime.sleep(60)"
        )
        supervisor.start(part(tmp_path / name, code))
        wait_for(lambda name=name: said(tmp_path / name) == "ready")
    supervisor.stop()
    assert order.read_text() == "ba"


def test_a_part_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = part(
        tmp_path / "deaf", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay('ready')\ntime.sleep(60)"
    )
    supervisor = Supervisor()
    supervisor.start(made)
    wait_for(lambda: said(tmp_path / "deaf") == "ready")
    monkeypatch.setattr(processes, "STOP_TIMEOUT_S", 0.2)
    supervisor.stop()
    assert made.ended() == -signal.SIGKILL


def test_a_terminated_supervisor_leaves_no_part_behind(tmp_path: Path) -> None:
    child = tmp_path / "child"
    writes_its_id = f"import os, time; open({str(child)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    code = (
        "import sys\nfrom pathlib import Path\nfrom trunkline.cli.processes import Part, Supervisor\n"
        "with Supervisor() as supervisor:\n"
        f"    command = [sys.executable, '-c', {writes_its_id!r}]\n"
        f"    supervisor.start(Part('child', command, Path({str(tmp_path / 'log')!r})))\n"
        "    supervisor.watch()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: child.exists() and child.read_text().isdigit())
    process.terminate()
    assert process.wait(30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(child.read_text()), 0)
