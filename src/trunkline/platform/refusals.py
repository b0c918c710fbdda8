"""Why a verb refuses. Every text says what is wrong and what to do about it; none holds a secret.

Edges translate: the command line prints the text, HTTP has one status for each class.
"""


class Refused(Exception):
    """The request was understood and is not done."""

    reason = "refused"

    def __init__(self, message: str, *, reason: str = "", field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.reason
        self.field = field


class Invalid(Refused):
    """A value cannot be used; `field` names it."""

    reason = "invalid"


class NotFound(Refused):
    """There is no such thing, or the actor must not learn that there is."""

    reason = "not_found"


class NotPermitted(Refused):
    """The actor lacks a permission, or the account has not switched this on."""

    reason = "not_permitted"


class Conflict(Refused):
    """It clashes with what is there."""

    reason = "conflict"


class Stale(Refused):
    """It was changed since the caller read it."""

    reason = "stale"


class NotProven(Refused):
    """Whoever asks has not proven who they are; the text is the same whatever was wrong."""

    reason = "not_proven"


class TooMany(Refused):
    """Asked too often; `retry_after` seconds from now it is answered again."""

    reason = "too_many"

    def __init__(self, message: str, *, retry_after: int, reason: str = "") -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after
