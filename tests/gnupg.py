"""GnuPG, which knows nothing of us: it makes the keys and reads the messages."""

import os
import subprocess
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

_PASSPHRASE = ("--pinentry-mode", "loopback", "--passphrase")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class GnuPG:
    """A keyring of its own."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home = home

    def __call__(self, *arguments: str, given: bytes | str = b"", passphrase: str = "") -> str:
        """What the command printed. Fails with what it complained about."""
        done = subprocess.run(
            ["gpg", "--batch", "--no-tty", "--yes", *_PASSPHRASE, passphrase, *arguments],
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            env=os.environ | {"GNUPGHOME": str(self.home)},
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def make(
        self,
        algorithm: str = "rsa2048",
        usage: str = "sign",
        *,
        subkey: str = "",
        expires: str = "0",
        at: datetime | None = None,
        passphrase: str = "",
        options: tuple[str, ...] = (),
    ) -> str:
        """A key by its fingerprint; `subkey` is the algorithm of one for encryption."""
        names = self.fingerprints()
        name = f"Key {len(names)} <key{len(names)}@northwind.example>"
        when = [*_at(at), *options]
        self(*when, "--quick-gen-key", name, algorithm, usage, expires, passphrase=passphrase)
        (made,) = self.fingerprints() - names
        if subkey:
            self.add(made, subkey, expires=expires, at=at, passphrase=passphrase)
        return made

    def add(
        self,
        fingerprint: str,
        algorithm: str,
        *,
        expires: str = "0",
        at: datetime | None = None,
        passphrase: str = "",
    ) -> None:
        self(*_at(at), "--quick-add-key", fingerprint, algorithm, "encr", expires, passphrase=passphrase)

    def revoke(self, fingerprint: str) -> None:
        certificate = self.home / "openpgp-revocs.d" / f"{fingerprint}.rev"
        # GnuPG puts a colon before it, against accidents.
        self("--import", given=certificate.read_text().replace(":-----BEGIN", "-----BEGIN"))

    def fingerprints(self) -> set[str]:
        lines = [line.split(":") for line in self("--list-keys", "--with-colons").splitlines()]
        return {next_[9] for line, next_ in pairwise(lines) if line[0] == "pub" and next_[0] == "fpr"}

    def public(self, *fingerprints: str) -> str:
        return self("--armor", "--export", *fingerprints)

    def private(self, fingerprint: str, passphrase: str = "") -> str:
        return self("--armor", "--export-secret-keys", fingerprint, passphrase=passphrase)

    def decrypted(self, message: str, passphrase: str = "") -> str:
        return self("--decrypt", given=message, passphrase=passphrase)

    def packets(self, message: str) -> str:
        return self("--list-packets", "--verbose", given=message)

    def close(self) -> None:
        """End the agent of this keyring."""
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "gpg-agent"], check=False)


def _at(instant: datetime | None) -> list[str]:
    return ["--faked-system-time", f"{instant:%Y%m%dT%H%M%S}"] if instant else []
