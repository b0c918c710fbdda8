"""What campaigns wanted, and visitors did."""

from typing import Any

from trunkline.events.parts import IncreaseInteractionGoal, PurchaseGoal, ReduceAbandonmentGoal, UrlGoal
from trunkline.events.visits import GoalAchieved
from trunkline.simulator import attributes
from trunkline.simulator.offers import LEAD, PURCHASE, SERVICE, STAY, TALK, URL, Offer
from trunkline.simulator.visit import Visit

MANY_PAGES = 8


def reach_page(visit: Visit) -> None:
    achieve(visit, URL, url_goal=UrlGoal(url=visit.page.url))


def buy(visit: Visit, order: str) -> None:
    bought = attributes.cart_status(visit.cart)
    achieve(visit, PURCHASE, purchase=PurchaseGoal(total=bought.total, order_id=order, cart_status=bought))


def stay(visit: Visit) -> None:
    if visit.pages >= MANY_PAGES:
        achieve(visit, STAY, reduce_abandonment=ReduceAbandonmentGoal(number_of_pages=visit.pages))


def leave_a_lead(visit: Visit) -> None:
    achieve(visit, LEAD, lead=attributes.lead(visit.draw))


def be_served(visit: Visit) -> None:
    achieve(visit, SERVICE, service_activity=attributes.service_activity(visit.draw))


def talk(visit: Visit, offer: Offer) -> None:
    began = IncreaseInteractionGoal(engagement=offer.engagement, campaign=offer.campaign)
    achieve(visit, TALK, increase_interaction=began)


def achieve(visit: Visit, goal: int, **how: Any) -> None:
    """Once in a visit, and only where a campaign with such a goal was met."""
    wanted = next((offer.campaign_goal for offer in visit.met.values() if offer.goal == goal), None)
    if wanted is None or goal in visit.achieved:
        return
    visit.achieved.add(goal)
    visit.wait(20, 500)
    visit.add(
        GoalAchieved,
        achievement_id=f"{visit.draw.getrandbits(128):032x}",
        campaign_goal_id=wanted.id,
        campaign_goal_revision=2,
        campaign_goal_type=goal,
        **how,
    )
