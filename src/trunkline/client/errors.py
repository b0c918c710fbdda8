"""What can go wrong, as one tree. The docstring of a class is its default message; no message holds a secret."""

from datetime import datetime


class ClientError(Exception):
    """The data service could not be used."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or type(self).__doc__)


class Unreachable(ClientError):
    """The server cannot be reached."""


class UntrustedCertificate(Unreachable):
    """The server's certificate was signed by an authority that this client does not know."""


class UnexpectedAnswer(ClientError):
    """The server's answer does not have the published shape."""


class CorruptFile(ClientError):
    """The file is damaged or incomplete."""


class ApiError(ClientError):
    """The server refused the request."""

    def __init__(
        self,
        status: int,
        *,
        host: str,
        reason: str = "",
        message: str = "",
        retry_after: float | None = None,
        server_time: datetime | None = None,
        body: bytes = b"",
    ) -> None:
        self.status = status
        self.host = host
        self.reason = reason
        """The server's code for what is wrong, such as `oauth_problem=token_rejected`."""
        self.message = message
        """The server's own words."""
        self.retry_after = retry_after
        """Seconds that the server asks to wait."""
        self.server_time = server_time
        """What the server's clock showed (its `Date` header)."""
        self.body = body
        """The beginning of the answer, as it came."""
        said = message or reason or type(self).__doc__
        super().__init__(f"{host} answered {status}: {said}")


class BadRequest(ApiError):
    """The request is wrong; sending it again cannot help."""


class AuthenticationError(ApiError):
    """The server does not accept these credentials."""


class PermissionDenied(ApiError):
    """These credentials may not read this."""


class NotFound(ApiError):
    """There is no such thing on the server."""


class RateLimited(ApiError):
    """Too many requests; the server asks to wait."""


class ServerError(ApiError):
    """The server failed."""


def error_for(status: int) -> type[ApiError]:
    """The class that stands for an HTTP status."""
    exact = {401: AuthenticationError, 403: PermissionDenied, 404: NotFound, 429: RateLimited}
    if status in exact:
        return exact[status]
    if status >= 500:
        return ServerError
    return BadRequest if status >= 400 else ApiError
