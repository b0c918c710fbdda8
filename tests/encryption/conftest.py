import pytest
from tests.gnupg import GnuPG

from trunkline.encryption.keys import check_public_key


@pytest.fixture(scope="session")
def curve(gnupg: GnuPG, curve_key: str) -> str:
    """A public key as it is kept."""
    return check_public_key(gnupg.public(curve_key), 0).armored


@pytest.fixture(scope="session")
def rsa(gnupg: GnuPG, rsa_key: str) -> str:
    return check_public_key(gnupg.public(rsa_key), 0).armored
