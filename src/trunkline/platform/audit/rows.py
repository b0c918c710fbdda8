"""A line of the published trail: one element of one change, with everything that its document says."""

from typing import Any

import msgspec


class Changed(msgspec.Struct, frozen=True):
    element: str = ""
    old: Any = None
    new: Any = None


class Object(msgspec.Struct, frozen=True):
    type: str
    id: str
    name: str


class Originator(msgspec.Struct, frozen=True, rename="camel"):
    kind: str
    id: str
    name: str
    login_name: str
    employee_id: str
    profiles: list[str]
    user_agent: str
    auth_type: str
    address: str
    is_lpa: bool
    request_id: str


class Document(msgspec.Struct, frozen=True):
    """A change as it is kept; see `entries`."""

    version: int
    account: str
    number: int
    time: int
    action: str
    object: Object
    changes: list[Changed]
    actor: Originator
    automatic: bool


class Row(msgspec.Struct, frozen=True):
    document: Document
    position: int

    @property
    def changed(self) -> Changed:
        """Without a name where the change has no single element."""
        changes = self.document.changes
        return changes[self.position] if changes else _NOTHING


_NOTHING = Changed()

read_document = msgspec.json.Decoder(Document).decode
