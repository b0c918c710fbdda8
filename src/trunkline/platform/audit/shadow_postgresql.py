"""The triggers as PostgreSQL has them: one function that writes the shadow, two that refuse."""

from collections.abc import Iterator
from typing import Any

from trunkline.platform.audit.watched import WATCHED, Watched

_KEPT = ("audit_change", "audit_changedelement", "audit_shadow")

NOW = "floor(extract(epoch FROM clock_timestamp()) * 1000)"

# By the rights of the owner: who writes configuration need not be able to write the shadow.
# The columns come as arguments of the trigger: the account's, the key's, those that are shown.
_WRITE = f"""CREATE OR REPLACE FUNCTION trunkline_shadow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END;
    now_is jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END;
    account text := COALESCE(now_is, was) ->> TG_ARGV[0];
BEGIN
    INSERT INTO audit_shadow (account_id, after, "table", key, operation, old, new, written) VALUES (
        account,
        COALESCE((SELECT number FROM audit_head WHERE account_id = account), 0),
        TG_TABLE_NAME,
        COALESCE(now_is, was) ->> TG_ARGV[1],
        lower(TG_OP),
        (SELECT jsonb_object_agg(key, value) FROM jsonb_each(was) WHERE key = ANY (TG_ARGV[2:])),
        (SELECT jsonb_object_agg(key, value) FROM jsonb_each(now_is) WHERE key = ANY (TG_ARGV[2:])),
        {NOW});
    RETURN NULL;
END $$"""

_KEEP = """CREATE OR REPLACE FUNCTION trunkline_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is never changed' USING ERRCODE = 'insufficient_privilege';
END $$"""

_KEEP_HEAD = """CREATE OR REPLACE FUNCTION trunkline_keep_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number < OLD.number OR NEW.time < OLD.time OR NEW.last_id < OLD.last_id THEN
        RAISE EXCEPTION 'the audit trail never goes back' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$"""


def names() -> Iterator[str]:
    for name, _table, _statement in _triggers():
        yield name


def there(cursor: Any) -> set[str]:
    cursor.execute(
        "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE tgname LIKE 'trunkline!_%%' ESCAPE '!' AND tgenabled IN ('O', 'A') AND pg_table_is_visible(tgrelid)"
    )
    return {name for (name,) in cursor.fetchall()}


def to_lift() -> Iterator[str]:
    for name, table, _statement in _triggers():
        yield f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"'


def to_lay() -> Iterator[str]:
    yield from (_WRITE, _KEEP, _KEEP_HEAD)
    yield from to_lift()
    for name, _table, statement in _triggers():
        yield f'CREATE TRIGGER "{name}" {statement}'


def _triggers() -> Iterator[tuple[str, str, str]]:
    """Name, table and the rest of the statement of each."""
    for watched in WATCHED:
        yield from _watch(watched)
    for table in _KEPT:
        name = f"trunkline_keep_{table}"
        yield (
            name,
            table,
            f'BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION trunkline_keep()',
        )
        yield (
            f"{name}_whole",
            table,
            f'BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION trunkline_keep()',
        )
    head = "audit_head"
    yield (
        "trunkline_keep_head",
        head,
        f"BEFORE UPDATE ON {head} FOR EACH ROW EXECUTE FUNCTION trunkline_keep_head()",
    )
    yield (
        "trunkline_keep_head_rows",
        head,
        f"BEFORE DELETE ON {head} FOR EACH ROW EXECUTE FUNCTION trunkline_keep()",
    )


def _watch(watched: Watched) -> Iterator[tuple[str, str, str]]:
    name, table = f"trunkline_shadow_{watched.table}", watched.table
    shown = [column for column in watched.columns if column in watched.shown]
    arguments = ", ".join(f"'{argument}'" for argument in (watched.account, watched.key, *shown))
    run = f"FOR EACH ROW EXECUTE FUNCTION trunkline_shadow({arguments})"
    differs = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in watched.columns)
    yield name, table, f'AFTER INSERT OR DELETE ON "{table}" {run}'
    update = f'AFTER UPDATE ON "{table}" FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION trunkline_shadow({arguments})'
    yield f"{name}_update", table, update
