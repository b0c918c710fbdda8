"""The browser tag: one script, built at set-up (frontend/), served to every page that carries it."""

import gzip
from hashlib import sha256
from pathlib import Path

from trunkline.collector.answer import Answer
from trunkline.collector.refusal import RequestRefused

BUILT = Path(__file__).parent / "built" / "tag.js"
_SCRIPT = b"text/javascript; charset=utf-8"
FRESH_SECONDS = 3600
"""How long a browser uses its copy without asking: a new version has arrived everywhere after that."""


class Tag:
    """Read once; the same for everybody."""

    def __init__(self, path: Path) -> None:
        self._script = path.read_bytes() if path.exists() else None
        self._compressed = gzip.compress(self._script or b"", mtime=0)
        self._etag = b'W/"%s"' % sha256(self._script or b"").hexdigest()[:32].encode()

    def answer(self, headers: dict[bytes, bytes]) -> Answer:
        """Raises `RequestRefused` where it was not built."""
        if self._script is None:
            message = "the browser tag is not built: run `make web`, which needs Node.js, and start the collector again"
            raise RequestRefused(404, "tag_not_built", message)
        common = (
            (b"etag", self._etag),
            (b"cache-control", b"public, max-age=%d" % FRESH_SECONDS),
            (b"vary", b"Accept-Encoding"),
            (b"x-content-type-options", b"nosniff"),
            # It is public: pages may check its digest, and those that isolate themselves may load it.
            (b"access-control-allow-origin", b"*"),
            (b"cross-origin-resource-policy", b"cross-origin"),
        )
        if self._etag in headers.get(b"if-none-match", b""):
            return Answer(304, b"", headers=common)
        if b"gzip" in headers.get(b"accept-encoding", b""):
            compressed = (*common, (b"content-encoding", b"gzip"))
            return Answer(200, self._compressed, _SCRIPT, compressed)
        return Answer(200, self._script, _SCRIPT, common)
