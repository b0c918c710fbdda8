import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from trunkline.certificates import ensure_certificate, expires, names_of

NAMES = ["localhost", "127.0.0.1"]


def handshake(chain: Path, key: Path, authority: Path, name: str) -> str:
    """Shake hands over a real connection; returns the protocol's version."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(chain, key)
    client = ssl.create_default_context(cafile=authority)
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as secured:
            return str(secured.version())
    finally:
        ours.close()
        thread.join()


def test_a_client_that_trusts_the_authority_can_connect(tmp_path: Path) -> None:
    chain, key = ensure_certificate(tmp_path, NAMES)
    for name in NAMES:
        assert handshake(chain, key, tmp_path / "ca.crt", name) == "TLSv1.3"


def test_the_certificate_is_for_its_names_only(tmp_path: Path) -> None:
    chain, key = ensure_certificate(tmp_path, NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(chain, key, tmp_path / "ca.crt", "example.com")


def test_another_authority_is_not_trusted(tmp_path: Path) -> None:
    chain, key = ensure_certificate(tmp_path / "ours", NAMES)
    ensure_certificate(tmp_path / "theirs", NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(chain, key, tmp_path / "theirs" / "ca.crt", "localhost")


def test_a_good_certificate_is_kept(tmp_path: Path) -> None:
    chain, _ = ensure_certificate(tmp_path, NAMES)
    before = chain.read_bytes()
    ensure_certificate(tmp_path, NAMES)
    assert chain.read_bytes() == before


def test_a_new_name_gets_a_new_certificate_from_the_same_authority(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, NAMES)
    authority = (tmp_path / "ca.crt").read_bytes()
    chain, _ = ensure_certificate(tmp_path, [*NAMES, "data.example.com"])
    assert names_of(chain) == ["localhost", "data.example.com", "127.0.0.1"]
    assert (tmp_path / "ca.crt").read_bytes() == authority


def test_a_certificate_is_renewed_before_it_ends(tmp_path: Path) -> None:
    chain, _ = ensure_certificate(tmp_path, NAMES)
    end = expires(chain)
    with time_machine.travel(end - timedelta(days=20)):
        ensure_certificate(tmp_path, NAMES)
    assert expires(chain) > end
    assert expires(chain) - end < timedelta(days=398)
    assert datetime.now(UTC) < end


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    ensure_certificate(tmp_path / "ca", NAMES)
    for name in ("ca.key", "server.key"):
        assert (tmp_path / "ca" / name).stat().st_mode & 0o077 == 0
