"""The tag as the collector serves it."""

import gzip
import shutil
from pathlib import Path

import httpx2
import pytest

from collector.running import Running
from trunkline.collector.refusal import RequestRefused
from trunkline.collector.tag import BUILT, Tag

MOST_BYTES = 5_000


@pytest.fixture
def address(collector: Running) -> str:
    return f"{collector.start().url}/collector/v1/tag.js"


def test_the_tag_is_small() -> None:
    assert 1_000 < len(gzip.compress(BUILT.read_bytes())) <= MOST_BYTES


def test_it_is_a_script_for_every_page_that_browsers_keep_for_an_hour(
    collector: Running, address: str
) -> None:
    answer = httpx2.get(address, verify=collector.trust)
    assert answer.content == BUILT.read_bytes()
    wanted = {
        "content-type": "text/javascript; charset=utf-8",
        "content-encoding": "gzip",
        "cache-control": "public, max-age=3600",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    assert wanted.items() <= dict(answer.headers).items()
    assert int(answer.headers["content-length"]) <= MOST_BYTES
    plain = httpx2.get(address, verify=collector.trust, headers={"Accept-Encoding": "identity"})
    assert plain.content == answer.content and "content-encoding" not in plain.headers


def test_whoever_has_it_already_is_told_so(collector: Running, address: str) -> None:
    etag = httpx2.get(address, verify=collector.trust).headers["etag"]
    again = httpx2.get(address, verify=collector.trust, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = httpx2.get(address, verify=collector.trust, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_where_it_was_not_built_the_answer_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RequestRefused, match="make web") as caught:
        Tag(tmp_path / "tag.js").answer({})
    assert (caught.value.status, caught.value.reason) == (404, "tag_not_built")
    shutil.copy(BUILT, tmp_path / "tag.js")
    assert Tag(tmp_path / "tag.js").answer({}).status == 200
