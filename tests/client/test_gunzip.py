import gzip
import importlib.util
import os
import sys

import pytest

from trunkline.client import CorruptFile, gunzip

NOISE = gzip.compress(os.urandom(50_000))


@pytest.fixture(params=["isal", "standard library"])
def module(request, monkeypatch):
    """The module as it is where the fast library is there, and where it is missing."""
    if request.param == "isal":
        return gunzip
    monkeypatch.setitem(sys.modules, "isal", None)
    spec = importlib.util.spec_from_file_location("gunzip_without_isal", gunzip.__file__)
    without = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, without)
    spec.loader.exec_module(without)
    assert without._open is gzip.open
    return without


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        NOISE[:5],
        NOISE[:-1],
        NOISE[:30_000],
        NOISE[:-8] + b"\0\0\0\0" + NOISE[-4:],
        NOISE + b"x" * 30,
    ],
    ids=["empty", "not gzip", "half a header", "one byte short", "half", "wrong checksum", "trailing"],
)
def test_damage_is_found_by_either_library(module, tmp_path, content):
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(CorruptFile, match=r"a\.gz"):
        module.verify(tmp_path / "a.gz")


def test_whole_files_of_one_or_more_members_pass(module, tmp_path):
    for content in (NOISE, NOISE * 3):
        (tmp_path / "a.gz").write_bytes(content)
        checked = module.verify(tmp_path / "a.gz")
        assert checked.size == len(content)
        assert checked.text_size == 50_000 * len(content) // len(NOISE)
