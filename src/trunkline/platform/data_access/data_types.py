"""The data types that can be switched on, and their schemas."""

from typing import Any

DATA_TYPES: tuple[str, ...] = ("agentActivity",)
_VERSIONS = {"agentActivity": ("1.0.0.4", "1.0.0.35")}


def versions_of(data_type: str) -> tuple[str, ...]:
    """The schema versions of a data type, oldest first."""
    return _VERSIONS[data_type]


def schema_of(data_type: str, version: str) -> Any:
    """The Avro schema of a data type's records."""
    return {"name": data_type, "version": version}
