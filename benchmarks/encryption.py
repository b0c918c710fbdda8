"""What encryption costs: `python benchmarks/encryption.py [--agents 100] [--visits 3000] [--hours 2]`.

The same hours of a simulated centre are published in clear and encrypted to keys that GnuPG makes, one after the other. Times are of
processors, children included, so that a busy machine tells the same; the last column is a client that decrypts.
"""

import argparse
import gzip
import json
import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from trunkline.client import Decryptor
from trunkline.clock import HOUR_MS
from trunkline.encryption.keys import check_public_key
from trunkline.pipeline.catalogue import DEFAULT_GRACE, SessionRules
from trunkline.pipeline.memory import MemoryCatalogue
from trunkline.pipeline.run import run
from trunkline.pipeline.types import KINDS
from trunkline.schemas import registry
from trunkline.schemas.sensitive import finder
from trunkline.simulator.backfill import backfill
from trunkline.simulator.centre import Centre
from trunkline.store import LocalStore

ACCOUNT = "75555851"
MORNING = 1_794_823_200_000  # 2026-11-16T10:00:00Z, a Monday
KEYS = {"Curve25519": ("ed25519", "cv25519"), "RSA 2048": ("rsa2048",) * 2, "RSA 4096": ("rsa4096",) * 2}
MESSAGE = re.compile(r'"(-----BEGIN PGP MESSAGE-----\\n[^"]*)"')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--visits", type=int, default=3_000, help="of a day")
    parser.add_argument("--hours", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trunkline-benchmark-") as name:
        folder = Path(name)
        centre = Centre(ACCOUNT, "Europe/Amsterdam", agents=asked.agents, visits=asked.visits)
        end = MORNING + asked.hours * HOUR_MS
        events = backfill(LocalStore(folder / "store"), folder / "open", centre, MORNING, end, "history")
        clear = published(folder, None, end)
        values, of_records = sensitive(clear.texts)
        print(
            f"{events} events, {of_records} records with {values} sensitive values in {clear.size / 2**20:.1f} MiB of files"
        )
        rows = [("in clear", clear, 0.0)]
        with closing(Keyring(folder / "gnupg")) as ring:
            for label, algorithms in KEYS.items():
                key = ring.make(*algorithms)
                done = published(folder, check_public_key(key.public, MORNING).armored, end)
                rows.append((label, done, decrypted(done.texts, key.private)))
        report(rows, values)


@dataclass
class Published:
    seconds: float
    size: int
    texts: list[tuple[str, str, str]]
    """Data type, version, text."""

    @property
    def messages(self) -> list[str]:
        found = (one for *_, text in self.texts for one in MESSAGE.findall(text))
        return list(dict.fromkeys(found))


def published(folder: Path, key: str | None, end: int) -> Published:
    """Publish all kinds up to `end`."""
    store = LocalStore(folder / "store")
    for key_of_store in [*store.list("compact"), *store.list("state"), *store.list("closed")]:
        store.delete(key_of_store)
    begun = processor_time()
    files = []
    for kind in KINDS.values():
        versions = {name: registry.versions(name)[-1] for name in kind.data_types}
        catalogue = MemoryCatalogue({kind.name: {ACCOUNT: SessionRules(versions=versions, public_key=key)}})
        work = folder / "work" / kind.name
        done = run(store, catalogue, kind, work=work, until_hour=end, grace=DEFAULT_GRACE)
        files += done.files if done else ()
    seconds = processor_time() - begun
    data = [(file, store.read(file.key)) for file in files]
    return Published(
        seconds,
        sum(len(some) for _, some in data),
        [(file.data_type, file.schema_version, gzip.decompress(some).decode()) for file, some in data],
    )


def processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def sensitive(texts: Sequence[tuple[str, str, str]]) -> tuple[int, int]:
    """How many values, in how many records."""
    lines = [(finder(name, version), line) for name, version, text in texts for line in text.split("\n")[:-1]]
    return sum(len(its.take_apart(line.encode())[1]) for its, line in lines), len(lines)


def decrypted(texts: Sequence[tuple[str, str, str]], private: str, most: int = 100) -> float:
    """Messages a second of processor time."""
    messages = [json.loads(f'"{one}"') for *_, text in texts for one in MESSAGE.findall(text)[:most]]
    messages = list(dict.fromkeys(messages))[:most]
    decryptor = Decryptor([private])
    begun = time.process_time()
    assert all(decryptor.text(message) is not None for message in messages)
    return len(messages) / (time.process_time() - begun)


@dataclass
class Key:
    public: str
    private: str


class Keyring:
    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700)
        self.environment = os.environ | {"GNUPGHOME": str(home)}

    def make(self, primary: str, subkey: str) -> Key:
        before = self._fingerprints()
        self._gpg("--quick-gen-key", f"benchmark {len(before)}", primary, "sign", "0")
        (made,) = self._fingerprints() - before
        self._gpg("--quick-add-key", made, subkey, "encr", "0")
        exported = [self._gpg("--armor", what, made) for what in ("--export", "--export-secret-keys")]
        return Key(*exported)

    def _fingerprints(self) -> set[str]:
        lines = self._gpg("--list-secret-keys", "--with-colons").split("sec:")[1:]
        return {re.findall(r"fpr:+([0-9A-F]{40}):", line)[0] for line in lines}

    def _gpg(self, *arguments: str) -> str:
        command = [
            "gpg",
            "--batch",
            "--no-tty",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
            *arguments,
        ]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        ).stdout

    def close(self) -> None:
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=self.environment, check=True)


def report(rows: Sequence[tuple[str, Published, float]], values: int) -> None:
    table = Table(
        "key",
        "CPU s",
        "of clear",
        "messages",
        "messages/CPU s",
        "values/CPU s",
        "files MiB",
        "decrypted/CPU s",
    )
    clear = rows[0][1]
    for label, done, rate in rows:
        more, messages = done.seconds - clear.seconds, len(done.messages)
        shown = [label, f"{done.seconds:.1f}", f"{done.seconds / clear.seconds:.1f} ×"]
        if messages:
            shown += [f"{messages}", f"{messages / more:.0f}", f"{values / more:.0f}"]
        else:
            shown += ["", "", ""]
        table.add_row(*shown, f"{done.size / 2**20:.1f}", f"{rate:.0f}" if rate else "")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
