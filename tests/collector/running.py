"""A real collector in a process of its own, and how to talk to it."""

import json
import re
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from trunkline.clock import HOUR_MS, hour_of
from trunkline.segments.reader import sealed
from trunkline.store import LocalStore

SCRIPT = Path(__file__).with_name("serving.py")
NORTHWIND, CONTOSO = "75555851", "28045150"


class Running:
    def __init__(self, folder: Path, *, trust: ssl.SSLContext | bool = True, **options: Any) -> None:
        self.folder = folder
        self.options = options
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self.trust = trust

    def start(self, **options: Any) -> "Running":
        command = [sys.executable, str(SCRIPT), str(self.folder), json.dumps(self.options | options)]
        with (self.folder / "log").open("a") as log:
            offset = log.tell()
            self.process = subprocess.Popen(command, stderr=log, text=True)
        self._log_offset = offset
        scheme = "https" if "tls_key" in self.options else "http"
        self.url = f"{scheme}://{self._wait_for('collector started')['address']}"
        self._wait_until_ready()
        return self

    def log(self) -> list[dict[str, Any]]:
        text = (self.folder / "log").read_text()[self._log_offset :]
        return [
            json.loads(line)
            for line in text.splitlines(keepends=True)
            if line.endswith("\n") and line[0] == "{"
        ]

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def post(
        self, body: Any, *, account: str = NORTHWIND, key: str = "tlw_north", **headers: str
    ) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            names["Authorization"] = f"Bearer {key}"
        return httpx2.post(
            f"{self.url}/collector/v1/account/{account}/events",
            content=content,
            headers=names,
            timeout=20,
            verify=self.trust,
        )

    def post_from_page(
        self,
        body: Any,
        *,
        account: str = NORTHWIND,
        key: str = "tlp_shop",
        origin: str | bytes | None = "https://shop.example",
        sent_at: int | str | None = None,
        method: str = "POST",
        **headers: str,
    ) -> httpx2.Response:
        """As a page does it: no header of its own, and the browser says which page it is."""
        names: dict[str, str | bytes] = {"Content-Type": "text/plain;charset=UTF-8"}
        if origin is not None:
            names["Origin"] = origin
        return httpx2.request(
            method,
            f"{self.url}/collector/v1/account/{account}/visits",
            params={"key": key} | ({} if sent_at is None else {"sentAt": str(sent_at)}),
            content=body if isinstance(body, bytes) else json.dumps(body).encode(),
            headers=names | {name.replace("_", "-"): value for name, value in headers.items()},
            timeout=20,
            verify=self.trust,
        )

    def gauge(self, name: str) -> float:
        metrics = httpx2.get(f"{self.url}/metrics", verify=self.trust).text
        (value,) = re.findall(rf"^trunkline_collector_{name} (\S+)$", metrics, re.MULTILINE)
        return float(value)

    def stored(self, prefix: str = "segments") -> list[dict[str, Any]]:
        """Every event in sealed segments, in order; each segment is checked against its manifest."""
        store = LocalStore(self.folder / "store")
        first = hour_of(int(time.time() * 1000)) - 200 * HOUR_MS
        events = []
        for manifest in sealed(store, first, first + 400 * HOUR_MS, prefix):
            lines = store.read(manifest.segment).splitlines()
            found = [json.loads(line) for line in lines if not line.startswith(b'{"group":')]
            assert len(found) == manifest.events
            events += found
        return events

    def _wait_for(self, event: str) -> dict[str, Any]:
        for _ in range(600):
            for line in self.log():
                if line["event"] == event:
                    return line
            assert self.process is not None
            if self.process.poll() is not None:
                pytest.fail((self.folder / "log").read_text()[self._log_offset :])
            time.sleep(0.02)
        raise TimeoutError(event)

    def _wait_until_ready(self) -> None:
        for _ in range(300):
            if httpx2.get(f"{self.url}/ready", verify=self.trust).status_code == 200 or self.options.get(
                "not_ready"
            ):
                return
            time.sleep(0.02)
        raise TimeoutError("not ready")
