"""The schemas of the records in data files."""

from typing import Any

from trunkline.platform.actors import Actor, Permission
from trunkline.platform.data_access.files import data_types_on
from trunkline.platform.refusals import NotFound
from trunkline.schemas import registry

LATEST = "latest"


def find_schema(actor: Actor, account_id: str, schema_id: str, data_type: str | None = None) -> Any:
    """The Avro schemas of a version: a list, one for each data type switched on, or the one of `data_type`.

    Raises `NotFound` where no data type has such a version, and `NotPermitted`.
    """
    actor.require(Permission.DATA_ACCESS, account_id)
    asked = [one for one in data_types_on(actor, account_id) if data_type in (None, one)]
    found = [registry.load(one, version) for one in asked if (version := _version(one, schema_id))]
    if not found:
        raise NotFound(
            f"No data type that is switched on has this schema; schemaId is {LATEST} or a version such as 1.0.0.35.",
            reason="no_schema",
        )
    return found if data_type is None else found[0]


def _version(data_type: str, schema_id: str) -> str | None:
    if schema_id == LATEST:
        return registry.latest(data_type)
    return schema_id if schema_id in registry.versions(data_type) else None
