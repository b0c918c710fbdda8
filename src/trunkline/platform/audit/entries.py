"""What an entry of the trail says. Pure: from an object before and after to the document that is kept.

The document is canonical JSON (RFC 8785), so that equal facts are equal bytes and a proof can be laid over them later. Its
members: `version`, `account`, `number`, `time` (epoch milliseconds), `action`, `object` (`type`, `id`, `name`), `changes` (each with
`element`, `old`, `new`, in order of name), `actor` and `automatic`. A change from nothing is an addition, one to nothing a deletion.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import rfc8785

from trunkline.platform.actors import Actor, Kind

VERSION = 1

MAX_DOCUMENT = 65_535
"""The most bytes of one entry: what a tile of a transparency log can hold (C2SP tlog-tiles)."""

ADD, EDIT, DELETE = "add", "edit", "delete"

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """The object that is changed."""

    type: str
    id: str
    name: str


@dataclass(frozen=True)
class Entry:
    """One change, not yet numbered. `before` is None of what is new, `after` of what is gone."""

    subject: Subject
    before: Values | None
    after: Values | None

    @property
    def action(self) -> str:
        if self.before is None:
            return ADD
        return DELETE if self.after is None else EDIT

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Each element whose value differs; an absent one is null."""
        before, after = self.before or {}, self.after or {}
        return [
            {"element": name, "old": before.get(name), "new": after.get(name)}
            for name in sorted(before.keys() | after.keys())
            if canonical(before.get(name)) != canonical(after.get(name))
        ]

    @property
    def is_change(self) -> bool:
        return self.action != EDIT or bool(self.changes)


def document(entry: Entry, actor: Actor, account_id: str, number: int, time: int) -> str:
    """The entry as it is kept."""
    members = {
        "version": VERSION,
        "account": account_id,
        "number": number,
        "time": time,
        "action": entry.action,
        "object": asdict(entry.subject),
        "changes": entry.changes,
        "actor": actor_members(actor),
        "automatic": actor.kind == Kind.SYSTEM,
    }
    return canonical(members)


def canonical(value: Any) -> str:
    """The one text of a JSON value (RFC 8785)."""
    return rfc8785.dumps(value).decode()


def actor_members(actor: Actor) -> dict[str, Any]:
    """Who acted, as both logs keep it."""
    who = actor.originator
    return {
        "kind": str(actor.kind),
        "id": actor.id,
        "name": who.name,
        "loginName": who.login_name,
        "employeeId": who.employee_id,
        "profiles": list(who.profiles),
        "userAgent": who.user_agent,
        "authType": who.auth_type,
        "address": who.address,
        "isLpa": who.is_lpa,
        "requestId": who.request_id,
    }
