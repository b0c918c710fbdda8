"""Engagement attributes: what a site tells of its visitors, of all nine kinds."""

from collections.abc import Sequence
from random import Random

from trunkline.events.parts import (
    CartStatus,
    Contact,
    CustomerAge,
    CustomerInfo,
    Day,
    Lead,
    MarketingCampaignInfo,
    PersonalInfo,
    ProductContainer,
    Purchase,
    ServiceActivity,
    VisitorError,
)
from trunkline.simulator.chance import pick
from trunkline.simulator.shop import Item
from trunkline.simulator.visitor import Visitor

TOPICS = ("newsletter", "quote", "call back", "catalogue")
SERVICES = (("order status", "orders"), ("change of address", "account"), ("refund", "returns"))
ERRORS = (
    ("Card was declined", 402),
    ("Unexpected token '<' in JSON at position 0", 500),
    ("Adresse ungültig", 422),
)
AFFILIATES = ("mailing-november", "price-comparison", "blog-tea&more")


def cart_status(items: Sequence[Item]) -> CartStatus:
    products: list[ProductContainer] = [item.container for item in items]
    return CartStatus(total=_sum(items), num_items=len(items), products=products)


def purchase(items: Sequence[Item], order: str) -> Purchase:
    return Purchase(total=_sum(items), order_id=order, cart=cart_status(items))


def lead(draw: Random) -> Lead:
    number = int(draw.random() * 90_000)
    return Lead(topic=pick(draw, TOPICS), lead_id=f"L-{number}", value=number % 500 / 4)


def service_activity(draw: Random) -> ServiceActivity:
    topic, category = pick(draw, SERVICES)
    return ServiceActivity(
        topic=topic,
        status=int(draw.random() * 3),
        category=category,
        service_id=f"S-{int(draw.random() * 9999)}",
    )


def visitor_error(draw: Random, context: str | None) -> VisitorError:
    message, code = pick(draw, ERRORS)
    return VisitorError(
        context_id=context, message=message, code=code, level=1 + code % 3, resolved=draw.random() < 0.5
    )


def marketing(draw: Random) -> MarketingCampaignInfo:
    number = int(draw.random() * 40)
    return MarketingCampaignInfo(
        originating_channel=number % 4, affiliate=pick(draw, AFFILIATES), campaign_id=f"M{number}"
    )


def customer_info(visitor: Visitor, number: int) -> CustomerInfo:
    """What the site knows of a customer; of a company (one in four) more than of a person."""
    info = CustomerInfo(
        is_authenticated=True,
        customer_id=f"C{number:06d}",
        customer_status="active" if number % 10 else "blocked",
        customer_type="gold" if number % 7 == 0 else "regular",
        balance=number % 20_000 / 100 - 50,
        user_name=visitor.email,
        registration_date=_day(number),
    )
    if number % 4 == 0:
        info.company_size = 1 + number % 300
        info.account_name = f"{visitor.family} & Co."
        info.role = "buyer"
        info.last_payment_date = _day(number // 4)
    if number % 5 == 0:
        info.authenticated_conversation_id = f"auth-{number}"
        info.social_id = f"@{visitor.given}"
        info.imei = f"35{number:013d}"
        info.store_zip_code = f"{number % 100_000:05d}"
        info.store_number = f"{number % 60}"
    return info


def personal_info(visitor: Visitor, number: int) -> PersonalInfo:
    info = PersonalInfo(
        is_authenticated=True,
        name=visitor.given,
        surname=visitor.family,
        contacts=[Contact(email=visitor.email)],
    )
    if number % 3 == 0:
        day = _day(number * 7)
        info.gender = "female" if number % 2 else "male"
        info.contacts = [Contact(email=visitor.email, phone=f"+31 20 {number:07d}"), Contact(phone="")]
        info.customer_age = CustomerAge(
            customer_age_in_years=2026 - (1950 + number % 55),
            customer_year_of_birth=1950 + number % 55,
            customer_month_of_birth=day.month,
            customer_date_of_birth=day.day,
        )
    if number % 4 == 0:
        info.company = f"{visitor.family} & Co."
        info.authenticated_conversation_id = f"auth-{number}"
    return info


def _day(number: int) -> Day:
    return Day(year=2010 + number % 15, month=1 + number % 12, day=1 + number % 28)


def _sum(items: Sequence[Item]) -> float:
    return round(sum(item.price for item in items), 2)
