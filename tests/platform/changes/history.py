"""Clients that change one account's configuration at once, and whether what they were told is what the trail tells.

A process of clients is a fork of the test's own: it has Django loaded, and is killed without a word. What a client is told it writes
into a pipe at once; a change without an answer may have happened or not.
"""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connections

from trunkline.clock import HOUR_MS, Clock
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit import trail
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.registry import SKILL


@dataclass(frozen=True)
class Told:
    """A change that was asked for. Times are of one clock for all processes."""

    name: str
    asked: float
    answered: float | None = None
    """None: nobody knows what became of it."""


class Clients:
    """A process with so many clients, each making change after change until it is killed."""

    def __init__(self, account_id: str, label: str, threads: int, seed: int) -> None:
        reading, writing = os.pipe()
        connections.close_all()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            try:
                _work(account_id, label, threads, seed, writing)
            finally:
                os._exit(1)
        os.close(writing)
        self._reading = reading

    def pause(self, seconds: float) -> None:
        os.kill(self.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> list[Told]:
        """What its clients had asked for, and what they were told."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        with os.fdopen(self._reading) as pipe:
            lines = [json.loads(line) for line in pipe if line.endswith("\n")]
        asked = {name: at for what, name, at in lines if what == "asked"}
        answered = {name: at for what, name, at in lines if what == "answered"}
        failed = [name for what, name, _at in lines if what == "failed"]
        assert not failed, failed
        return [Told(name, at, answered.get(name)) for name, at in asked.items()]


def _work(account_id: str, label: str, threads: int, seed: int, writing: int) -> None:
    clients = [
        threading.Thread(target=_be_a_client, args=(account_id, f"{label}.{number}", seed + number, writing))
        for number in range(threads)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _be_a_client(account_id: str, label: str, seed: int, writing: int) -> None:
    chance = random.Random(seed)
    number = None
    for count in range(1_000_000):
        # The clock of this process goes wrong by up to an hour either way.
        jump = chance.choice((0, 0, chance.randrange(-HOUR_MS, HOUR_MS)))
        trail.REAL = Clock(real=lambda jump=jump: time.time_ns() // 1_000_000 + jump)
        name = f"{label}.{count}"
        _say(writing, "asked", name)
        try:
            if number is None or chance.random() < 0.5:
                [made] = objects.create_objects(OPERATOR, account_id, SKILL, [{"name": name}])
                number = made.number
            else:
                objects.replace_objects(OPERATOR, account_id, SKILL, {number: {"name": name}})
        except BaseException as error:
            _say(writing, "failed", f"{name}: {error!r}")
            raise
        _say(writing, "answered", name)


def _say(writing: int, what: str, name: str) -> None:
    # One write of less than a page is whole, however many write.
    os.write(writing, f"{json.dumps([what, name, time.monotonic()])}\n".encode())


def problems(account_id: str, told: Iterable[Told]) -> list[str]:
    """What the trail and the clients disagree about: lost, made up, twice, out of order."""
    known = {one.name: one for one in told}
    numbers: dict[str, list[int]] = {}
    for change in Change.objects.filter(account_id=account_id, object_type="skill").order_by("number"):
        numbers.setdefault(json.loads(change.document)["object"]["name"], []).append(change.number)
    found = [f"{name} was never asked for" for name in numbers.keys() - known.keys()]
    found += [f"{name} is there {len(some)} times" for name, some in numbers.items() if len(some) > 1]
    found += [
        f"{one.name} was acknowledged and is lost"
        for one in known.values()
        if one.answered and one.name not in numbers
    ]
    latest = 0.0
    by_number = sorted((some[0], name) for name, some in numbers.items() if name in known)
    for _number, name in reversed(by_number):
        one = known[name]
        if latest and one.asked > latest:
            found.append(f"{name} was asked for after a later change was acknowledged")
        if one.answered:
            latest = min(latest or one.answered, one.answered)
    return found
