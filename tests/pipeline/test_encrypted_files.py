"""Runs of an account with a public key: GnuPG reads every value; what is lost is made again; nothing is ever half published."""

import gzip
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.gnupg import GnuPG
from tests.pipeline.visitors import in_chat, of_survey, of_visitor, visits_world
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, World, agents, shift

from trunkline.clock import HOUR_MS, MINUTE_MS
from trunkline.encryption.encryptor import EncryptionFailed
from trunkline.encryption.keys import check_public_key
from trunkline.pipeline.catalogue import Run
from trunkline.pipeline.memory import MemoryCatalogue
from trunkline.pipeline.plan import Limits
from trunkline.pipeline.rebuild import Report, rebuild
from trunkline.pipeline.types import KINDS

ARMOR = "-----BEGIN PGP MESSAGE-----"
SECRETS = (
    "192.0.2.7",
    "Vicky Visitor",
    "vicky@visitor.example",
    "shop.example/basket",
    "my card",
    "not at all",
)
VISIT = [
    of_visitor("started", 0, geo={"country": "Netherlands", "iPV4": "192.0.2.7"}),
    of_visitor("page", 1000, url="https://shop.example/basket", sections=["basket"]),
    of_visitor(
        "attributes",
        2000,
        personalInfo={"name": "Vicky Visitor", "contacts": [{"email": "vicky@visitor.example"}]},
    ),
    in_chat("requested", 3000, skillId=3),
    in_chat("connected", 4000, agentId="9"),
    in_chat("line", 5000, lineType=0, text="my card is 4111", by="Vicky Visitor"),
    in_chat("line", 6000, lineType=1, text="", by="Ada", agentId="9"),
    in_chat("ended", 7000, reason=201),
    of_survey("shown", 8000, conversationId="chat-1"),
    of_survey(
        "answered", 9000, conversationId="chat-1", answers=[{"question": "Happy?", "answer": "not at all"}]
    ),
    of_visitor("ended", 10_000),
]


def opened(value: Any, decrypted: Callable[[str], str]) -> Any:
    """A record with its messages decrypted."""
    if isinstance(value, dict):
        return {name: opened(inner, decrypted) for name, inner in value.items()}
    if isinstance(value, list):
        return [opened(inner, decrypted) for inner in value]
    return decrypted(value) if isinstance(value, str) and value.startswith(ARMOR) else value


def records(world: World) -> list[Any]:
    return [json.loads(line) for text in world.texts().values() for line in text.splitlines()]


def agents_world(folder: Path, key: str | None) -> World:
    """Northwind has the key; Contoso has none."""
    rules = {NORTHWIND: agents("1.0.0.4", public_key=key), CONTOSO: agents("1.0.0.35")}
    world = World(folder, rules=rules)
    for agent in (9, 7):
        world.received(*shift(H0, H0 + 20 * MINUTE_MS, agent), collector=f"web-{agent}")
    world.received(*shift(H0, H0 + 20 * MINUTE_MS, 12, CONTOSO), collector="web-3")
    return world


@pytest.fixture
def clear(tmp_path: Path) -> World:
    world = agents_world(tmp_path / "clear", None)
    world.run(H0 + HOUR_MS)
    return world


@pytest.fixture
def world(tmp_path: Path, curve: str) -> World:
    world = agents_world(tmp_path / "encrypted", curve)
    world.run(H0 + HOUR_MS)
    return world


def rebuilt(world: World) -> Report:
    return rebuild(
        world.store,
        world.catalogue,
        KINDS[world.kind],
        first_hour=H0,
        end_hour=H0 + 24 * HOUR_MS,
        work=world.folder / "rebuild",
    )


def own(world: World) -> Any:
    """Northwind's file."""
    (file,) = [file for file in world.listed() if file.account_id == NORTHWIND]
    return file


# What is published


def test_gnupg_reads_agents_and_only_they_are_encrypted(world: World, clear: World, gnupg: GnuPG) -> None:
    assert records(world) != records(clear)
    assert opened(records(world), gnupg.decrypted) == records(clear)
    (northwind,) = [text for (account, _), text in world.texts().items() if account == NORTHWIND]
    assert northwind.count(ARMOR) > 0
    assert "@northwind.example" not in northwind
    (contoso,) = [text for (account, _), text in world.texts().items() if account == CONTOSO]
    assert ARMOR not in contoso


