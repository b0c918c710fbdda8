"""The real server: TLS, threads, signals; asked by clients that are not ours."""

import os
import re
import resource
import signal
import socket
import ssl
import threading
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.platform.conftest import CONTOSO, NORTHWIND, data_file
from tests.platform.live import Platform, database, signer

HOUR = 1461387600000
LE = f"/data_access_le/account/{NORTHWIND}/le"
TEXT = os.urandom(3 * 2**20 + 7)


@pytest.fixture(scope="module")
def file(live: Platform) -> Any:
    """A published file, three blocks and a bit long."""
    made = data_file(NORTHWIND, HOUR, TEXT)
    path = live.folder / "store" / made.key
    path.parent.mkdir(parents=True)
    path.write_bytes(TEXT)
    live.publish(asdict(made))
    return made


def test_a_listed_file_is_downloaded_over_tls_whole_and_in_parts(live: Platform, file: Any) -> None:
    listing = live.get(f"{LE}/agentActivity?startTime={HOUR}&endTime={HOUR + 1}", live.northwind).json()
    href = listing["dataAccessFiles"]["file"][0]["@href"]
    assert href == f"{live.url}{LE}/agentActivity/{file.name}"
    whole = live.get(href.removeprefix(live.url), live.northwind)
    assert whole.content == TEXT
    assert "granian" not in str(whole.headers).lower()
    part = live.get(href.removeprefix(live.url), live.northwind, headers={"Range": "bytes=1048570-"})
    assert (part.status_code, part.content) == (206, TEXT[1048570:])


def test_head_has_the_length_and_no_body(live: Platform, file: Any) -> None:
    head = requests.head(
        f"{live.url}{LE}/agentActivity/{file.name}", auth=signer(live.northwind), verify=live.ca, timeout=30
    )
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(TEXT)), b"")


def test_another_account_gets_nothing(live: Platform, file: Any) -> None:
    assert live.get(f"{LE}/agentActivity/{file.name}", live.contoso).status_code == 404
    own = LE.replace(NORTHWIND, CONTOSO)
    assert live.get(f"{own}/agentActivity/{file.name}", live.contoso).status_code == 404


