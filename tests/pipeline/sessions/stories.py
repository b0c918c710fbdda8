"""Small stories to tell the job: Ada (id 9) and Bo (7) of Northwind, times in milliseconds after T0."""

from tests.pipeline.sessions.running import CONTOSO, NORTHWIND, T0, Pipeline, told

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.pipeline.catalogue import SessionRules

ADA, BO = 9, 7
INACTIVITY, MAXIMUM = 60 * MINUTE_MS, 4 * HOUR_MS
_ON = {"inactivity": INACTIVITY, "maximum": MAXIMUM, "versions": {"agentActivity": "1.0.0.4"}}
RULES = {NORTHWIND: SessionRules(**_ON), CONTOSO: SessionRules(**_ON, drop_late=True)}


def event(event_type, at, event_id=None, *, agent=ADA, account=NORTHWIND, received=None, **members):
    """An event at `at` milliseconds after T0, received at once or at `received`."""
    return {
        "accountId": account,
        "agentId": agent,
        "type": f"agent.{event_type}",
        "timestamp": T0 + at,
        "eventId": event_id or f"{event_type}-{at}",
        "receivedAt": T0 + (at if received is None else received),
        **members,
    }


def login(at, event_id=None, **members):
    return event("login", at, event_id, **members)


def logout(at, event_id=None, **members):
    return event("logout", at, event_id, **members)


def status(at, event_id=None, state=2, **members):
    return event("status", at, event_id, state=state, **members)


def heartbeat(at, event_id=None, **members):
    return event("heartbeat", at, event_id, **members)


def run(*events, hours=12, pipeline=None):
    """Hour by hour from T0 on; the emissions (hour, start, end, reason, event ids), all in hours and ms after T0."""
    pipeline = pipeline or Pipeline(rules=RULES)
    found = []
    for hour in range(hours):
        first_hour = T0 + hour * HOUR_MS
        new = [e for e in events if first_hour <= e["receivedAt"] < first_hour + HOUR_MS]
        emissions, _ = told(pipeline.run(new, first_hour, first_hour + HOUR_MS))
        found += [
            (
                hour,
                e.start - T0,
                None if e.end is None else e.end - T0,
                e.reason,
                [name for name, _ in e.events],
            )
            for e, *_ in sorted(emissions)
        ]
    return found


def minutes(number):
    return number * MINUTE_MS
