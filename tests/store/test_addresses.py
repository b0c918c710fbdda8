"""Servers as they stand in the field: with an authority of their own, and name nodes of which one is active."""

import socket
import ssl
from pathlib import Path

import pytest

from store.conftest import REMOTE
from store.places import Place
from store.proxy import Proxy
from store.webhdfs_server import Hdfs
from trunkline.certificates import ensure_certificate
from trunkline.store import StoreUnavailable, open_store, patience

AUTHORITIES = {"s3": "AWS_CA_BUNDLE", "gs": "REQUESTS_CA_BUNDLE", "hdfs": "SSL_CERT_FILE"}


@pytest.mark.parametrize("place", REMOTE, indirect=True)
def test_over_tls_a_server_is_trusted_by_its_authority_and_by_nothing_less(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "WAITS", (0.01,))
    chain, key = ensure_certificate(tmp_path / "ca", ["localhost"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    scheme = place.url.partition(":")[0]
    secured = [Proxy(proxy.url, context) for proxy in place.proxies]
    url = place.fresh()
    if scheme == "hdfs":
        url = url.replace(
            f"hdfs://localhost:{place.proxies[0].server_port}",
            f"swebhdfs://localhost:{secured[0].server_port}",
        )
    else:
        monkeypatch.setenv({"s3": "AWS_ENDPOINT_URL", "gs": "STORAGE_EMULATOR_HOST"}[scheme], secured[0].url)
    with pytest.raises(StoreUnavailable, match="certificate"):
        open_store(url).write("a", b"x")
    monkeypatch.setenv(AUTHORITIES[scheme], str(tmp_path / "ca" / "ca.crt"))
    store = open_store(url)
    if scheme == "hdfs":
        # The name node here still names a data node in clear.
        with pytest.raises(StoreUnavailable, match="no data node of the same scheme"):
            store.write("a", b"x")
        assert list(store.list("a")) == []
    else:
        store.write("a", b"x")
        assert store.read("a") == b"x"
    for proxy in secured:
        proxy.close()


def test_of_several_name_nodes_the_active_one_is_found_and_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "WAITS", (0.01, 0.01, 0.01))
    monkeypatch.setenv("HADOOP_USER_NAME", "trunkline")
    cluster, other = Hdfs(), Hdfs()
    other.names.files, other.names.data_url = cluster.files, cluster.data.url
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ports = [nobody.getsockname()[1], other.names.server_port, cluster.names.server_port]
        store = open_store("hdfs://" + ",".join(f"127.0.0.1:{port}" for port in ports) + "/trunk")
        other.names.standby = True
        store.write("a/b", b"one")
        other.names.standby, cluster.names.standby = False, True
        assert store.read("a/b") == b"one"
        assert list(store.list("a")) == ["a/b"]
        other.names.standby = True
        with pytest.raises(StoreUnavailable, match=r"StandbyException|connection refused"):
            store.read("a/b")
    for one in (cluster, other):
        one.close()
