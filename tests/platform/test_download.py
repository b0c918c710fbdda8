"""Downloading a data file."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platform.conftest import NORTHWIND

from trunkline.platform.data_access.download import BLOCK, Part
from trunkline.platform.data_access.ranges import Span, Unsatisfiable, read_range

pytestmark = pytest.mark.django_db(databases="__all__")

HOUR = 1461387600000
TEXT = bytes(range(256)) * 40


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_file_is_served_under_both_spellings_of_its_name(northwind: Any, publish: Any, ending: str) -> None:
    name = publish(NORTHWIND, HOUR, TEXT).name.removesuffix(".gz") + ending
    response = northwind.le(f"/agentActivity/{name}")
    assert response.status_code == 200
    assert body(response) == TEXT
    assert response["Content-Type"] == "application/gzip"
    assert response["Content-Length"] == str(len(TEXT))
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private"
    assert "Content-Encoding" not in response


def test_head_says_what_get_would_send_and_sends_nothing(northwind: Any, publish: Any) -> None:
    path = f"/agentActivity/{publish(NORTHWIND, HOUR, TEXT).name}"
    got, head = northwind.le(path), northwind.le(path, method="HEAD")
    assert (head.status_code, body(got)) == (200, TEXT)
    assert head.content == b""
    same = ("Content-Length", "Content-Type", "ETag", "Accept-Ranges", "Content-Disposition")
    assert {name: head[name] for name in same} == {name: got[name] for name in same}


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=10000-", 10000, 10240),
        ("bytes=-5", 10235, 10240),
    ],
)
def test_one_range_is_answered_with_that_part(
    northwind: Any, publish: Any, header: str, start: int, end: int
) -> None:
    response = northwind.le(f"/agentActivity/{publish(NORTHWIND, HOUR, TEXT).name}", range=header)
    assert response.status_code == 206
    assert body(response) == TEXT[start:end]
    assert response["Content-Range"] == f"bytes {start}-{end - 1}/{len(TEXT)}"
    assert response["Content-Length"] == str(end - start)


def test_a_range_outside_the_file_is_416_with_its_size(northwind: Any, publish: Any) -> None:
    response = northwind.le(f"/agentActivity/{publish(NORTHWIND, HOUR, TEXT).name}", range="bytes=10240-")
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */10240"


@pytest.mark.parametrize(
    "header", ["bytes=0-1,5-6", "items=0-1", "bytes=5-1", "bytes=-", "bytes=a-b", "bytes=1-2-3"]
)
def test_a_range_that_we_do_not_read_gets_the_whole_file(northwind: Any, publish: Any, header: str) -> None:
    response = northwind.le(f"/agentActivity/{publish(NORTHWIND, HOUR, TEXT).name}", range=header)
    assert response.status_code == 200
    assert body(response) == TEXT


def test_a_client_that_has_the_file_is_told_so(northwind: Any, publish: Any) -> None:
    file = publish(NORTHWIND, HOUR, TEXT)
    for known in (f'"{file.digest}"', f'W/"{file.digest}"', f'"other", "{file.digest}"', "*"):
        response = northwind.le(f"/agentActivity/{file.name}", if_none_match=known)
        assert response.status_code == 304
        assert response.content == b""
        assert response["ETag"] == f'"{file.digest}"'
    assert body(northwind.le(f"/agentActivity/{file.name}", if_none_match='"other"')) == TEXT


def test_a_part_is_sent_only_to_a_client_that_has_the_rest_of_the_same_file(
    northwind: Any, publish: Any
) -> None:
    file = publish(NORTHWIND, HOUR, TEXT)
    path = f"/agentActivity/{file.name}"
    same = northwind.le(path, range="bytes=9-", if_range=f'"{file.digest}"')
    other = northwind.le(path, range="bytes=9-", if_range='"older"')
    assert (same.status_code, body(same)) == (206, TEXT[9:])
    assert (other.status_code, body(other)) == (200, TEXT)


@pytest.mark.parametrize("damage", ["missing", "short", "longer"])
def test_a_listed_file_that_the_store_does_not_hold_whole_is_503_and_never_a_short_200(
    northwind: Any, publish: Any, store: Any, damage: str
) -> None:
    file = publish(NORTHWIND, HOUR, TEXT)
    store.delete(file.key)
    if damage != "missing":
        store.write(file.key, TEXT[:-1] if damage == "short" else TEXT + b"x")
    for method in ("HEAD", "GET"):
        response = northwind.le(f"/agentActivity/{file.name}", method=method)
        assert response.status_code == 503
        assert response["Retry-After"] == "60"
    assert response.json()["error"]["reason"] == "file_unreadable"


def test_a_file_is_read_in_blocks_of_one_mebibyte(northwind: Any, publish: Any) -> None:
    text = b"x" * (3 * 2**20 + 7)
    response = northwind.le(f"/agentActivity/{publish(NORTHWIND, HOUR, text).name}")
    assert [len(block) for block in response.streaming_content] == [BLOCK, BLOCK, BLOCK, 7]


def test_a_download_that_is_dropped_closes_its_file(tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(TEXT)
    opened = path.open("rb")
    part = Part(opened, Span(5, 9, len(TEXT)))
    assert part.read(2) == TEXT[5:7]
    part.close()
    assert opened.closed


TRAVERSALS = [
    f"{lead}{step * depth}{target}"
    for step in (
        "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "..%c0%af", "%c0%ae%c0%ae/", "..;/",
        ".../", "....//", "․․/", "%e2%80%a4%e2%80%a4/", "..%00/", "..%ff/", "%uff0e%uff0e/", "．．/",
    )
    for depth in (1, 2, 5, 9)
    for lead in ("", "/", "%2f", "C:%5c", "file:///", "~/", "Agent.1.2.part-00000-0.gz/")
    for target in ("etc/passwd", "record.sqlite3", "28045150/agentActivity/secret.gz", "%00.gz", "")
]  # fmt: skip


def test_no_form_of_traversal_reads_anything(
    northwind: Any, publish: Any, store: Any, monkeypatch: Any
) -> None:
    """More than a thousand forms; signed, so that nothing but the look-up by name stands in the way."""
    publish(NORTHWIND, HOUR, TEXT)
    opened: list[str] = []
    monkeypatch.setattr(type(store), "open", lambda _self, key: opened.append(key))
    assert len(TRAVERSALS) > 1000
    statuses = {northwind.le(f"/agentActivity/{quote(name, safe='/%')}").status_code for name in TRAVERSALS}
    # 401: a path whose form changed on its way no longer fits its signature.
    assert statuses <= {401, 404}
    assert 404 in statuses
    assert opened == []


sizes = st.integers(0, 50)


@given(st.integers(0, 60), st.integers(0, 60), sizes)
def test_a_range_is_what_the_file_has_of_it(first: int, last: int, size: int) -> None:
    data = bytes(range(size))
    wanted = data[first : last + 1] if first <= last else None
    try:
        span = read_range(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert not wanted
    else:
        assert (None if span is None else data[span.start : span.end]) == wanted


@given(st.text(max_size=30), sizes)
def test_no_range_header_breaks_the_reader(header: str, size: int) -> None:
    try:
        span = read_range(header, size)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.start < span.end <= size
