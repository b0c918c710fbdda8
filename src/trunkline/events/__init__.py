"""The vocabulary of events: what a producer may send, typed, versioned and closed."""

from trunkline.events.registry import EVENT_TYPES, VOCABULARY_VERSION, AnyEvent, types_of
from trunkline.events.schema import json_schema

__all__ = ["EVENT_TYPES", "VOCABULARY_VERSION", "AnyEvent", "json_schema", "types_of"]
