"""What the pipeline is told when the database is away: errors of its port, not of Django."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, ProgrammingError

from trunkline.pipeline.catalogue import CatalogueUnavailable

# No connection, a disk or lock error, a missing table. Anything else is a fault of this program and stays one.
_AWAY = (OperationalError, InterfaceError, ProgrammingError)


@contextmanager
def told_as_unavailable() -> Iterator[None]:
    """Raises `CatalogueUnavailable` for errors of a database that is away or not migrated."""
    try:
        yield
    except _AWAY as error:
        # Drivers append hints, each on a line of its own; none of them shows a password.
        said = str(error).strip().partition("\n")[0]
        raise CatalogueUnavailable(f"the database cannot be used: {said}") from error
