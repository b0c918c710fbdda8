"""Our job on a store of segments, as one process: `ours.py STORE WORK FIRST_HOUR_OF_SLICE|day`.

Prints a JSON line: files, records, and a digest of the clear text of all files.
"""

import hashlib
import json
import os
import pickle
import sys
import time
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "2")

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import DEFAULT_GRACE, SessionRules
from trunkline.pipeline.memory import MemoryCatalogue
from trunkline.pipeline.plan import segments
from trunkline.pipeline.run import run
from trunkline.pipeline.types import KINDS
from trunkline.store import LocalStore

ACCOUNTS = ("75555851", "28045150", "41780224", "60270350", "11265507", "90881216", "33617009", "55001873")


def main(store: Path, what: str) -> None:
    opened = LocalStore(store)
    memory = store / "catalogue.pickle"
    its = SessionRules(inactivity=HOUR_MS, versions={"agentActivity": "1.0.0.4"})
    rules = dict.fromkeys(ACCOUNTS, its)
    catalogue = MemoryCatalogue({"agentActivity": rules})
    if memory.exists():
        for published in pickle.loads(memory.read_bytes()):
            catalogue.publish(published)
    until = max(segments(opened).values()) + 3 * HOUR_MS if what == "day" else int(what)
    begun = time.perf_counter()
    marks = []
    done = run(
        opened,
        catalogue,
        KINDS["agentActivity"],
        work=store / "work",
        until_hour=until,
        grace=DEFAULT_GRACE,
        progress=lambda step, number, total: marks.append((step, round(time.perf_counter() - begun, 2))),
    )
    memory.write_bytes(pickle.dumps(list(catalogue.runs("agentActivity", 0, 2**62))))
    if os.environ.get("MARKS"):
        print(dict(marks), done.counts, file=sys.stderr)
    digest = hashlib.sha256()
    for file in sorted(done.files, key=lambda file: (file.account_id, file.name)):
        digest.update(f"{file.account_id}/{file.name} {file.text_digest}\n".encode())
    facts = {
        "files": len(done.files),
        "records": sum(file.records for file in done.files),
        "digest": digest.hexdigest()[:16],
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
