"""The data types that can be switched on, and their schemas."""

DATA_TYPES: tuple[str, ...] = ("agentActivity",)


def versions_of(data_type: str) -> tuple[str, ...]:
    """The schema versions of a data type, oldest first."""
    return ("1.0.0.4", "1.0.0.35")
