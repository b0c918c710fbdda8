"""From `account encryption set` to files that only the owner of the private key can read, by the commands that people type."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.gnupg import GnuPG

from trunkline.cli.folder import prepare
from trunkline.client import Decryptor, NotDecrypted
from trunkline.client.records import read_records

ACCOUNT = "75555851"
URLS = {
    "TRUNKLINE_PLATFORM_URL": "https://localhost:8443",
    "TRUNKLINE_COLLECTOR_URL": "https://localhost:8444",
}


def trunkline(
    folder: Path, *arguments: str, given: str = "", code: int = 0
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    done = subprocess.run(
        [sys.executable, "-m", "trunkline", *arguments],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an account."""
    folder = tmp_path_factory.mktemp("encryption")
    prepare(folder / "data", URLS)
    trunkline(folder, "migrate")
    trunkline(folder, "account", "create", ACCOUNT, "--name", "Northwind")
    return folder


def encryption(
    folder: Path, *arguments: str, given: str = "", code: int = 0
) -> subprocess.CompletedProcess[str]:
    return trunkline(folder, "account", "encryption", *arguments, given=given, code=code)


def test_a_key_is_set_shown_listed_and_removed(
    folder: Path, gnupg: GnuPG, curve_key: str, rsa_key: str
) -> None:
    assert "published in clear" in encryption(folder, "list").stdout
    assert "published in clear" in encryption(folder, "show", ACCOUNT, code=1).stderr
    path = folder / "public.asc"
    path.write_text(gnupg.public(curve_key))
    said = encryption(folder, "set", ACCOUNT, "--key-file", str(path)).stdout
    assert f"encrypted to {curve_key} (Curve25519)" in said
    assert "does not expire" in said
    said = encryption(folder, "set", ACCOUNT, "--key-file", "-", given=gnupg.public(rsa_key)).stdout
    assert rsa_key in said
    shown = json.loads(encryption(folder, "show", ACCOUNT, "--json").stdout)
    assert (shown["account"], shown["fingerprint"], shown["algorithm"]) == (ACCOUNT, rsa_key, "RSA 4096")
    assert rsa_key in encryption(folder, "list").stdout
    assert json.loads(encryption(folder, "list", "--json").stdout) == [shown]
    gnupg("--show-keys", given=encryption(folder, "show", ACCOUNT, "--armored").stdout)
    encryption(folder, "remove", ACCOUNT)
    assert "published in clear" in encryption(folder, "remove", ACCOUNT, code=1).stderr
    assert json.loads(encryption(folder, "list", "--json").stdout) == []


def test_what_is_no_public_key_is_told_in_one_line(folder: Path, gnupg: GnuPG, curve_key: str) -> None:
    said = encryption(
        folder, "set", ACCOUNT, "--key-file", "-", given=gnupg.private(curve_key), code=1
    ).stderr
    assert said.startswith("Error: Not taken: this is a private key")
    assert said.count("\n") == 1
    assert (
        "longer than 64 KiB"
        in encryption(folder, "set", ACCOUNT, "--key-file", "-", given="x" * 2**20, code=1).stderr
    )
    assert "cannot be read" in encryption(folder, "set", ACCOUNT, "--key-file", "missing.asc", code=2).stderr


def test_a_key_that_ends_soon_is_told_by_check(folder: Path, gnupg: GnuPG) -> None:
    fingerprint = gnupg.make("ed25519", subkey="cv25519", expires="10d")
    encryption(folder, "set", ACCOUNT, "--key-file", "-", given=gnupg.public(fingerprint))
    said = trunkline(folder, "check").stdout
    assert f"! account {ACCOUNT} the public key {fingerprint} expires on " in said
    assert f"trunkline account encryption set {ACCOUNT} --key-file FILE" in said
    assert "0 to mend, 1 to know." in said
    encryption(folder, "remove", ACCOUNT)
    assert "Nothing to mend" in trunkline(folder, "check").stdout


def names(paths: Sequence[Path], decryptor: Decryptor | None = None) -> set[str]:
    return {
        row["agentLoginname"]
        for path in paths
        for record in read_records(path, decryptor)
        for body in record.bodies
        for row in body.value["agentSessionsData"]
    }


def test_files_are_encrypted_as_long_as_there_is_a_key_and_rebuilt_with_the_key_of_then(
    folder: Path, gnupg: GnuPG, curve_key: str, rsa_key: str
) -> None:
    trunkline(folder, "account", "data-type", "enable", ACCOUNT, "agentActivity")
    encryption(folder, "set", ACCOUNT, "--key-file", "-", given=gnupg.public(curve_key))
    trunkline(folder, "simulate", "backfill", "--account", ACCOUNT, "--days", "1")
    trunkline(folder, "pipeline", "run")
    assert "expired key" not in trunkline(folder, "pipeline", "status").stdout

    def files() -> list[Path]:
        return sorted((folder / "data" / "store" / "files").rglob("Agent.*.gz"))

    decryptor = Decryptor([gnupg.private(curve_key)])
    before = files()
    assert all(name.startswith("-----BEGIN PGP MESSAGE-----") for name in names(before))
    clear = names(before, decryptor)
    assert all("@" in name for name in clear)

    encryption(folder, "set", ACCOUNT, "--key-file", "-", given=gnupg.public(rsa_key))
    before[0].unlink()
    said = trunkline(folder, "pipeline", "rebuild", "--from", "3d", "--to", "0h").stdout
    assert f"{len(before) - 1} sound, 1 restored, 0 differing" in said
    assert len(files()) == len(before)
    assert names(files(), decryptor) == clear
    assert (
        f"{len(before)} sound, 0 restored"
        in trunkline(folder, "pipeline", "rebuild", "--from", "3d", "--to", "0h").stdout
    )
    with pytest.raises(NotDecrypted, match=f"public key {curve_key}"):
        names(files(), Decryptor([gnupg.private(rsa_key)]))
