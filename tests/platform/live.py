"""A real platform: its own process, database and certificate authority, made as an operator makes it."""

import base64
import json
import os
import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import requests
from requests_oauthlib import OAuth1

import postgres
from trunkline.certificates import ensure_certificate

PUBLISH = """
import sys, json
from trunkline.platform.data_access.catalogue import DatabaseCatalogue
from trunkline.pipeline.catalogue import DataFile, Run
file = DataFile(**json.loads(sys.argv[1]))
hour = file.scope_start
DatabaseCatalogue().publish(Run(kind=file.data_type, first_hour=hour, end_hour=hour + 3600000, watermark=hour,
    rules_version="1", rules={}, segments=(), state="", files=(file,)))
"""


@dataclass
class Platform:
    folder: Path
    database_url: str
    port: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    northwind: dict[str, str] = field(default_factory=dict)
    contoso: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        chain, key = ensure_certificate(self.folder / "ca", ["localhost", "127.0.0.1"])
        own = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
        self.environment = own | {
            "TRUNKLINE_MODE": "production",
            "TRUNKLINE_DATA": str(self.folder),
            "TRUNKLINE_PLATFORM_URL": self.url,
            "TRUNKLINE_PLATFORM_BIND": f"127.0.0.1:{self.port}",
            "TRUNKLINE_COLLECTOR_URL": "https://localhost:8444",
            "TRUNKLINE_TLS_CERTIFICATE": str(chain),
            "TRUNKLINE_TLS_KEY": str(key),
            "TRUNKLINE_SECRET_KEY": secrets.token_urlsafe(50),
            "TRUNKLINE_SEALING_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
            **postgres.settings(self.database_url),
        }

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def ca(self) -> str:
        return str(self.folder / "ca" / "ca.crt")

    def command(self, *arguments: str) -> str:
        """What a command printed. It must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "trunkline", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def python(self, program: str, *arguments: str) -> str:
        """What a program prints that runs with the platform's settings. It must succeed."""
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def publish(self, file: dict[str, Any]) -> None:
        self.python(PUBLISH, json.dumps(file))

    def key(
        self, account_id: str, name: str = "warehouse", permission: str = "data-access"
    ) -> dict[str, str]:
        text = self.command(
            "key", "create", "--account", account_id, "--name", name, "--permission", permission, "--json"
        )
        return dict(json.loads(text))

    def get(self, path: str, key: dict[str, str], **options: Any) -> requests.Response:
        return requests.get(self.url + path, auth=signer(key), verify=self.ca, timeout=30, **options)

    @contextmanager
    def serving(self) -> "Iterator[subprocess.Popen[bytes]]":
        """The server's process, until the block ends."""
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "trunkline", "serve", "platform"], env=self.environment, stderr=log
            )
        try:
            self._wait(process)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        context = ssl.create_default_context(cafile=self.ca)
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"{self.url}/ready", context=context, timeout=5):
                    return
            except OSError:
                assert process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                time.sleep(0.05)


def signer(key: dict[str, str]) -> OAuth1:
    return OAuth1(key["appKey"], key["secret"], key["accessToken"], key["accessTokenSecret"])


@contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of a new database on the tests' PostgreSQL; empty, for SQLite, where there is none."""
    # Tests run in several processes.
    name = f"{name}_{secrets.token_hex(4)}"
    server = os.environ.get("TRUNKLINE_TEST_POSTGRES", "")
    if not server:
        yield ""
        return
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(postgres.create(name))  # type: ignore[arg-type]
        yield f"{server.rpartition('/')[0]}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
