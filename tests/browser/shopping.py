"""A click through the demo shop, and the shop as a process."""

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from playwright.sync_api import Page

from browser.visiting import Visitor, delivered
from traces.stack import eventually

_SERVE = """
import json, sys
from pathlib import Path
from trunkline.shop.serve import serve
from trunkline.shop.site import Tagged

tagged, port, folder = json.loads(sys.argv[1])
serve(Tagged(**tagged), port, Path(folder) / "server.crt", Path(folder) / "server.key")
"""


@contextmanager
def a_shop(authority: Path, port: int, collector: str, account: str, key: str) -> Iterator[str]:
    """Its address."""
    tagged = {"collector": collector, "account": account, "key": key, "pull": "trunkline pull"}
    process = subprocess.Popen([sys.executable, "-c", _SERVE, json.dumps([tagged, port, str(authority)])])
    address = f"https://localhost:{port}"
    trust = ssl.create_default_context(cafile=authority / "ca.crt")

    def answers() -> bool:
        assert process.poll() is None
        try:
            return httpx2.get(address, verify=trust).status_code == 200
        except httpx2.TransportError:
            return False

    try:
        eventually(answers)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def buys_a_teapot(visitor: Visitor, shop: str) -> Page:
    """Looks around, is invited to talk, signs in, buys; everything is delivered at the end."""
    page = visitor.opens(shop)
    page.click("text=Pots & cups")
    page.click("text=Start a chat")
    page.click("text=Close")
    page.click("text=Round One")
    page.click("text=Put into the basket")
    page.click("text=Sign in")
    page.fill("input[name=name]", "Ada")
    page.fill("input[name=surname]", "Lovelace")
    page.fill("input[name=email]", "ada@example.org")
    page.click("button:has-text('Sign in')")
    page.click("text=Basket (1)")
    page.click("text=Buy")
    page.wait_for_selector("text=Thank you")
    delivered(page)
    return page
