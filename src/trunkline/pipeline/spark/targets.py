"""What blocks are for: a data file, the state, the index, or the driver."""

from collections import Counter

import msgspec

from trunkline.pipeline.data_files import Scope
from trunkline.pipeline.settler import Superseded, Tally
from trunkline.pipeline.spark.rows import packed, unpacked

STATE, INDEX, TALLY = "state", "index", "tally"


def of_scope(scope: Scope) -> str:
    return msgspec.json.encode(scope).decode()


def scope_of(target: str) -> Scope:
    return msgspec.json.decode(target, type=Scope)


class _Tally(msgspec.Struct, array_like=True):
    dead: bytes
    floods: bytes
    superseded: set[Superseded]
    counts: dict[str, int]


def encoded(tally: Tally) -> bytes:
    told = _Tally(packed(tally.dead), packed(tally.floods), tally.superseded, dict(tally.counts))
    return msgspec.msgpack.encode(told)


def decoded(data: bytes) -> Tally:
    told = msgspec.msgpack.decode(data, type=_Tally)
    return Tally(unpacked(told.dead), unpacked(told.floods), told.superseded, Counter(told.counts))
