"""A person clicks through the demo shop in a browser and finds the visit in the Web Session file."""

import json
from pathlib import Path
from typing import Any

from browser.shopping import a_shop, buys_a_teapot
from browser.visiting import Visitor, a_browser
from traces.stack import Stack, eventually, free_port

NORTHWIND = "75555851"
A_WEEK = str(7 * 24 * 60)
"""Minutes of silence: data time runs, and the person must not be too slow for it."""


def test_a_click_becomes_a_web_session(stack: Stack) -> None:
    stack.account(NORTHWIND, "Northwind")
    stack.run("account", "data-type", "enable", NORTHWIND, "webSession", "--inactivity-minutes", A_WEEK)
    port = free_port()
    wanted = ["--account", NORTHWIND, "--name", "shop", "--permission", "collect-from-browser"]
    page_key = json.loads(
        stack.run("key", "create", *wanted, "--origin", f"https://localhost:{port}", "--json")
    )
    writing, reading = stack.key(NORTHWIND, "collect"), stack.key(NORTHWIND, "data-access")

    with a_shop(stack.ca.parent, port, stack.collector, NORTHWIND, page_key["token"]) as shop:
        with a_browser() as browser:
            visitor = Visitor(browser)
            page = buys_a_teapot(visitor, shop)
            who, agent = page.inner_text("#visitor"), page.evaluate("navigator.userAgent")
            visitor.context.close()
        assert visitor.errors == []
    left = {"type": "visit.ended", "eventId": "left", "visitorId": who, "timestamp": stack.clock.now()}
    assert stack.post(NORTHWIND, writing["token"], [left]).status_code == 202

    key_file = stack.data / "key.json"
    key_file.write_text(json.dumps({**reading, "host": stack.platform, "ca": str(stack.ca)}))
    parts = eventually(lambda: found(stack, key_file, who))
    (info,) = parts["Info"]
    assert (info["userAgent"], info["deviceOS"], info["deviceFamily"]) == (agent, "LINUX", "DESKTOP")
    assert [one["iPV4"] for one in parts["Geo"]] == ["127.0.0.1"]
    paths = [one["url"].removeprefix(shop).partition("=")[0] for one in parts["Navigation"]]
    assert paths == ["/", "/?kind", "/tea/round-one", "/account", "/basket", "/thanks?order"]
    assert [one["impressionType"] for one in parts["Impression"]] == ["Show", "Accept"]
    assert len(parts["EngAttrs"]) == 5 and len(parts["GoalAchieved"]) == 1
    assert len({one["visitId"] for rows in parts.values() for one in rows}) == 1


def found(stack: Stack, key_file: Path, who: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of this visitor in what `trunkline pull` brings, by the part of the record; empty yet."""
    stack.run("pull", "--key-file", str(key_file), "--type", "webSession", "--as", "ndjson", "--to", "pulled")
    parts: dict[str, list[dict[str, Any]]] = {}
    for path in (stack.data / "pulled").rglob("*.ndjson"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        parts.setdefault(path.parent.name, []).extend(row for row in rows if row["visitorId"] == who)
    return {name: rows for name, rows in parts.items() if rows}
