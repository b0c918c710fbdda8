"""The armored messages that stand in place of sensitive values.

The key id of the recipient stands in every message, inside the armor. So that people find the right pair of keys without a
tool, a comment in the armor's header names the fingerprint of the account's public key.
"""

BEGIN = "-----BEGIN PGP MESSAGE-----\n"


def with_fingerprint(message: str, fingerprint: str) -> str:
    """An armored message as it stands in a record."""
    if not message.startswith(BEGIN):
        raise ValueError("the library gave no armored message")
    return f"{BEGIN}Comment: public key {fingerprint.upper()}\n{message.removeprefix(BEGIN)}"
