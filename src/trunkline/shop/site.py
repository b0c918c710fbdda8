"""The shop's pages over HTTP: a bare ASGI application that serves a few files from memory."""

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

HERE = Path(__file__).parent
SCRIPT = HERE / "built" / "shop.js"
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
_ARTICLES = "/tea/"
_PAGES = ("/", "/basket", "/account", "/thanks")

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]


class Tagged(NamedTuple):
    """What the pages say of themselves."""

    collector: str
    account: str
    key: str
    pull: str
    """The command with which a person pulls the Web Session files."""


class Site:
    """The ASGI application. Raises `FileNotFoundError` where the script was not built."""

    def __init__(self, tagged: Tagged) -> None:
        self._files = {f"/pictures/{path.name}": path for path in (HERE / "pages" / "pictures").iterdir()}
        self._files |= {"/shop.css": HERE / "pages" / "shop.css", "/shop.js": SCRIPT}
        self._bodies = {name: (path.read_bytes(), _TYPES[path.suffix]) for name, path in self._files.items()}
        page = Template((HERE / "pages" / "shop.html").read_text(encoding="utf-8"))
        values = {name: escape(value) for name, value in tagged._asdict().items()}
        self._page = page.substitute(values).encode()
        self._headers = [
            (b"content-security-policy", _policy(tagged.collector).encode()),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-cache"),
        ]

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        status, body, kind = self._answer(scope["method"], scope["path"])
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *self._headers]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, method: str, path: str) -> tuple[int, bytes, bytes]:
        if method not in ("GET", "HEAD"):
            return 405, b"", _TYPES[".html"]
        if path in self._bodies:
            return 200, *self._bodies[path]
        article = path.removeprefix(_ARTICLES)
        known = path in _PAGES or f"/pictures/{article}.svg" in self._bodies
        # What is missing is said by the page itself.
        return 200 if known else 404, self._page, _TYPES[".html"]


def _policy(collector: str) -> str:
    """As a careful site has it: the tag needs the collector for scripts and for connections, and nothing else."""
    return (
        f"default-src 'none'; script-src 'self' {collector}; connect-src {collector}; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
