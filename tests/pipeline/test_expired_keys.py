"""A key that has expired goes on being encrypted to, and this is said by the hours that were published."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.gnupg import GnuPG
from tests.pipeline.test_encrypted_files import ARMOR, agents_world
from tests.pipeline.test_schedule import schedule
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, World, shift

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.encryption.keys import check_public_key
from trunkline.pipeline.expired_keys import expired_keys

ENDS = H0 + HOUR_MS + 30 * MINUTE_MS


@pytest.fixture
def key(gnupg: GnuPG) -> str:
    """Expires in the second hour, years ago by the clock."""
    made = datetime.fromtimestamp(H0 / 1000, UTC) - timedelta(days=30)
    lives = ENDS // 1000 - int(made.timestamp())
    fingerprint = gnupg.make("ed25519", subkey="cv25519", expires=f"seconds={lives}", at=made)
    key = check_public_key(gnupg.public(fingerprint), H0)
    assert key.expires == ENDS
    return key.armored


@pytest.fixture
def world(tmp_path: Path, key: str) -> World:
    world = agents_world(tmp_path, key)
    late = H0 + HOUR_MS
    world.received(*shift(late, late + 20 * MINUTE_MS), collector="web-4")
    world.received(*shift(late, late + 20 * MINUTE_MS, 12, CONTOSO), collector="web-5")
    return world


def test_expiry_is_judged_by_the_end_of_the_hours_and_stops_nothing(world: World) -> None:
    found = []
    for hour in (1, 2):
        done = world.run(H0 + hour * HOUR_MS)
        assert done
        found.append([account for account, _ in expired_keys(done)])
        encrypted = [file for file in done.files if file.account_id == NORTHWIND]
        assert len(encrypted) == 1
        assert ARMOR in world.texts()[NORTHWIND, encrypted[0].name]
    assert found == [[], [NORTHWIND]]


def test_the_worker_says_so_in_its_log(world: World) -> None:
    world.run(H0 + HOUR_MS)
    with capture_logs() as logs:
        assert schedule(world, lambda: H0 + 3 * HOUR_MS).step()
    (warning,) = [one for one in logs if one["log_level"] == "warning"]
    assert warning["event"] == "encrypted to an expired key"
    assert warning["account"] == NORTHWIND
    assert len(warning["fingerprint"]) == 40
