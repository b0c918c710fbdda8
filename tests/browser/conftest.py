"""Headless Chromium, a site, and a collector: three origins, all over https."""

import json
import os
import signal
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from browser.site import Site
from browser.visiting import SHOP, Visitor, a_browser
from collector.running import NORTHWIND, Running
from traces.stack import free_port
from trunkline.certificates import ensure_certificate


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture
def make_visitor(chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    made: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        made.append(Visitor(chromium, **options))
        return made[-1]

    yield make
    for one in made:
        one.context.close()
        assert one.errors == []


@pytest.fixture
def visitor(make_visitor: Callable[..., Visitor]) -> Visitor:
    return make_visitor()


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    ensure_certificate(tmp_path / "ca", ["localhost", "127.0.0.1"])
    return tmp_path / "ca"


@pytest.fixture
def collector(tmp_path: Path, authority: Path) -> Iterator[Running]:
    """Not started yet: its keys may have to be written first."""
    running = Running(
        tmp_path,
        trust=ssl.create_default_context(cafile=authority / "ca.crt"),
        tls_certificate=str(authority / "server.crt"),
        tls_key=str(authority / "server.key"),
        collector_bind=f"127.0.0.1:{free_port()}",
    )
    yield running
    if running.process is not None and running.process.poll() is None:
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()


def element(collector: Running, *attributes: str) -> str:
    """The script element of the tag."""
    named = " ".join([f'data-account="{NORTHWIND}"', 'data-key="tlp_shop"', *attributes])
    return f'<script async src="{collector.url}/collector/v1/tag.js" {named}></script>'


def a_page(body: str, head: str) -> str:
    return f"<!doctype html><html lang=en><head><title>Tea</title>{head}</head><body>{body}</body></html>"


@pytest.fixture
def site(authority: Path, collector: Running) -> Iterator[Site]:
    """A shop of two pages; the collector runs and knows its origin."""
    made = Site(authority, SHOP)
    keys = [{"key_id": "k", "account_id": NORTHWIND, "token": "tlp_shop", "origins": [made.origin]}]
    (collector.folder / "keys.json").write_text(json.dumps(keys))
    collector.start()
    made.pages["/empty"] = a_page("", "")
    made.pages["/"] = a_page('<a href="/green">Green</a>', element(collector))
    made.pages["/green"] = a_page('<a href="/">Home</a>', element(collector))
    yield made
    made.close()


def recorded(collector: Running) -> list[dict[str, Any]]:
    """Every event that the collector has in sealed segments, once each, in the order of their time."""
    assert collector.stop() == 0
    once: dict[str, dict[str, Any]] = {}
    for event in collector.stored():
        once.setdefault(event["eventId"], event)
    return sorted(once.values(), key=lambda event: event["timestamp"])
