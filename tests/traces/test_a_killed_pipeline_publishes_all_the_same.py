"""The real command on the real database, killed at random moments and started again."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import postgres
from trunkline.cli.folder import prepare
from trunkline.schemas import data_types

ACCOUNT = "75555851"
URLS = {
    "TRUNKLINE_PLATFORM_URL": "https://localhost:8443",
    "TRUNKLINE_COLLECTOR_URL": "https://localhost:8444",
}
KILLS = 100 if os.environ.get("TRUNKLINE_TEST_LONG") else 4
LISTED = """
import json
from trunkline.platform.data_access.catalogue import DatabaseCatalogue
from trunkline.platform.data_access.models import Lease
Lease.objects.all().delete()  # its holder is dead; otherwise the next run waits for a minute
from trunkline.schemas import data_types
files = [file for name in data_types() for file in DatabaseCatalogue().files(name, 0, 2**62)]
print(json.dumps({file.key: [file.data_type, file.name, file.digest, file.records, file.ids_key] for file in files}))
"""


class Pipeline:
    """`trunkline pipeline run` in a data folder."""

    def __init__(self, data: Path, database_url: str = "") -> None:
        self.data = data
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
        self.environment = clean | {"TRUNKLINE_DATA": str(data)} | postgres.settings(database_url)

    def run(self, *arguments: str) -> None:
        done = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr

    def run_and_kill(self, seconds: float) -> None:
        process = subprocess.Popen(
            self.command("pipeline", "run"),
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        process.kill()
        process.wait()

    def listed(self) -> dict[str, tuple[str, str, str, int, str | None]]:
        """Data type, name, digest, records and manifest of every listed file, by its key in the store."""
        done = subprocess.run(
            [sys.executable, "-c", LISTED], env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return {key: tuple(facts) for key, facts in json.loads(done.stdout).items()}

    def assert_listed_files_are_whole(self) -> None:
        store = self.data / "store"
        for key, (_, _, digest, _, manifest) in self.listed().items():
            assert hashlib.sha256((store / key).read_bytes()).hexdigest() == digest
            assert manifest is None or (store / manifest).exists()

    def stored(self) -> dict[str, str]:
        """Digest of every data file and manifest in the store, by key."""
        store = self.data / "store"
        return {
            path.relative_to(store).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (store / "files").rglob("*.gz")
        }

    @staticmethod
    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "trunkline", *arguments]


def test_a_killed_pipeline_publishes_all_the_same(tmp_path: Path, database_url: str) -> None:
    prepare(tmp_path / "calm", URLS)
    calm = Pipeline(tmp_path / "calm")
    calm.run(
        "simulate", "backfill", "--account", ACCOUNT, "--days", "2", "--agents", "200", "--visits", "1500"
    )
    shutil.copytree(calm.data / "store", tmp_path / "killed" / "store")
    prepare(tmp_path / "killed", URLS)
    killed = Pipeline(tmp_path / "killed", database_url)
    for pipeline in (calm, killed):
        pipeline.run("migrate")
        pipeline.run("account", "create", ACCOUNT, "--name", "Northwind")
        for name in data_types():
            pipeline.run("account", "data-type", "enable", ACCOUNT, name)

    begun = time.monotonic()
    calm.run("pipeline", "run")
    lasted = time.monotonic() - begun
    chance = random.Random(7)
    for _ in range(KILLS):
        killed.run_and_kill(chance.uniform(0.2, 1.0) * lasted)
        killed.assert_listed_files_are_whole()
    killed.run("pipeline", "run")

    listed = calm.listed()
    assert killed.listed() == listed
    assert killed.stored() == calm.stored()
    manifests = {manifest for *_, manifest in listed.values() if manifest}
    assert set(calm.stored()) == set(listed) | manifests
    assert {data_type for data_type, *_ in listed.values()} == set(data_types())
    assert len(listed) >= 80
    assert len(manifests) >= 40
