"""A trail of any length, made by the database itself: no row passes through Python."""

from typing import Any

from django.db import connection

from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit import shadow
from trunkline.platform.audit.models import Change, ChangedElement, Head, Series

ACCOUNT = "75555851"
ACTORS, OBJECTS = 997, 49_999
START, STEP = 1_600_000_000_000, 3_000
"""Epoch milliseconds of the first change, and from one to the next."""

# Each column depends on the number by another prime, so that they do not depend on each other.
FACTS = f"""n, {START} + n * {STEP} AS time,
    CASE WHEN n * 31 % 101 < 50 THEN 'user' WHEN n * 31 % 101 < 80 THEN 'skill' WHEN n * 31 % 101 < 90 THEN 'profile'
         WHEN n * 31 % 101 < 99 THEN 'agentGroup' ELSE 'lob' END AS type,
    CAST(n * 104729 % {OBJECTS} AS text) AS object,
    CASE WHEN n * 17 % 97 < 85 THEN 'edit' WHEN n * 17 % 97 < 95 THEN 'add' ELSE 'delete' END AS action,
    CASE WHEN n % 3 = 0 THEN CAST(n * 7919 % 11 AS text) ELSE CAST(n * 7919 % {ACTORS} AS text) END AS actor,
    n * 13 % 89 < 4 AS is_lpa, n * 29 % 83 < 8 AS is_automatic"""

DOCUMENT = f"""'{{"account":"{ACCOUNT}","action":"' || action || '","actor":{{"address":"192.0.2.' || (n % 255) ||
    '","authType":"login","employeeId":"E' || actor || '","id":"' || actor || '","isLpa":' || CASE WHEN is_lpa THEN 'true' ELSE 'false' END ||
    ',"kind":"user","loginName":"agent' || actor || '@northwind.example","name":"Agent ' || actor ||
    '","profiles":["Administrator","Agent Manager"],"requestId":"' || n || '","userAgent":"Mozilla/5.0 (X11; Linux x86_64)"}},' ||
    '"automatic":' || CASE WHEN is_automatic THEN 'true' ELSE 'false' END || ',"changes":[{{"element":"maxWaitTime","new":' || (n % 600) || ',"old":120}},' ||
    '{{"element":"name","new":"Billing ' || n || '","old":"Billing"}}],"number":' || n || ',"object":{{"id":"' || object ||
    '","name":"Billing ' || n || '","type":"' || type || '"}},"time":' || time || ',"version":1}}'"""

SERIES = "type, action, is_lpa, is_automatic"


def fill(changes: int) -> None:
    """A migrated database with so many changes of two elements each."""
    accounts.create_account(OPERATOR, ACCOUNT, name="Northwind", time_zone="UTC")
    shadow.lift(connection)
    for model in (Change, ChangedElement, Series):
        model.objects.all().delete()
    indexed = [(model, index) for model in (Change, ChangedElement) for index in model._meta.indexes]
    with connection.schema_editor() as editor:
        for model, index in indexed:
            editor.remove_index(model, index)
    for statement in statements(changes):
        with connection.cursor() as cursor:
            cursor.execute(statement)
    with connection.schema_editor() as editor:
        for model, index in indexed:
            editor.add_index(model, index)
    Head.objects.update(number=changes, time=START + changes * STEP)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def statements(changes: int) -> list[str]:
    sqlite = connection.vendor == "sqlite"
    source = (
        f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {changes}) SELECT n FROM s)"
        if sqlite
        else f"(SELECT CAST(g AS bigint) AS n FROM generate_series(1, {changes}) AS g)"
    )
    facts = f"(SELECT {FACTS} FROM {source} AS numbers) AS facts"
    return [
        f"""INSERT INTO audit_change (account_id, number, time, object_type, object_id, action, document)
            SELECT '{ACCOUNT}', n, time, type, object, action, {DOCUMENT} FROM {facts} ORDER BY n""",
        f"""INSERT INTO audit_changedelement (account_id, number, position, time, object_type, object_id, element, action,
            originator_id, is_lpa, is_automatic, nth, nth_of_originator)
            SELECT '{ACCOUNT}', n, position, time, type, object, element, action, actor, is_lpa, is_automatic,
                row_number() OVER (PARTITION BY {SERIES} ORDER BY n, position),
                row_number() OVER (PARTITION BY actor, {SERIES} ORDER BY n, position)
            FROM {facts}, (SELECT 0 AS position, 'maxWaitTime' AS element UNION ALL SELECT 1, 'name') AS elements""",
        """INSERT INTO audit_series (account_id, originator_id, object_type, action, is_lpa, is_automatic, lines)
            SELECT account_id, '*', object_type, action, is_lpa, is_automatic, count(*) FROM audit_changedelement
            GROUP BY account_id, object_type, action, is_lpa, is_automatic""",
        """INSERT INTO audit_series (account_id, originator_id, object_type, action, is_lpa, is_automatic, lines)
            SELECT account_id, originator_id, object_type, action, is_lpa, is_automatic, count(*) FROM audit_changedelement
            GROUP BY account_id, originator_id, object_type, action, is_lpa, is_automatic""",
    ]


def size_on_disk() -> int:
    """Bytes of the trail with its indexes."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ('audit_change', 'audit_changedelement')"
            )
        found: Any = cursor.fetchone()
    return int(found[0])