def test_what_is_told_of_a_file_is_about_its_clear_text(world: World, clear: World) -> None:
    for file, without in zip(world.listed(), clear.listed(), strict=True):
        told = {"key": "", "bytes": 0, "digest": ""}
        assert replace(file, **told) == replace(without, **told)


def test_an_encrypted_file_lies_under_its_digest_so_that_another_never_takes_its_place(world: World) -> None:
    file = own(world)
    assert file.key.rsplit(".", 3)[1] == file.digest[:16]
    assert ".part-00000-0." in file.key


def test_parts_are_cut_where_those_in_clear_are(tmp_path: Path, clear: World, curve: str) -> None:
    limits = Limits(part_bytes=1500)
    cut = {}
    for name, key in (("a", None), ("b", curve)):
        world = agents_world(tmp_path / name, key)
        world.run(H0 + HOUR_MS, limits)
        cut[name] = [(file.name, file.records, file.text_digest) for file in world.listed()]
    assert len(cut["a"]) > 2
    assert cut["a"] == cut["b"]


def test_gnupg_reads_visits_chats_and_surveys(tmp_path: Path, curve: str, gnupg: GnuPG) -> None:
    texts = {}
    for name, key in (("clear", None), ("encrypted", curve)):
        world = visits_world(tmp_path / name, public_key=key)
        world.received(*VISIT)
        world.run(H0 + 2 * HOUR_MS)
        texts[name] = records(world)
    assert len(texts["clear"]) == 3
    assert opened(texts["encrypted"], gnupg.decrypted) == texts["clear"]
    written = json.dumps(texts["encrypted"])
    for secret in SECRETS:
        assert secret in json.dumps(texts["clear"])
        assert secret not in written


# Doing it again


def test_a_lost_file_and_a_damaged_one_are_made_again_and_their_rows_follow(
    world: World, clear: World, gnupg: GnuPG
) -> None:
    before = own(world)
    for damage in (lambda: world.store.delete(before.key), lambda: world.store.write(own(world).key, b"!")):
        damage()
        report = rebuilt(world)
        assert (report.restored, report.differing) == ([before.name], [])
        assert own(world).digest != before.digest
        assert own(world).text_digest == before.text_digest
        world.assert_store_matches_catalogue()
        assert opened(records(world), gnupg.decrypted) == records(clear)
    assert rebuilt(world).restored == []


def test_a_lost_manifest_is_made_again_without_a_new_file(tmp_path: Path, curve: str) -> None:
    world = visits_world(tmp_path, public_key=curve)
    world.received(*VISIT)
    world.run(H0 + 2 * HOUR_MS)
    before = world.files()
    manifests = {file.ids_key: world.store.read(file.ids_key) for file in world.listed() if file.ids_key}
    assert len(manifests) == 2
    for key in manifests:
        world.store.delete(key)
    assert len(rebuilt(world).restored) == 2
    assert {key: world.store.read(key) for key in manifests} == manifests
    assert world.files() == before
    world.assert_store_matches_catalogue()


def test_what_a_killed_rebuild_left_is_removed_by_the_next(world: World) -> None:
    listed = own(world).key
    digest, run = listed.rsplit(".", 3)[1:3]
    left, of_another = listed.replace(digest, "0" * 16), listed.replace(run, "1" * 16)
    for key in (left, of_another):
        world.store.write(key, b"left behind")
    assert rebuilt(world).restored == []
    assert left not in world.store.list("files")
    assert of_another in world.store.list("files")


def test_what_was_carried_on_is_made_again_without_encrypting(world: World, curve: str) -> None:
    """The key of the run before cannot be used any more, as it might be with a later library."""
    (run,) = world.catalogue.runs("agentActivity", 0, 2**62)
    object.__setattr__(run.rules[NORTHWIND], "public_key", "no key at all")
    for folder in ("state", "index"):
        for key in list(world.store.list(folder)):
            world.store.delete(key)
    world.rules[NORTHWIND] = agents("1.0.0.4", public_key=curve)
    world.received(*shift(H0 + HOUR_MS, H0 + HOUR_MS + 20 * MINUTE_MS), collector="web-9")
    done = world.run(H0 + 2 * HOUR_MS)
    assert done
    assert len(done.files) == 1


