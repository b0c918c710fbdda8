"""The decoder's errors in the producer's words: which member, why, what was expected instead."""

import re
from difflib import get_close_matches
from typing import NamedTuple

import msgspec

from trunkline.collector.refusal import Reason
from trunkline.events import EVENT_TYPES
from trunkline.events.envelope import SERVER_MEMBERS

_MISSING = re.compile(r"Object missing required field `(.+?)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_PLACE = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)
_GOT = re.compile(r"Expected `(\w+)`, got `(\w+)`")
_KINDS = {"int": "a whole number", "str": "a string", "object": "an object", "array": "an array"}
_LONGEST_QUOTE = 100


class Explained(NamedTuple):
    field: str | None
    reason: Reason
    message: str


def explain(error: Exception, sent: bytes) -> Explained:
    """What is wrong with the bytes of one event, given the error of decoding them."""
    if isinstance(error, RecursionError):
        return Explained(None, Reason.NESTED_TOO_DEEPLY, "nested too deeply; expected a flat object")
    if isinstance(error, UnicodeError):
        return Explained(None, Reason.INVALID_TEXT, "not UTF-8; expected JSON text in UTF-8")
    if isinstance(error, msgspec.ValidationError):
        return _explain_shape(str(error), sent)
    if _has_lone_surrogate(sent):
        return Explained(
            None, Reason.INVALID_TEXT, "a lone surrogate (\\ud800 to \\udfff); expected whole characters"
        )
    return Explained(None, Reason.MALFORMED_JSON, f"{error}; expected one JSON object")


def _explain_shape(text: str, sent: bytes) -> Explained:
    if match := _MISSING.match(text):
        return Explained(
            match[1], Reason.MISSING_FIELD, f"{match[1]}: missing; every event of this type has it"
        )
    if match := _UNKNOWN.match(text):
        return _unknown_field(match[1][:_LONGEST_QUOTE], sent)
    place = _PLACE.search(text)
    field = place[1] if place else None
    expected = text[: place.start()] if place else text
    if field == "type" and expected.startswith("Invalid value"):
        return _unknown_type(expected)
    if match := _GOT.match(expected):
        return _wrong_type(field, match[1], match[2])
    if field == "type":
        return Explained(field, Reason.WRONG_TYPE, "type: expected a string")
    return Explained(field, Reason.OUT_OF_RANGE, f"{field}: {_plain(expected)}")


def _wrong_type(field: str | None, wanted: str, got: str) -> Explained:
    if field is None:
        return Explained(None, Reason.NOT_AN_OBJECT, f"expected an object, got {got}")
    return Explained(field, Reason.WRONG_TYPE, f"{field}: expected {_KINDS.get(wanted, wanted)}, got {got}")


def _unknown_type(expected: str) -> Explained:
    name = expected.removeprefix("Invalid value '").removesuffix("'")[:_LONGEST_QUOTE]
    near = get_close_matches(name, EVENT_TYPES, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return Explained(
        "type", Reason.UNKNOWN_TYPE, f"type: {name!r} is unknown; {hint}Known: {', '.join(EVENT_TYPES)}"
    )


def _unknown_field(name: str, sent: bytes) -> Explained:
    near = get_close_matches(name, _members_of(sent), n=1)
    hint = f"; did you mean {near[0]}?" if near else "; leave it out, or see the vocabulary"
    return Explained(name, Reason.UNKNOWN_FIELD, f"{name}: not a member of this type{hint}")


class _Typed(msgspec.Struct):
    type: str = ""


def _members_of(sent: bytes) -> list[str]:
    try:
        event_type = EVENT_TYPES.get(msgspec.json.decode(sent, type=_Typed).type)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return []
    names = event_type.__struct_encode_fields__ if event_type else ()
    return [name for name in names if name not in SERVER_MEMBERS]


def _plain(expected: str) -> str:
    for kind, words in _KINDS.items():
        expected = expected.replace(f"Expected `{kind}`", f"expected {words}")
    return expected.replace("Invalid enum value", "expected one of the codes of the vocabulary, got")


_ESCAPES = re.compile(rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F])")


def _has_lone_surrogate(sent: bytes) -> bool:
    """Escapes are read in order, so that whole pairs and escaped backslashes do not count."""
    return any(match[1] for match in _ESCAPES.finditer(sent))
