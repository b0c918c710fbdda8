"""Scripts, styles and icons: built at set-up (frontend/), served from memory under names that hold the hash of their content."""

import json
from functools import cache
from http import HTTPStatus
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

BUILT = Path(__file__).parent / "built"
NOT_BUILT = "The pages of this server were not built: run `make web`, which needs Node.js 18 or newer, and start it again."

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# A file with another content has another name.
_FOR_EVER = "public, max-age=31536000, immutable"


class NotBuilt(Exception):
    """There is nothing to serve."""


def address(name: str) -> str:
    """Of `web.css` and the like, in the face whose addresses have the name `asset`. Raises `NotBuilt`."""
    return reverse("asset", args=[_manifest()[name]])


def is_built() -> bool:
    try:
        _manifest()
    except NotBuilt:
        return False
    return True


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponse:
    """One file, by the name in the manifest: nothing else in the folder can be asked for."""
    if not is_built() or name not in _manifest().values():
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(_content(f"{name}.gz" if zipped else name))
    response["Content-Type"] = _TYPES[Path(name).suffix]
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = _FOR_EVER
    return response


@cache
def _manifest() -> dict[str, str]:
    try:
        names: dict[str, str] = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotBuilt(NOT_BUILT) from None
    return names


@cache
def _content(name: str) -> bytes:
    return (BUILT / name).read_bytes()
