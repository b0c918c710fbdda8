"""What the trail is called: every element has a word, and what has none is shown all the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.platform.audit.component_types import COMPONENTS, object_types_of
from trunkline.platform.audit.display import display, languages
from trunkline.platform.audit.entries import ADD, DELETE, EDIT
from trunkline.platform.configuration.registry import OBJECT_TYPES

ENGLISH = display("en-US")


def test_every_object_type_and_element_has_its_words() -> None:
    for object_type in OBJECT_TYPES:
        known = ENGLISH.words["object types"][object_type.name]
        assert set(object_type.schema.model_fields) <= set(known["elements"])
    assert set(COMPONENTS) == set(ENGLISH.words["object types"])
    assert {ADD, EDIT, DELETE} == set(ENGLISH.words["actions"])


@pytest.mark.parametrize("language", languages())
def test_every_language_has_words_for_the_same_things(language: str) -> None:
    words = display(language).words
    assert set(words) == set(ENGLISH.words)
    for name, known in ENGLISH.words["object types"].items():
        assert set(words["object types"][name]["elements"]) == set(known["elements"])


def test_what_has_no_word_is_shown_by_its_name() -> None:
    assert ENGLISH.object_type("spaceship") == "spaceship"
    assert ENGLISH.element("spaceship", "warp") == "warp"
    assert ENGLISH.element("skill", "warp") == "warp"
    assert ENGLISH.element("skill", "") == "N/A"
    assert ENGLISH.action("explode") == "explode"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1.5, "1.5"),
        ([], "[]"),
        ([1, "a", None, True], "[1, a, , true]"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ([{"agentGroupId": 3}], '[{"agentGroupId":3}]'),
        ({"secret": "3f9a"}, "(secret 3f9a)"),
    ],
)
def test_a_value_as_text(value: Any, shown: str) -> None:
    assert ENGLISH.value(value) == shown


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(), st.lists))
def test_every_value_has_a_text(value: Any) -> None:
    assert isinstance(ENGLISH.value(value), str)


def test_identifiers_and_object_types_belong_together() -> None:
    assert object_types_of(COMPONENTS.values()) == set(COMPONENTS)
    assert {"ACUserObject", "ACSkillObject", "ACProfileObject", "ACAgentGroupObject"} <= set(
        COMPONENTS.values()
    )
