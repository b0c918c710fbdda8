"""Values decrypted by the client; the messages and the keys are GnuPG's."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from published_server import ACCOUNT, HOUR, PublishedServer, session
from tests.gnupg import LONG_AGO, GnuPG

from trunkline.client import (
    DataAccess,
    Decryptor,
    NotDecrypted,
    PrivateKeyRefused,
    pull,
)
from trunkline.client.decryption import recipients
from trunkline.client.records import read_records

START = 1_700_000_000_000 // HOUR * HOUR


@pytest.fixture(scope="session")
def other_key(gnupg: GnuPG) -> str:
    return gnupg.make("rsa2048", subkey="rsa2048", passphrase="open sesame")


@pytest.fixture
def decryptor(gnupg: GnuPG, curve_key: str) -> Decryptor:
    return Decryptor([gnupg.private(curve_key)])


def sealed(gnupg: GnuPG, key: str, text: str) -> str:
    return gnupg("--armor", "--trust-model", "always", "--recipient", key, "--encrypt", given=text)


def encrypted(gnupg: GnuPG, key: str, value: Any) -> Any:
    """A session with its names encrypted."""
    name = sealed(gnupg, key, "Ada")
    return json.loads(json.dumps(value).replace('"Ada"', json.dumps(name)))


@pytest.fixture
def a_file(tmp_path: Path) -> Callable[..., Path]:
    def write(*records: Any, name: str = "Agent.1.2.part-00000-0.gz") -> Path:
        (tmp_path / name).write_bytes(
            gzip.compress("".join(json.dumps(one) + "\n" for one in records).encode())
        )
        return tmp_path / name

    return write


# Messages


@pytest.mark.parametrize("text", ["Ada", "é \U0001f600", "two\nlines", "x" * 100_000])
def test_a_message_is_decrypted(gnupg: GnuPG, curve_key: str, decryptor: Decryptor, text: str) -> None:
    assert decryptor.text(sealed(gnupg, curve_key, text)) == text


def test_several_keys_are_tried_by_the_recipient(gnupg: GnuPG, curve_key: str, other_key: str) -> None:
    both = Decryptor(
        [gnupg.private(curve_key), gnupg.private(other_key, "open sesame").encode()], "open sesame"
    )
    for key in (curve_key, other_key):
        assert both.text(sealed(gnupg, key, "Ada")) == "Ada"


def test_a_message_to_an_older_part_of_the_key_is_decrypted(gnupg: GnuPG) -> None:
    key = gnupg.make("ed25519", subkey="cv25519", at=LONG_AGO)
    older = sealed(gnupg, key, "Ada")
    gnupg.add(key, "rsa2048")
    newer = sealed(gnupg, key, "Bo")
    assert recipients(older.encode()) != recipients(newer.encode())
    decryptor = Decryptor([gnupg.private(key)])
    assert [decryptor.text(message) for message in (older, newer)] == ["Ada", "Bo"]


def test_what_cannot_be_decrypted_is_none(
    gnupg: GnuPG, curve_key: str, other_key: str, decryptor: Decryptor
) -> None:
    message = sealed(gnupg, curve_key, "Ada")
    begin = "-----BEGIN PGP MESSAGE-----\n"
    damaged = message[:-90] + "\n-----END PGP MESSAGE-----\n"
    for text in (sealed(gnupg, other_key, "Ada"), damaged, begin, begin + "\nhello", "", "hello"):
        assert decryptor.text(text) is None


def test_equal_messages_are_decrypted_once(gnupg: GnuPG, curve_key: str, decryptor: Decryptor) -> None:
    message = sealed(gnupg, curve_key, "Ada")
    assert {decryptor.text(message) for _ in range(5)} == {"Ada"}
    assert decryptor._remembered.cache_info().misses == 1


# Private keys


def test_a_protected_key_is_opened_by_its_passphrase_only(gnupg: GnuPG, other_key: str) -> None:
    private = gnupg.private(other_key, "open sesame")
    assert Decryptor([private], "open sesame").text(sealed(gnupg, other_key, "Ada")) == "Ada"
    with pytest.raises(PrivateKeyRefused, match="is protected; give its passphrase"):
        Decryptor([private])
    with pytest.raises(PrivateKeyRefused, match="passphrase does not open") as refused:
        Decryptor([private], "open barley")
    assert "barley" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "hello", b"\x00\xff", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n"])
def test_what_is_no_private_key_is_refused_with_how_to_get_it(text: str | bytes) -> None:
    with pytest.raises(PrivateKeyRefused, match="gpg --armor --export-secret-keys"):
        Decryptor([text])


def test_a_public_key_is_refused(gnupg: GnuPG, curve_key: str) -> None:
    with pytest.raises(PrivateKeyRefused, match="no private key"):
        Decryptor([gnupg.public(curve_key)])


def test_an_expired_key_is_refused_with_how_to_extend_it_and_then_decrypts(gnupg: GnuPG) -> None:
    key = gnupg.make("ed25519", subkey="cv25519", expires="1y", at=LONG_AGO)
    message = gnupg(
        "--faked-system-time=20200601T000000!",
        *("--armor", "--trust-model", "always", "--recipient", key, "--encrypt"),
        given="Ada",
    )
    with pytest.raises(PrivateKeyRefused, match="has expired") as refused:
        Decryptor([gnupg.private(key)])
    commands = re.findall("`gpg ([^`]*)`", str(refused.value))
    assert len(commands) == 2
    for command in commands:
        gnupg(*command.split())
    assert Decryptor([gnupg.private(key)]).text(message) == "Ada"


def test_a_key_that_only_signs_is_refused(gnupg: GnuPG) -> None:
    with pytest.raises(PrivateKeyRefused, match="no part that decrypts"):
        Decryptor([gnupg.private(gnupg.make("ed25519"))])


def test_a_decryptor_shows_neither_key_nor_passphrase(gnupg: GnuPG, other_key: str) -> None:
    decryptor = Decryptor([gnupg.private(other_key, "open sesame")], "open sesame")
    assert "sesame" not in f"{decryptor!r} {vars(decryptor)}"
    assert "BEGIN" not in f"{decryptor!r} {vars(decryptor)}"


def test_where_the_library_is_missing_it_is_named() -> None:
    program = """
