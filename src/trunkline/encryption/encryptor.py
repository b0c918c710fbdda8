"""Encryption of many values, in child processes.

Whatever goes wrong is an error; no value ever comes back as it went in.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Self

from trunkline.encryption import frames
from trunkline.encryption.messages import BEGIN

MOST_PROCESSES = 8
SLICE = 64
"""Values that a child is given at a time: some 100 ms of work with a key of RSA 4096."""


class EncryptionFailed(Exception):
    """Values could not be encrypted."""


class Encryptor:
    """Child processes, started when they are first needed. A context manager; `encrypt` is for one thread at a time."""

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes or min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
        self._children: list[_Child] = []
        self._idle: SimpleQueue[_Child] = SimpleQueue()
        self._threads = ThreadPoolExecutor(self._processes, thread_name_prefix="encryption")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.end()

    def encrypt(self, public_key: str, values: Sequence[str]) -> list[str]:
        """An armored message for each value, in order. Raises `EncryptionFailed`."""
        slices = [values[first : first + SLICE] for first in range(0, len(values), SLICE)]
        while len(self._children) < min(len(slices), self._processes):
            self._children.append(_Child())
            self._idle.put(self._children[-1])
        done = self._threads.map(lambda some: self._by_any_child(public_key, some), slices)
        return [message for some in done for message in some]

    def _by_any_child(self, public_key: str, values: Sequence[str]) -> list[str]:
        child = self._idle.get()
        try:
            return child.encrypt(public_key, values)
        finally:
            self._idle.put(child)


class _Child:
    def __init__(self) -> None:
        # What a process in trouble prints could hold what it was given.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "trunkline.encryption.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def encrypt(self, public_key: str, values: Sequence[str]) -> list[str]:
        assert self._process.stdin and self._process.stdout
        try:
            frames.send(self._process.stdin, [public_key, values])
            answer = frames.receive(self._process.stdout)
        except (OSError, EOFError):
            raise EncryptionFailed(f"the encrypting process ended with {self._process.wait()}") from None
        if isinstance(answer, str):
            raise EncryptionFailed(f"the account's public key cannot be encrypted to ({answer})")
        if len(answer) != len(values) or not all(message.startswith(BEGIN) for message in answer):
            raise EncryptionFailed("the encrypting process gave something else than messages")
        return list(answer)

    def end(self) -> None:
        """Its input ends, so it does; one that is in the middle of something is not waited for."""
        assert self._process.stdin and self._process.stdout
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            # What it did not take any more is lost with it.
            with suppress(OSError):
                pipe.close()
        self._process.wait()
