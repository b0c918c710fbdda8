"""The JSON body of a question: read more leniently than JSON asks, since the published samples have line breaks in texts."""

import json
from typing import Any, TypeVar

from ninja import Schema
from pydantic import ValidationError

from trunkline.platform.refusals import Invalid

Body = TypeVar("Body", bound=Schema)


def read_json(body: bytes) -> dict[str, Any]:
    """Raises `Invalid`."""
    try:
        read = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise Invalid(
            'The body is no JSON object; expected {"query": "{auditData {…}}"}.', reason="unreadable"
        )
    return read


def read_as(schema: type[Body], members: dict[str, Any]) -> Body:
    """Raises `Invalid`, which names the member."""
    try:
        return schema.model_validate(members)
    except ValidationError as refused:
        first = refused.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0])
        known = ", ".join(schema.model_fields)
        raise Invalid(f"{field}: {first['msg']}; there are {known}.", field=field) from None
