"""Random histories: what agents or visitors do, and when the platform hears of it."""

from random import Random

from tests.pipeline.sessions.meaning import role
from tests.pipeline.sessions.running import CONTOSO, NORTHWIND, T0
from tests.pipeline.vocabulary import random_members

from trunkline.clock import HOUR_MS, MINUTE_MS

_AGENT = {
    "agent.login": 3,
    "agent.logout": 3,
    "agent.status": 6,
    "agent.concurrency": 4,
    "agent.heartbeat": 3,
}
_CONVERSATION = {
    "conversation.requested": 2,
    "conversation.queued": 1,
    "conversation.connected": 2,
    "conversation.line": 4,
    "conversation.transferred": 2,
    "conversation.secureForm": 1,
    "conversation.scored": 1,
    "conversation.ended": 2,
}
_SURVEY = {"survey.shown": 1, "survey.answered": 2}
_VISITOR = {
    "visit.started": 4,
    "visit.page": 6,
    "visit.attributes": 2,
    "visit.eligible": 1,
    "visit.impression": 2,
    "visit.goal": 1,
    "visit.ended": 4,
    **_CONVERSATION,
    **_SURVEY,
}
"""Types of events, each with how often it happens."""


def history(random: Random, kind: str, *, hours: int, actors: int, events: int, lateness: str):
    """Events with their time of receipt, all received within `hours` hours from T0 on."""
    found = []
    for number in range(actors):
        account = random.choice([NORTHWIND, NORTHWIND, CONTOSO])
        made = _of_actor(
            random, _maker(random, kind, account, number), hours, random.randrange(1, events + 1)
        )
        heard = [_heard(random, event, lateness) for event in made]
        again = [_sent_again(random, event, lateness) for event in heard if random.random() < 0.12]
        found += [event for event in heard + again if event["receivedAt"] < T0 + hours * HOUR_MS]
    return found


def _of_actor(random, make, hours, events):
    made = []
    unit = random.choice([MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS])
    dense = random.choice([1, 3, 12])
    instant = T0 + random.randrange(hours) * HOUR_MS // 2
    for serial in range(events):
        instant += random.choice([0, 0, 1, 1, 1, 2, dense]) * unit + random.choice([0, 0, 0, 0, 1, -1])
        if random.random() < 0.03:
            instant -= random.choice([1, 2, 7]) * unit  # a clock that runs backwards
        instant = max(instant, T0)
        made.append(make(f"e{serial:03d}", instant))
    return made


def _maker(random, kind, account, number):
    """What makes the events of one actor."""
    if kind == "agentActivity":
        types, who = _AGENT, lambda _: {"agentId": number}
    elif random.random() < 0.3:
        types, who = {**_CONVERSATION, **_SURVEY}, lambda family: _in_messaging(random, number, family)
    else:
        types, who = _VISITOR, lambda family: _of_visitor(random, number, family)

    def make(event_id, instant):
        event_type = random.choices(list(types), list(types.values()))[0]
        event = {
            "type": event_type,
            "eventId": event_id,
            "timestamp": instant,
            "accountId": account,
            **who(event_type.split(".")[0]),
        }
        if role(event) == "start" and random.random() < 0.3 and not event_type.startswith("conversation."):
            event["sessionId"] = random.choice(["own-1", f"own-{event_id}"])
        return event | random_members(random, event_type)

    return make


def _in_messaging(random, number, family):
    who = {"conversationId": f"talk-{number}"}
    if family == "conversation":
        who["conversationType"] = "MESSAGING"
        if random.random() < 0.5:
            who["visitorId"] = f"visitor-{random.randrange(40)}"
    return who


def _of_visitor(random, number, family):
    who = {"visitorId": f"visitor-{number}"}
    if family == "conversation" and random.random() < 0.3:
        who["conversationType"] = "LIVE_CHAT"
    if family == "conversation" or (family == "survey" and random.random() < 0.7):
        # The same in whatever sessions it falls: a chat may go on after its visit was closed.
        who["conversationId"] = f"chat-{number}-{random.randrange(2)}"
    return who


def _heard(random, event, lateness):
    delay = random.choice([0, 0, 0, 1, 5, 9]) * MINUTE_MS
    if lateness == "any" and random.random() < 0.25:
        delay = random.choice([11, 45, 70, 130, 300, 600]) * MINUTE_MS
    return event | {"receivedAt": max(T0, event["timestamp"] + delay)}


def _sent_again(random, event, lateness):
    copy = dict(event)
    if random.random() < 0.4:
        copy |= {"state": random.randrange(5)} if "agentId" in event else {"contextId": "another"}
    if random.random() < 0.2:
        copy["timestamp"] += random.choice([-1, 1, 10 * MINUTE_MS, 40 * MINUTE_MS, 5 * HOUR_MS])
    received = event["receivedAt"] + random.choice(
        [0, 0, 1, 60_000, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS]
    )
    if lateness != "any":
        received = min(received, max(event["receivedAt"], copy["timestamp"] + 9 * MINUTE_MS))
    return copy | {"receivedAt": received}


def ranges(random: Random, hours: int, longest: int):
    """Calls that cover the hours one after the other, each of 1 to `longest` hours."""
    first = 0
    while first < hours:
        end = min(hours, first + random.randint(1, longest))
        yield T0 + first * HOUR_MS, T0 + end * HOUR_MS
        first = end
