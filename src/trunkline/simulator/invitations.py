"""How visitors meet campaigns: who may be invited, what is shown, what becomes of it."""

from trunkline.events.parts import ControlGroup
from trunkline.events.visits import Eligible, Impression, ImpressionType
from trunkline.simulator.offers import CONTENT, Offer
from trunkline.simulator.visit import Visit

ONLINE, OFFLINE, TEASER = "chatonline", "chatoffline", "content"
SHOWN, CLOSED, RAN_OUT, CLICKED = 0.5, 0.25, 0.45, 0.6
"""Of those who are eligible, so many are shown something; the others are shares of one, in this order."""


def meet(visit: Visit, offers: list[Offer]) -> None:
    """The visitor becomes eligible, may be shown the first offer, and may close it, wait until it is gone, or click."""
    _become_eligible(visit, offers)
    if visit.group is ControlGroup.CONTROL or visit.draw.random() >= SHOWN:
        return
    offer = offers[0]
    state = _state(visit, offer)
    instance = _show(visit, offer, state)
    luck = visit.draw.random()
    if luck < CLOSED:
        visit.wait(2_000, 15_000)
        _impress(visit, offer, instance, state, ImpressionType.CLOSE)
    elif luck < RAN_OUT:
        visit.wait(20_000, 40_000)
        _impress(visit, offer, instance, state, ImpressionType.TIMEOUT)
    elif luck < CLICKED and offer.way == CONTENT:
        visit.wait(2_000, 15_000)
        _impress(visit, offer, instance, state, ImpressionType.ACCEPT)


def accept(visit: Visit, offer: Offer, state: str = ONLINE) -> None:
    """The visitor is shown the offer, and takes it within ten seconds or so."""
    if offer.id not in visit.met:
        _become_eligible(visit, [offer])
    instance = _show(visit, offer, state)
    visit.wait(2_000, 10_000)
    _impress(visit, offer, instance, state, ImpressionType.ACCEPT)


def _show(visit: Visit, offer: Offer, state: str) -> str:
    """Returns what tells this showing from another."""
    visit.wait(300, 1_500)
    instance = f"{visit.draw.getrandbits(64):016x}"
    _impress(visit, offer, instance, state, ImpressionType.SHOW)
    return instance


def _impress(visit: Visit, offer: Offer, instance: str, state: str, what: ImpressionType) -> None:
    visit.add(
        Impression,
        impression_type=what,
        engagement_instance_id=instance,
        state=state,
        engagement=offer.engagement,
        campaign=offer.campaign,
        goal=offer.campaign_goal,
        control_group=visit.group,
    )


def _become_eligible(visit: Visit, offers: list[Offer]) -> None:
    visit.met.update((offer.id, offer) for offer in offers)
    visit.wait(50, 400)
    visit.add(Eligible, eligible_campaigns=[offer.eligible[visit.group] for offer in offers])


def _state(visit: Visit, offer: Offer) -> str:
    if offer.way == CONTENT:
        return TEASER
    return ONLINE if visit.site.desk.staffed(offer.skill, visit.now) else OFFLINE
