"""Leases: one pipeline a data type. In real time; a dead holder's lease runs out by itself."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import structlog
from django.db import DatabaseError, IntegrityError, connections, transaction

from trunkline.clock import REAL
from trunkline.pipeline.catalogue import LeaseHeld
from trunkline.platform.data_access.models import Lease
from trunkline.platform.data_access.unavailable import told_as_unavailable
from trunkline.platform.databases import alias_of, drop_dead_connections

log = structlog.get_logger()


@contextmanager
def lease(kind: str, holder: str, seconds: int) -> Iterator[None]:
    """Hold the lease of a data type for the length of the block, renewed all the while. Raises `LeaseHeld`."""
    # Two processes of one name, or two runs of one process, are not the same holder.
    token = f"{holder[:100]} {secrets.token_hex(8)}"
    _take(kind, token, seconds)
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(kind, token, seconds, ended), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        ended.set()
        renewal.join()
        _give_back(kind, token)


@told_as_unavailable()
def _take(kind: str, token: str, seconds: int) -> None:
    drop_dead_connections()
    now = REAL.now()
    expires = now + seconds * 1000
    if Lease.objects.filter(kind=kind, expires__lt=now).update(token=token, expires=expires):
        return
    try:
        with transaction.atomic(using=alias_of("data_access")):
            Lease.objects.create(kind=kind, token=token, expires=expires)
    except IntegrityError:
        held = Lease.objects.filter(kind=kind).first()
        raise LeaseHeld(_held(kind, held)) from None


def _held(kind: str, held: Lease | None) -> str:
    if held is None:  # given back a moment ago
        return f"{kind} was worked on by another pipeline; run again"
    until = datetime.fromtimestamp(held.expires / 1000, UTC)
    return (
        f"{kind} is worked on by {held.token.rpartition(' ')[0]}; if that has died, its lease ends by itself at "
        f"{until:%H:%M:%S} UTC"
    )


@told_as_unavailable()
def _give_back(kind: str, token: str) -> None:
    Lease.objects.filter(kind=kind, token=token).delete()


def _renew(kind: str, token: str, seconds: int, ended: threading.Event) -> None:
    try:
        while not ended.wait(seconds / 3):
            _extend(kind, token, seconds)
    finally:
        connections[alias_of("data_access")].close()


def _extend(kind: str, token: str, seconds: int) -> None:
    """A lease that cannot be renewed is no danger: what is published twice is refused by its unique rows."""
    try:
        held = Lease.objects.filter(kind=kind, token=token)
        if not held.update(expires=REAL.now() + seconds * 1000):
            log.warning("lease lost", kind=kind)
    except DatabaseError as error:
        connections[alias_of("data_access")].close()
        log.warning("lease not renewed", kind=kind, error=str(error))
