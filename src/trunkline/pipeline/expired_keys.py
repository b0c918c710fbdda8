"""Keys that have expired and are still encrypted to.

A run goes on with the key that it was given: an expired public key protects as well as before, its owner can still decrypt and
can extend it at any time, whereas files in clear, or none, would be damage. So it is said, and judged by the hours that
were published, never by the clock.
"""

from collections.abc import Iterator

from trunkline.encryption.keys import PublicKey, read_public_key
from trunkline.pipeline.catalogue import Run


def expired_keys(run: Run) -> Iterator[tuple[str, PublicKey]]:
    """The accounts whose key had expired by the end of the run, each with it."""
    for account_id, rules in run.rules.items():
        if rules.public_key:
            key = read_public_key(rules.public_key)
            if key.has_expired(run.end_hour):
                yield account_id, key
