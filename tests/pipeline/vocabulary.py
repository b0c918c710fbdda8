"""Events with whatever members the vocabulary allows: absent, null, empty, odd, large."""

from functools import cache
from random import Random
from typing import Any

import msgspec.inspect as told

from trunkline.events import EVENT_TYPES
from trunkline.events.visits import ATTRIBUTES, GOALS

ENVELOPE = {"eventId", "timestamp", "accountId", "receivedAt", "firstReceivedAt", "sessionId"}
WHO = {"agentId", "visitorId", "conversationId", "conversationType"}
REFERRERS = {
    "https://www.google.com/search?q=red+shoes&hl=en": ("google", "red shoes"),
    "https://duckduckgo.com/?q=%C3%BCber": ("duckduckgo", "über"),
    "https://search.yahoo.co.jp/search?p=%E9%9D%B4": ("yahoo", "靴"),
    "https://www.bing.com/": ("bing", None),
    "https://yandex.ru/search?text=": ("yandex", None),
    "https://shop.example/?q=google.com": (None, None),
    "https://googleish.example/?q=shoes": (None, None),
    "http://[broken": (None, None),
    "": (None, None),
}
"""Where visitors come from → the search engine, and what was searched."""
TEXTS = [
    "",
    "Ada",
    'quo"te\\',
    "line\nbreak\u2028",
    "\U0001f600 שלום",
    "\x00\x1f\x7f",
    '{"string":null}',
    "x" * 300,
]
FLOATS = [0.0, -1.0, 59.99, 1e-7, 1e300, 12345678.25]


def random_members(random: Random, event_type: str) -> dict[str, Any]:
    """Members for an event of this type, beside those that say when it happened, whose it is and to which session it belongs."""
    one_of = {"visit.attributes": ATTRIBUTES, "visit.goal": GOALS}.get(event_type, ())
    chosen = random.choice(one_of) if one_of else None
    wanted = [
        field
        for field in _fields(event_type)
        if field.encode_name not in ENVELOPE | WHO and (field.name not in one_of or field.name == chosen)
    ]
    members = _members(random, wanted, must={chosen} if event_type == "visit.attributes" else set())
    # What some do not know they send as null.
    unknown = [field.encode_name for field in wanted if field.encode_name not in members]
    return members | {name: None for name in unknown if random.random() < 0.03}


@cache
def _fields(event_type: str) -> Any:
    return told.type_info(EVENT_TYPES[event_type]).fields  # type: ignore[union-attr]  # every type is a struct


def _members(random: Random, fields: Any, must: Any = ()) -> dict[str, Any]:
    return {
        field.encode_name: _value(random, field.type, field.encode_name)
        for field in fields
        if field.required or field.name in must or random.random() < 0.35
    }


def _value(random: Random, node: Any, name: str) -> Any:
    match node:
        case told.Metadata(type=inner):
            return _value(random, inner, name)
        case told.UnionType(types=choices):
            (inner,) = [one for one in choices if not isinstance(one, told.NoneType)]
            return _value(random, inner, name)
        case told.EnumType(cls=cls):
            return random.choice(list(cls)).value
        case told.BoolType():
            return random.random() < 0.5
        case told.IntType(ge=least, le=most):
            return random.choice([number for number in (0, 1, -1, 7, least, most) if least <= number <= most])
        case told.FloatType():
            return random.choice(FLOATS)
        case told.StrType(max_length=longest):
            return random.choice(list(REFERRERS) if name == "referrerUrl" else TEXTS)[:longest]
        case told.ListType(item_type=item, min_length=least):
            return [_value(random, item, name) for _ in range(random.randint(least or 0, 2))]
        case told.StructType(fields=fields):
            return _members(random, fields)
    raise TypeError(f"no value for {node}")
