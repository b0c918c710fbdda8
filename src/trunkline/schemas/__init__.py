"""What customers are sent: one Avro schema per data type and version, and the encoding made from it."""

from trunkline.schemas.registry import (
    UnknownSchema,
    data_types,
    latest,
    load,
    spelled_out,
    text,
    versions,
)

__all__ = ["UnknownSchema", "data_types", "latest", "load", "spelled_out", "text", "versions"]
