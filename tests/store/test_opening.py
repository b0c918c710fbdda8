"""Which URLs and environments make a store, and what is said of the others."""

import subprocess
import sys
from pathlib import Path

import pytest

from store.places import SECRET
from trunkline.store import LocalStore, UnusableStore, open_store


def test_a_folder_is_opened_by_its_url(tmp_path: Path) -> None:
    store = open_store((tmp_path / "with space").as_uri())
    assert isinstance(store, LocalStore)
    store.write("a", b"x")
    assert (tmp_path / "with space" / "a").read_bytes() == b"x"


@pytest.mark.parametrize(
    "url, told",
    [
        ("ftp://example.com/", "expected file:, s3:, gs: or hdfs:"),
        ("/srv/store", "expected file:, s3:, gs: or hdfs:"),
        ("s3:", "expected a bucket or host"),
        ("s3:///folder", "expected a bucket or host"),
        ("gs:/folder", "expected a bucket or host"),
        (f"s3://key:{SECRET}@bucket/folder", "credentials stay out"),
        (f"hdfs://namenode/folder?delegation={SECRET}", "credentials stay out"),
        ("s3://bucket/fol der", "not a key"),
        ("s3://bucket/a/../b", "not a key"),
    ],
)
def test_a_url_that_is_no_store_is_refused_without_showing_a_secret(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as raised:
        open_store(url)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "url, variable",
    [
        ("s3://bucket", "AWS_ENDPOINT_URL"),
        ("s3://bucket", "AWS_ENDPOINT_URL_S3"),
        ("s3://bucket", "AWS_ENDPOINT"),
        ("gs://bucket", "STORAGE_EMULATOR_HOST"),
    ],
)
@pytest.mark.parametrize(
    "address",
    [
        "http://storage.example.com",
        "http://10.1.2.3:9000",
        f"https://key:{SECRET}@example.com",
        "example.com",
    ],
)
def test_keys_and_data_never_travel_in_clear_to_another_machine(
    url: str, variable: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "northwind")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv(variable, address)
    with pytest.raises(UnusableStore, match=variable) as raised:
        open_store(url)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "url, address",
    [
        ("hdfs://namenode/a", "https://namenode:9871"),
        ("hdfs://namenode:50470/a", "https://namenode:50470"),
        ("hdfs://127.0.0.1/a", "http://127.0.0.1:9870"),
        ("webhdfs://ada@namenode/a", "http://namenode:9870"),
        ("swebhdfs://localhost/a", "https://localhost:9871"),
        ("hdfs://one:9871,two:9871/a", "https://one:9871"),
    ],
)
def test_hdfs_is_spoken_to_over_tls_unless_it_is_here_or_its_url_says_otherwise(
    url: str, address: str
) -> None:
    from trunkline.store.remote import RemoteStore
    from trunkline.store.webhdfs import WebHdfsObjects

    store = open_store(url)
    assert isinstance(store, RemoteStore) and isinstance(store._objects, WebHdfsObjects)
    assert store._objects._hosts[0] == address


@pytest.mark.parametrize(
    "url, module, extra", [("s3://b", "obstore", "s3"), ("gs://b", "google.cloud", "gcs")]
)
def test_a_library_that_is_not_installed_is_named_with_the_extra_that_brings_it(
    url: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [
        name for name in sys.modules if name.startswith((module, "trunkline.store.s3", "trunkline.store.gcs"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnusableStore, match=rf"pip install 'trunkline\[{extra}\]'"):
        open_store(url)


def test_a_local_store_needs_none_of_them() -> None:
    code = (
        "import sys; from trunkline.store import open_store; open_store('file:///a');"
        "print([name for name in sys.modules if name.split('.')[0] in ('obstore', 'google', 'httpx2', 'boto3')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
