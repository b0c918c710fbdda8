"""Random histories: what agents do, and when the platform hears of it."""

from random import Random

from running import CONTOSO, NORTHWIND, T0

from trunkline.clock import HOUR_MS, MINUTE_MS

_TYPES = ["agent.login", "agent.logout", "agent.status", "agent.concurrency", "agent.heartbeat"]
_WEIGHTS = [3, 3, 6, 4, 3]


def history(random: Random, *, hours: int, actors: int, events: int, lateness: str):
    """Events with their time of receipt, all received within `hours` hours from T0 on."""
    found = []
    for number in range(actors):
        account = random.choice([NORTHWIND, NORTHWIND, CONTOSO])
        found += _of_agent(random, account, number, hours, random.randrange(1, events + 1), lateness)
    return found


def _of_agent(random, account, agent, hours, events, lateness):
    made = []
    unit = random.choice([MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS])
    dense = random.choice([1, 3, 12])
    instant = T0 + random.randrange(hours) * HOUR_MS // 2
    for serial in range(events):
        instant += random.choice([0, 0, 1, 1, 1, 2, dense]) * unit + random.choice([0, 0, 0, 0, 1, -1])
        if random.random() < 0.03:
            instant -= random.choice([1, 2, 7]) * unit  # a clock that runs backwards
        instant = max(instant, T0)
        made.append(_event(random, account, agent, f"e{serial:03d}", instant))
    heard = [_heard(random, event, hours, lateness) for event in made]
    again = [_sent_again(random, event, hours, lateness) for event in heard if random.random() < 0.12]
    return [event for event in heard + again if event["receivedAt"] < T0 + hours * HOUR_MS]


def _event(random, account, agent, event_id, instant):
    event_type = random.choices(_TYPES, _WEIGHTS)[0]
    event = {
        "accountId": account,
        "agentId": agent,
        "eventId": event_id,
        "type": event_type,
        "timestamp": instant,
    }
    if event_type == "agent.login" and random.random() < 0.3:
        event["sessionId"] = random.choice(["own-1", f"own-{event_id}"])
    if event_type == "agent.status" or random.random() < 0.3:
        event["state"] = random.randrange(5)
    if event_type == "agent.concurrency" or random.random() < 0.2:
        event["concurrentEngagements"] = random.randrange(4)
    if random.random() < 0.3:
        event["slots"] = random.randrange(1, 6)
    if random.random() < 0.2:
        event["previousState"] = random.randrange(5)
    if random.random() < 0.2:
        event |= {"employeeId": "", "groupId": -1, "profileIds": [1, 2**53 + 1], "nickname": "Ada"}
    return event


def _heard(random, event, hours, lateness):
    delay = random.choice([0, 0, 0, 1, 5, 9]) * MINUTE_MS
    if lateness == "any" and random.random() < 0.25:
        delay = random.choice([11, 45, 70, 130, 300, 600]) * MINUTE_MS
    return event | {"receivedAt": max(T0, event["timestamp"] + delay)}


def _sent_again(random, event, hours, lateness):
    copy = dict(event)
    if random.random() < 0.4:
        copy["state"] = random.randrange(5)
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
