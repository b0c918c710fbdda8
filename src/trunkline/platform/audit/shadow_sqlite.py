"""The triggers as SQLite has them. Names are our own; nothing of a request is ever part of a statement."""

from collections.abc import Iterator
from typing import Any

from trunkline.platform.audit.watched import WATCHED, Watched

_KEPT = ("audit_change", "audit_changedelement", "audit_shadow")
NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
_OPERATIONS = {"insert": ("NULL", "NEW"), "update": ("OLD", "NEW"), "delete": ("OLD", "NULL")}


def names() -> Iterator[str]:
    for watched in WATCHED:
        yield from (_name(watched, operation) for operation in _OPERATIONS)
    for table in _KEPT:
        yield from (f"trunkline_keep_{table}_{operation}" for operation in ("update", "delete"))
    yield from ("trunkline_keep_head_update", "trunkline_keep_head_delete")


def there(cursor: Any) -> set[str]:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'trunkline_%'")
    return {name for (name,) in cursor.fetchall()}


def to_lift() -> Iterator[str]:
    for name in names():
        yield f'DROP TRIGGER IF EXISTS "{name}"'


def to_lay() -> Iterator[str]:
    yield from to_lift()
    for watched in WATCHED:
        yield from (_watch(watched, operation) for operation in _OPERATIONS)
    for table in _KEPT:
        for operation in ("update", "delete"):
            yield _refuse(
                f"trunkline_keep_{table}_{operation}", operation, table, "the audit trail is never changed"
            )
    yield _refuse("trunkline_keep_head_delete", "delete", "audit_head", "the audit trail is never changed")
    smaller = " OR ".join(f"NEW.{column} < OLD.{column}" for column in ("number", "time", "last_id"))
    yield _refuse(
        "trunkline_keep_head_update", "update", "audit_head", "the audit trail never goes back", smaller
    )


def _name(watched: Watched, operation: str) -> str:
    return f"trunkline_shadow_{watched.table}_{operation}"


def _watch(watched: Watched, operation: str) -> str:
    old, new = _OPERATIONS[operation]
    row = new if operation != "delete" else old
    account = f'{row}."{watched.account}"'
    differs = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in watched.columns)
    when = f"WHEN {differs}" if operation == "update" else ""
    return f"""CREATE TRIGGER "{_name(watched, operation)}" AFTER {operation.upper()} ON "{watched.table}"
        FOR EACH ROW {when} BEGIN
        INSERT INTO audit_shadow (account_id, after, "table", key, operation, old, new, written) VALUES (
            {account},
            COALESCE((SELECT number FROM audit_head WHERE account_id = {account}), 0),
            '{watched.table}', {row}."{watched.key}", '{operation}', {_json(watched, old)}, {_json(watched, new)}, {NOW});
        END"""


def _json(watched: Watched, row: str) -> str:
    if row == "NULL":
        return row
    shown = [column for column in watched.columns if column in watched.shown]
    return "json_object(" + ", ".join(f"'{column}', {row}.\"{column}\"" for column in shown) + ")"


def _refuse(name: str, operation: str, table: str, text: str, when: str = "") -> str:
    condition = f"WHEN {when}" if when else ""
    return f"""CREATE TRIGGER "{name}" BEFORE {operation.upper()} ON "{table}" FOR EACH ROW {condition}
        BEGIN SELECT RAISE(ABORT, '{text}'); END"""
