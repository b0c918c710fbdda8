import gzip
import hashlib
import os
from datetime import UTC, datetime

import pytest
from published_server import HOUR

from trunkline.client import CorruptFile, NotFound, RemoteFile, Unreachable

NOON = 1_700_000_000_000 // HOUR * HOUR
# Does not compress: the server breaks off in the middle of it.
NOISE = gzip.compress(os.urandom(300_000))


def remote(server, served) -> RemoteFile:
    return RemoteFile(
        name=served.name,
        scope_start=datetime.fromtimestamp(NOON / 1000, UTC),
        scope_end=datetime.fromtimestamp((NOON + HOUR) / 1000, UTC),
        href=f"{server.url}/data_access_le/account/75555851/le/agentActivity/{served.name}",
    )


@pytest.fixture
def file(server) -> RemoteFile:
    return remote(server, server.publish(NOON, body=NOISE))


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole_under_its_name_and_nothing_else_is_left(data, file, tmp_path):
    heard: list[int] = []
    local = data.download(file, tmp_path / "new" / "folder", on_bytes=heard.append)
    assert local.path == tmp_path / "new" / "folder" / file.name
    assert local.path.read_bytes() == NOISE
    assert (local.size, local.text_size) == (len(NOISE), 300_000)
    assert local.sha256 == hashlib.sha256(NOISE).hexdigest()
    assert sum(heard) == len(NOISE)
    assert names(local.path.parent) == [file.name]


def test_an_intact_file_is_not_asked_for_again(server, data, file, tmp_path):
    assert data.download(file, tmp_path) == data.download(file, tmp_path)
    assert len(server.seen) == 1


def test_a_file_that_was_damaged_on_the_disk_is_fetched_again(data, file, tmp_path):
    local = data.download(file, tmp_path)
    local.path.write_bytes(NOISE[:-100])
    assert data.download(file, tmp_path).path.read_bytes() == NOISE


def test_a_broken_connection_is_continued_where_it_broke(server, data, file, tmp_path, waits):
    server.cut = [100_000, 50_000]
    assert data.download(file, tmp_path).path.read_bytes() == NOISE
    ranges = [seen.headers.get("Range") for seen in server.seen]
    assert ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert all(seen.headers["If-Range"].startswith('"') for seen in server.seen[1:])
    assert waits == [5, 10]


def test_what_a_killed_download_left_is_continued(server, data, file, tmp_path, key):
    server.cut = [100_000] + [0] * 9
    with pytest.raises(Unreachable):
        data.download(file, tmp_path)
    (part,) = names(tmp_path)
    assert part.startswith(f".{file.name}.")
    server.cut = []
    server.seen.clear()
    assert data.download(file, tmp_path).path.read_bytes() == NOISE
    assert [seen.headers.get("Range") for seen in server.seen] == ["bytes=100000-"]
    assert names(tmp_path) == [file.name]


def test_a_connection_that_brings_something_each_time_is_never_given_up(server, data, file, tmp_path):
    server.cut = [20_000] * 14
    assert data.download(file, tmp_path).path.read_bytes() == NOISE


def test_another_version_behind_the_same_name_begins_anew(server, data, file, tmp_path):
    other = gzip.compress(os.urandom(200_000))
    served = server.files["agentActivity"][0]
    server.cut = [100_000]

    def change(seen):
        if "Range" in seen.headers:
            served.body, served.etag = other, '"other"'

    server.before = change
    assert data.download(file, tmp_path).path.read_bytes() == other
    assert names(tmp_path) == [file.name]


def test_a_server_that_continues_with_another_version_is_found_out(server, data, file, tmp_path):
    """It ignores If-Range: the rest belongs to other bytes than those held."""
    other = gzip.compress(os.urandom(300_000))
    served = server.files["agentActivity"][0]
    server.cut = [100_000]

    def change(seen):
        if "Range" in seen.headers:
            served.body, served.etag = other, seen.headers["If-Range"]

    server.before = change
    assert data.download(file, tmp_path).path.read_bytes() == other


def test_a_part_that_is_longer_than_the_file_begins_anew(server, data, file, tmp_path):
    server.cut = [100_000] + [0] * 9
    with pytest.raises(Unreachable):
        data.download(file, tmp_path)
    (part,) = tmp_path.iterdir()
    part.write_bytes(NOISE + b"more")
    server.cut = []
    assert data.download(file, tmp_path).path.read_bytes() == NOISE


@pytest.mark.parametrize("lacking", ["etags", "ranges"])
def test_without_etags_or_ranges_a_broken_download_begins_anew(server, data, file, tmp_path, lacking):
    setattr(server, lacking, False)
    server.cut = [100_000]
    assert data.download(file, tmp_path).path.read_bytes() == NOISE
    assert names(tmp_path) == [file.name]


@pytest.mark.parametrize(
    "body",
    [
        NOISE[:-5],
        NOISE[:200_000],
        NOISE[:150_000] + b"\0\0\0\0" + NOISE[150_004:],
        NOISE + b"trailing",
        NOISE + NOISE[:100],
        b"<html>log in</html>",
        b"",
    ],
    ids=["no end", "half", "damaged", "trailing", "half a second member", "not gzip", "empty"],
)
def test_a_damaged_file_is_tried_twice_and_never_gets_its_name(server, data, tmp_path, body):
    served = server.publish(NOON, body=b"x")
    served.body = body
    with pytest.raises(CorruptFile, match=served.name):
        data.download(remote(server, served), tmp_path)
    assert len(server.seen) == 2
    assert names(tmp_path) == []


def test_a_file_of_several_members_is_whole(server, data, tmp_path):
    served = server.publish(NOON, body=gzip.compress(b"a" * 1000) + gzip.compress(b"b" * 1000))
    assert data.download(remote(server, served), tmp_path).text_size == 2000


def test_both_spellings_of_an_address_give_the_file(server, data, file, tmp_path):
    bare = RemoteFile(**{**vars(file), "href": file.href.removesuffix(".gz")})
    assert data.download(bare, tmp_path).path.name == file.name


def test_a_file_that_is_gone_is_not_found(server, data, file, tmp_path):
    server.files["agentActivity"].clear()
    with pytest.raises(NotFound):
        data.download(file, tmp_path)
    assert names(tmp_path) == []
