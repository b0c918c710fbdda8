"""Text on its way into a data file: what comes out decrypts to what went in, and nothing else has changed."""

import json
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysequoia import PyDecryptor, Tsk, decrypt
from tests.gnupg import GnuPG
from tests.schemas.anything import json_of, value_of

from trunkline.encryption.encryptor import Encryptor
from trunkline.pipeline.catalogue import SessionRules
from trunkline.pipeline.encrypted_text import HELD, EncryptedText, Encryption
from trunkline.schemas import registry
from trunkline.schemas.sensitive import finder

ALL = [(name, version) for name in registry.data_types() for version in registry.versions(name)]
MESSAGE = re.compile(rb'"-----BEGIN PGP MESSAGE-----\\nComment: public key [0-9A-F]{40}\\n(?:[^"\\]|\\n)*"')


@pytest.fixture(scope="module")
def encryptor() -> Iterator[Encryptor]:
    with Encryptor(2) as encryptor:
        yield encryptor


@pytest.fixture(scope="module")
def private(gnupg: GnuPG, curve_key: str) -> PyDecryptor:
    return Tsk.from_bytes(gnupg.private(curve_key).encode()).decryptor()


def lines(data_type: str, version: str, random: Random) -> list[bytes]:
    """Records of random values, written as ours are."""
    schema, its = registry.spelled_out(data_type, version), finder(data_type, version)
    several = [json_of(schema, value_of(schema, random)) for _ in range(random.randrange(4))]
    return [its.put_together(its.take_apart(json.dumps(one).encode())[0]) for one in several]


def in_pieces(text: bytes, random: Random) -> Iterator[memoryview]:
    while text:
        size = random.randrange(1, len(text) + 1)
        yield memoryview(text[:size])
        text = text[size:]


@pytest.mark.parametrize(("data_type", "version"), ALL)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_decrypted_it_is_what_it_was_and_nothing_else_has_changed(
    encryptor: Encryptor, curve: str, private: PyDecryptor, data_type: str, version: str, random: Random
) -> None:
    clear, written = lines(data_type, version, random), bytearray()
    rules = {"northwind": SessionRules(public_key=curve)}
    text = Encryption(rules, encryptor).onto(written.extend, "northwind", data_type, version)
    assert text is not None
    for piece in in_pieces(b"".join(line + b"\n" for line in clear), random):
        text.write(piece)
    text.close()
    encrypted = bytes(written).splitlines()
    assert len(encrypted) == len(clear)
    its = finder(data_type, version)
    for line, its_clear in zip(encrypted, clear, strict=True):
        assert MESSAGE.sub(lambda found: _opened(found[0], private), line) == its_clear
        for value in its.take_apart(line)[1]:
            assert MESSAGE.fullmatch(msgspec.json.encode(value.text))


def _opened(message: bytes, private: PyDecryptor) -> bytes:
    """A message in a line, as the text in its place."""
    clear = decrypt(msgspec.json.decode(message, type=str).encode(), private).bytes
    assert clear is not None
    return msgspec.json.encode(clear.decode())


def a_record(*names: str, login: str = "ada@northwind.example") -> bytes:
    """An agent's log-in with a row for each nickname."""
    row = {field["name"]: None for field in _row_fields()}
    rows = [row | {"agentNickname": {"string": name}, "agentLoginname": {"string": login}} for name in names]
    body = {
        "com.liveperson.dataaccess.AgentActivityData": {"header": None, "agentSessionsData": {"array": rows}}
    }
    meta = {"accountId": None, "schemaVersion": "1.0.0.4", "startTime": None, "endTime": None}
    return (
        json.dumps({"dataType": None, "metaData": meta, "recordCollection": [{"body": body}]}).encode()
        + b"\n"
    )


def _row_fields() -> list[dict[str, str]]:
    schema = registry.spelled_out("agentActivity", "1.0.0.4")
    body = schema["fields"][2]["type"]["items"]["fields"][0]["type"][1]
    fields: list[dict[str, str]] = body["fields"][1]["type"][1]["items"]["fields"]
    return fields


class Numbered:
    """Stands for the encryptor where only what is asked of it matters."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, values: Sequence[str]) -> list[str]:
        self.asked.append(list(values))
        return [f"message {len(self.asked)}.{number}" for number in range(len(values))]


def encrypted(*records: bytes) -> tuple[list[str], Numbered]:
    asked, written = Numbered(), bytearray()
    text = EncryptedText(finder("agentActivity", "1.0.0.4"), asked, written.extend)
    for record in records:
        text.write(memoryview(record))
    text.close()
    return written.decode().splitlines(), asked


def test_equal_values_of_a_field_share_a_message_within_a_record_only() -> None:
    (first, second), asked = encrypted(a_record("Ada", "Ada", "Bo"), a_record("Ada"))
    login = "ada@northwind.example"
    assert asked.asked == [["Ada", login, "Bo", "Ada", login]]
    assert first.count('"message 1.0"') == 2
    assert first.count('"message 1.1"') == 3
    assert second.count('"message 1.3"') == 1


def test_equal_values_of_two_fields_do_not_share_a_message() -> None:
    _, asked = encrypted(a_record("Ada", login="Ada"))
    assert asked.asked == [["Ada", "Ada"]]


def test_values_of_many_records_are_asked_for_at_one_time() -> None:
    found, asked = encrypted(*[a_record(f"Agent {number}") for number in range(300)])
    assert len(found) == 300
    assert len(asked.asked) == 1


def test_a_record_longer_than_what_is_held_is_one_record() -> None:
    names = [f"Agent {number}" for number in range(HELD // 100)]
    (line,), _ = encrypted(a_record(*names))
    assert len(set(re.findall(r"message \d+\.\d+", line))) == len(names) + 1


def test_memory_does_not_grow_with_the_text() -> None:
    """Clear text of 30 MB in blocks of 8 MB; the messages take as much as those of an RSA key do."""
    block = b"".join(a_record(f"Agent {number}") for number in range(14_000))
    assert len(block) > 8_000_000
    message = "m" * 900
    text = EncryptedText(
        finder("agentActivity", "1.0.0.4"), lambda values: [message] * len(values), lambda _text: None
    )
    peaks = []
    tracemalloc.start()
    try:
        for _ in range(4):
            tracemalloc.reset_peak()
            text.write(memoryview(block))
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert max(peaks) < 12_000_000
    assert max(peaks) < 1.2 * peaks[1]


def test_an_account_without_a_key_is_published_in_clear(encryptor: Encryptor) -> None:
    rules = {"northwind": SessionRules()}
    assert Encryption(rules, encryptor).onto(print, "northwind", "agentActivity", "1.0.0.4") is None
