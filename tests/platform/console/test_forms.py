"""Opening a form and saving it changes nothing, whatever stands in the object."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.objects import check_values
from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.configuration.types.profile import PACKAGES
from trunkline.platform.console.forms.controls import Control, controls_of
from trunkline.platform.console.forms.fields import Field, Kind, fields_of
from trunkline.platform.console.forms.layouts import LAYOUTS
from trunkline.platform.console.forms.reading import read

NAMES = {3: "Ada", 1: "Bob", 2: "Cyd"}
"""As a form offers them: by name."""
TEXT = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)
LINES = st.lists(TEXT, max_size=3).map("\n".join)
PACKAGE = st.fixed_dictionaries(
    {
        "id": st.sampled_from([7, *PACKAGES]),
        "isDisplayed": st.booleans(),
        "featureKeys": st.lists(st.just("x"), max_size=1),
        "isEnabled": st.booleans(),
    }
)


class Known:
    """Names as an account has them; with `seen=False` an actor may see none."""

    def __init__(self, seen: bool) -> None:
        self._names = NAMES if seen else None

    def of(self, _type: str) -> dict[int, str] | None:
        return self._names


def values_of(fields: Iterable[Field]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({field.name: value_of(field) for field in fields})


def value_of(field: Field) -> st.SearchStrategy[Any]:
    ids = st.sampled_from(sorted(NAMES))
    match field.kind:
        case Kind.SWITCH:
            found: st.SearchStrategy[Any] = st.booleans()
        case Kind.NUMBER:
            found = st.integers(field.minimum, field.maximum)
        case Kind.CHOICE:
            found = st.sampled_from([value for value, _text in field.choices])
        case Kind.ONE:
            found = ids
        case Kind.MANY:
            found = st.lists(ids, max_size=5)
        case Kind.PART:
            found = values_of(field.columns)
        case Kind.ROWS:
            found = st.lists(values_of(field.columns), max_size=3)
        case Kind.PERMISSIONS:
            found = st.lists(PACKAGE, max_size=4, unique_by=lambda one: one["id"])
        case Kind.TEXT:
            found = LINES
        case _:
            found = TEXT.filter(bool) if field.required else TEXT
            # In a part nothing and an empty text are the same.
            found = found.filter(bool) if field.nullable else found
    return st.none() | found if field.nullable else found


def sent(controls: Iterable[Control]) -> Iterable[tuple[str, str]]:
    """What a browser sends of these."""
    for one in controls:
        match one.kind:
            case "switch":
                yield from [(one.name, "1")] if one.on else []
            case "permissions":
                yield from (
                    (one.name, choice.value) for _t, group in one.groups for choice in group if choice.chosen
                )
            case "many" | "one" | "choice":
                chosen = [choice.value for choice in one.choices if choice.chosen]
                yield from ((one.name, value) for value in chosen or ([""] if one.kind == "one" else []))
            case "rows" | "part":
                for row in one.rows:
                    yield from sent(row)
            case _:
                yield one.name, one.value.replace("\n", "\r\n")


@pytest.mark.parametrize("object_type", OBJECT_TYPES, ids=lambda one: one.name)
@given(data=st.data(), seen=st.booleans())
@settings(max_examples=60, deadline=None)
def test_an_untouched_form_keeps_every_value(
    object_type: ObjectType, data: st.DataObject, seen: bool
) -> None:
    drawn = data.draw(values_of(field for field in fields_of(object_type) if field.kind is not Kind.KEPT))
    values = check_values(object_type, drawn)
    form = QueryDict(mutable=True)
    for part in controls_of(object_type, values, Known(seen), {}):  # type: ignore[arg-type]
        for name, value in sent(part.controls):
            form.appendlist(name, value)
    assert check_values(object_type, read(fields_of(object_type), form, values)) == values


@pytest.mark.parametrize("object_type", OBJECT_TYPES, ids=lambda one: one.name)
def test_every_element_has_a_place_and_a_name_in_words(object_type: ObjectType) -> None:
    fields = {field.name: field for field in fields_of(object_type)}
    assert set(fields) == set(object_type.schema.model_fields)
    assert all(field.label != field.name for field in fields.values())
    layout = LAYOUTS[object_type.name]
    placed = [name for _title, names in layout.parts for name in names]
    assert len(placed) == len(set(placed))
    assert set(placed) | set(layout.columns) <= set(fields)
