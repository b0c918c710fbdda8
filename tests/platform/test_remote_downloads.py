"""Data files that lie on an S3-compatible server, through the real platform."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.platform.conftest import NORTHWIND, data_file
from tests.platform.live import Platform, database, signer

from store import places
from store.places import Place
from trunkline.pipeline.catalogue import DataFile
from trunkline.store import Store, open_store

HOUR = 1461387600000
FILES = f"/data_access_le/account/{NORTHWIND}/le/agentActivity"
MIB = 2**20
TEXT = random.Random(3).randbytes(40 * MIB + 7)
"""More than any buffer between the store and a caller holds."""


@pytest.fixture(scope="module")
def s3() -> Iterator[Place]:
    with places.s3() as place:
        yield place


@pytest.fixture(scope="module")
def store(s3: Place) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in s3.environment.items():
            patched.setenv(name, value)
        yield open_store(s3.url)


@pytest.fixture(scope="module")
def platform(s3: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with database("trunkline_remote") as url:
        made = Platform(tmp_path_factory.mktemp("remote"), url)
        made.environment |= {**s3.environment, "TRUNKLINE_STORE": s3.url}
        made.command("migrate")
        made.command("account", "create", NORTHWIND, "--name", "Northwind")
        made.command("account", "data-type", "enable", NORTHWIND, "agentActivity")
        made.northwind = made.key(NORTHWIND)
        with made.serving():
            yield made


@pytest.fixture(scope="module")
def file(platform: Platform, store: Store, tmp_path_factory: pytest.TempPathFactory) -> DataFile:
    made = data_file(NORTHWIND, HOUR, TEXT)
    path: Path = tmp_path_factory.mktemp("made") / "file"
    path.write_bytes(TEXT)
    store.adopt(path, made.key)
    platform.publish(asdict(made))
    return made


def get(platform: Platform, file: DataFile, **options: Any) -> requests.Response:
    return platform.get(f"{FILES}/{file.name}", platform.northwind, **options)


def test_a_file_comes_whole_and_in_parts(platform: Platform, file: DataFile) -> None:
    whole = get(platform, file)
    assert (whole.status_code, len(whole.content)) == (200, len(TEXT))
    assert hashlib.sha256(whole.content).hexdigest() == file.digest
    assert whole.headers["ETag"] == f'"{file.digest}"'
    for sent, start, end in (
        ("bytes=0-0", 0, 1),
        (f"bytes={3 * MIB - 2}-{5 * MIB}", 3 * MIB - 2, 5 * MIB + 1),
        (f"bytes={len(TEXT) - 9}-", len(TEXT) - 9, len(TEXT)),
        ("bytes=-5", len(TEXT) - 5, len(TEXT)),
    ):
        part = get(platform, file, headers={"Range": sent})
        assert (part.status_code, part.content) == (206, TEXT[start:end])
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(TEXT)}"
    assert get(platform, file, headers={"Range": f"bytes={len(TEXT)}-"}).status_code == 416
    assert get(platform, file, headers={"If-None-Match": f'"{file.digest}"'}).status_code == 304


def test_head_has_the_length_and_no_body(platform: Platform, file: DataFile) -> None:
    head = requests.head(
        f"{platform.url}{FILES}/{file.name}", auth=signer(platform.northwind), verify=platform.ca, timeout=30
    )
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(TEXT)), b"")


def test_callers_who_do_not_go_on_cost_no_memory_and_hold_nobody_up(
    platform: Platform, file: DataFile, s3: Place
) -> None:
    """Twice as many as there are threads: of each, no more is fetched from the store than the buffers on the way hold."""
    before = s3.requests()
    with ExitStack() as stack:
        for _ in range(16):
            slow = stack.enter_context(get(platform, file, stream=True))
            assert slow.raw.read(10) == TEXT[:10]
        settled(s3.requests)
        assert s3.requests() - before < 16 * 20
        assert requests.get(f"{platform.url}/health", verify=platform.ca, timeout=30).ok
        assert get(platform, file, headers={"Range": "bytes=5-9"}).content == TEXT[5:10]
        assert slow.raw.read(MIB) == TEXT[10 : MIB + 10]


def test_a_download_whose_caller_leaves_ends(platform: Platform, file: DataFile, s3: Place) -> None:
    with get(platform, file, stream=True) as left:
        left.raw.read(10)
    count = settled(s3.requests)
    assert get(platform, file, headers={"Range": "bytes=5-9"}).content == TEXT[5:10]
    assert s3.requests() - count <= 2, (
        "one look at its size, one for its bytes: the other download fetches no more"
    )


def test_where_the_store_fails_in_the_middle_nobody_takes_the_answer_for_whole(
    platform: Platform, file: DataFile, s3: Place
) -> None:
    with s3.failing("refused", after=5), pytest.raises(requests.RequestException):
        assert len(get(platform, file).content) == len(TEXT)
    assert "download broke off" in platform.log
    assert places.SECRET not in platform.log


def test_while_the_store_is_away_downloads_are_503_and_the_listing_goes_on(
    platform: Platform, file: DataFile, s3: Place
) -> None:
    with s3.failing("away"):
        answer = get(platform, file)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.json()["error"]["reason"] == "file_unreadable"
        ready = requests.get(f"{platform.url}/ready", verify=platform.ca, timeout=60)
        assert (ready.status_code, ready.json()["checks"]["store"]) == (503, False)
        assert platform.get(f"{FILES}?startTime={HOUR}&endTime={HOUR + 1}", platform.northwind).ok
    assert requests.get(f"{platform.url}/ready", verify=platform.ca, timeout=60).ok


def test_a_file_that_the_store_does_not_hold_whole_is_503(
    platform: Platform, store: Store, file: DataFile
) -> None:
    lost = replace(data_file(NORTHWIND, HOUR + 3_600_000, b"lost"))
    platform.publish(asdict(lost))
    assert get(platform, lost).status_code == 503
    store.write(lost.key, b"los")
    assert get(platform, lost).status_code == 503
    store.write(lost.key, b"lost")
    assert get(platform, lost).content == b"lost"


def settled(count: Callable[[], int]) -> int:
    """The count when it has not changed for a second."""
    last, since = count(), time.monotonic()
    while time.monotonic() - since < 1:
        time.sleep(0.05)
        if count() != last:
            last, since = count(), time.monotonic()
    return last
