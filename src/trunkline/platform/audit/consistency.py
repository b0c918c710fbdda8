"""What must hold of a trail. Pure: entries, rows and the shadow come in, findings come out."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785

from trunkline.platform.audit.entries import ADD, DELETE, EDIT, Values, canonical

TAMPERED = "Compare with a backup and find out who wrote to the database; an entry is never mended in place."
BYPASSED = "Find out who wrote to the database; set the object again through the program, so that the trail tells it."
RESTORE = "Restore the database from a backup that holds it."


@dataclass(frozen=True)
class Finding:
    """Something that does not hold."""

    account: str
    number: int | None
    """Of the change."""
    object: str
    text: str
    remedy: str


Triple = tuple[str, str, str, str, str]
"""Object type, object id, element, and its old and new value as canonical JSON: what one line of the trail says."""


@dataclass(frozen=True)
class Said:
    """An entry as it is stored: its columns and its document."""

    account: str
    number: int
    time: int
    object_type: str
    object_id: str
    action: str
    text: str

    @property
    def document(self) -> dict[str, Any]:
        """Empty where the text is no JSON object."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def object(self) -> str:
        return f"{self.object_type} {self.object_id}"

    def finding(self, text: str, remedy: str = TAMPERED) -> Finding:
        return Finding(self.account, self.number, self.object, text, remedy)


@dataclass
class Order:
    """Numbers of an account are contiguous, times never decrease, and the head is at the end."""

    account: str
    number: int = 0
    time: int = 0

    def next(self, said: Said) -> Iterator[Finding]:
        if said.number != self.number + 1:
            missing = (
                str(self.number + 1)
                if said.number == self.number + 2
                else f"{self.number + 1} to {said.number - 1}"
            )
            yield said.finding(f"change {missing} is missing", RESTORE)
        if said.time < self.time:
            yield said.finding("its time lies before that of the change before")
        self.number, self.time = said.number, max(self.time, said.time)

    def end(self, head: int, time: int) -> Iterator[Finding]:
        if head != self.number:
            text = f"the trail ends with change {self.number}, and its head says {head}"
            yield Finding(self.account, head, "trail", text, RESTORE)
        elif time < self.time:
            yield Finding(
                self.account, head, "trail", "the head's time lies before the last change", TAMPERED
            )


ElementRow = tuple[int, int, str, str, str, str, bool, bool]
"""Position, time, object type, object id, element, originator, is LPA, is automatic."""


def document_findings(said: Said, elements: Sequence[ElementRow]) -> Iterator[Finding]:
    """The document is canonical and says what the columns and the rows of its elements say."""
    document = said.document
    try:
        is_canonical = bool(document) and canonical(document) == said.text
    except rfc8785.CanonicalizationError:
        is_canonical = False
    if not is_canonical:
        yield said.finding("its document is not canonical JSON")
        return
    subject = document.get("object", {})
    columns = (said.account, said.number, said.time, said.object_type, said.object_id, said.action)
    told = (
        *(document.get(name) for name in ("account", "number", "time")),
        subject.get("type"),
        subject.get("id"),
        document.get("action"),
    )
    if columns != told:
        yield said.finding("its document does not say what its columns say")
    if list(elements) != list(_element_rows(said, document)):
        yield said.finding("the rows of its elements are not those of its document")


def _element_rows(said: Said, document: Mapping[str, Any]) -> Iterator[ElementRow]:
    actor = document.get("actor", {})
    names = [change.get("element") for change in document.get("changes", [])] or [""]
    for position, name in enumerate(names):
        yield (
            position,
            said.time,
            said.object_type,
            said.object_id,
            name,
            actor.get("id", ""),
            bool(actor.get("isLpa")),
            bool(document.get("automatic")),
        )


@dataclass
class Fold:
    """An object as its entries make it, and that each entry begins where the one before ended."""

    values: dict[str, Any] | None = None
    last: int = 0
    """The number of its last change."""

    def apply(self, said: Said) -> Iterator[Finding]:
        document = said.document
        changes = document.get("changes", [])
        before = self.values
        if (said.action == ADD) != (before is None):
            yield said.finding(
                "it adds what is there" if said.action == ADD else "it changes what is not there"
            )
        for change in changes:
            name, old = change.get("element"), change.get("old")
            if canonical((before or {}).get(name)) != canonical(old):
                yield said.finding(f"the old value of {name} is not the new value of the change before")
        if said.action == DELETE:
            self.values = None
        elif said.action in (ADD, EDIT):
            self.values = (before or {}) | {change.get("element"): change.get("new") for change in changes}
        self.last = said.number


def differing(told: Values | None, live: Values | None) -> Iterator[str]:
    """How an object that is there differs from what its entries make of it; an element that is absent is null."""
    if told is None or live is None:
        if told is not live:
            yield (
                "it is there, and the trail says that it was deleted"
                if live
                else "it is gone, and no entry says so"
            )
        return
    for name in sorted(told.keys() | live.keys()):
        one, other = canonical(told.get(name)), canonical(live.get(name))
        if one != other:
            yield f"{name} is {_short(other)}, and the trail says {_short(one)}"


def triples(kind: str, key: str, changes: Iterable[Mapping[str, Any]]) -> Counter[Triple]:
    """The lines of a change, to be compared with those of the shadow."""
    return Counter(
        (kind, key, str(change.get("element")), canonical(change.get("old")), canonical(change.get("new")))
        for change in changes
    )


def unexplained(
    account: str, after: int, trail: Counter[Triple], shadow: Counter[Triple]
) -> Iterator[Finding]:
    """The changes after number `after` and the rows that were written then: each explains the other."""
    for (kind, key, element, old, new), _count in (shadow - trail).items():
        text = f"{element} was written from {_short(old)} to {_short(new)} after change {after}, and no entry says so"
        yield Finding(account, after, f"{kind} {key}", text, BYPASSED)
    for (kind, key, element, old, new), _count in (trail - shadow).items():
        text = (
            f"an entry says that {element} went from {_short(old)} to {_short(new)}, and no row was written"
        )
        yield Finding(account, after + 1, f"{kind} {key}", text, TAMPERED)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
