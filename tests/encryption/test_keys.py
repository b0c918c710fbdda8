"""The gate for public keys: what passes, what does not, and what is kept."""

import re
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysequoia import Cert, CipherSuite, Profile, Tsk
from tests.encryption.handmade import armored, packet, public_key
from tests.gnupg import LONG_AGO, GnuPG

from trunkline.encryption.armor import only_block, tags
from trunkline.encryption.keys import MOST_BYTES, KeyRefused, PublicKey, check_public_key, read_public_key

NOW = int(time.time() * 1000)
DAY = 86_400_000


def refusal(text: str, now: int = NOW) -> str:
    with pytest.raises(KeyRefused) as refused:
        check_public_key(text, now)
    return str(refused.value)


def test_a_key_as_the_published_guide_wants_it_passes(gnupg: GnuPG, rsa_key: str) -> None:
    key = check_public_key(gnupg.public(rsa_key), NOW)
    assert (key.fingerprint, key.algorithm, key.expires) == (rsa_key, "RSA 4096", None)
    (user_id,) = key.user_ids
    assert re.fullmatch(r"Key \d+ <key\d+@northwind.example>", user_id)
    assert read_public_key(key.armored) == key


@pytest.mark.parametrize("profile", [Profile.RFC4880, Profile.RFC9580])
def test_curve25519_passes_in_either_version_of_keys(profile: Profile) -> None:
    made = Tsk.generate("Ada", profile=profile, cipher_suite=CipherSuite.Cv25519).extract_certificate()
    key = check_public_key(str(made), NOW)
    assert (key.fingerprint, key.algorithm) == (made.fingerprint.upper(), "Curve25519")


