"""How a visitor comes to the site, goes from page to page, and leaves."""

from collections.abc import Callable
from random import Random
from urllib.parse import quote_plus

from trunkline.clock import MINUTE_MS
from trunkline.events.parts import SessionInfo
from trunkline.events.visits import AttributesSet, PageViewed, VisitEnded, VisitStarted
from trunkline.simulator import attributes, goals
from trunkline.simulator.chance import pick
from trunkline.simulator.invitations import meet
from trunkline.simulator.offers import ON_PAGE
from trunkline.simulator.shop import Page
from trunkline.simulator.visit import Visit

NEXT = {
    "home": ("category", "category", "category", "search", "search", "offers", "help", "account"),
    "category": ("product", "product", "product", "product", "category", "search"),
    "product": ("product", "product", "category", "category", "cart", "cart", "search", "help"),
    "search": ("product", "product", "product", "search", "category"),
    "cart": ("checkout", "checkout", "product", "category"),
    "checkout": ("thanks", "thanks", "cart", "help"),
    "thanks": ("home", "account", "category"),
    "help": ("help", "contact", "account", "home"),
    "account": ("help", "account", "category", "contact"),
    "contact": ("help", "home"),
    "offers": ("product", "product", "category"),
}
ENTRIES = ("home", "home", "product", "product", "category", "help", "offers", "account")
ENGINES = (
    ("Google", "https://www.google.com/search?q="),
    ("Bing", "https://www.bing.com/search?q="),
    ("DuckDuckGo", "https://duckduckgo.com/?q="),
)
SEARCHES = ("tea kettle", "gift for tea lovers", "returns policy", "чайник", "お茶", 'cup "XL"')
SILENCE_MS = 27 * MINUTE_MS
"""Nobody stays on a page for longer: half an hour without an event would end the visit."""
OPENING_MS = 80_000
"""Opening a page, and what is reported, shown and closed on it, takes no longer."""


def arrive(visit: Visit, session_id: str | None) -> None:
    """From a search engine (some sites tell which), from a mailing, or directly."""
    page = pick(visit.draw, visit.site.shop.pages[pick(visit.draw, ENTRIES)])
    browser, luck = visit.visitor.browser, visit.draw.random()
    info = SessionInfo(
        user_agent=browser.user_agent,
        device_os=browser.system,
        device_family=browser.device,
        site_control_group=visit.group,
    )
    referrer = ""
    if luck < 0.4:
        name, address = pick(visit.draw, ENGINES)
        words = pick(visit.draw, SEARCHES)
        referrer = address + quote_plus(words)
        if luck < 0.2:
            info.search_engine, info.search_engine_key = name, words
    visit.add(VisitStarted, session_id=session_id, geo=visit.visitor.geo, info=info)
    visit.wait(5, 300)
    if luck > 0.9:
        referrer = "https://mail.example/inbox"
        visit.add(AttributesSet, marketing_campaign_info=attributes.marketing(visit.draw))
    open_page(visit, page, referrer)


def browse(visit: Visit, pages: int, until: int) -> None:
    """Look at so many pages, or open the last one before then."""
    for _ in range(pages):
        visit.now += _stay(visit.draw)
        if visit.now >= until:
            return
        open_page(visit, _next(visit), visit.page.url)


def glance(visit: Visit, instant: int) -> None:
    """Open a page while busy with something else."""
    page = _next(visit)
    visit.now = instant
    visit.add(PageViewed, url=page.url, referrer_url=visit.page.url, sections=page.sections)
    visit.page = page
    visit.pages += 1


def open_page(visit: Visit, page: Page, referrer: str) -> None:
    visit.add(PageViewed, url=page.url, referrer_url=referrer, sections=page.sections)
    visit.page = page
    visit.pages += 1
    if report := REPORTS.get(page.kind):
        visit.wait(30, 2_000)
        report(visit)
    new = [offer for offer in ON_PAGE.get(page.kind, ()) if offer.id not in visit.met]
    if new:
        meet(visit, new)


def leave(visit: Visit) -> None:
    visit.wait(2_000, 60_000)
    visit.add(VisitEnded)


def _next(visit: Visit) -> Page:
    kind = pick(visit.draw, NEXT[visit.page.kind])
    if kind in ("cart", "checkout", "thanks") and not visit.cart:
        kind = "product"
    return pick(visit.draw, visit.site.shop.pages[kind])


def _stay(draw: Random) -> int:
    mean = 600_000 if draw.random() < 0.015 else 28_000
    return min(1_500 + int(draw.expovariate(1 / mean)), SILENCE_MS)


def _product(visit: Visit) -> None:
    item = visit.page.item
    if item is None:
        return
    visit.add(AttributesSet, viewed_product=item.viewed)
    if visit.draw.random() < 0.2 and len(visit.cart) < 10:
        visit.wait(3_000, 20_000)
        visit.cart.append(item)
        visit.add(AttributesSet, cart_status=attributes.cart_status(visit.cart))


def _cart(visit: Visit) -> None:
    visit.add(AttributesSet, cart_status=attributes.cart_status(visit.cart))
    goals.stay(visit)


def _checkout(visit: Visit) -> None:
    number = visit.visitor.customer
    if number is not None:
        visit.add(AttributesSet, personal_info=attributes.personal_info(visit.visitor, number))
    if visit.draw.random() < 0.1:
        visit.wait(2_000, 9_000)
        visit.add(AttributesSet, visitor_error=attributes.visitor_error(visit.draw, visit.visitor.context))


def _thanks(visit: Visit) -> None:
    order = f"W-{visit.draw.getrandbits(32):08X}"
    visit.add(AttributesSet, purchase=attributes.purchase(visit.cart, order))
    goals.buy(visit, order)
    goals.stay(visit)
    visit.cart = []


def _account(visit: Visit) -> None:
    number = visit.visitor.customer
    if number is None:
        return
    visit.add(AttributesSet, customer_info=attributes.customer_info(visit.visitor, number))
    if visit.draw.random() < 0.5:
        visit.wait(2_000, 9_000)
        visit.add(AttributesSet, service_activity=attributes.service_activity(visit.draw))
        goals.be_served(visit)


def _contact(visit: Visit) -> None:
    goals.reach_page(visit)
    if visit.draw.random() < 0.3:
        visit.wait(5_000, 30_000)
        visit.add(AttributesSet, lead=attributes.lead(visit.draw))
        goals.leave_a_lead(visit)


REPORTS: dict[str, Callable[[Visit], None]] = {
    "product": _product,
    "cart": _cart,
    "checkout": _checkout,
    "thanks": _thanks,
    "account": _account,
    "contact": _contact,
    "offers": _contact,
}
"""What the site tells when a page of a kind is opened."""
