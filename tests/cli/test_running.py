import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trunkline.cli.demo_setup import _free_port
from trunkline.cli.folder import prepare
from trunkline.cli.running import FolderInUse, only_runner, runner_of


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_folder_has_one_runner_at_a_time(tmp_path: Path) -> None:
    assert runner_of(tmp_path) is None
    with only_runner(tmp_path):
        assert runner_of(tmp_path) == os.getpid()
        with pytest.raises(FolderInUse, match=f"process {os.getpid()} "), only_runner(tmp_path):
            raise AssertionError("two at one time")
    assert runner_of(tmp_path) is None
    with only_runner(tmp_path):
        pass


def test_a_process_id_that_was_left_behind_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "running.pid").write_text(str(os.getpid()))
    assert runner_of(tmp_path) is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose servers have ports of their own."""
    platform, collector = _free_port(0), _free_port(0)
    settings = {
        "TRUNKLINE_PLATFORM_URL": f"https://localhost:{platform}",
        "TRUNKLINE_PLATFORM_BIND": f"127.0.0.1:{platform}",
        "TRUNKLINE_COLLECTOR_URL": f"https://localhost:{collector}",
        "TRUNKLINE_COLLECTOR_BIND": f"127.0.0.1:{collector}",
    }
    prepare(tmp_path / "data", settings)
    return tmp_path


def start(folder: Path) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "trunkline", "up"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def up(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """Everything on one machine, running."""
    with start(folder) as process:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if "one file a part" in line:
                break
        else:
            assert process.stderr
            pytest.fail(said + process.stderr.read())
        yield process
        process.terminate()


def parts(process: "subprocess.Popen[str]") -> dict[int, str]:
    """The processes that a supervisor has started, and what they are."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {
        int(child): " ".join(Path(f"/proc/{child}/cmdline").read_text().split("\0")[3:5])
        for child in children
    }


def runs(pid: int) -> bool:
    """False also for one that has ended and that nobody has asked for its exit code."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


def test_a_killed_supervisor_takes_its_parts_with_it(folder: Path, up: "subprocess.Popen[str]") -> None:
    started = parts(up)
    assert sorted(started.values()) == ["serve collector", "serve platform", "work pipeline"]

    with start(folder) as second:
        _, complaint = second.communicate(timeout=60)
    assert second.returncode == 1
    assert re.fullmatch(rf"Error: .*data is in use: process {up.pid} runs Trunkline there.*\n", complaint)

    up.send_signal(signal.SIGKILL)
    up.wait()
    wait_for(lambda: not any(map(runs, started)))
    # The last part has ended: nobody holds the folder any more.
    wait_for(lambda: runner_of(folder / "data") is None)
