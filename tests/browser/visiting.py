"""Headless Chromium, and somebody who uses it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from collector.running import NORTHWIND

SHOP, EVIL = "shop.example", "evil.example"
"""Names that lead to this machine, in this browser."""
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--host-resolver-rules=MAP {SHOP} 127.0.0.1, MAP {EVIL} 127.0.0.1",
]


@contextmanager
def a_browser() -> Iterator[Browser]:
    """To be closed soon: while it lives, nothing else in this thread can run an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """Somebody at a browser; `errors` has what failed in the pages."""

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
    """Return when the tag is there."""
    until(page, "window.trunkline && !Array.isArray(window.trunkline)")


def delivered(page: Page) -> None:
    """Return when the collector has confirmed everything: nothing waits on the device any more."""
    until(
        page,
        f"""Object.keys(localStorage).includes("trunkline.{NORTHWIND}.visit")
        && !Object.keys(localStorage).some((name) => name.startsWith("trunkline.{NORTHWIND}.queue."))""",
    )
