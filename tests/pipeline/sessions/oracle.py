"""The session rules once more: slow, obvious, one actor and one hour at a time, in lists and loops.

It shares nothing with the product but the meaning of the words. An event is a dict with the members of the wire; what it
means to the rules stands in `meaning`.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

from tests.pipeline.sessions.meaning import END, HEARTBEAT, START, content, data_type, role

HOUR = 3_600_000
NULL_END = ("1.0.0.4", "1.0.0.22")
"""Versions of records that do not tell when a session ended where nobody knows; later ones tell of its last event then."""


@dataclass(eq=False)
class Session:
    events: list
    id: str = ""
    """Decided when it is published."""
    end: int | None = None
    reason: str = ""
    hours: dict = field(default_factory=dict)
    """By data type: in the file of which hour its record was last published."""
    published: dict = field(default_factory=dict)
    """By data type: the record as it was last published and the hour of that, where records are made of sessions."""

    @property
    def start(self):
        return self.events[0]["timestamp"]

    @property
    def last(self):
        return self.events[-1]["timestamp"]

    @property
    def until(self):
        """The last millisecond inside: a session cut at its maximum reaches beyond its last event."""
        return self.end - 1 if self.reason == "maximum" else self.last

    @property
    def started(self):
        return role(self.events[0]) == START

    @property
    def ended(self):
        return role(self.events[-1]) == END

    @property
    def order(self):
        return (self.start, self.last, self.events[0]["eventId"])


@dataclass
class Emission:
    """A record of a session, as it was published."""

    data_type: str
    version: str
    hour: int
    session: Session
    start: int
    end: int | None
    last: int
    """Time of the session's last event, heartbeats left out."""
    reason: str
    events: list
    """Those that stand in the record."""
    supersedes: int | None


