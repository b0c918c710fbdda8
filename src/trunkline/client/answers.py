"""A server's refusal as an error: its status, its own words, and what they leave out."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import msgspec

from trunkline.client.errors import ApiError, error_for

REFUSAL_LIMIT = 16 * 2**10


def refusal(response: httpx2.Response, *, credentials_shown: bool = True) -> ApiError:
    """The error that an answer with a status of 300 and above stands for; reads a little of its body."""
    body = _beginning(response)
    reason, message = _words(body)
    if response.is_redirect:
        message = f"a redirect to {response.headers['Location'][:200]}, which is not followed"
    if response.status_code in (401, 403) and not credentials_shown:
        message = (
            f"{message} (the token was not sent there: allow this host by name if it may see it)".strip()
        )
    return error_for(response.status_code)(
        response.status_code,
        host=response.url.host,
        reason=reason,
        message=message,
        retry_after=_retry_after(response.headers.get("Retry-After")),
        server_time=_date(response.headers.get("Date")),
        body=body,
    )


def _beginning(response: httpx2.Response) -> bytes:
    body = bytearray()
    try:
        for piece in response.iter_bytes():
            body += piece
            if len(body) > REFUSAL_LIMIT:
                break
    except httpx2.HTTPError:
        pass  # the status says enough
    return bytes(body[:REFUSAL_LIMIT])


def _words(body: bytes) -> tuple[str, str]:
    """Reason and message; refusals come as `{"reason", "message"}`, as `{"error": {…}}` and as plain text."""
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", _line(body.decode("utf-8", "replace"))
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        answer = answer["error"]
    if not isinstance(answer, dict):
        return "", _line(str(answer))
    said = {name: _line(text) for name, text in answer.items() if isinstance(text, str)}
    reason = said.get("reason") or said.get("error", "")
    message = said.get("message") or said.get("error_description") or said.get("detail", "")
    return reason, message


def _line(text: str) -> str:
    """One printable line: what a server says ends up in terminals and logs."""
    return "".join(char if char.isprintable() else " " for char in text)[:500].strip()


def _retry_after(value: str | None) -> float | None:
    """Seconds; the header holds seconds or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    date = _date(value)
    return max((date - datetime.now(UTC)).total_seconds(), 0.0) if date else None


def _date(value: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(value).astimezone(UTC) if value else None
    except ValueError:
        return None
