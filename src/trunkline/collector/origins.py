"""Origins of pages (`https://shop.example`): how they are written, and what a browser is told about them (CORS)."""

import re
from dataclasses import replace

from trunkline.collector.answer import Answer

PREFLIGHT_SECONDS = 7200
"""What browsers keep at most."""
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"(https?)://((?:{_LABEL}\.)*{_LABEL}|\[[0-9a-f:.]+\])(?::([1-9][0-9]{{0,4}}))?")
_DEFAULT_PORTS = {"https": "443", "http": "80"}


def read_origin(text: str) -> str:
    """An origin as browsers write it: lower case, no default port. Raises `ValueError` for what is none.

    There are no wildcards: whoever gets hold of one forgotten subdomain would write into the account.
    """
    match = _ORIGIN.fullmatch(text.strip().lower())
    if match is None or len(match[2]) > 253 or int(match[3] or 1) > 65535:
        raise ValueError(
            f"{text!r} is no origin; expected https://shop.example or https://shop.example:8443: no path, no *, "
            "a name with other letters as xn--…"
        )
    scheme, host, port = match.groups()
    return f"{scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[scheme] else "")


def allowed(answer: Answer, origin: str) -> Answer:
    """The same answer, which pages of this origin may read. Never with credentials: the collector has no cookies."""
    name = origin.encode("ascii")
    headers = (
        (b"access-control-allow-origin", name),
        (b"access-control-expose-headers", b"Retry-After"),
        (b"vary", b"Origin"),
    )
    return replace(answer, headers=(*answer.headers, *headers))


def preflight(origin: str) -> Answer:
    """Yes to a browser that asks before it sends what no form could (JSON, compressed)."""
    headers = (
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", b"Content-Type, Content-Encoding"),
        (b"access-control-max-age", b"%d" % PREFLIGHT_SECONDS),
    )
    return allowed(Answer(204, b"", headers=headers), origin)
