"""Lines of data files, as somebody reads them who has nothing but the schema."""

import json
import re
from typing import Any

import fastavro

from trunkline import schemas

_WRAPPED_NULL = re.compile(r'\{"(?:boolean|int|long|double|string|array|com\.liveperson\.[\w.]+)":null\}')


def read_lines(text: str, data_type: str, version: str) -> list[dict[str, Any]]:
    """The JSON of each line, which an independent reader has decoded: none is torn, none says null where it means nothing."""
    lines = text.split("\n")
    assert lines.pop() == ""
    schema = schemas.load(data_type, version)
    decoded = list(fastavro.json_reader(iter(lines), schema))
    assert len(decoded) == len(lines)
    assert all(fastavro.validate(one, schema) for one in decoded)
    found = [json.loads(line) for line in lines]
    # That reader takes {"string":null} for a value. Inside of a text the quotes would have backslashes.
    assert not _WRAPPED_NULL.search(text)
    return found
