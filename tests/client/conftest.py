"""What the tests of the client share: a server of the published shapes, with and without TLS."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trunkline.certificates import ensure_certificate
from trunkline.client import DataAccess, OAuth1, RetryPolicy

# The tests are no package; this one module is shared between them.
sys.path.insert(0, str(Path(__file__).parent))

from published_server import ACCOUNT, KEY, PublishedServer, server_context


@pytest.fixture
def server() -> Iterator[PublishedServer]:
    server = PublishedServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a local authority and a certificate for this machine's loopback names."""
    folder = tmp_path_factory.mktemp("ca")
    ensure_certificate(folder, ["localhost", "127.0.0.1"])
    return folder


@pytest.fixture
def tls_server(authority: Path) -> Iterator[PublishedServer]:
    server = PublishedServer(tls=server_context(authority / "server.crt", authority / "server.key"))
    yield server
    server.stop()


@pytest.fixture
def key() -> OAuth1:
    return OAuth1.from_key(KEY)


@pytest.fixture
def waits() -> list[float]:
    """How long the client waited, had it not been a test."""
    return []


@pytest.fixture
def data(server: PublishedServer, key: OAuth1, waits: list[float]) -> Iterator[DataAccess]:
    with DataAccess(server.url, ACCOUNT, key, retry=RetryPolicy(sleep=waits.append)) as data:
        yield data
