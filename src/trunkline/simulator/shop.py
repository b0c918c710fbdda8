"""A small shop: what visitors find on the site of a centre."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from trunkline.events.parts import Product, ProductContainer, ViewedProduct

SHELVES = {
    "tea": ("Earl Grey “Blue”", "Sencha 煎茶", "Oolong 4 × 25", "Camomile", "Rooibos", "Chai मसाला"),
    "coffee": ("Café filtré", "Espresso N° 7", "Decaf", "Kaffee „Wiener Art“", "Yirgacheffe", "Cold brew"),
    "kettles": ('Kettle 1,7 l / 10"', "Cast iron 鉄瓶", "Travel kettle", "Gooseneck", "Samowar «Тула»"),
    "cups": ("Cup & saucer", "Mug <XL>", "Glass 250 ml", "Espresso cup", "Set of 6", "Tasse Größe ½"),
    "books": ("The Book of Tea", "Te & kaffe på norsk", "Brewing\u00a0basics", "O’Dea’s Kitchen"),
}
HELP = {"delivery": "Delivery", "returns": "Returns & refunds", "payment": "Payment", "device": "My device"}


class Item(NamedTuple):
    """An article, as the events tell of it."""

    name: str
    price: float
    container: ProductContainer
    viewed: ViewedProduct


class Page(NamedTuple):
    """A page of the shop."""

    kind: str
    url: str
    title: str
    sections: list[str]
    item: Item | None = None


@dataclass(frozen=True)
class Shop:
    """The pages by their kind: home, category, product, search, cart, checkout, thanks, help, account, contact, offers."""

    pages: dict[str, tuple[Page, ...]]
    items: tuple[Item, ...]


def open_shop(domain: str) -> Shop:
    """The shop of a site; the same for each domain but for the addresses."""
    site = f"https://www.{domain}"
    products = tuple(_products(site))
    pages = {
        "home": (Page("home", f"{site}/", "Welcome", ["home"]),),
        "category": tuple(
            Page("category", f"{site}/{shelf}/", shelf.title(), ["shop", shelf]) for shelf in SHELVES
        ),
        "product": products,
        "search": tuple(
            Page("search", f"{site}/search?q={words}", "Search", ["shop", "search"])
            for words in ("green+tea", "gift", "kettle+1%2C7", "%C3%A9toile", "decaf&sort=price")
        ),
        "cart": (Page("cart", f"{site}/cart", "Your cart", ["shop", "cart"]),),
        "checkout": (Page("checkout", f"{site}/checkout", "Checkout", ["shop", "checkout"]),),
        "thanks": (Page("thanks", f"{site}/checkout/thanks", "Thank you!", ["shop", "checkout"]),),
        "help": tuple(
            Page("help", f"{site}/help/{topic}", title, ["service", topic]) for topic, title in HELP.items()
        ),
        "account": (Page("account", f"{site}/account#orders", "My account", ["service", "account"]),),
        "contact": (Page("contact", f"{site}/contact", "Contact", []),),
        "offers": (Page("offers", f"{site}/offers?utm_source=mail", "Offers", ["shop", "offers"]),),
    }
    return Shop(pages, tuple(page.item for page in products if page.item))


def _products(site: str) -> Iterator[Page]:
    number = 1000
    for shelf, names in SHELVES.items():
        for name in names:
            number += 1
            sku = f"{shelf[:2].upper()}-{number}"
            price = round(1.95 + number * 7919 % 9000 / 100, 2)
            product = Product(name=name, category=shelf, sku=sku, price=price)
            container = ProductContainer(product=product, quantity=1)
            item = Item(name, price, container, ViewedProduct(products=[container]))
            yield Page("product", f"{site}/{shelf}/{sku.lower()}", name, ["shop", shelf, "product"], item)
