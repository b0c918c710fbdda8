"""The documented examples for nginx and Caddy, run by the real programs in front of the real platform."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from traces.stack import eventually, free_port, ssl_context
from trunkline.certificates import ensure_certificate
from trunkline.client import DataAccess, OAuth1

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ACCOUNT = "75555851"
HOST = "localhost"
"""Stands for data.example.com: a name that resolves to this machine."""
EVENTS = "events.localhost"
"""Stands for events.example.com."""


@dataclass
class Site:
    folder: Path
    public: int
    inside: int
    collector: int
    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "trunkline", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A platform and a collector that speak plain HTTP on loopback and believe the proxy beside them."""
    public, inside, collector = free_port(), free_port(), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")},
        "TRUNKLINE_DATA": str(tmp_path / "data"),
        "TRUNKLINE_SECRET_KEY": "s" * 50,
        "TRUNKLINE_SEALING_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "TRUNKLINE_PLATFORM_URL": f"https://{HOST}:{public}",
        "TRUNKLINE_PLATFORM_BIND": f"127.0.0.1:{inside}",
        "TRUNKLINE_COLLECTOR_URL": f"https://{EVENTS}:{public}",
        "TRUNKLINE_COLLECTOR_BIND": f"127.0.0.1:{collector}",
        "TRUNKLINE_TRUSTED_PROXIES": "127.0.0.1/32",
    }
    ensure_certificate(tmp_path / "ca", [HOST, EVENTS])
    made = Site(tmp_path, public, inside, collector, environment)
    made.run("migrate")
    serve = [sys.executable, "-m", "trunkline", "serve"]
    with (
        process([*serve, "platform"], tmp_path / "platform.log", environment),
        process([*serve, "collector"], tmp_path / "collector.log", environment),
    ):
        eventually(lambda: listens(inside) and listens(collector))
        yield made


@contextmanager
def process(command: list[str], log: Path, environment: dict[str, str] | None = None) -> Iterator[None]:
    with log.open("wb") as output:
        started = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        time.sleep(0.1)
        assert started.poll() is None, log.read_text()
        yield
    finally:
        started.terminate()
        started.wait(30)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def nginx(site: Site) -> list[str]:
    """The example with this test's ports and certificate, inside the frame that a distribution gives it."""
    example = (EXAMPLES / "nginx.conf").read_text()
    example = example.replace(
        "/etc/ssl/trunkline/data.example.com.crt", str(site.folder / "ca" / "server.crt")
    )
    example = example.replace(
        "/etc/ssl/trunkline/data.example.com.key", str(site.folder / "ca" / "server.key")
    )
    example = example.replace(
        "/etc/ssl/trunkline/events.example.com.crt", str(site.folder / "ca" / "server.crt")
    )
    example = example.replace(
        "/etc/ssl/trunkline/events.example.com.key", str(site.folder / "ca" / "server.key")
    )
    example = example.replace("data.example.com", HOST).replace("events.example.com", EVENTS)
    example = example.replace("127.0.0.1:8443", f"127.0.0.1:{site.inside}")
    example = example.replace("127.0.0.1:8444", f"127.0.0.1:{site.collector}")
    example = example.replace("listen 443 ssl", f"listen 127.0.0.1:{site.public} ssl")
    (site.folder / "nginx.conf").write_text(
        f"daemon off; pid {site.folder}/nginx.pid; error_log stderr; worker_processes 1; user root;\n"
        "events { worker_connections 64; }\n"
        f"http {{ access_log off; client_body_temp_path {site.folder}/body; proxy_temp_path {site.folder}/proxy;\n"
        f"fastcgi_temp_path {site.folder}/f; uwsgi_temp_path {site.folder}/u; scgi_temp_path {site.folder}/s;\n"
        f"{example} }}\n"
    )
    return ["nginx", "-p", str(site.folder), "-c", str(site.folder / "nginx.conf")]


def caddy(site: Site) -> list[str]:
    """The example with this test's port and certificate; a real site lets Caddy get its own."""
    example = (EXAMPLES / "Caddyfile").read_text()
    certificate = f"tls {site.folder}/ca/server.crt {site.folder}/ca/server.key"
    example = example.replace("data.example.com {", f"https://{HOST}:{site.public} {{\n\t{certificate}")
    example = example.replace("events.example.com {", f"https://{EVENTS}:{site.public} {{\n\t{certificate}")
    example = example.replace("127.0.0.1:8443", f"127.0.0.1:{site.inside}")
    example = example.replace("127.0.0.1:8444", f"127.0.0.1:{site.collector}")
    frame = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"
    (site.folder / "Caddyfile").write_text(frame + example)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(site.folder / "Caddyfile")]


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=["nginx", "caddy"])
def test_the_documented_proxy_serves_signed_requests_under_the_public_address(
    proxy: Callable[[Site], list[str]], site: Site
) -> None:
    if not shutil.which(proxy.__name__):
        pytest.fail(f"{proxy.__name__} is not installed: tests/install-peers installs it")
    site.run("account", "create", ACCOUNT, "--name", "Northwind")
    site.run("account", "data-type", "enable", ACCOUNT, "agentActivity")
    values = json.loads(
        site.run(
            "key", "create", "--account", ACCOUNT, "--name", "t", "--permission", "data-access", "--json"
        )
    )
    address = f"https://{HOST}:{site.public}"
    environment = {**os.environ, "HOME": str(site.folder), "XDG_DATA_HOME": str(site.folder)}
    with process(proxy(site), site.folder / "proxy.log", environment):
        eventually(lambda: listens(site.public))
        with DataAccess(address, ACCOUNT, OAuth1.from_key(values), ca=site.folder / "ca" / "ca.crt") as data:
            assert data.resources() == {
                "agentActivity": f"{address}/data_access_le/account/{ACCOUNT}/le/agentActivity",
                "schema": f"{address}/data_access_le/account/{ACCOUNT}/le/schema",
            }
        context = ssl_context(site.folder / "ca" / "ca.crt")
        forged = httpx2.get(f"{address}/health", headers={"X-Forwarded-For": "203.0.113.7"}, verify=context)
        hidden = httpx2.get(f"{address}/metrics", verify=context)
        eventually(lambda: post_event(site, address, context) == 202)
    assert (forged.status_code, hidden.status_code) == (200, 404)
    addresses = {json.loads(line).get("address") for line in logged(site) if '"event": "request"' in line}
    assert "203.0.113.7" not in addresses, "the caller's own word was believed"


def post_event(site: Site, address: str, context: ssl.SSLContext) -> int:
    """Through the proxy's second site; a collector learns of a new key within two seconds."""
    if not (site.folder / "write.json").exists():
        made = site.run(
            "key", "create", "--account", ACCOUNT, "--name", "w", "--permission", "collect", "--json"
        )
        (site.folder / "write.json").write_text(made)
    token = json.loads((site.folder / "write.json").read_text())["token"]
    event = {"eventId": "1", "type": "agent.login", "timestamp": int(time.time() * 1000), "agentId": 9}
    answer = httpx2.post(
        f"{address}/collector/v1/account/{ACCOUNT}/events",
        json=[event],
        headers={"Host": f"{EVENTS}:{site.public}", "Authorization": f"Bearer {token}"},
        verify=context,
    )
    return answer.status_code


def logged(site: Site) -> list[str]:
    return (site.folder / "platform.log").read_text().splitlines()
