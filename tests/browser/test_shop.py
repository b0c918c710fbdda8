"""The demo shop, clicked through."""

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from browser.conftest import recorded
from browser.shopping import a_shop, buys_a_teapot
from browser.visiting import Visitor
from collector.running import NORTHWIND, Running
from traces.stack import free_port
from trunkline.shop.site import HERE, Site, Tagged

POT = {"name": "Round One", "category": "ware", "sku": "round-one", "price": 34}
CART = {"total": 34, "numItems": 1, "products": [{"product": POT, "quantity": 1}]}


@pytest.fixture
def shop(authority: Path, collector: Running) -> Iterator[str]:
    port = free_port()
    keys = [
        {
            "key_id": "k",
            "account_id": NORTHWIND,
            "token": "tlp_shop",
            "origins": [f"https://localhost:{port}"],
        }
    ]
    (collector.folder / "keys.json").write_text(json.dumps(keys))
    with a_shop(authority, port, collector.start().url, NORTHWIND, "tlp_shop") as address:
        yield address


def test_everything_that_a_visitor_does_in_the_shop_is_recorded(
    collector: Running, shop: str, visitor: Visitor
) -> None:
    page = buys_a_teapot(visitor, shop)
    shown = page.inner_text("#visitor")
    assert f"grep -rh {shown} pulled" in page.inner_text("#command")
    events = recorded(collector)
    assert {event["visitorId"] for event in events} == {shown}
    assert [event["type"] for event in events].count("visit.started") == 1
    paths = [event["url"].removeprefix(shop).partition("=")[0] for event in events if "url" in event]
    assert paths == ["/", "/?kind", "/tea/round-one", "/account", "/basket", "/thanks?order"]
    told = [event for event in events if event["type"] == "visit.attributes"]
    names = ["viewedProduct", "cartStatus", "personalInfo", "customerInfo", "purchase"]
    assert [name for event in told for name in names if name in event] == names
    assert told[0]["viewedProduct"]["products"] == CART["products"]
    assert told[1]["cartStatus"] == CART == told[4]["purchase"]["cart"]
    assert told[2]["personalInfo"]["contacts"] == [{"email": "ada@example.org"}]
    assert told[3]["customerInfo"]["customerId"] == "ada@example.org"
    (goal,) = [event for event in events if event["type"] == "visit.goal"]
    assert goal["purchase"]["orderId"] == told[4]["purchase"]["orderId"] == goal["achievementId"]
    impressions = [event for event in events if event["type"] == "visit.impression"]
    assert [event["impressionType"] for event in impressions] == ["Show", "Accept"]
    assert len({event["engagementInstanceId"] for event in impressions}) == 1
    assert [event["type"] for event in events].count("visit.eligible") == 1


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_is_cut_off_and_every_text_can_be_read(
    shop: str, make_visitor: Callable[..., Visitor], width: int, colours: str
) -> None:
    narrow = make_visitor(viewport={"width": width, "height": 800}, color_scheme=colours)
    page = narrow.opens(shop)
    page.click("text=No, thanks")
    for path in ("/", "/tea/two-of-us", "/basket", "/account", "/thanks?order=NT-1", "/nowhere"):
        page.goto(shop + path)
        page.wait_for_selector("h1")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(TOO_FAINT) == []


# Texts whose contrast with what lies behind them is below 4.5 (WCAG AA).
TOO_FAINT = """() => {
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (; element; element = element.parentElement) {
            const colour = getComputedStyle(element).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    return [...document.querySelectorAll("body *")]
        .filter((one) => one.offsetParent && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .filter((one) => {
            const pair = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => b - a);
            return (pair[0] + 0.05) / (pair[1] + 0.05) < 4.5;
        })
        .map((one) => one.textContent);
}"""


def test_the_shop_serves_its_own_files_and_nothing_else(authority: Path, shop: str) -> None:
    with httpx2.Client(
        base_url=shop, verify=ssl.create_default_context(cafile=authority / "ca.crt")
    ) as client:
        page = client.get("/tea/round-one")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert 'data-key="tlp_shop"' in page.text
        for path, kind in (
            ("/shop.css", "text/css"),
            ("/shop.js", "text/javascript"),
            ("/pictures/mark.svg", "image/svg"),
        ):
            assert client.get(path).headers["content-type"].startswith(kind)
        for path in ("/tea/../site.py", "/tea/%2e%2e/site.py", "/pictures/", "/nowhere"):
            assert client.get(path).status_code == 404
        assert client.post("/").status_code == 405


def test_what_the_pages_say_of_themselves_cannot_break_out_of_them() -> None:
    site = Site(Tagged("https://c.example", "1", 'k"><script>', "pull && x"))
    assert b'data-key="k&quot;&gt;&lt;script&gt;"' in site._page and b"pull &amp;&amp; x" in site._page


def test_the_pictures_are_our_own_and_small() -> None:
    for path in (HERE / "pages" / "pictures").iterdir():
        assert path.suffix == ".svg" and path.stat().st_size < 2_500
        assert "href" not in path.read_text()
