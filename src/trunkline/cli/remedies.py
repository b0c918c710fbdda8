"""What a person can do about an error of the client: one sentence, or nothing."""

import errno
from datetime import UTC, datetime, timedelta

from trunkline.client import (
    ApiError,
    AuthenticationError,
    ClientError,
    NotFound,
    PermissionDenied,
    RateLimited,
    Unreachable,
    UntrustedCertificate,
)

# Servers of OAuth 1.0 accept five minutes; half of that is worth a word.
CLOCK_SKEW = timedelta(minutes=2, seconds=30)

FAILED, USAGE, REFUSED, UNREACHABLE = 1, 2, 3, 4
"""Exit codes."""


def exit_code(error: ClientError | OSError) -> int:
    if isinstance(error, AuthenticationError | PermissionDenied | NotFound):
        return REFUSED
    return UNREACHABLE if isinstance(error, Unreachable) else FAILED


def remedy(error: ClientError | OSError, now: datetime) -> str:
    match error:
        case AuthenticationError():
            return _clock(error, now) or "Check the values of the key, and that it belongs to this account."
        case PermissionDenied():
            return (
                "The key needs the permission for data access, and the data type must be switched on for the account; "
                "`--type all` takes what is on."
            )
        case NotFound():
            return "Check the account number, the data type (such as agentActivity) and the host."
        case RateLimited():
            return "Wait a minute, then run the same command again: it goes on where it stopped."
        case UntrustedCertificate():
            return "Name the authority with --ca FILE; a Trunkline data folder keeps its own in ca/ca.crt."
        case Unreachable():
            return "Check --host (us, uk, apac, a host name or a URL) and whether the server runs."
        case ApiError(status=status) if status >= 500:
            return "The server failed; run the same command again later: it goes on where it stopped."
        case OSError(errno=errno.ENOSPC):
            return (
                "The disk is full. Make room, then run the same command again: it goes on where it stopped."
            )
    return ""


def _clock(error: ApiError, now: datetime) -> str:
    """A signature carries the time of day; a wrong clock is refused like a wrong key."""
    if error.server_time is None or abs(now - error.server_time) < CLOCK_SKEW:
        return ""
    ahead = "ahead of" if now > error.server_time else "behind"
    minutes = round(abs(now - error.server_time) / timedelta(minutes=1))
    return (
        f"This machine's clock is {minutes} minutes {ahead} the server's ({error.server_time.astimezone(UTC):%Y-%m-%d %H:%M:%S} "
        "UTC there): set it, since a signature carries the time."
    )
