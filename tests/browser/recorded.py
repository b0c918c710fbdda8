"""Looking at what was recorded."""

from typing import Any

from playwright.sync_api import Page

from browser.site import Site


def of_type(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == f"visit.{name}"]


def paths(events: list[dict[str, Any]], site: Site) -> list[str]:
    return [event["url"].removeprefix(site.origin) for event in of_type(events, "page")]


def kept(page: Page) -> dict[str, str]:
    """What lies on the device."""
    found: dict[str, str] = page.evaluate("({...localStorage})")
    return found