@dataclass
class Actor:
    account: str
    who: object
    inactivity: int
    maximum: int
    drop_late: bool
    versions: dict
    """By data type, of those that are switched on."""
    grace: int
    open: list = field(default_factory=list)
    published: list = field(default_factory=list)
    ignored: list = field(default_factory=list)
    """Heartbeats that belong to no session for good."""

    # One hour

    def hour(self, hour, arrivals):
        """The emissions and the dead letters (event, reason) of the hour that starts at `hour`."""
        self.now = hour
        self.watermark = hour + HOUR - self.grace
        accepted, conflicts = self.without_duplicates(arrivals)
        late = [event for event in accepted if self.is_late(event)]
        free = self.open + accepted
        joins = self.joining(free, late)
        dropped = []
        changed = {}
        for event, session in joins:
            free.remove(event)
            if not self.drop_late:
                changed.setdefault(id(session), (session, []))[1].append(event)
            elif role(event) == HEARTBEAT:
                self.ignored.append(event)
            else:
                dropped.append(event)
        gaps = self.gaps(free, late)
        before = {id(session): self.records(session) for session, _ in changed.values()}
        for session, events in changed.values():
            session.events = in_order(self.with_ignored(session) + events)
            while role(session.events[0]) == HEARTBEAT:  # it opens nothing, also in the first millisecond
                self.ignored.append(session.events.pop(0))
        emissions = self.settle(gaps, before)
        return emissions, [(e, "conflicting_duplicate") for e in conflicts] + [
            (e, "late_dropped") for e in dropped
        ]

    def is_late(self, event):
        return event["timestamp"] < self.now - self.grace

    def without_duplicates(self, arrivals):
        known = {event["eventId"]: event for event in self.open}
        accepted, conflicts = [], []
        for event in sorted(arrivals, key=lambda e: (e["receivedAt"], content(e))):
            same_id = self.published_with_id(event) if self.is_late(event) else []
            if not same_id and event["eventId"] in known:
                same_id = [known[event["eventId"]]]
            if not same_id:
                known[event["eventId"]] = event
                accepted.append(event)
            elif content(event) not in map(content, same_id):
                conflicts.append(event)
        return accepted, conflicts

    def published_with_id(self, event):
        return [
            other
            for session in self.published
            if session.start - self.inactivity <= event["timestamp"] <= session.last + self.inactivity
            for other in self.with_ignored(session)
            if other["eventId"] == event["eventId"]
        ]

    def with_ignored(self, session):
        return session.events + [
            beat
            for beat in self.ignored
            if session.start < beat["timestamp"] < session.last and beat not in session.events
        ]

    # Late events

    def place(self, event):
        """(index of the session that the event lies in or before, whether it lies inside)."""
        self.published.sort(key=lambda s: s.order)
        instant = event["timestamp"]
        behind = role(event) == START and any(s.ended and s.last == instant for s in self.published)
        for index, session in enumerate(self.published):
            if session.until < instant or (behind and session.until == instant):
                continue
            before = role(event) == END and session.started and session.start == instant
            return index, session.start <= instant and not before
        return len(self.published), False

    def gaps(self, free, late):
        """The free events between the published sessions: one list before each, one after all."""
        gaps = [[] for _ in range(len(self.published) + 1)]
        for event in free:
            index = self.place(event)[0] if event in late else len(self.published)
            gaps[index].append(event)
        return [in_order(gap) for gap in gaps]

    def joining(self, free, late):
        """Pairs of a late event and the published session that it joins."""
        joins = [(e, self.published[self.place(e)[0]]) for e in late if self.place(e)[1]]
        inside = [event for event, _ in joins]
        rest = [event for event in free if event not in inside]
        for index, gap in enumerate(self.gaps(rest, late)):
            before = self.published[index - 1] if index > 0 else None
            after = self.published[index] if index < len(self.published) else None
            forwards = self.forwards(gap, before, late) if before else []
            remaining = [event for event in gap if event not in forwards]
            backwards = self.backwards(remaining, after, late) if after else []
            joins += [(event, before) for event in forwards] + [(event, after) for event in backwards]
        return joins

    def forwards(self, gap, session, late):
        joined, last, ended = [], session.last, session.ended
        for event in gap:
            instant = event["timestamp"]
            if event not in late or ended or role(event) == START:
                break
            if instant - last > self.inactivity or instant >= session.start + self.maximum:
                break
            joined.append(event)
            last, ended = instant, role(event) == END
        return joined

    def backwards(self, gap, session, late):
        joined, first, started = [], session.start, session.started
        for event in reversed(gap):
            instant = event["timestamp"]
            if event not in late or started or role(event) == END:
                break
            if first - instant > self.inactivity or session.last >= instant + self.maximum:
                break
            joined.append(event)
            first, started = instant, role(event) == START
        while joined and role(joined[-1]) == HEARTBEAT:
            joined.pop()
        return joined

    # Sessions

    def settle(self, gaps, before):
        """`before`: of each published session that late events joined, the records as they were before that."""
        line = []
        beats = []
        for index, gap in enumerate(gaps):
            sessions, outside = cut(gap, self.inactivity, self.maximum)
            beats += outside
            line += sessions + self.published[index : index + 1]
        self.open = [beat for beat in beats if beat["timestamp"] >= self.watermark]
        self.ignored += [beat for beat in beats if beat["timestamp"] < self.watermark]
        emissions = []
        for session, following in zip(line, [*line[1:], None], strict=False):
            fixed = session in self.published
            if fixed and id(session) not in before:
                continue
            reason, end, is_closed = self.closing(session, following)
            if not fixed and not is_closed:
                self.open += session.events
                continue
            session.reason, session.end = reason, end
            if not fixed:
                session.id = own_id(session) or made_id(self.account, self.who, session.events[0])
                self.published.append(session)
            emissions += self.emissions(session, before.get(id(session), {}))
        return emissions

    def closing(self, session, following):
        found = []
        if session.ended:
            found.append((session.last, "end"))
        if following and (following.started or following in self.published):
            found.append((following.start, "superseded"))
        found.append((session.last + self.inactivity, "inactivity"))
        found.append((session.start + self.maximum - 1, "maximum"))
        instant, reason = min(found, key=lambda pair: pair[0])
        ends = {"maximum": session.start + self.maximum, "inactivity": None}
        return reason, ends.get(reason, session.last), instant < self.watermark

    def records(self, session):
        """By data type, what the record tells: start, end and events."""
        found = {}
        for name, version in self.versions.items():
            events = [event for event in session.events if data_type(event) == name]
            end = session.end
            if end is None and version not in NULL_END:
                end = last_told(session)
            if events:
                found[name] = (session.start, end, events)
        return found

    def emissions(self, session, before):
        """The records that are new, or other than before."""
        found = []
        for name, record in self.records(session).items():
            if record != before.get(name):
                found.append(self.emission(session, name, record[2]))
                session.hours[name] = self.now
        return found

    def emission(self, session, name, events):
        return Emission(
            name,
            self.versions[name],
            self.now,
            session,
            session.start,
            session.end,
            last_told(session),
            session.reason,
            events,
            session.hours.get(name),
        )


def own_id(session):
    return session.events[0].get("sessionId") if session.started else None


def made_id(account, who, event):
    """The account and a number that stands for the kind, the actor and the first event."""
    kind = "agentActivity" if event["type"].startswith("agent.") else "visits"
    name = f"{kind} {event['timestamp']} {len(str(who))} {who}{event['eventId']}"
    return f"{account}-{int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) // 2}"


def last_told(session):
    return [event for event in session.events if role(event) != HEARTBEAT][-1]["timestamp"]


def in_order(events):
    ends = {event["timestamp"] for event in events if role(event) == END}

    def rank(event):
        if role(event) == START:
            return 3 if event["timestamp"] in ends else 0
        return 2 if role(event) == END else 1

    return sorted(events, key=lambda event: (event["timestamp"], rank(event), event["eventId"]))


def cut(events, inactivity, maximum):
    """Sessions of events in order, and the heartbeats outside of them."""
    sessions, outside = [], []
    current = None
    for event in events:
        instant = event["timestamp"]
        if (
            current
            and not current.ended
            and role(event) != START
            and instant - current.last <= inactivity
            and instant < current.start + maximum
        ):
            current.events.append(event)
        elif role(event) == HEARTBEAT:
            outside.append(event)
        else:
            current = Session([event])
            sessions.append(current)
    return sessions, outside
