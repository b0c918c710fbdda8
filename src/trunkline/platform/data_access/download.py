"""A data file as an answer: whole or a part of it, never in memory as a whole."""

from http import HTTPStatus
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from trunkline.pipeline.catalogue import DataFile
from trunkline.platform.data_access.files import open_file
from trunkline.platform.data_access.ranges import Span, Unsatisfiable, read_range
from trunkline.platform.errors import error_response
from trunkline.platform.measures import DOWNLOADED_BYTES
from trunkline.platform.streaming import BLOCK

GZIP = "application/gzip"


class Download(FileResponse):
    block_size = BLOCK


class Part:
    """A span of a file, read as if it were a file. A server that can send a file by its path does that instead.

    An object of a remote store has no path, and holds nothing open: it can be read after Django has let go of the request.
    """

    def __init__(self, file: BinaryIO, span: Span) -> None:
        self.path = str(file.name) if hasattr(file, "name") else None
        self.start, self.end = span.start, span.end
        self._file = file
        self._left = span.length
        file.seek(span.start)

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(block)
        return block

    def close(self) -> None:
        if self.path is not None:
            self._file.close()


def answer(request: HttpRequest, file: DataFile, name: str) -> HttpResponseBase:
    """The file under the name it was asked for, by its conditions and range. Raises `FileUnreadable`."""
    etag = f'"{file.digest}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "private"}
    wanted = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in wanted or etag in [one.removeprefix("W/") for one in wanted]:
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        span = _span(request, file, etag)
    except Unsatisfiable:
        return _unsatisfiable(file)
    if span:
        headers["Content-Range"] = span.content_range
    span = span or Span(0, file.bytes, file.bytes)
    headers |= {
        "Content-Length": str(span.length),
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
    }
    status = HTTPStatus.PARTIAL_CONTENT if "Content-Range" in headers else HTTPStatus.OK
    opened = open_file(file)
    if request.method == "HEAD":
        opened.close()
        return HttpResponse(status=status, headers=headers, content_type=GZIP)
    DOWNLOADED_BYTES.inc(span.length)
    return Download(Part(opened, span), status=status, headers=headers, content_type=GZIP)


def _span(request: HttpRequest, file: DataFile, etag: str) -> Span | None:
    """None for the whole file. A part is only of use to someone who has the rest of the same file."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return read_range(request.headers.get("Range", ""), file.bytes)


def _unsatisfiable(file: DataFile) -> HttpResponse:
    response = error_response(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        f"The file has {file.bytes} bytes; the range lies outside.",
        reason="range_not_satisfiable",
    )
    response["Content-Range"] = f"bytes */{file.bytes}"
    return response
