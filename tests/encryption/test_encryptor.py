"""Encryption in child processes: what the messages are, by GnuPG's own reading, and what happens when a child is lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.gnupg import GnuPG

from trunkline.encryption import frames
from trunkline.encryption.encryptor import SLICE, EncryptionFailed, Encryptor

VALUES = [
    "Ada",
    "é \U0001f600 أهلا",
    "two\nlines\r\n",
    "-----BEGIN PGP MESSAGE-----\n",
    "\x00",
    "x" * 100_000,
]


@pytest.fixture
def encryptor() -> Iterator[Encryptor]:
    with Encryptor(2) as encryptor:
        yield encryptor


def children(encryptor: Encryptor) -> list[int]:
    return [child._process.pid for child in encryptor._children]


def test_gnupg_decrypts_every_value(encryptor: Encryptor, gnupg: GnuPG, curve: str, rsa: str) -> None:
    for key in (curve, rsa):
        assert [gnupg.decrypted(message) for message in encryptor.encrypt(key, VALUES)] == VALUES


def test_a_message_is_armored_and_by_aes_256_to_the_part_for_encryption(
    encryptor: Encryptor, gnupg: GnuPG, rsa: str, rsa_key: str
) -> None:
    (message,) = encryptor.encrypt(rsa, ["Ada Lovelace " * 20])
    assert message.startswith(f"-----BEGIN PGP MESSAGE-----\nComment: public key {rsa_key}\n\n")
    assert message.endswith("\n-----END PGP MESSAGE-----\n")
    # What the published option asks for, and what of it this library gives: AES-256 with a check of integrity; neither
    # compression nor a digest, which only a signature would have.
    packets = gnupg.packets(message)
    assert ":pubkey enc packet: version 3, algo 1" in packets
    assert "mdc_method: 2" in packets
    assert ":literal data packet:" in packets
    assert ":compressed packet:" not in packets
    assert ":signature packet:" not in packets
    told = subprocess.run(
        ["gpg", "--batch", "--verbose", "--decrypt"],
        input=message.encode(),
        capture_output=True,
        env=os.environ | {"GNUPGHOME": str(gnupg.home)},
        check=True,
    ).stderr.decode()
    assert "AES256 encrypted data" in told


def test_equal_values_give_different_messages(encryptor: Encryptor, curve: str) -> None:
    assert len(set(encryptor.encrypt(curve, ["Ada"] * 10))) == 10


def test_messages_come_in_the_order_of_the_values(encryptor: Encryptor, gnupg: GnuPG, curve: str) -> None:
    values = [f"value {number}" for number in range(3 * SLICE + 1)]
    messages = encryptor.encrypt(curve, values)
    assert len(messages) == len(values)
    some = (0, SLICE - 1, SLICE, 2 * SLICE, 3 * SLICE)
    assert [gnupg.decrypted(messages[number]) for number in some] == [values[number] for number in some]


def test_nothing_to_encrypt_starts_nothing(encryptor: Encryptor, curve: str) -> None:
    assert encryptor.encrypt(curve, []) == []
    assert children(encryptor) == []


def test_a_child_does_not_grow(curve: str) -> None:
    def peak(process: int) -> int:
        return int(Path(f"/proc/{process}/status").read_text().split("VmHWM:")[1].split()[0]) * 1024

    with Encryptor(1) as encryptor:
        encryptor.encrypt(curve, ["x" * 1000] * 500)
        (child,) = children(encryptor)
        before = peak(child)
        for _ in range(4):
            encryptor.encrypt(curve, ["x" * 1000] * 500)
        assert peak(child) < before + 4 * 2**20


def test_no_more_children_than_were_allowed(encryptor: Encryptor, curve: str) -> None:
    for _ in range(3):
        encryptor.encrypt(curve, ["x"] * (5 * SLICE))
    assert len(children(encryptor)) == 2


def test_a_lost_child_is_an_error_that_tells_no_value(encryptor: Encryptor, curve: str) -> None:
    encryptor.encrypt(curve, ["warm"])
    (child,) = children(encryptor)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(EncryptionFailed, match="ended with -9") as failed:
        encryptor.encrypt(curve, ["a secret of Ada"])
    assert "secret" not in str(failed.value)
    assert failed.value.__cause__ is None
    with pytest.raises(EncryptionFailed):
        encryptor.encrypt(curve, ["again"])


def test_a_child_that_stops_in_the_middle_is_an_error(encryptor: Encryptor, curve: str) -> None:
    encryptor.encrypt(curve, ["warm"])
    (child,) = encryptor._children
    assert child._process.stdin
    child._process.stdin.write(b"\x00" * 8 + b"\xc1")
    child._process.stdin.flush()
    child._process.wait(30)
    with pytest.raises(EncryptionFailed, match="ended with 1"):
        encryptor.encrypt(curve, ["Ada"])


def test_a_key_that_cannot_be_used_is_an_error_without_the_value(encryptor: Encryptor) -> None:
    with pytest.raises(EncryptionFailed, match="cannot be encrypted to") as failed:
        encryptor.encrypt("no key", ["a secret of Ada"])
    assert "secret" not in str(failed.value)
    assert "\n" not in str(failed.value)


def test_children_outlive_what_a_terminal_or_systemd_sends_to_all(
    encryptor: Encryptor, gnupg: GnuPG, curve: str
) -> None:
    encryptor.encrypt(curve, ["warm"])
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(children(encryptor)[0], number)
    assert gnupg.decrypted(*encryptor.encrypt(curve, ["Ada"])) == "Ada"


def test_children_end_with_the_block(curve: str) -> None:
    with Encryptor(1) as encryptor:
        encryptor.encrypt(curve, ["Ada"])
        (child,) = children(encryptor)
    assert gone(child)


def test_children_end_when_the_pipeline_is_killed(tmp_path: Path, curve: str) -> None:
    (tmp_path / "key").write_text(curve)
    program = """
import pathlib, sys, time
from trunkline.encryption.encryptor import Encryptor
encryptor = Encryptor(1)
encryptor.encrypt(pathlib.Path(sys.argv[1]).read_text(), ["Ada"])
print(encryptor._children[0]._process.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "key")], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.kill()
    assert any(gone(child) or time.sleep(0.1) for _ in range(300))


def gone(process: int) -> bool:
    """Ended, whether or not somebody has taken note of it."""
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().split()[2] == "Z"


def test_a_message_that_is_cut_off_is_the_end(tmp_path: Path) -> None:
    with (tmp_path / "pipe").open("wb") as pipe:
        frames.send(pipe, ["key", ["a", "b"]])
    data = (tmp_path / "pipe").read_bytes()
    with (tmp_path / "pipe").open("rb") as pipe:
        assert frames.receive(pipe) == ["key", ["a", "b"]]
        with pytest.raises(EOFError):
            frames.receive(pipe)
    for size in (3, 8, len(data) - 1):
        (tmp_path / "pipe").write_bytes(data[:size])
        with (tmp_path / "pipe").open("rb") as pipe, pytest.raises(EOFError):
            frames.receive(pipe)