def test_the_end_of_a_key_is_the_earlier_one_of_its_parts(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", expires="3y")
    gnupg.add(fingerprint, "cv25519", expires="1y")
    key = check_public_key(gnupg.public(fingerprint), NOW)
    assert key.expires is not None
    assert abs(key.expires - NOW - 365 * DAY) < DAY
    assert not key.has_expired(key.expires - 1)
    assert key.has_expired(key.expires)


def test_an_expired_key_is_refused_with_the_day_and_the_remedy(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", subkey="cv25519", expires="1y", at=LONG_AGO)
    said = refusal(gnupg.public(fingerprint))
    assert "expired on 2020-12-31" in said
    for command in re.findall("`gpg ([^`]*)`", said):
        gnupg(*command.split())
    assert check_public_key(gnupg.public(fingerprint), NOW).algorithm == "Curve25519"


def test_a_key_whose_part_for_encryption_has_expired_is_refused(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", at=LONG_AGO)
    gnupg.add(fingerprint, "cv25519", expires="1y", at=LONG_AGO)
    assert "part for encryption has expired" in refusal(gnupg.public(fingerprint))


def test_expiry_is_judged_at_the_instant_that_is_given(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", subkey="cv25519", expires="1y")
    text = gnupg.public(fingerprint)
    later = NOW + int(timedelta(days=366) / timedelta(milliseconds=1))
    assert "expired" in refusal(text, later)
    assert check_public_key(text, NOW).has_expired(later)


def test_an_expired_key_that_is_kept_can_still_be_read(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", subkey="cv25519", expires="1y", at=LONG_AGO)
    then = int(LONG_AGO.timestamp() * 1000) + DAY
    key = check_public_key(gnupg.public(fingerprint), then)
    assert read_public_key(key.armored).has_expired(NOW)


def test_a_revoked_key_is_refused(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", subkey="cv25519")
    gnupg.revoke(fingerprint)
    assert "revoked" in refusal(gnupg.public(fingerprint))


def test_a_private_key_is_refused_whatever_it_is_called(gnupg: GnuPG, curve_key: str) -> None:
    private = gnupg.private(curve_key)
    said = refusal(private)
    assert "private key" in said
    assert "gpg --armor --export" in said
    assert "private key" in refusal(private.replace("PRIVATE KEY", "PUBLIC KEY"))


def test_several_keys_are_refused(gnupg: GnuPG, curve_key: str, rsa_key: str) -> None:
    assert "2 keys in one block" in refusal(gnupg.public(curve_key, rsa_key))
    assert "2 blocks" in refusal(gnupg.public(curve_key) + gnupg.public(rsa_key))


def test_a_key_for_signing_only_is_refused_with_how_to_add_a_part(gnupg: GnuPG) -> None:
    said = refusal(gnupg.public(gnupg.make("rsa2048", "sign")))
    assert "no part for encryption" in said
    assert "gpg --quick-add-key" in said


@pytest.mark.parametrize("subkey", ["", "rsa2048"])
def test_a_weak_key_is_refused_with_its_size(gnupg: GnuPG, subkey: str) -> None:
    fingerprint = gnupg.make("rsa1024", "sign" if subkey else "sign,encrypt", subkey=subkey)
    assert "RSA with 1024 bits is weak" in refusal(gnupg.public(fingerprint))


def test_a_weak_part_for_encryption_is_refused_with_its_size(gnupg: GnuPG) -> None:
    assert "RSA with 1024 bits is weak" in refusal(gnupg.public(gnupg.make("ed25519", subkey="rsa1024")))


@pytest.mark.parametrize("subkey", ["nistp256", "elg2048"])
def test_other_algorithms_are_refused(gnupg: GnuPG, subkey: str) -> None:
    said = refusal(gnupg.public(gnupg.make("rsa2048", subkey=subkey)))
    assert "RSA or Curve25519" in said or "no part for encryption that can be used" in said


def test_signatures_by_sha1_are_not_trusted(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("rsa2048", "sign,encrypt", options=("--cert-digest-algo", "SHA1"))
    assert "cannot be read (No binding signature" in refusal(gnupg.public(fingerprint))


def test_a_key_whose_own_signatures_expire_is_refused_since_it_would_stop_the_files() -> None:
    assert check_public_key(public_key(), NOW).algorithm == "RSA 2048"
    assert "own signatures expire" in refusal(public_key(signature_lives=86_400))


def test_a_text_that_is_too_long_is_refused_before_it_is_looked_at() -> None:
    said = refusal("é" * (MOST_BYTES // 2 + 1))
    assert "longer than 64 KiB" in said
    assert "export-minimal" in said
    assert "longer than 64 KiB" in refusal("-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + "A" * 2**20)


def test_a_compressed_bomb_is_never_opened() -> None:
    assert "something else than a public key" in refusal(armored(packet(8, b"\x01" + b"x" * 1000)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no whole block"),
        ("ssh-rsa AAAAB3NzaC1yc2E= ada@northwind", "no whole block"),
        ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN", "no whole block"),
        ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!\n-----END PGP PUBLIC KEY BLOCK-----", "damaged"),
        (armored(b""), "something else"),
        (armored(b"hello"), "OpenPGP packets"),
        (armored(packet(13, b"Ada")), "something else"),
        (armored(packet(6, b"\x04")[:-1]), "OpenPGP packets (no packets, or cut off)"),
        (armored(packet(6, b"\x04" * 9)), "cannot be read"),
    ],
)
def test_garbage_is_refused_with_what_was_expected(text: str, said: str) -> None:
    assert said in refusal(text)
    assert "gpg --armor --export" in refusal(text)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_key_is_refused_or_still_good_and_never_anything_else(
    gnupg: GnuPG, curve_key: str, data: st.DataObject
) -> None:
    _, whole = only_block(gnupg_public(gnupg, curve_key))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        passed = check_public_key(armored(bytes(damaged)), NOW)
    except KeyRefused as refused:
        assert "\n" not in str(refused)
    else:
        assert read_public_key(passed.armored) == passed


_exported: dict[str, str] = {}


def gnupg_public(gnupg: GnuPG, fingerprint: str) -> str:
    """Exported once, however often it is asked for."""
    if fingerprint not in _exported:
        _exported[fingerprint] = gnupg.public(fingerprint)
    return _exported[fingerprint]


# What is kept


def kept_tags(key: PublicKey) -> list[int]:
    return list(tags(only_block(key.armored)[1]))


def test_of_several_parts_for_encryption_the_newest_is_kept(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", at=LONG_AGO)
    gnupg.add(fingerprint, "cv25519", at=LONG_AGO)
    gnupg.add(fingerprint, "rsa2048")
    key = check_public_key(gnupg.public(fingerprint), NOW)
    assert key.algorithm == "RSA 2048"
    assert kept_tags(key) == [6, 13, 2, 14, 2]


def test_a_part_that_has_expired_is_not_kept_though_it_is_newer(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", at=LONG_AGO)
    gnupg.add(fingerprint, "rsa2048", at=LONG_AGO)
    gnupg.add(fingerprint, "cv25519", expires="1d", at=LONG_AGO + timedelta(days=1))
    assert check_public_key(gnupg.public(fingerprint), NOW).algorithm == "RSA 2048"


def test_a_primary_key_that_encrypts_is_taken_itself(gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("rsa2048", "sign,encrypt", subkey="cv25519")
    key = check_public_key(gnupg.public(fingerprint), NOW)
    assert key.algorithm == "RSA 2048"
    assert kept_tags(key) == [6, 13, 2]


def test_signatures_of_others_are_not_kept(gnupg: GnuPG, curve_key: str) -> None:
    fingerprint = gnupg.make("ed25519", subkey="cv25519")
    gnupg("--default-key", curve_key, "--quick-sign-key", fingerprint)
    text = gnupg.public(fingerprint)
    assert list(tags(only_block(text)[1])) == [6, 13, 2, 2, 14, 2]
    key = check_public_key(text, NOW)
    assert kept_tags(key) == [6, 13, 2, 14, 2]
    assert Cert.from_bytes(key.armored.encode()).fingerprint.upper() == fingerprint


def test_a_key_does_not_show_its_text(gnupg: GnuPG, curve_key: str) -> None:
    assert "BEGIN" not in repr(check_public_key(gnupg.public(curve_key), NOW))
