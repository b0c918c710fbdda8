"""What no job can go below: parse every member of every event, and compress the clear text of the files. `raw_day.py STORE`

Two threads, as the job has. The clear text lies ready in memory: only its compression is timed. Prints seconds as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import polars as pl
from isal import igzip, isal_zlib

from trunkline.events import EVENT_TYPES
from trunkline.pipeline.sessions.kinds import members_of


def main(store: Path) -> None:
    schemas = {
        name: pl.Struct(members_of(event) | {"type": pl.String()}) for name, event in EVENT_TYPES.items()
    }
    begun, cpu = time.perf_counter(), time.process_time()
    events = sum(parsed(path, schemas) for path in sorted(store.glob("segments/*/*.ndjson")))
    parse, parse_cpu = time.perf_counter() - begun, time.process_time() - cpu
    compress = compress_cpu = 0.0
    size = 0
    with ThreadPoolExecutor(2) as pool:
        for texts in several(store):
            begun, cpu = time.perf_counter(), time.process_time()
            list(pool.map(lambda text: len(isal_zlib.compress(text, 1, 31)), texts))
            compress += time.perf_counter() - begun
            compress_cpu += time.process_time() - cpu
            size += sum(map(len, texts))
    facts = {
        "events": events,
        "text": size,
        "parse": parse,
        "compress": compress,
        "seconds": parse + compress,
    }
    print(json.dumps(facts | {"needed_cpu": parse_cpu + compress_cpu}))


def parsed(path: Path, schemas: dict[str, pl.Struct]) -> int:
    """The events of a segment, each decoded as what its type says."""
    lines = pl.scan_lines(path, name="line").collect(engine="streaming")
    found = 0
    for name, schema in schemas.items():
        own = lines.filter(pl.col("line").str.starts_with(f'{{"type":"{name}"'))
        found += own.select(pl.col("line").str.json_decode(schema)).height
    return found


def several(store: Path) -> Iterator[list[bytes]]:
    """The clear text of the data files, some at a time."""
    paths = [path for path in sorted(store.glob("files/*/*/*.gz")) if ".ids." not in path.name]
    for first in range(0, len(paths), 8):
        yield [igzip.decompress(path.read_bytes()) for path in paths[first : first + 8]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
