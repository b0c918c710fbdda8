"""The identifiers by which the published audit trail names kinds of objects."""

from collections.abc import Iterable
from types import MappingProxyType

from trunkline.platform.configuration.registry import OBJECT_TYPES
from trunkline.platform.refusals import Invalid

COMPONENTS = MappingProxyType(
    {object_type.name: object_type.component for object_type in OBJECT_TYPES}
    | {
        "account": "ACAccountObject",
        "apiKey": "ACApiKeyObject",
        "writeKey": "ACWriteKeyObject",
        "dataType": "ACDataTypeObject",
        "publicKey": "ACEncryptionKeyObject",
    }
)
"""Of each object type, in the order in which exports list them."""

_NAMES = {component: name for name, component in COMPONENTS.items()}


def object_types_of(components: Iterable[str]) -> frozenset[str]:
    """The object types that these identifiers name. Raises `Invalid`."""
    found = set()
    for component in components:
        if component not in _NAMES:
            raise Invalid(
                f"componentTypes: {component!r} is none; there are {', '.join(_NAMES)}.",
                field="componentTypes",
            )
        found.add(_NAMES[component])
    return frozenset(found)
