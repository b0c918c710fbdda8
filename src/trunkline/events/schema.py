"""The vocabulary as JSON Schema (draft 2020-12), for producers and for the documentation."""

from typing import Any

import msgspec

from trunkline.events.envelope import SERVER_MEMBERS
from trunkline.events.registry import EVENT_TYPES, VOCABULARY_VERSION, AnyEvent


def json_schema() -> dict[str, Any]:
    """One schema for an event of any type; `$defs` has each type by its class name."""
    (_,), definitions = msgspec.json.schema_components([AnyEvent], ref_template="#/$defs/{name}")
    for cls in EVENT_TYPES.values():
        _forbid_server_members(definitions[cls.__name__])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:trunkline:events:{VOCABULARY_VERSION}",
        "title": "Trunkline event",
        "version": VOCABULARY_VERSION,
        "oneOf": [{"$ref": f"#/$defs/{cls.__name__}"} for cls in EVENT_TYPES.values()],
        "discriminator": {
            "propertyName": "type",
            "mapping": {name: f"#/$defs/{cls.__name__}" for name, cls in EVENT_TYPES.items()},
        },
        "$defs": definitions,
    }


def _forbid_server_members(definition: dict[str, Any]) -> None:
    for name in SERVER_MEMBERS:
        definition["properties"].pop(name, None)
