"""The one way to change configuration: the change and its entry in one transaction, or neither."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from trunkline.clock import REAL
from trunkline.platform.actors import Actor, Kind
from trunkline.platform.audit import series
from trunkline.platform.audit.entries import MAX_DOCUMENT, Entry, Subject, Values, document
from trunkline.platform.audit.models import Change, ChangedElement, Head
from trunkline.platform.isolation.account import acting_for
from trunkline.platform.refusals import Invalid, NotFound


class Trail:
    """What one transaction adds to the trail of one account."""

    def __init__(self, actor: Actor, head: Head) -> None:
        self.actor = actor
        self._head = head
        self._changes: list[Change] = []
        self._elements: list[ChangedElement] = []
        # A clock that is set back does not turn back the trail.
        self.time = max(REAL.now(), head.time)

    @property
    def revision(self) -> int:
        """The number of the last change, counting those of this transaction."""
        return self._head.number

    def new_id(self) -> int:
        """An id that no object of the account has had."""
        self._head.last_id += 1
        return self._head.last_id

    def record(self, subject: Subject, *, before: Values | None, after: Values | None) -> int:
        """Say what becomes of an object; its number, or that of the change before where nothing changes.

        Secrets must not be in `before` and `after`: give their `fingerprint` instead. Raises `Invalid` for what is too
        large for an entry.
        """
        entry = Entry(subject, before, after)
        if not entry.is_change:
            return self._head.number
        number = self._head.number + 1
        text = document(entry, self.actor, self._head.account_id, number, self.time)
        if len(text.encode()) > MAX_DOCUMENT:
            raise Invalid(
                f"The change of {subject.type} {subject.id} is larger than the audit trail can hold ({MAX_DOCUMENT} bytes); "
                "make it in smaller steps.",
                reason="change_too_large",
            )
        self._head.number = number
        self._add(entry, number, text)
        return number

    def write(self) -> None:
        """Everything recorded goes into the database; called once, at the end of the transaction."""
        if not self._changes:
            return
        self._head.time = self.time
        self._head.save(update_fields=["number", "time", "last_id"])
        Change.objects.bulk_create(self._changes)
        series.place(self._head.account_id, self._elements)
        ChangedElement.objects.bulk_create(self._elements)

    def _add(self, entry: Entry, number: int, text: str) -> None:
        subject, account_id = entry.subject, self._head.account_id
        where = {
            "account_id": account_id,
            "number": number,
            "time": self.time,
            "object_type": subject.type,
            "object_id": subject.id,
        }
        self._changes.append(Change(**where, action=entry.action, document=text))
        names = [change["element"] for change in entry.changes] or [""]
        self._elements += [
            ChangedElement(
                **where,
                position=position,
                element=name,
                action=entry.action,
                originator_id=self.actor.id,
                is_lpa=self.actor.originator.is_lpa,
                is_automatic=self.actor.kind == Kind.SYSTEM,
            )
            for position, name in enumerate(names)
        ]


@contextmanager
def changing(actor: Actor, account_id: str) -> Iterator[Trail]:
    """A transaction in which the configuration of an account may change; other changes of the account wait for it.

    Raises `NotFound` for an account that does not exist. Asks for no permission: verbs do.
    """
    with acting_for(account_id), transaction.atomic():
        head = Head.objects.select_for_update().filter(account_id=account_id).first()
        if head is None:
            raise NotFound(
                f"There is no account {account_id}; `trunkline account list` shows all, `trunkline account create` makes one."
            )
        trail = Trail(actor, head)
        yield trail
        trail.write()
