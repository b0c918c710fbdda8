"""What a hostile or slow caller sends costs the collector little."""

import contextlib
import gzip
import io
import json
import re
import select
import socket
import time
from pathlib import Path

import pytest
import zstandard

from trunkline.collector.body import MOST_MEMBERS, inflate
from trunkline.collector.refusal import RequestRefused

MOST = 200_000


def bomb(encoding: str) -> bytes:
    """256 MiB of blanks, as small as they get."""
    if encoding == "gzip":
        target = io.BytesIO()
        with gzip.GzipFile(fileobj=target, mode="wb") as file:
            for _ in range(256):
                file.write(b" " * 2**20)
        return target.getvalue()
    compressor = zstandard.ZstdCompressor().compressobj()
    return b"".join(compressor.compress(b" " * 2**20) for _ in range(256)) + compressor.flush()


def most_memory(pid: int) -> int:
    """Peak resident bytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_in_bounded_memory(make_collector, event, encoding):
    collector = make_collector()
    assert collector.post([event()]).status_code == 202
    before = most_memory(collector.process.pid)
    answer = collector.post(bomb(encoding), content_encoding=encoding)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (413, "body_too_large")
    assert most_memory(collector.process.pid) - before < 64 * 2**20


def test_a_zstd_window_of_gigabytes_is_refused(shared):
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = compressor.compress(b" " * 1000) + compressor.flush()
    assert shared.post(body, content_encoding="zstd").status_code == 400


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress)]
)
def test_a_body_of_many_small_streams_is_refused_before_they_are_counted(encoding, compress):
    assert inflate(compress(b"x") * MOST_MEMBERS, encoding, MOST) == b"x" * MOST_MEMBERS
    with pytest.raises(RequestRefused, match="more than 100"):
        inflate(compress(b"") * 100_000, encoding, MOST)


def connect(collector) -> socket.socket:
    host, _, port = collector.url.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def head(*lines: str) -> bytes:
    first = "POST /collector/v1/account/75555851/events HTTP/1.1"
    return "\r\n".join([first, "Host: x", "Authorization: Bearer tlw_north", *lines, "", ""]).encode()


def test_a_length_above_the_limit_is_refused_before_the_body_is_sent(shared):
    with connect(shared) as connection:
        connection.sendall(head(f"Content-Length: {MOST + 1}"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


def test_a_body_without_a_length_is_refused_at_the_limit(shared):
    with connect(shared) as connection:
        connection.sendall(head("Transfer-Encoding: chunked"))
        connection.sendall(b"%x\r\n%b\r\n" % (MOST + 1, b" " * (MOST + 1)))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


def test_a_body_that_arrives_byte_by_byte_is_understood(shared, event):
    body = json.dumps([event()]).encode()
    with connect(shared) as connection:
        connection.sendall(head(f"Content-Length: {len(body)}"))
        for byte in body:
            connection.sendall(bytes([byte]))
        assert connection.recv(65536).startswith(b"HTTP/1.1 202")


@pytest.mark.parametrize("sent", [b"", b"POST / HT", head("Content-Length: 100") + b"["])
def test_a_caller_that_never_finishes_is_cut_off(make_collector, sent):
    collector = make_collector(request_seconds=0.5)
    with connect(collector) as connection:
        connection.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(65536) == b""
    assert collector.stop() == 0


def test_a_head_that_never_ends_is_refused(shared):
    with connect(shared) as connection:
        connection.sendall(head(*(f"X-{number}: y" for number in range(150))))
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")


def test_a_caller_that_leaves_takes_nothing_with_it(shared, event):
    with connect(shared) as connection:
        connection.sendall(head("Content-Length: 100") + b"[")
    time.sleep(0.05)
    assert shared.post([event()]).status_code == 202


@pytest.mark.parametrize("encoding", ["gzip", ""])
def test_bodies_of_which_nothing_is_understood_are_soon_too_many(make_collector, event, encoding):
    collector = make_collector(quota=[0.1, 50_000])
    body = b"[" + b" " * 2**20 + b"\xff"
    sent = gzip.compress(body) if encoding else body
    answers = [collector.post(sent, content_encoding=encoding).status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]
    contoso = collector.post([event()], account="28045150", key="tlw_contoso")
    assert contoso.status_code == 202


def test_a_damaged_body_costs_as_much_as_it_may_have_inflated_to(make_collector):
    collector = make_collector(quota=[0.1, 80_000])
    damaged = gzip.compress(b" " * 2**20)[:-9]
    answers = [collector.post(damaged, content_encoding="gzip").status_code for _ in range(2)]
    assert answers == [400, 429]


def test_of_bodies_that_are_sent_together_no_more_wait_than_there_is_room_for(make_collector, event):
    collector = make_collector(most_waiting_bytes=5000)
    body = json.dumps([event(nickname="x" * 250) for _ in range(10)]).encode()
    (collector.folder / "hold").touch()
    with contextlib.ExitStack() as held:
        connections = [held.enter_context(connect(collector)) for _ in range(10)]
        for connection in connections:
            connection.sendall(head(f"Content-Length: {len(body)}", "Expect: 100-continue"))
            # It is asked for once there seemed to be room.
            assert connection.recv(100).startswith(b"HTTP/1.1 100")
        for connection in connections:
            connection.sendall(body)
        # The first two fill the room and are answered only when the disk goes on.
        ready = set()
        while len(ready) < 8:
            ready |= set(select.select(set(connections) - ready, [], [], 20)[0])
        (collector.folder / "hold").unlink()
        answers = sorted(connection.recv(100)[9:12] for connection in connections)
    assert answers == [b"202"] * 2 + [b"503"] * 8
