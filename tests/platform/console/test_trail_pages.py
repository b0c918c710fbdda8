"""The audit trail at the console."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.platform.conftest import CONTOSO, NORTHWIND
from tests.platform.console.conftest import Person, skill_form

from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change, Head, Notice
from trunkline.platform.audit.notices import Event
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import create_objects
from trunkline.platform.configuration.registry import LOB, SKILL
from trunkline.platform.permissions import Permission

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def renamed(ada: Person, billing: ConfigurationObject) -> ConfigurationObject:
    ada.post(
        f"skills/{billing.number}", **skill_form(name="Invoices", maxWaitTime="90", revision=billing.revision)
    )
    return billing


def shown(page: str) -> list[tuple[str, str, str]]:
    """Element, old value, new value, as the page has them."""
    cells = re.findall(
        r'<th scope="row">(.*?)</th><td class="old-value">(.*?)</td><td class="new-value">(.*?)</td>', page
    )
    return [tuple(re.sub(r"<[^>]+>", "", cell) for cell in row) for row in cells]  # type: ignore[misc]


def test_old_and_new_value_stand_side_by_side(ada: Person, renamed: ConfigurationObject) -> None:
    page = ada.get(f"trail?type=skill&object={renamed.number}&action=edit").content.decode()
    assert shown(page) == [("Max wait time", "120", "90"), ("Name", "Billing", "Invoices")]
    assert f'Ada changed skill <a href="/console/skills/{renamed.number}">Invoices</a>' in page


def test_ids_are_told_with_names(ada: Person) -> None:
    (retail,) = create_objects(OPERATOR, NORTHWIND, LOB, [{"name": "Retail"}])
    create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Orders", "lobIds": [retail.number]}])
    rows = shown(ada.get("trail?element=lobIds&type=skill").content.decode())
    assert rows == [("LOBs", "none", f"Retail ({retail.number})")]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("actor=ADA", 0),
        ("actor=ada@northwind.example&type=skill", 2),
        ("element=name&action=edit", 1),
        ("action=delete", 0),
        ("from=2001-01-01&to=2001-01-02", 0),
        ("from=2001-01-01&type=skill&action=edit", 2),
        ("type=skill&action=edit&page=7", 2),
        ("type=skill&action=edit&page=x", 2),
    ],
)
def test_the_filter_is_in_the_address(
    ada: Person, renamed: ConfigurationObject, asked: str, found: int
) -> None:
    assert len(shown(ada.get(f"trail?{asked}").content.decode())) == found


@pytest.mark.parametrize("asked", ["from=tomorrow", "type=<b>", "from=2026-02-03&to=2026-02-01"])
def test_what_cannot_be_asked_is_said(ada: Person, asked: str) -> None:
    answer = ada.get(f"trail?{asked}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert "<b>" not in answer.content.decode()


def test_an_export_holds_what_the_page_shows_and_is_noted(ada: Person, renamed: ConfigurationObject) -> None:
    asked = f"type=skill&object={renamed.number}&action=edit"
    page = ada.get(f"trail?{asked}").content.decode()
    assert f'href="/console/trail/export.csv?{asked.replace("&", "&amp;")}"' in page
    answer = ada.get(f"trail/export.csv?{asked}")
    assert answer["Content-Disposition"] == f'attachment; filename="audit-trail-{NORTHWIND}.csv"'
    assert answer["Cache-Control"] == "no-store"
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode())))
    results = lines[lines.index(["Results"]) + 2 :]
    assert [(line[4], line[5], line[6]) for line in reversed(results)] == shown(page)
    assert Notice.objects.filter(
        account_id=NORTHWIND, kind=Event.TRAIL_EXPORTED, actor_id=str(ada.user.number)
    ).exists()


def test_json_lines_are_the_entries_as_they_are_kept(ada: Person, renamed: ConfigurationObject) -> None:
    answer = ada.get(f"trail/export.jsonl?type=skill&object={renamed.number}&action=edit")
    (line,) = b"".join(answer).decode().splitlines()
    assert line == Change.objects.get(account_id=NORTHWIND, number=renamed.revision + 1).document
    everything = b"".join(ada.get("trail/export.jsonl")).decode().splitlines()
    assert everything == list(Change.objects.order_by("number").values_list("document", flat=True))


def test_one_change_says_who_from_where_and_everything_that_is_kept(
    ada: Person, renamed: ConfigurationObject
) -> None:
    number = Head.objects.get(account_id=NORTHWIND).number
    page = ada.get(f"trail/{number}").content.decode()
    for text in ("ada@northwind.example", "Administrator", "console", "127.0.0.1", "&quot;requestId&quot;"):
        assert text in page
    assert ada.get(f"trail/{number + 1}").status_code == 404


def test_it_is_shown_to_those_who_may_see_it_only(make_person: Callable[..., Person], contoso: Any) -> None:
    grace = make_person("grace", Permission.SKILLS)
    for path in ("trail", "trail/1", "trail/export.csv", "trail/export.jsonl"):
        assert grace.get(path).status_code == 403
    assert "Changed lately" not in grace.get("").content.decode()
    auditor = make_person("auditor", Permission.AUDIT_TRAIL)
    assert "Changed lately" in auditor.get("").content.decode()
    create_objects(OPERATOR, CONTOSO, SKILL, [{"name": "Secret plans"}])
    assert "Secret plans" not in auditor.get("trail").content.decode()


def test_pages_of_the_trail_follow_each_other(ada: Person) -> None:
    create_objects(OPERATOR, NORTHWIND, LOB, [{"name": f"Line {n}"} for n in range(60)])
    page = ada.get("trail?type=lob&element=name").content.decode()
    assert "1 to 50 of 60" in page
    assert 'href="?type=lob&amp;element=name&amp;page=2"' in page
    second = ada.get("trail?type=lob&element=name&page=2").content.decode()
    assert "51 to 60 of 60" in second
    names = [new for _element, _old, new in shown(page) + shown(second)]
    assert names == [f"Line {n}" for n in reversed(range(60))]