import sys
sys.modules["pysequoia"] = None
from trunkline.client import DecryptionUnavailable, Decryptor
try:
    Decryptor(["key"])
except DecryptionUnavailable as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install pysequoia" in done.stdout


# Files


@pytest.mark.parametrize("version", ["1.0.0.4", "1.0.0.35"])
def test_records_are_given_in_clear(
    gnupg: GnuPG, curve_key: str, decryptor: Decryptor, a_file: Callable[..., Path], version: str
) -> None:
    clear = session(START, version=version)
    path = a_file(encrypted(gnupg, curve_key, clear))
    (record,) = read_records(path, decryptor)
    assert [row["agentNickname"] for row in record.bodies[0].value["agentSessionsData"]] == ["Ada"] * 3
    assert [record] == list(read_records(a_file(clear)))
    (without,) = read_records(a_file(encrypted(gnupg, curve_key, clear)))
    assert without.bodies[0].value["agentSessionsData"][0]["agentNickname"].startswith("-----BEGIN PGP")
    assert decryptor.left == 0


def test_a_file_in_clear_needs_no_decryption(decryptor: Decryptor, a_file: Callable[..., Path]) -> None:
    path = a_file(session(START))
    assert list(read_records(path, decryptor)) == list(read_records(path))


def test_a_text_that_only_looks_encrypted_stays_and_is_counted(
    gnupg: GnuPG, curve_key: str, other_key: str, decryptor: Decryptor, a_file: Callable[..., Path]
) -> None:
    """Anybody may write such a text; it must not keep the file from being read."""
    forged = sealed(gnupg, other_key, "anything")
    record = encrypted(gnupg, curve_key, session(START, rows=1))
    record = json.loads(json.dumps(record).replace('"ada"', json.dumps(forged)))
    (found,) = read_records(a_file(record), decryptor)
    (row,) = found.bodies[0].value["agentSessionsData"]
    assert (row["agentNickname"], row["agentUsername"]) == ("Ada", forged)
    assert decryptor.left == 1


def test_a_file_for_another_key_is_an_error_that_names_it(
    gnupg: GnuPG, other_key: str, decryptor: Decryptor, a_file: Callable[..., Path]
) -> None:
    path = a_file(encrypted(gnupg, other_key, session(START)))
    with pytest.raises(NotDecrypted, match=r"Agent.1.2.* but to the key with the id [0-9A-F]{16}"):
        list(read_records(path, decryptor))
    record = json.dumps(encrypted(gnupg, other_key, session(START)))
    named = record.replace("MESSAGE-----\\n\\n", f"MESSAGE-----\\nComment: public key {other_key}\\n\\n")
    with pytest.raises(NotDecrypted, match=f"but to public key {other_key}"):
        list(read_records(a_file(json.loads(named)), decryptor))


def test_a_pull_gives_tables_in_clear(
    server: PublishedServer,
    data: DataAccess,
    gnupg: GnuPG,
    curve_key: str,
    decryptor: Decryptor,
    tmp_path: Path,
) -> None:
    record = json.dumps(encrypted(gnupg, curve_key, session(START)))
    server.publish(START, body=gzip.compress(record.encode()))
    since, until = _window()
    pulled = pull(
        data, "agentActivity", tmp_path, form="parquet", since=since, until=until, decryptor=decryptor
    )
    (table,) = (tmp_path / ACCOUNT / "agentActivity").glob("*.parquet")
    assert pl.read_parquet(table)["agentNickname"].to_list() == ["Ada"] * 3
    assert pulled.damaged == {}


def test_a_file_for_another_key_is_taken_by_a_later_pull_with_the_right_one(
    server: PublishedServer, data: DataAccess, gnupg: GnuPG, curve_key: str, other_key: str, tmp_path: Path
) -> None:
    for number, key in enumerate((curve_key, other_key)):
        record = json.dumps(encrypted(gnupg, key, session(START + number * HOUR)))
        server.publish(START + number * HOUR, body=gzip.compress(record.encode()))
    keys = [gnupg.private(curve_key), gnupg.private(other_key, "open sesame")]
    since, until = _window()
    given: dict[str, Any] = {"form": "ndjson", "since": since, "until": until}
    first = pull(data, "agentActivity", tmp_path, decryptor=Decryptor(keys[:1]), **given)
    assert len(first.taken) == 1
    ((name, why),) = first.damaged.items()
    assert f"{START + HOUR}" in name
    assert "was not encrypted to the private key" in why
    second = pull(data, "agentActivity", tmp_path, decryptor=Decryptor(keys, "open sesame"), **given)
    assert [fact.taken for fact in second.taken] == [name]
    assert not list((tmp_path / ACCOUNT / "agentActivity").rglob("*.gz"))


def test_files_as_they_are_published_are_not_decrypted(
    data: DataAccess, decryptor: Decryptor, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="take tables"):
        pull(data, "agentActivity", tmp_path, decryptor=decryptor)


def _window() -> tuple[Any, Any]:
    from datetime import UTC, datetime, timedelta

    start = datetime.fromtimestamp(START / 1000, UTC)
    return start, start + timedelta(hours=12)
