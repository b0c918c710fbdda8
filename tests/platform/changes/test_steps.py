"""Bar L4: each step of a change fails, before it is done or after it was done, and what is there afterwards is as a model says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection
from tests.platform.conftest import NORTHWIND

from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.check import check
from trunkline.platform.audit.models import Change, Shadow
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.registry import LOB, SKILL

pytestmark = pytest.mark.django_db(transaction=True)


class BrokenError(DatabaseError):
    """The database said that it could not."""


@pytest.fixture
def numbers() -> tuple[int, int]:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")
    [lob] = objects.create_objects(OPERATOR, NORTHWIND, LOB, [{"name": "Cards"}])
    [skill] = objects.create_objects(OPERATOR, NORTHWIND, SKILL, [{"name": "Billing"}])
    return skill.number, lob.number


@contextmanager
def failing(step: int, *, done: bool) -> Iterator[list[str]]:
    """Statement number `step` fails, in vain or after it was done; gives the statements as they come."""
    seen: list[str] = []

    def execute(run: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        if len(seen) != step:
            return run(sql, parameters, many, context)
        if done:
            run(sql, parameters, many, context)
        raise BrokenError

    with connection.execute_wrapper(execute):
        yield seen


def change(numbers: tuple[int, int]) -> None:
    skill, lob = numbers
    objects.replace_objects(OPERATOR, NORTHWIND, SKILL, {skill: {"name": "Invoices", "lobIds": [lob]}})
    connection.close_if_unusable_or_obsolete()


def everything() -> Any:
    return (
        list(ConfigurationObject.objects.order_by("id").values()),
        list(Change.objects.order_by("id").values()),
        list(Shadow.objects.order_by("id").values("after", "key", "old", "new")),
    )


@pytest.mark.parametrize("done", [False, True], ids=["in vain", "after it was done"])
def test_a_change_of_which_a_step_fails_leaves_nothing(done: bool, numbers: tuple[int, int]) -> None:
    before, step = everything(), 0
    while True:
        step += 1
        with failing(step, done=done) as seen:
            try:
                change(numbers)
            except BrokenError:
                connection.close()
                assert everything() == before, seen[-1]
                continue
        break
    assert step > 8
    assert len(everything()[1]) == len(before[1]) + 1
    assert list(check(OPERATOR, NORTHWIND)) == []


def test_a_commit_that_fails_leaves_nothing(
    numbers: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()

    def commit() -> None:
        raise BrokenError

    with monkeypatch.context() as broken:
        broken.setattr(connection, "_commit", commit)
        with pytest.raises(BrokenError):
            change(numbers)
    connection.close()
    assert everything() == before


def test_a_commit_of_which_the_answer_is_lost_leaves_the_change_with_its_entry(
    numbers: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, usual = everything(), connection._commit

    def commit() -> None:
        usual()
        raise BrokenError

    with monkeypatch.context() as broken:
        broken.setattr(connection, "_commit", commit)
        with pytest.raises(BrokenError):
            change(numbers)
    connection.close()
    after = everything()
    assert len(after[1]) == len(before[1]) + 1
    assert list(check(OPERATOR, NORTHWIND)) == []
