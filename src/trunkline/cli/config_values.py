"""Values of configuration objects as they are typed: `name=Invoices maxWaitTime=60 lobIds=3,4 memberOf={"agentGroupId":2}`."""

import json
from collections.abc import Iterable
from typing import Any

from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.refusals import Invalid


def read_values(object_type: ObjectType, texts: Iterable[str]) -> dict[str, Any]:
    """The values by element, not yet checked against the type. Raises `Invalid`."""
    kinds, read = _kinds(object_type), {}
    for text in texts:
        element, found, value = text.partition("=")
        if not found or not element:
            raise Invalid(
                f"{text!r} sets nothing; expected ELEMENT=VALUE such as {object_type.named_by}=Invoices."
            )
        if element in read:
            raise Invalid(f"{element} is given twice; give it once.", field=element)
        read[element] = _value(kinds.get(element, frozenset()), value)
    if not read:
        raise Invalid(f"Nothing to set; give ELEMENT=VALUE. Elements: {', '.join(kinds)}.")
    return read


def _kinds(object_type: ObjectType) -> dict[str, frozenset[str]]:
    """Element → the JSON types that it may have."""
    properties: dict[str, Any] = object_type.schema.model_json_schema()["properties"]
    return {
        element: frozenset(one["type"] for one in shape.get("anyOf", [shape]) if "type" in one)
        for element, shape in properties.items()
    }


def _value(kinds: frozenset[str], text: str) -> Any:
    """Texts are as they are typed; everything else is JSON, lists also plain with commas; nothing typed is null where that may be."""
    if "null" in kinds and text in ("", "null"):
        return None
    if "string" in kinds:
        return text
    if "array" in kinds and not text.startswith("["):
        return [item.strip() for item in text.split(",") if item.strip()]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # The type's own rules say what is wrong with it.
        return text
