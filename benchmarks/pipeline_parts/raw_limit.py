"""What no job can go below: parse the segments, and compress the clear text of the job's files. `raw_limit.py STORE SEGMENTS…`

Two threads, as the job has. The clear text lies ready in memory: only its compression is timed. Prints seconds as JSON.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import polars as pl
from isal import igzip, isal_zlib

from trunkline.pipeline.types import KINDS


def main(store: Path, texts: list[str], segments: list[str]) -> None:
    schema = dict(KINDS["agentActivity"].columns)
    begun = time.perf_counter()
    for key in segments:
        pl.scan_ndjson(store / key, schema=schema).collect(engine="streaming")
    parse = time.perf_counter() - begun
    compress = 0.0
    with ThreadPoolExecutor(2) as pool:
        for first in range(0, len(texts), 16):
            some = [igzip.decompress((store / key).read_bytes()) for key in texts[first : first + 16]]
            begun = time.perf_counter()
            list(pool.map(lambda text: len(isal_zlib.compress(text, 1, 31)), some))
            compress += time.perf_counter() - begun
    print(json.dumps({"seconds": parse + compress, "parse": parse, "compress": compress}))


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[2]).read_text())
    main(Path(sys.argv[1]), listed["files"], listed["segments"])
