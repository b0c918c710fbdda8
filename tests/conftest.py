"""What every test may count on: no setting of the developer's own machine reaches a test."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.gnupg import GnuPG

for name in [
    name for name in os.environ if name.startswith("TRUNKLINE_") and not name.startswith("TRUNKLINE_TEST")
]:
    del os.environ[name]
os.environ.pop("DATABASE_URL", None)
os.environ["TRUNKLINE_MODE"] = "development"


@pytest.fixture(scope="session")
def gnupg(tmp_path_factory: pytest.TempPathFactory) -> Iterator["GnuPG"]:
    from tests.gnupg import GnuPG

    gnupg = GnuPG(tmp_path_factory.mktemp("gnupg"))
    yield gnupg
    gnupg.close()


@pytest.fixture(scope="session")
def curve_key(gnupg: "GnuPG") -> str:
    """The fingerprint of a key that is quick to work with."""
    return gnupg.make("ed25519", subkey="cv25519")


@pytest.fixture(scope="session")
def rsa_key(gnupg: "GnuPG") -> str:
    """The fingerprint of a key as the published guide wants it."""
    return gnupg.make("rsa4096", subkey="rsa4096")


@pytest.fixture(scope="session")
def curve(gnupg: "GnuPG", curve_key: str) -> str:
    """`curve_key` as an account keeps it."""
    return kept(gnupg, curve_key)


@pytest.fixture(scope="session")
def rsa(gnupg: "GnuPG", rsa_key: str) -> str:
    return kept(gnupg, rsa_key)


def kept(gnupg: "GnuPG", fingerprint: str) -> str:
    from trunkline.encryption.keys import check_public_key

    return check_public_key(gnupg.public(fingerprint), 0).armored
