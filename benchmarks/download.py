"""Download: MB/s of a large data file through the platform's server, beside a static file server; one table.

Both serve the same bytes over plain HTTP on loopback, to the same client, one after the other, each round in turn. The
platform checks a signature for every download; the static server (nginx where it is installed, else granian's own
static mount, which reads files without any Python) checks nothing.

    .venv/bin/python benchmarks/download.py [--megabytes 200] [--rounds 5] [--connections 1 4]
"""

import argparse
import base64
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path

from oauthlib.oauth1 import Client as Signer

from trunkline.pipeline.catalogue import DataFile, Run

HOUR_MS = 3_600_000
HOUR = 1_461_387_600_000
NAME = f"Agent.{HOUR}.{HOUR + HOUR_MS}.part-00000-0.gz"
ACCOUNT = "75555851"
BLOCK = 2**20

Sign = Callable[[str], dict[str, str]]
Request = tuple[str, str, Sign]
"""Address, path and what makes the headers."""


def main() -> None:
    chosen = read_arguments()
    with tempfile.TemporaryDirectory(prefix="trunkline-download-") as name:
        folder = Path(name)
        address = prepare_settings(folder)
        sign = prepare_platform(folder, chosen.megabytes * 2**20)
        with (
            running([sys.executable, "-m", "trunkline", "serve", "platform"], address),
            static_server(folder / "store") as (static_name, static_address),
        ):
            path = f"/data_access_le/account/{ACCOUNT}/le/agentActivity/{NAME}"
            report(chosen, static_name, (address, path, sign), (static_address, f"/data/{NAME}", unsigned))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 4])
    return parser.parse_args()


def prepare_settings(folder: Path) -> str:
    """The settings of this process and of the server it starts; the server's address."""
    address = f"127.0.0.1:{free_port()}"
    os.environ |= {
        "TRUNKLINE_MODE": "development",
        "TRUNKLINE_DATA": str(folder),
        "TRUNKLINE_STORE": (folder / "store").as_uri(),
        "TRUNKLINE_PLATFORM_BIND": address,
        "TRUNKLINE_PLATFORM_URL": f"http://{address}",
        "TRUNKLINE_SECRET_KEY": secrets.token_urlsafe(50),
        "TRUNKLINE_SEALING_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "TRUNKLINE_LOG_LEVEL": "warning",
    }
    return address


def prepare_platform(folder: Path, size: int) -> Sign:
    """Make the databases, the account, a key and one published file; a function that signs requests."""
    # Only now are the settings known that Django is set up with.
    from trunkline.platform import project

    project.start()
    from trunkline.platform.accounts import accounts, data_types, keys
    from trunkline.platform.actors import OPERATOR
    from trunkline.platform.data_access.catalogue import DatabaseCatalogue
    from trunkline.platform.migrations import migrate_all

    list(migrate_all())
    accounts.create_account(OPERATOR, ACCOUNT, name="Northwind", time_zone="UTC")
    data_types.switch_on(OPERATOR, ACCOUNT, "agentActivity")
    key = keys.create_key(OPERATOR, ACCOUNT, name="benchmark", permissions=["data-access"])
    assert isinstance(key, keys.NewApiKey)
    DatabaseCatalogue().publish(a_run(write_file(folder / "store" / "data" / NAME, size), size))
    signer = Signer(key.app_key, key.secret, key.access_token, key.access_token_secret)
    url = os.environ["TRUNKLINE_PLATFORM_URL"]
    return lambda path: dict(signer.sign(url + path)[1])


def unsigned(_path: str) -> dict[str, str]:
    return {}


def write_file(path: Path, size: int) -> str:
    """A file of bytes that do not repeat; its digest."""
    path.parent.mkdir(parents=True)
    digest = sha256()
    with path.open("wb") as file:
        for _ in range(size // BLOCK):
            block = secrets.token_bytes(BLOCK)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def a_run(digest: str, size: int) -> Run:
    file = DataFile(
        account_id=ACCOUNT,
        data_type="agentActivity",
        scope_start=HOUR,
        part=0,
        name=NAME,
        key=f"data/{NAME}",
        bytes=size,
        digest=digest,
        text_digest=digest,
        records=1,
        schema_version="1.0.0.4",
    )
    return Run(
        kind="agentActivity",
        first_hour=HOUR,
        end_hour=HOUR + HOUR_MS,
        watermark=HOUR + HOUR_MS,
        rules_version="benchmark",
        rules={},
        segments=(),
        state="",
        files=(file,),
    )


@contextmanager
def static_server(root: Path) -> Iterator[tuple[str, str]]:
    port = free_port()
    if nginx := shutil.which("nginx"):
        configuration = root.parent / "nginx.conf"
        # Started by root its worker would be another user, who may not read a temporary folder.
        user = "user root; " if os.geteuid() == 0 else ""
        configuration.write_text(
            f"{user}daemon off; pid {root.parent}/nginx.pid; error_log stderr; worker_processes 1; events {{}}\n"
            f"http {{ access_log off; sendfile on; server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
        )
        name, command = "nginx", [nginx, "-c", str(configuration)]
    else:
        name = "granian static mount"
        command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--port", str(port)]
        command += ["--no-ws", "--static-path-route", "/", "--static-path-mount", str(root), "--no-log"]
        command.append("trunkline.platform.wsgi:application")
    with running(command, f"127.0.0.1:{port}"):
        yield name, f"127.0.0.1:{port}"


@contextmanager
def running(command: list[str], address: str) -> Iterator[None]:
    """A server, until the block ends."""
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 30
        while not answers(address):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not start")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def report(chosen: argparse.Namespace, static_name: str, ours: Request, theirs: Request) -> None:
    print(
        f"{chosen.megabytes} MiB, {chosen.rounds} rounds, median; plain HTTP, {os.cpu_count()} cores shared with the client"
    )
    print(f"{'connections':>11}  {'platform MB/s':>13}  {static_name + ' MB/s':>25}  {'ratio':>5}")
    for connections in chosen.connections:
        rates: dict[str, list[float]] = {"ours": [], "theirs": []}
        for _ in range(chosen.rounds):
            rates["ours"].append(rate(ours, connections))
            rates["theirs"].append(rate(theirs, connections))
        mine, other = statistics.median(rates["ours"]), statistics.median(rates["theirs"])
        print(f"{connections:>11}  {mine:>13.0f}  {other:>25.0f}  {mine / other:>5.0%}")


def rate(request: Request, connections: int) -> float:
    """MB/s over all connections, each fetching the whole file once."""
    received: list[int] = []
    threads = [threading.Thread(target=lambda: received.append(fetch(request))) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(received) != connections:
        sys.exit("a download failed")
    return sum(received) / 1e6 / (time.perf_counter() - started)


def fetch(request: Request) -> int:
    """Read the whole answer into one buffer, again and again; its length."""
    address, path, headers = request
    connection = HTTPConnection(address, timeout=60)
    connection.request("GET", path, headers=headers(path))
    response = connection.getresponse()
    if response.status != 200:
        sys.exit(f"{address}{path}: {response.status} {response.read()[:300]!r}")
    buffer, total = bytearray(BLOCK), 0
    while read := response.readinto(buffer):
        total += read
    connection.close()
    return total


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
