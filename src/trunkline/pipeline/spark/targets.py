"""What blocks are for: a data file, the state, the index, or the driver."""

import msgspec

from trunkline.pipeline.data_files import Scope
from trunkline.pipeline.settler import Findings, Superseded
from trunkline.pipeline.spark.rows import packed, unpacked

STATE, INDEX, FINDINGS = "state", "index", "findings"


def of_scope(scope: Scope) -> str:
    return msgspec.json.encode(scope).decode()


def scope_of(target: str) -> Scope:
    return msgspec.json.decode(target, type=Scope)


class _Findings(msgspec.Struct, array_like=True):
    dead: bytes
    floods: bytes
    tallies: bytes
    superseded: set[Superseded]


def encoded(found: Findings) -> bytes:
    told = _Findings(packed(found.dead), packed(found.floods), packed(found.tallies), found.superseded)
    return msgspec.msgpack.encode(told)


def decoded(data: bytes) -> Findings:
    told = msgspec.msgpack.decode(data, type=_Findings)
    return Findings(unpacked(told.dead), unpacked(told.floods), unpacked(told.tallies), told.superseded)
