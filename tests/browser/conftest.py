"""Headless Chromium, a site, and a collector: three origins, all over https."""

import json
import os
import shutil
import signal
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from browser.site import Site
from collector.running import NORTHWIND, Running
from traces.stack import free_port
from trunkline.certificates import ensure_certificate

SHOP, EVIL = "shop.example", "evil.example"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--host-resolver-rules=MAP {SHOP} 127.0.0.1, MAP {EVIL} 127.0.0.1",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with each module: while it lives, no other test in this thread can run an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """Somebody at a browser. What fails in a page, fails the test."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(ignore_https_errors=True, **options)
        self.errors: list[str] = []
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def opens(self, address: str, *, wait: bool = True) -> Page:
        page = self.context.new_page()
        page.goto(address)
        if wait:
            delivered(page)
        return page


def until(page: Page, true: str) -> None:
    """Return when this expression is true. Asked from outside: a strict page forbids what evaluates texts inside."""
    deadline = time.monotonic() + 30
    while not page.evaluate(f"Boolean({true})"):
        assert time.monotonic() < deadline, true
        page.wait_for_timeout(50)


def loaded(page: Page) -> None:
    until(page, "window.trunkline && !Array.isArray(window.trunkline)")


def delivered(page: Page) -> None:
    """Return when the collector has confirmed everything: nothing waits on the device any more."""
    until(
        page,
        f"""Object.keys(localStorage).includes("trunkline.{NORTHWIND}.visit")
        && !Object.keys(localStorage).some((name) => name.startsWith("trunkline.{NORTHWIND}.queue."))""",
    )


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
