"""All four data types by native PySpark, local[2], in one session: `native_day.py STORE OUT`.

One file for each account, data type and hour, written by Spark itself. Prints what `ours_day.py` prints.
"""

import gzip
import hashlib
import json
import shutil
import sys
import time
from pathlib import Path

from native_spark import HOUR_MS, agent_columns, records, session, sessions
from native_visits import visits
from pyspark.sql import functions as fn

from trunkline.pipeline.plan import segments
from trunkline.store import LocalStore

AGENT_INACTIVITY_MS = 8 * HOUR_MS
SCOPE = ("accountId", "dataType", "hour")


def main(store: Path, out: Path) -> None:
    opened = LocalStore(store)
    found = segments(opened)
    end = max(found.values()) + HOUR_MS
    spark = session(out)
    lines = spark.read.text([str(opened.local(key)) for key in sorted(found)])
    of_agents = lines.filter(fn.col("value").contains('"type":"agent.'))
    events = of_agents.select(fn.from_json("value", agent_columns()).alias("e")).select("e.*")
    agents = records(sessions(events, AGENT_INACTIVITY_MS), 0, end)
    write(agents.withColumn("dataType", fn.lit("agentActivity")), out)
    made = visits(lines).filter(fn.col("hour") < end)
    write(made.repartition(*SCOPE).sortWithinPartitions(*SCOPE, "actor", "start", "id"), out)
    spark.stop()
    begun = time.perf_counter()
    written = facts(out / "files")
    # Ours knows its digests when it ends; reading the files again is no part of this job.
    print(json.dumps({**written, "not_counted": time.perf_counter() - begun}))


def write(made, out: Path) -> None:
    writer = made.select(*SCOPE, "value").write.mode("append").partitionBy(*SCOPE)
    writer.option("compression", "gzip").text(str(out / "files"))


def facts(folder: Path) -> dict:
    """What was written, for the comparison; the time for this is not the job's."""
    digest, files, count = hashlib.sha256(), [], 0
    for path in folder.glob("accountId=*/dataType=*/hour=*/part-*"):
        account, data_type, hour = (part.split("=")[1] for part in path.parts[-4:-1])
        files.append((account, data_type, int(hour), path))
    for account, data_type, hour, path in sorted(files):
        text = gzip.decompress(path.read_bytes())
        count += text.count(b"\n")
        digest.update(f"{account}/{data_type}/{hour} {hashlib.sha256(text).hexdigest()}\n".encode())
    return {"files": len(files), "records": count, "digest": digest.hexdigest()[:16]}


if __name__ == "__main__":
    shutil.rmtree(sys.argv[2], ignore_errors=True)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