def test_the_same_signed_request_counts_once_also_after_a_restart(tmp_path: Path) -> None:
    with database("trunkline_restart") as url:
        platform = Platform(tmp_path, url)
        platform.command("migrate")
        platform.command("account", "create", NORTHWIND, "--name", "Northwind")
        key = platform.key(NORTHWIND)
        signed = requests.Request("GET", platform.url + LE, auth=signer(key)).prepare()

        def status() -> int:
            with requests.Session() as session:
                return session.send(signed, verify=platform.ca, timeout=30).status_code

        with platform.serving():
            statuses: list[int] = []
            threads = [threading.Thread(target=lambda: statuses.append(status())) for _ in range(64)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        with platform.serving() as process:
            statuses.append(status())
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
        assert sorted(statuses) == [200] + [401] * 64


def test_a_killed_server_leaves_no_worker_that_keeps_the_port(live: Platform, tmp_path: Path) -> None:
    with database("trunkline_killed") as url:
        platform = Platform(tmp_path, url)
        platform.command("migrate")
        with platform.serving() as process:
            process.kill()
            process.wait()
            for _ in range(200):
                if not listens(platform.port):
                    break
                threading.Event().wait(0.05)
            assert not listens(platform.port)
        with platform.serving():
            assert listens(platform.port)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /data_access_le/account/75555851/le/agentActivity/..%2f..%2frecord.sqlite3 HTTP/1.1",
        b"GET /data_access_le/account/75555851/le/agentActivity/../../../record.sqlite3 HTTP/1.1",
        b"GET /%ff%fe%00 HTTP/1.1",
        "GET /\u20ac HTTP/1.1".encode(),
        b"GET /health?%zz=\xff HTTP/1.1",
        b"TRACE /health HTTP/1.1",
        b"GET http://evil.example/health HTTP/1.1",
        b"nonsense",
    ],
)
def test_no_request_line_brings_the_server_down_or_shows_its_inside(
    live: Platform, request_line: bytes
) -> None:
    context = ssl.create_default_context(cafile=live.ca)
    with (
        socket.create_connection(("127.0.0.1", live.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.match(rb"HTTP/1.1 (200|400|401|404|405) ", answer) or answer == b""
    assert b"Traceback" not in answer
    assert b"SQLite" not in answer
    assert requests.get(f"{live.url}/health", verify=live.ca, timeout=10).ok


@pytest.fixture
def large(live: Platform, file: Any) -> Any:
    """A published file that no buffer between server and client can hold."""
    size = 64 * 2**20
    made = replace(data_file(NORTHWIND, HOUR + 3_600_000), bytes=size)
    path = live.folder / "store" / made.key
    if not path.exists():
        with path.open("wb") as sparse:
            sparse.truncate(size)
        live.publish(asdict(made))
    return made


def test_slow_readers_do_not_keep_others_waiting(live: Platform, large: Any) -> None:
    """Twice as many as there are threads begin a download and do not go on."""
    url = f"{live.url}{LE}/agentActivity/{large.name}"
    with ExitStack() as stack:
        for _ in range(16):
            slow = requests.get(url, auth=signer(live.northwind), verify=live.ca, stream=True, timeout=30)
            stack.callback(slow.close)
            assert slow.raw.read(10) == b"\0" * 10
        assert requests.get(f"{live.url}/health", verify=live.ca, timeout=30).ok
        assert live.get(LE, live.northwind).status_code == 200


def test_callers_who_send_their_body_slowly_do_not_keep_others_waiting(live: Platform) -> None:
    context = ssl.create_default_context(cafile=live.ca)
    with ExitStack() as stack:
        for _ in range(16):
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", live.port), timeout=30))
            connection = stack.enter_context(context.wrap_socket(plain, server_hostname="localhost"))
            connection.sendall(
                b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nslow"
            )
        assert requests.get(f"{live.url}/health", verify=live.ca, timeout=30).ok


def test_more_silent_callers_than_the_limit_it_was_started_with_do_not_keep_others_waiting(
    tmp_path: Path,
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with database("trunkline_silent") as url, ExitStack() as stack:
        platform = Platform(tmp_path, url)
        platform.command("migrate")
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(128, hard), hard))
        try:
            stack.enter_context(platform.serving())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", platform.port), timeout=30))
        assert requests.get(f"{platform.url}/health", verify=platform.ca, timeout=5).ok


def test_a_server_without_a_descriptor_left_ends_to_be_started_again(tmp_path: Path) -> None:
    with database("trunkline_exhausted") as url, ExitStack() as stack:
        platform = Platform(tmp_path, url)
        platform.command("migrate")
        process = stack.enter_context(platform.serving())
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            resource.prlimit(int(child), resource.RLIMIT_NOFILE, (128, 128))
        for _ in range(150):
            stack.enter_context(socket.create_connection(("127.0.0.1", platform.port), timeout=30))
        assert process.wait(timeout=60) == 1
        assert "no descriptor is left" in platform.log


def test_a_body_that_is_too_large_is_refused(live: Platform) -> None:
    response = requests.post(f"{live.url}/health", data=b"x" * 100_000, verify=live.ca, timeout=30)
    assert response.status_code == 413
    assert response.json()["error"]["reason"] == "too_large"


def test_a_header_with_an_underscore_does_not_pass_for_one_with_a_hyphen(live: Platform) -> None:
    for name, status in (("X-Forwarded-For", 404), ("X_Forwarded_For", 200)):
        response = requests.get(
            f"{live.url}/metrics", headers={name: "203.0.113.9"}, verify=live.ca, timeout=30
        )
        assert response.status_code == status


def test_the_log_of_the_server_holds_no_secret(live: Platform, file: Any) -> None:
    live.get(LE, live.northwind)
    assert '"event": "request"' in live.log
    for key in (live.northwind, live.contoso):
        for name in ("secret", "accessToken", "accessTokenSecret", "appKey"):
            assert key[name] not in live.log
    assert "oauth_signature" not in live.log
