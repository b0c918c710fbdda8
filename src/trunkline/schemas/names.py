"""Types in Avro schemas and their names: a type is defined where it is first met, and called by its name from then on."""

from typing import Any

Node = str | dict[str, Any] | list[Any]
INTEGERS = ("int", "long")
PRIMITIVE = ("null", "boolean", *INTEGERS, "float", "double", "bytes", "string")
_NAMED = ("record", "enum", "fixed")


def spell_out(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every name replaced by the definition that it stands for, and every defined name in full.

    Whoever follows it node by node needs nothing but the node. Raises `ValueError` for an unknown name.
    """
    spelled: dict[str, Any] = _spelled(schema, "", {})  # type: ignore[assignment]  # a record stays one
    return spelled


def kind_of(node: Node) -> str:
    """The type of a node that is no union: a primitive one, `record`, `enum`, `array`, …"""
    assert not isinstance(node, list)
    return node if isinstance(node, str) else str(node["type"])


def branch_name(branch: Node) -> str:
    """What a branch of a union is called on the wire: named types by their full name, others by their type."""
    kind = kind_of(branch)
    return str(branch["name"]) if isinstance(branch, dict) and kind in _NAMED else kind


def branches(union: list[Any]) -> list[Node]:
    """All of a union but null."""
    return [branch for branch in union if branch != "null"]


def _spelled(node: Node, namespace: str, known: dict[str, Node]) -> Node:
    if isinstance(node, list):
        return [_spelled(branch, namespace, known) for branch in node]
    if isinstance(node, str):
        return node if node in PRIMITIVE else _known(_full(node, namespace), known)
    if node["type"] == "array":
        return node | {"items": _spelled(node["items"], namespace, known)}
    if node["type"] in _NAMED:
        return _defined(node, node.get("namespace", namespace), known)
    return node


def _defined(node: dict[str, Any], namespace: str, known: dict[str, Node]) -> Node:
    name = _full(node["name"], namespace)
    node = {key: value for key, value in node.items() if key != "namespace"} | {"name": name}
    known[name] = node
    if node["type"] == "record":
        inner = name.rpartition(".")[0]
        node["fields"] = [field | {"type": _spelled(field["type"], inner, known)} for field in node["fields"]]
    return node


def _known(name: str, known: dict[str, Node]) -> Node:
    if name not in known:
        raise ValueError(f"{name}: not defined before it is used")
    return known[name]


def _full(name: str, namespace: str) -> str:
    return f"{namespace}.{name}" if namespace and "." not in name else name
