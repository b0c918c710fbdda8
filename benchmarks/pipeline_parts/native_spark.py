"""The same job written for PySpark's DataFrame API, local[2]: `native_spark.py STORE OUT FIRST_HOUR END_HOUR SEGMENTS…`.

Same events, same session rules as far as the input exercises them (log-in, log-out, an hour without events, events sent
again), same records, one file for each account and hour, written by Spark itself. Prints what `ours.py` prints.
"""

import gzip
import hashlib
import json
import shutil
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession, Window, types
from pyspark.sql import functions as fn

HOUR_MS = 3_600_000
GRACE_MS = 600_000
INACTIVITY_MS = HOUR_MS
LONGS = (
    "timestamp",
    "receivedAt",
    "agentId",
    "groupId",
    "state",
    "previousState",
    "concurrentEngagements",
    "previousConcurrentEngagements",
    "slots",
)
TEXTS = ("type", "eventId", "accountId", "sessionId", "employeeId", "userName", "nickname", "loginName")
FIELDS = {
    "agentID": ("long", "agentId"),
    "type": ("long", "code"),
    "state": ("long", "state"),
    "timestamp": ("long", "timestamp"),
    "prevState": ("long", "previousState"),
    "agentEmployeeId": ("string", "employeeId"),
    "agentUsername": ("string", "userName"),
    "agentNickname": ("string", "nickname"),
    "agentLoginname": ("string", "loginName"),
    "prevConcurrentEng": ("long", "previousConcurrentEngagements"),
    "concurrentEng": ("long", "concurrentEngagements"),
    "maxConcurrentEng": ("long", "most"),
    "agentGroupID": ("long", "groupId"),
}


def main(store: Path, out: Path, first: int, end: int, segments: list[str]) -> None:
    spark = session(out)
    events = spark.read.schema(agent_columns()).json([str(store / key) for key in segments])
    records(sessions(events.filter(fn.col("eventId").isNotNull())), first, end).write.mode(
        "overwrite"
    ).partitionBy("accountId", "hour").option("compression", "gzip").text(str(out / "files"))
    spark.stop()
    begun = time.perf_counter()
    found = facts(out / "files")
    # Ours knows its digests when it ends; reading the files again is no part of this job.
    print(json.dumps({**found, "not_counted": time.perf_counter() - begun}))


def agent_columns() -> types.StructType:
    columns = [types.StructField(name, types.LongType()) for name in LONGS]
    return types.StructType([*columns, *(types.StructField(name, types.StringType()) for name in TEXTS)])


def session(out: Path) -> SparkSession:
    settings = {
        "spark.driver.memory": "12g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "16",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.jsonGenerator.ignoreNullFields": "false",
        "spark.local.dir": str(out / "local"),
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def sessions(events, inactivity=INACTIVITY_MS):
    """Each session with its rows."""
    in_time = Window.partitionBy("accountId", "agentId").orderBy("timestamp", "eventId")

    def before(name):
        return fn.lag(name).over(in_time)

    opens = fn.col("type") == "agent.login"
    first = opens | before("type").isNull() | (before("type") == "agent.logout")
    first = first | (fn.col("timestamp") - before("timestamp") > inactivity)
    numbered = (
        events.withColumn("again", before("eventId").eqNullSafe(fn.col("eventId")))
        .withColumn("first", fn.when(first, 1).otherwise(0))
        .filter(~fn.col("again"))
        .withColumn("number", fn.sum("first").over(in_time.rowsBetween(Window.unboundedPreceding, 0)))
        .withColumn(
            "code", fn.when(opens, 3).when(fn.col("type") == "agent.logout", 4).otherwise(1).cast("long")
        )
        .withColumn("most", fn.when(fn.col("code") == 1, fn.col("slots")).otherwise(fn.lit(-9).cast("long")))
    )
    row = fn.struct(
        "timestamp",
        "eventId",
        *[fn.struct(fn.col(of).alias(kind)).alias(f"_{name}") for name, (kind, of) in FIELDS.items()],
    )
    grouped = numbered.groupBy("accountId", "agentId", "number").agg(
        fn.min("timestamp").alias("start"),
        fn.max("timestamp").alias("last"),
        fn.max_by("type", fn.struct("timestamp", "eventId")).alias("lastType"),
        fn.max("sessionId").alias("id"),
        fn.sort_array(fn.collect_list(row)).alias("rows"),
    )
    following = fn.lead("start").over(Window.partitionBy("accountId", "agentId").orderBy("number"))
    quiet = fn.col("last") + inactivity
    ended = fn.col("lastType") == "agent.logout"
    superseded = following.isNotNull() & (following <= quiet)
    return (
        grouped.withColumn("end", fn.when(ended | superseded, fn.col("last")))
        .withColumn("closes", fn.when(ended, fn.col("last")).when(superseded, following).otherwise(quiet))
        .withColumn("hour", (fn.floor((fn.col("closes") + GRACE_MS) / HOUR_MS) * HOUR_MS).cast("long"))
    )


def records(closed, first: int, end: int):
    """The line of each session whose hour is in `[first, end)`."""

    def one(name, value):
        return fn.struct(value.alias(name))

    rows = fn.transform("rows", lambda row: fn.struct(*[row[f"_{name}"].alias(name) for name in FIELDS]))
    header = one("com.liveperson.dataaccess.AgentHeader", one("agentSessionId", one("string", fn.col("id"))))
    body = fn.struct(header.alias("header"), one("array", rows).alias("agentSessionsData"))
    record = fn.struct(
        one("com.liveperson.dataaccess.DataTypeEnum", fn.lit("AgentActivity")).alias("dataType"),
        fn.struct(
            one("string", fn.col("accountId")).alias("accountId"),
            fn.lit("1.0.0.4").alias("schemaVersion"),
            one("long", fn.col("start")).alias("startTime"),
            fn.when(fn.col("end").isNotNull(), one("long", fn.col("end"))).alias("endTime"),
        ).alias("metaData"),
        fn.array(one("body", one("com.liveperson.dataaccess.AgentActivityData", body))).alias(
            "recordCollection"
        ),
    )
    return (
        closed.filter((fn.col("hour") >= first) & (fn.col("hour") < end))
        .select("accountId", "hour", "agentId", "start", "id", fn.to_json(record).alias("value"))
        .repartition("accountId", "hour")
        .sortWithinPartitions("accountId", "hour", "agentId", "start", "id")
        .select("accountId", "hour", "value")
    )


def facts(folder: Path) -> dict:
    """What was written, for the comparison; the time for this is not the job's."""
    digest, files, count = hashlib.sha256(), [], 0
    for path in folder.glob("accountId=*/hour=*/part-*"):
        account, hour = (part.split("=")[1] for part in path.parts[-3:-1])
        files.append((account, int(hour), path))
    for account, hour, path in sorted(files):
        text = gzip.decompress(path.read_bytes())
        count += text.count(b"\n")
        name = f"Agent.{hour}.{hour + HOUR_MS}.part-00000-0.gz"
        digest.update(f"{account}/{name} {hashlib.sha256(text).hexdigest()}\n".encode())
    return {"files": len(files), "records": count, "digest": digest.hexdigest()[:16]}


if __name__ == "__main__":
    shutil.rmtree(sys.argv[2], ignore_errors=True)
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
