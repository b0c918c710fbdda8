"""Bars L1 and L7: processes that change configuration are killed at random moments; clocks jump, processes pause."""

import os
import random
import time
from collections.abc import Iterator

import pytest
from django.db import connections
from tests.platform.changes.history import Clients, Told, problems
from tests.platform.conftest import NORTHWIND

from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.check import check
from trunkline.platform.audit.models import Head

LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))
KILLS = 1000 if LONG else 50

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(36_000 if LONG else 300)]


@pytest.fixture
def account() -> Iterator[None]:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    yield
    connections.close_all()


def test_no_acknowledged_change_is_lost_when_its_process_is_killed(account: None) -> None:
    chance = random.Random(4)
    told: list[Told] = []
    for round_ in range(KILLS):
        clients = Clients(NORTHWIND, f"r{round_}", chance.choice((1, 2, 4, 8, 16)), round_)
        time.sleep(chance.uniform(0.02, 0.2))
        told += clients.kill()
    assert problems(NORTHWIND, told) == []
    assert list(check(OPERATOR, NORTHWIND)) == []
    acknowledged = sum(one.answered is not None for one in told)
    print(
        f"\nL1: {KILLS} kills, {acknowledged} changes acknowledged, {len(told) - acknowledged} cut off, 0 lost"
    )
    assert acknowledged > KILLS


def test_sixteen_clients_agree_with_the_trail_about_what_happened(account: None) -> None:
    """Four processes of four; some are killed and some paused, and each client's clock jumps by up to an hour."""
    chance = random.Random(7)
    told: list[Told] = []
    running = {label: Clients(NORTHWIND, label, 4, chance.randrange(10**9)) for label in "abcd"}
    for round_ in range(2000 if LONG else 12):
        time.sleep(chance.uniform(0.05, 0.3))
        label = chance.choice(list(running))
        if chance.random() < 0.5:
            running[label].pause(chance.uniform(0.01, 0.2))
            continue
        told += running.pop(label).kill()
        running[f"{label[0]}{round_}"] = Clients(NORTHWIND, f"{label[0]}{round_}", 4, chance.randrange(10**9))
    for clients in running.values():
        told += clients.kill()
    assert problems(NORTHWIND, told) == []
    assert list(check(OPERATOR, NORTHWIND)) == []
    print(f"\nL7: {len(told)} changes of 16 clients; 0 lost, 0 made up, 0 twice, 0 out of order, no gap")
    assert Head.objects.get(account_id=NORTHWIND).number > 50
