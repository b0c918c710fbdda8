"""What visitors come for: to look around, to chat, to begin a messaging conversation. Each gives the events of a story."""

from random import Random
from typing import Any

from trunkline.clock import MINUTE_MS
from trunkline.events.envelope import Event
from trunkline.events.parts import ControlGroup
from trunkline.simulator.browsing import OPENING_MS, arrive, browse, leave
from trunkline.simulator.chance import pick
from trunkline.simulator.chat import INVITED_MS, give_up, hold, origin
from trunkline.simulator.invitations import accept
from trunkline.simulator.messaging import LONGEST_SPAN_MS, Messages, span
from trunkline.simulator.offers import MESSAGING, offers_of
from trunkline.simulator.people import SKILLS
from trunkline.simulator.site import Site
from trunkline.simulator.team import Contact
from trunkline.simulator.traffic import QUARTERS_A_DAY, Coming
from trunkline.simulator.visit import Visit
from trunkline.simulator.visitor import visitor

REGULARS, AGAIN, SAYS_GOODBYE, GIVES_UP, IN_APP, WITH_ID, KEPT_OUT = 0.35, 0.06, 0.6, 0.05, 0.25, 0.5, 0.05
PAGES, LINGERING = 8.5, 4.0
"""How many pages a visitor looks at, and after a chat, on the mean."""
BEFORE_CHAT = 12
GROUPS = (ControlGroup.NA,) * 16 + (ControlGroup.TEST,) * 3
BROWSE_MS, LINGER_MS, RETURN_MS = 90 * MINUTE_MS, 40 * MINUTE_MS, 120 * MINUTE_MS
SLACK_MS = 30 * MINUTE_MS
"""What is written when the time is over already."""
AFTERWARDS_MS = LINGER_MS + RETURN_MS + BROWSE_MS + SLACK_MS
"""Whoever chatted has gone this long after the chat."""
AROUND_MS = BROWSE_MS + AFTERWARDS_MS
"""Whoever looks around has gone after this time."""
WRITING_MS = 2 * LINGER_MS + SLACK_MS
"""What a messaging conversation takes beyond its span, the visit to begin it included."""
LONGEST_MS = WRITING_MS + LONGEST_SPAN_MS


def looks_around(site: Site, coming: Coming) -> list[Event]:
    """One visit, for some two; some want to chat in vain."""
    key = ("around", coming.quarter, coming.number)
    draw = site.draw(*key)
    who = visitor(site.account, _passer_by(site, coming))
    group = ControlGroup.CONTROL if draw.random() < KEPT_OUT else pick(draw, GROUPS)
    visit = Visit(site, who, site.track(who, site.identity(*key)), draw, coming.instant, group)
    arrive(visit, _session_id(site, draw))
    browse(visit, _about(draw, PAGES), coming.instant + BROWSE_MS)
    if group is not ControlGroup.CONTROL and draw.random() < GIVES_UP:
        give_up(visit, pick(draw, tuple(SKILLS)))
        browse(visit, _about(draw, LINGERING), visit.now + LINGER_MS)
    _go(visit)
    return visit.track.events


def chats(site: Site, contact: Contact) -> list[Event]:
    """A visit with a chat, for some another one later."""
    key = ("chat", *contact.key)
    draw = site.draw(*key)
    who = visitor(site.account, _chatter(site, contact, draw))
    track = site.track(who, site.identity(*key))
    visit = Visit(site, who, track, draw, contact.start, pick(draw, GROUPS))
    invited = contact.requested - INVITED_MS
    arrive(visit, _session_id(site, draw))
    browse(visit, BEFORE_CHAT, invited - OPENING_MS)
    visit.now = invited
    hold(visit, contact)
    browse(visit, _about(draw, LINGERING), visit.now + LINGER_MS)
    _go(visit)
    return track.events


def writes(site: Site, coming: Coming) -> list[Event]:
    """A messaging conversation, begun in an app or in a visit."""
    key = ("messaging", coming.quarter, coming.number)
    draw = site.draw(*key)
    who = visitor(site.account, site.identity("consumer", *key))
    (offer, *_) = offers_of(MESSAGING, pick(draw, ("sales", "service")))
    said: dict[str, Any] = {
        "skill_id": SKILLS[offer.skill],
        "consumer_id": f"consumer-{who.id[:12]}",
        "source_device": who.browser.device,
    }
    prefix = site.identity(*key)
    if draw.random() < IN_APP:
        page = pick(draw, site.shop.pages["help"])
        messages = Messages(site, who, page, draw, f"{prefix}m")
        return messages.run(coming.instant, span(coming.luck), source_origin="App", **said)
    visit = Visit(site, who, site.track(who, prefix), draw, coming.instant, pick(draw, GROUPS))
    session_id = f"{site.account}-{prefix}" if site.session_ids else None
    arrive(visit, session_id)
    browse(visit, _about(draw, LINGERING), coming.instant + LINGER_MS)
    accept(visit, offer)
    said |= origin(visit, offer) | {"visitor_id": who.id, "visit_id": session_id}
    messages = Messages(site, who, visit.page, draw, f"{prefix}m")
    conversation = messages.run(visit.now + 2_000, span(coming.luck), **said)
    browse(visit, _about(draw, LINGERING), visit.now + LINGER_MS)
    leave(visit)
    return visit.track.events + conversation


def _go(visit: Visit) -> None:
    """Says so, or just goes; some come back."""
    draw = visit.draw
    if gone := draw.random() < SAYS_GOODBYE:
        leave(visit)
    if draw.random() >= AGAIN:
        return
    least = 5 * MINUTE_MS if gone else 35 * MINUTE_MS
    visit.wait(least, RETURN_MS)
    again = Visit(visit.site, visit.visitor, visit.track, draw, visit.now, visit.group)
    arrive(again, _session_id(visit.site, draw))
    browse(again, _about(draw, PAGES), again.now + BROWSE_MS)
    if gone:
        leave(again)


def _passer_by(site: Site, coming: Coming) -> str:
    """Some come on four days in a row at about the same time, never twice at once."""
    day, slot = divmod(coming.quarter, QUARTERS_A_DAY)
    if coming.luck < REGULARS:
        return site.identity("regular", slot, coming.number, (day + coming.number) // 4)
    return site.identity("passer-by", coming.quarter, coming.number)


def _chatter(site: Site, contact: Contact, draw: Random) -> str:
    """Some ask for the same agent on the agent's next days."""
    agent, day, index = contact.key
    if draw.random() < REGULARS:
        return site.identity("regular of", agent, index, (day + index) // 3)
    return site.identity("chatter", agent, index, day)


def _session_id(site: Site, draw: Random) -> str | None:
    given = site.session_ids and draw.random() < WITH_ID
    return f"{site.account}-{draw.getrandbits(72):018x}" if given else None


def _about(draw: Random, mean: float) -> int:
    return int(draw.expovariate(1 / mean))
