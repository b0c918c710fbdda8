"""The published `select`: which members of an object an answer has.

`$all`, or names with commas between, each with the members of its own in parentheses: `id,name,memberOf(agentGroupId)`. A name that an
object does not have is answered by an empty text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trunkline.platform.refusals import Invalid

MAX_TEXT = 2000
MAX_DEPTH = 5
ALL = "$all"

_TOKEN = re.compile(r"[A-Za-z0-9_$]+|[(),]")

Selected = Mapping[str, Any]
"""Name → what is selected below it; empty: all of it."""


def read_selection(text: str) -> Selected:
    """Raises `Invalid`."""
    tokens = _TOKEN.findall(text) if len(text) <= MAX_TEXT else []
    if not tokens or "".join(tokens) != re.sub(r"\s", "", text):
        raise _unreadable()
    reader = _Reader(tokens)
    selected = reader.names(0)
    if reader.tokens:
        raise _unreadable()
    return {} if ALL in selected else selected


def selected(values: Mapping[str, Any], selection: Selected) -> dict[str, Any]:
    """Of the values, what is selected."""
    if not selection:
        return dict(values)
    return {name: _below(values.get(name, ""), below) for name, below in selection.items()}


def _below(value: Any, selection: Selected) -> Any:
    if isinstance(value, list):
        return [_below(item, selection) for item in value]
    return selected(value, selection) if isinstance(value, Mapping) else value


@dataclass
class _Reader:
    tokens: list[str] = field(default_factory=list)

    def names(self, depth: int) -> dict[str, Any]:
        if depth > MAX_DEPTH:
            raise _unreadable()
        found: dict[str, Any] = {}
        while self.tokens:
            name = self.tokens.pop(0)
            if name in "(),":
                raise _unreadable()
            found[name] = self._parenthesised(depth)
            if self.tokens[:1] != [","]:
                break
            self.tokens.pop(0)
            if not self.tokens:
                raise _unreadable()
        return found

    def _parenthesised(self, depth: int) -> dict[str, Any]:
        if self.tokens[:1] != ["("]:
            return {}
        self.tokens.pop(0)
        below = self.names(depth + 1)
        if self.tokens[:1] != [")"]:
            raise _unreadable()
        self.tokens.pop(0)
        return below


def _unreadable() -> Invalid:
    return Invalid(
        f"select: expected $all, or names such as id,name,memberOf(agentGroupId), at most {MAX_TEXT} characters.",
        field="select",
    )
