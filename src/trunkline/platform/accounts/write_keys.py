"""The collector's keys, read from the platform's database."""
# ruff: noqa: E402  # other programs come in here: models can be imported only after Django has been set up

from collections.abc import Sequence

from django.db import DatabaseError, connections

from trunkline.collector.keys import WriteKey
from trunkline.platform import project

project.start()

from trunkline.platform.accounts import models
from trunkline.platform.actors import Permission
from trunkline.platform.databases import drop_dead_connections


class DatabaseWriteKeys:
    """A `WriteKeySource`. May be asked from any thread, for years, through restarts of the database."""

    def write_keys(self) -> Sequence[WriteKey]:
        """Every key that is valid now. Raises `DatabaseError` while the database is away; the next call tries anew."""
        drop_dead_connections()
        valid = models.WriteKey.objects.filter(revoked=None).order_by("id")
        try:
            return [_to_write_key(row) for row in valid]
        except DatabaseError:
            connections["default"].close()
            raise


def _to_write_key(row: models.WriteKey) -> WriteKey:
    return WriteKey(
        key_id=row.id,
        account_id=row.account_id,
        digest=row.digest,
        backfill=Permission.BACKFILL in row.permissions,
        origins=tuple(row.origins),
    )


def publishable_keys() -> set[str]:
    """The ids of all keys that ever stood in pages."""
    drop_dead_connections()
    rows = models.WriteKey.objects.values_list("id", "origins")
    return {key_id for key_id, origins in rows if origins}
