"""The first thing that every verb does is to ask for the permission, whoever acts: found by looking, not by a list."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from types import GeneratorType
from typing import Any

import pytest
from tests.platform.conftest import CONTOSO, NORTHWIND

import trunkline.platform
from trunkline.platform.actors import Actor, Kind
from trunkline.platform.configuration.registry import SKILL
from trunkline.platform.permissions import Permission
from trunkline.platform.refusals import NotFound, NotPermitted

pytestmark = pytest.mark.django_db(databases="__all__")

EVERYTHING = frozenset(Permission)

NO_VERBS = {
    "audit.trail.changing": "what verbs write with; asks nothing",
    "audit.flat_query.answer_flat": "an edge: reads the text of a query, then calls a verb",
    "audit.graphql_query.answer": "an edge: reads the text of a query, then calls a verb",
    "console.navigation.navigation": "an edge: what is shown follows from what is permitted",
}


def verbs() -> Iterator[Callable[..., Any]]:
    """Public functions that are handed an actor and an account. Pure rules, which verbs ask, are named check_."""
    for module in pkgutil.walk_packages(trunkline.platform.__path__, "trunkline.platform."):
        if ".migrations" in module.name or module.name.endswith((".wsgi", ".serve")):
            continue
        for name, function in vars(import_module(module.name)).items():
            if not inspect.isfunction(function) or function.__module__ != module.name:
                continue
            parameters = list(inspect.signature(function).parameters)
            if parameters[:2] != ["actor", "account_id"] or name.startswith(("_", "check_")):
                continue
            if named(function) not in NO_VERBS:
                yield function


def named(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__name__}".removeprefix("trunkline.platform.")


VERBS = sorted(verbs(), key=named)


def do(verb: Callable[..., Any], actor: Actor, account_id: str) -> None:
    """With nothing that could be used for anything but the type: what is asked first is the permission."""
    parameters = list(inspect.signature(verb).parameters.values())[2:]
    given = {
        parameter.name: SKILL if parameter.name == "object_type" else None
        for parameter in parameters
        if parameter.default is inspect.Parameter.empty and parameter.kind != inspect.Parameter.VAR_KEYWORD
    }
    result = verb(actor, account_id, **given)
    if isinstance(result, GeneratorType):
        list(result)


@pytest.mark.parametrize("kind", [Kind.KEY, Kind.USER])
@pytest.mark.parametrize("verb", VERBS, ids=named)
def test_a_verb_refuses_first_of_all(northwind: Any, verb: Callable[..., Any], kind: Kind) -> None:
    with pytest.raises(NotPermitted) as lacking:
        do(verb, Actor(kind, "1", NORTHWIND), NORTHWIND)
    assert lacking.value.reason == "permission_missing"
    for account_id in (NORTHWIND, "11111111"):
        with pytest.raises(NotFound) as foreign:
            do(verb, Actor(kind, "1", CONTOSO, EVERYTHING), account_id)
        assert foreign.value.reason == "no_account"


def test_there_are_verbs_to_look_at() -> None:
    assert len(VERBS) > 20
