"""Secrets at rest."""

import base64
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.platform.sealing import CannotOpen, DataKey, Sealer, read_keys
from trunkline.settings import SettingError

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def data_key(account_id: str = "75555851") -> DataKey:
    sealer = Sealer([OLD])
    return sealer.open_data_key(account_id, sealer.new_data_key(account_id))


@given(st.text(max_size=100))
def test_what_is_sealed_opens_at_its_place(value: str) -> None:
    key = data_key()
    sealed = key.seal(value, record="key_1", field="secret")
    assert key.open(sealed, record="key_1", field="secret") == value


def test_a_sealed_value_opens_at_no_other_place() -> None:
    """Another record, another field, and names that would read the same if they were only put one after the other."""
    key = data_key()
    sealed = key.seal("secret", record="key_1", field="secret")
    for record, field in [
        ("key_2", "secret"),
        ("key_1", "token_secret"),
        ("key_1secret", ""),
        ("", "key_1secret"),
    ]:
        with pytest.raises(CannotOpen):
            key.open(sealed, record=record, field=field)


def test_a_data_key_opens_for_its_own_account_only() -> None:
    sealer = Sealer([OLD])
    sealed = sealer.new_data_key("75555851")
    with pytest.raises(CannotOpen):
        sealer.open_data_key("28045150", sealed)
    mine, other = sealer.open_data_key("75555851", sealed), data_key("28045150")
    with pytest.raises(CannotOpen):
        other.open(mine.seal("x", record="r", field="f"), record="r", field="f")


def test_any_changed_bit_is_noticed() -> None:
    key = data_key()
    sealed = key.seal("secret", record="r", field="f")
    for position, bit in itertools.product(range(len(sealed)), range(8)):
        changed = bytearray(sealed)
        changed[position] ^= 1 << bit
        with pytest.raises(CannotOpen):
            key.open(bytes(changed), record="r", field="f")


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(sealed: bytes) -> None:
    with pytest.raises(CannotOpen):
        data_key().open(sealed, record="r", field="f")


def test_the_first_key_seals_and_all_open() -> None:
    sealed = Sealer([OLD]).new_data_key("75555851")
    secret = Sealer([OLD]).open_data_key("75555851", sealed).seal("x", record="r", field="f")
    both = Sealer([NEW, OLD])
    assert both.open_data_key("75555851", sealed).open(secret, record="r", field="f") == "x"
    resealed = both.reseal_data_key("75555851", sealed)
    assert Sealer([NEW]).open_data_key("75555851", resealed).open(secret, record="r", field="f") == "x"
    with pytest.raises(CannotOpen):
        Sealer([NEW]).open_data_key("75555851", sealed)


def test_the_same_value_never_looks_the_same_twice() -> None:
    key = data_key()
    nonces = {key.seal("x", record="r", field="f")[1:13] for _ in range(20_000)}
    assert len(nonces) == 20_000


def test_no_repr_shows_a_key() -> None:
    for shown in (repr(Sealer([OLD])), repr(data_key()), str(vars(data_key()))):
        assert OLD.hex() not in shown
        assert base64.b64encode(OLD).decode() not in shown
        assert repr(OLD) not in shown


@pytest.mark.parametrize("text", ["", " , ", "short", base64.b64encode(b"x" * 31).decode(), "é" * 44])
def test_keys_that_cannot_be_used_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_keys(text)
    assert "TRUNKLINE_SEALING_KEYS" in str(caught.value)
    assert not text.strip(" ,") or text not in str(caught.value)


def test_several_keys_are_read_in_their_order() -> None:
    text = f"{base64.b64encode(NEW).decode()}, {base64.b64encode(OLD).decode()}"
    assert read_keys(text) == [NEW, OLD]
