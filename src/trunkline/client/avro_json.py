"""Plain values out of Avro's JSON encoding, for any schema and without knowing it.

A value of a union type is written as an object with one member: the name of the type, and the value
(https://avro.apache.org/docs/1.11.1/specification/#json-encoding). Such an object is a wrapper when its one member is

- the name of a built-in type with a value of that type: `{"long": 5}`, `{"string": "x"}`, `{"array": […]}`, `{"map": {…}}`;
- a full name, with a dot in it, of a record, enum or fixed: `{"com.example.Colour": "RED"}`.

What stands inside a wrapper is never a wrapper itself (Avro has no unions of unions), so a record in a union may have a
single field called `string` and is still read rightly. One case cannot be told apart without the schema: a record
that is *not* in a union and whose only field has the name of a built-in type and a fitting value, such as
`{"string": "x"}`; it is taken for a wrapper.
"""

from typing import Any

_BUILT_IN: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "bytes": str,
    "long": int,
    "int": int,
    "double": (float, int, str),  # NaN and the infinities are written as strings
    "float": (float, int, str),
    "boolean": bool,
    "array": list,
    "map": dict,
}


def unwrap(value: Any) -> Any:
    """`value` without union wrappers, at any depth."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((name, inner),) = value.items()
            if is_wrapper(name, inner):
                return _members(inner)
        return {name: unwrap(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    return value


def is_wrapper(name: str, inner: Any) -> bool:
    """Whether `{name: inner}` is a union's way of writing `inner`."""
    expected = _BUILT_IN.get(name)
    if expected is None:
        return "." in name and isinstance(inner, dict | str)
    return isinstance(inner, expected) and (expected is bool or not isinstance(inner, bool))


def _members(inner: Any) -> Any:
    """What a wrapper holds, known not to be a wrapper; what it holds in turn may be."""
    if isinstance(inner, dict):
        return {name: unwrap(value) for name, value in inner.items()}
    if isinstance(inner, list):
        return [unwrap(item) for item in inner]
    return inner
