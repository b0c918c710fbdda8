"""The three roles of the database, as tests/with-postgres makes them."""

APPLICATION, SYSTEM, MIGRATOR = "application", "system", "migrator"


def as_role(url: str, role: str) -> str:
    """The URL of a superuser, as one of that role."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{role}@{rest.partition('@')[2]}"


def settings(url: str) -> dict[str, str]:
    """How a program finds a database: empty for SQLite."""
    if not url:
        return {}
    return {
        "DATABASE_URL": as_role(url, APPLICATION),
        "TRUNKLINE_DATABASE_URL_SYSTEM": as_role(url, SYSTEM),
        "TRUNKLINE_DATABASE_URL_MIGRATOR": as_role(url, MIGRATOR),
    }


def create(name: str) -> str:
    """The statement that makes a database for them."""
    return f'CREATE DATABASE "{name}" OWNER {MIGRATOR}'
