"""How the collector says no: to one event, or to a whole request."""

from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Why one event was refused (docs/api/collector.md lists them with their remedies)."""

    MALFORMED_JSON = "malformed_json"
    INVALID_TEXT = "invalid_text"
    NESTED_TOO_DEEPLY = "nested_too_deeply"
    NOT_AN_OBJECT = "not_an_object"
    EVENT_TOO_LARGE = "event_too_large"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    FOREIGN_ACCOUNT = "foreign_account"
    SERVER_FIELD = "server_field"
    TIMESTAMP_IN_SECONDS = "timestamp_in_seconds"
    TIMESTAMP_IN_MICROSECONDS = "timestamp_in_microseconds"
    TIMESTAMP_IN_NANOSECONDS = "timestamp_in_nanoseconds"
    FUTURE_TIMESTAMP = "future_timestamp"
    TOO_LATE = "too_late"
    NOT_FROM_BROWSERS = "not_from_browsers"


class Refusal(Struct, frozen=True):
    """One event of a batch that was not accepted."""

    index: int
    """Its place in the batch, from 0."""
    field: str | None
    reason: str
    message: str


class RequestRefused(Exception):
    """Nothing of a request was taken; `message` says what was expected."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        field: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.field = field
        self.retry_after = retry_after
        """Seconds after which another try makes sense."""
