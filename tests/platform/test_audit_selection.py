"""Whatever is asked of a trail, in whatever order: what a slow reading of all of it finds."""

import json
import random
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.platform.auditing import at
from tests.platform.conftest import CONTOSO, NORTHWIND

from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR, SYSTEM, Actor, Kind, Originator
from trunkline.platform.audit import merging, selection
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.models import Change, ChangedElement, Series
from trunkline.platform.audit.series import ALL
from trunkline.platform.audit.trail import changing

pytestmark = pytest.mark.django_db

ACTORS = [
    Actor(Kind.USER, "42", originator=Originator(name="Jane", login_name="jane@northwind.example")),
    Actor(Kind.KEY, "key_1", originator=Originator(name="archive")),
    OPERATOR,
    SYSTEM,
]
TYPES = ["skill", "user", "lob"]
ELEMENTS = ["name", "description", "maxWaitTime"]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A trail with a bit of everything; each line with its change's document."""
    chance, now = random.Random(4), 1_700_000_000_000
    at(monkeypatch, now)
    for account_id in (NORTHWIND, CONTOSO):
        accounts.create_account(OPERATOR, account_id, name=account_id, time_zone="UTC")
    for _ in range(60):
        now += chance.choice([0, 1, 1000])
        at(monkeypatch, now)
        with changing(chance.choice(ACTORS), chance.choice([NORTHWIND, NORTHWIND, CONTOSO])) as changes:
            for _ in range(chance.choice([1, 1, 2, 5])):
                subject = Subject(chance.choice(TYPES), str(chance.randint(1, 5)), "…")
                before, after = ({name: chance.random() for name in ELEMENTS} for _ in range(2))
                before |= {name: after[name] for name in ELEMENTS if chance.random() < 0.4}
                kind = chance.choice(["add", "edit", "edit", "delete"])
                changes.record(
                    subject,
                    before=None if kind == "add" else before,
                    after=None if kind == "delete" else after,
                )
    found = []
    for text in (
        Change.objects.filter(account_id=NORTHWIND).order_by("number").values_list("document", flat=True)
    ):
        document = json.loads(text)
        names = [change["element"] for change in document["changes"]] or [""]
        found += [document | {"position": at, "element": name} for at, name in enumerate(names)]
    return found


instants = st.none() | st.integers(1_700_000_000_000 - 10, 1_700_000_060_000)
FILTERS = st.builds(
    Filter,
    since=instants,
    until=instants,
    object_types=st.frozensets(st.sampled_from([*TYPES, "account", "nothing"]), max_size=3),
    object_id=st.sampled_from(["", "", "1", "3", "77"]),
    element=st.sampled_from(["", "", *ELEMENTS, "nothing"]),
    actions=st.frozensets(st.sampled_from(["add", "edit", "delete"]), max_size=2),
    users=st.frozensets(st.sampled_from(["42", "key_1", "", "nobody"]), max_size=2),
    lpa=st.booleans(),
    automatic=st.booleans(),
    after=st.sampled_from([0, 0, 7, 1000]),
)


def fits(line: dict[str, Any], filter: Filter) -> bool:
    return (
        (filter.since is None or line["time"] >= filter.since)
        and (filter.until is None or line["time"] < filter.until)
        and (not filter.object_types or line["object"]["type"] in filter.object_types)
        and filter.object_id in ("", line["object"]["id"])
        and filter.element in ("", line["element"])
        and (not filter.actions or line["action"] in filter.actions)
        and (not filter.users or line["actor"]["id"] in filter.users)
        and (filter.lpa or not line["actor"]["isLpa"])
        and (filter.automatic or not line["automatic"])
        and line["number"] > filter.after
    )


@pytest.mark.parametrize(("most_spans", "deep"), [(200, 5000), (2, 3)])
def test_pages_counts_and_blocks_are_those_of_a_slow_reading(
    lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, most_spans: int, deep: int
) -> None:
    monkeypatch.setattr(merging, "MOST_SPANS", most_spans)
    monkeypatch.setattr(selection, "DEEP", deep)

    @given(FILTERS, st.integers(0, 200), st.integers(1, 50), st.booleans())
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    def check(filter: Filter, offset: int, first: int, ascending: bool) -> None:
        expected = [(line["number"], line["position"]) for line in lines if fits(line, filter)]
        if not ascending:
            expected.reverse()
        selected = selection.select(NORTHWIND, filter)
        assert selected.count() == len(expected)
        assert selected.page(offset, first, ascending=ascending) == expected[offset : offset + first]
        blocks = list(selected.blocks(10**6, first, ascending=ascending))
        assert [line for block in blocks for line in block] == expected

    check()


def test_every_line_has_its_place_in_both_of_its_series(lines: list[dict[str, Any]]) -> None:
    key = ("account_id", "object_type", "action", "is_lpa", "is_automatic")
    for place, named in (("nth", ()), ("nth_of_originator", ("originator_id",))):
        counted: dict[tuple[Any, ...], int] = {}
        rows = ChangedElement.objects.order_by("number", "position")
        for nth, *values in rows.values_list(place, *key, *named):
            counted[tuple(values)] = counted.get(tuple(values), 0) + 1
            assert nth == counted[tuple(values)]
        series = (
            Series.objects.exclude(originator_id=ALL) if named else Series.objects.filter(originator_id=ALL)
        )
        assert counted == {
            tuple(values): lines for lines, *values in series.values_list("lines", *key, *named)
        }


PLANNED = {
    "lines_by_type": Filter(object_types=frozenset({"skill"}), lpa=False),
    "lines_by_originator": Filter(
        users=frozenset({"42"}), object_types=frozenset({"skill"}), automatic=False
    ),
    "lines_by_object": Filter(object_id="3"),
    "lines_by_element": Filter(element="name"),
}


@pytest.mark.parametrize("index", PLANNED)
def test_no_filter_reads_what_does_not_fit(
    lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, index: str
) -> None:
    asked: list[tuple[str, Any]] = []
    rows = merging._rows
    monkeypatch.setattr(
        merging, "_rows", lambda text, values: asked.append((text, values)) or rows(text, values)
    )
    selected = selection.select(NORTHWIND, PLANNED[index])
    selected.page(0, 50, ascending=False)
    selected.count()
    assert len(asked) == 2
    for text, values in asked:
        plan = explained(text, values)
        assert index in plan
        assert "Seq Scan on audit_changedelement" not in plan
        assert "SCAN audit_changedelement" not in plan


def explained(text: str, values: Any) -> str:
    """How the database would go about it; PostgreSQL is told that the table is too large to be read as a whole."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgresql:
            cursor.execute("ANALYZE audit_changedelement")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"{'EXPLAIN' if postgresql else 'EXPLAIN QUERY PLAN'} {text}", values)
        return "\n".join(str(column) for row in cursor.fetchall() for column in row)