def test_the_key_of_then_is_used(world: World, clear: World, gnupg: GnuPG, tmp_path: Path) -> None:
    other = GnuPG(tmp_path / "gnupg")
    try:
        fingerprint = other.make("ed25519", subkey="cv25519")
        key = check_public_key(other.public(fingerprint), 0).armored
    finally:
        other.close()
    world.rules[NORTHWIND] = replace(world.rules[NORTHWIND], public_key=key)
    world.store.delete(own(world).key)
    rebuilt(world)
    assert opened(records(world), gnupg.decrypted) == records(clear)


def test_a_key_changes_the_id_of_a_run(tmp_path: Path, curve: str, rsa: str) -> None:
    states = set()
    for key in (None, curve, rsa):
        done = agents_world(tmp_path / str(len(states)), key).run(H0 + HOUR_MS)
        assert done
        states.add(done.state)
    assert len(states) == 3


def test_what_a_killed_attempt_left_in_the_store_is_removed(tmp_path: Path, curve: str) -> None:
    world = agents_world(tmp_path, curve)
    left = set()
    for _ in range(2):
        with pytest.raises(Stopped):
            world.run(H0 + HOUR_MS, progress=stopping_at("state-written"))
        left |= set(world.store.list("files"))
    assert len([key for key in left if NORTHWIND in key]) == 2
    world.run(H0 + HOUR_MS)
    world.assert_store_matches_catalogue()


class Stopped(Exception):
    """As if killed, but the test goes on."""


def stopping_at(step: str) -> Callable[[str, int, int], None]:
    def progress(now: str, _done: int, _total: int) -> None:
        if now == step:
            raise Stopped

    return progress


class Unleased(MemoryCatalogue):
    """As if leases had run out under both."""

    def lease(self, kind: str, holder: str, seconds: int = 60) -> Any:
        return MemoryCatalogue({}).lease(kind, holder, seconds)


@pytest.mark.parametrize("step", ["built", "adopted", "state-written", "published"])
def test_of_two_pipelines_one_publishes_and_nothing_of_the_other_remains(
    tmp_path: Path, curve: str, clear: World, gnupg: GnuPG, step: str
) -> None:
    world = agents_world(tmp_path / "both", curve)
    world.catalogue = Unleased({"agentActivity": world.rules})
    others: list[Run | None] = []

    def progress(now: str, done: int, total: int) -> None:
        if now == step and done == total:
            others.append(world.run(H0 + HOUR_MS, work_name="other"))

    world.run(H0 + HOUR_MS, progress=progress)
    assert len(others) == 1
    world.assert_store_matches_catalogue()
    assert opened(records(world), gnupg.decrypted) == records(clear)


# When encryption fails


def children() -> Iterator[int]:
    """The encrypting processes of this one."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = (path / "stat").read_text().rsplit(")", 1)[1].split()[1]
            if (
                int(parent) == os.getpid()
                and b"trunkline.encryption.child" in (path / "cmdline").read_bytes()
            ):
                yield int(path.name)
        except (FileNotFoundError, ProcessLookupError):
            continue


def test_a_lost_child_fails_the_run_and_publishes_nothing(
    tmp_path: Path, curve: str, clear: World, gnupg: GnuPG
) -> None:
    world = agents_world(tmp_path / "world", curve)
    killed: list[int] = []

    def progress(_step: str, _done: int, _total: int) -> None:
        for child in children():
            os.kill(child, signal.SIGKILL)
            killed.append(child)

    with pytest.raises(EncryptionFailed):
        world.run(H0 + HOUR_MS, Limits(bucket_events=1, part_bytes=100), progress=progress)
    assert killed
    assert world.catalogue.last_run("agentActivity") is None
    assert world.listed() == []
    assert not list(world.store.list("files"))
    assert not list(children())
    world.run(H0 + HOUR_MS)
    assert opened(records(world), gnupg.decrypted) == records(clear)


def test_a_key_that_cannot_be_used_fails_the_run_and_publishes_nothing(tmp_path: Path) -> None:
    world = agents_world(tmp_path, "no key at all")
    with pytest.raises(EncryptionFailed, match="cannot be encrypted to"):
        world.run(H0 + HOUR_MS)
    assert world.listed() == []
    assert not list(world.store.list("files"))


def test_no_key_shows_in_what_a_run_prints_of_itself(world: World) -> None:
    (run,) = world.catalogue.runs("agentActivity", 0, 2**62)
    assert "BEGIN PGP" not in repr(run)


def test_files_are_one_member_of_gzip_as_ever(world: World) -> None:
    data = world.store.read(own(world).key)
    assert data.count(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff") == 1
    assert gzip.decompress(data).endswith(b"\n")
