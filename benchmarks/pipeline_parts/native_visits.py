"""Visits written for PySpark's DataFrame API: from lines of segments to records of Web Session, Engagement and Survey.

Same events, same session rules as far as the input exercises them (arrival, departure, inactivity, messaging by its own end, events sent
again), same records. One shuffle brings an actor's events together; texts of rows are then gathered level by level: first those of
a visit's sections, of a conversation, of a survey, then those of a session. Shapes of records come from the same schemas and the same
vocabulary (`native_json`); everything else is written anew.
"""

import polars as pl
from native_groups import HEADER, SESSION, Members, body, groups, is_type, listed
from native_json import VERSION, spark_type
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as fn

from trunkline.events import EVENT_TYPES, types_of
from trunkline.pipeline.sessions.kinds import members_of

HOUR_MS = 3_600_000
GRACE_MS = 600_000
VISIT_INACTIVITY_MS, MESSAGING_INACTIVITY_MS = HOUR_MS // 2, 72 * HOUR_MS


def visits(lines: DataFrame) -> DataFrame:
    """Lines (`value`) of segments → accountId, dataType, hour, actor, start, id, `value`, of sessions that closed."""
    lines = lines.filter(fn.col("value").rlike('"type":"(visit|conversation|survey)\\.'))
    wide = _merged([members_of(EVENT_TYPES[name]) | {"type": pl.String()} for name in types_of("visits")])
    events = lines.select(fn.from_json("value", spark_type(pl.Struct(wide))).alias("e")).select("e.*")
    return _records(_sessions(groups(_numbered(events), wide)))


def _merged(several: list[Members]) -> Members:
    """One schema for events of all types."""
    every: Members = {}
    for members in several:
        for name, dtype in members.items():
            known = every.get(name)
            if isinstance(known, pl.Struct) and isinstance(dtype, pl.Struct):
                dtype = pl.Struct(_merged([{f.name: f.dtype for f in one.fields} for one in (known, dtype)]))
            every[name] = dtype
    return every


def _numbered(events: DataFrame) -> DataFrame:
    """Without events sent again, each with the number of its session (`number`) and its own (`place`), by actor."""
    messaging = fn.coalesce(fn.col("conversationType") == "MESSAGING", fn.lit(False))
    alone = messaging | fn.col("visitorId").isNull()
    actor = fn.when(alone, fn.concat(fn.lit("c/"), "conversationId")).otherwise(
        fn.concat(fn.lit("v/"), "visitorId")
    )
    opens = is_type("visit.started") | (alone & is_type("conversation.requested"))
    ends = is_type("visit.ended") | (alone & is_type("conversation.ended"))
    quiet = fn.when(alone, MESSAGING_INACTIVITY_MS).otherwise(VISIT_INACTIVITY_MS)
    rank = fn.when(opens, 0).when(ends, 2).otherwise(1)
    events = events.withColumns({"actor": actor, "opens": opens, "ends": ends, "quiet": quiet, "rank": rank})
    in_time = Window.partitionBy("accountId", "actor").orderBy("timestamp", "rank", "eventId", "receivedAt")

    def before(name: str) -> Column:
        return fn.lag(name).over(in_time)

    paused = fn.col("timestamp") - before("timestamp") > fn.col("quiet")
    first = fn.col("opens") | before("ends").isNull() | before("ends") | paused
    return (
        events.withColumns({"first": first, "again": before("eventId").eqNullSafe(fn.col("eventId"))})
        .filter(~fn.col("again"))
        .withColumns(
            {
                "number": fn.sum(fn.col("first").cast("int")).over(in_time),
                "place": fn.row_number().over(in_time),
            }
        )
    )


def _sessions(groups: DataFrame) -> DataFrame:
    """A line for each session that has closed: its hour, id, start, end, and of each record its texts and who it is about."""

    def told(name: str, member: str) -> Column:
        return fn.min(fn.when(fn.col("record") == name, fn.col(f"told.{member}")))[member].alias(
            f"{member} {name}"
        )

    def texts(name: str) -> Column:
        its = fn.when((fn.col("record") == name) & (fn.col("said") > 0), fn.struct("first", "text"))
        return fn.sort_array(fn.collect_list(its)).alias(name)

    names = ("visit", "conversation", "survey")
    table = groups.groupBy(*SESSION).agg(
        fn.min("opener").alias("opener"),
        fn.max("last").alias("last"),
        fn.min(fn.when(fn.col("begun").isNotNull(), fn.struct("first", "begun")))["begun"].alias("begun"),
        *[texts(name) for name in names],
        *[told(name, member) for name in names for member in ("visitorId", "contextId")],
    )
    following = Window.partitionBy("accountId", "actor").orderBy("number")
    talks_alone = fn.col("actor").startswith("c/")
    taken_over = fn.when(fn.lead("opener.opens").over(following), fn.lead("opener.timestamp").over(following))
    quiet = fn.col("last.timestamp") + fn.when(talks_alone, MESSAGING_INACTIVITY_MS).otherwise(
        VISIT_INACTIVITY_MS
    )
    closes = fn.when(fn.col("last.ends"), fn.col("last.timestamp")).otherwise(fn.least(taken_over, quiet))
    return table.withColumns(
        {
            "hour": (fn.floor((closes + GRACE_MS) / HOUR_MS) * HOUR_MS).cast("long"),
            "id": fn.col("opener.sessionId"),
            "start": fn.col("opener.timestamp"),
            "end": fn.col("last.timestamp"),
            "visitId": fn.when(~talks_alone, fn.col("opener.sessionId")),
        }
    )


def _records(sessions: DataFrame) -> DataFrame:
    visit = fn.concat_ws(",", fn.transform("visit", lambda one: one["text"]))
    visit = fn.replace(visit, fn.lit(HEADER + ","), fn.concat(_header("visit"), fn.lit(",")))
    talk = body("EngagementData", "engagements", listed("conversation"), _header("conversation"))
    survey = body("SurveyData", "surveys", listed("survey"), _header("survey"))
    records = fn.array(
        _record("webSession", "WebSession", "visit", visit),
        _record("engagement", "Engagement", "conversation", talk),
        _record("survey", "Survey", "survey", survey),
    )
    every = sessions.select("accountId", "hour", "actor", "start", "id", fn.explode(records).alias("record"))
    return every.select("accountId", "hour", "actor", "start", "id", "record.*").filter("value IS NOT NULL")


def _header(record: str) -> Column:
    visit = fn.col("visitId")
    if record == "conversation":
        visit = fn.coalesce(visit, "begun")
    values = {
        "visitId": visit,
        "visitorId": fn.col(f"visitorId {record}"),
        "contextId": fn.col(f"contextId {record}"),
    }
    parts = [
        fn.when(value.isNotNull(), fn.struct(value.alias("string"))).alias(name)
        for name, value in values.items()
    ]
    inner = fn.to_json(fn.struct(*parts))
    return fn.concat(fn.lit('{"header":{"com.liveperson.dataaccess.VisitorHeader":'), inner, fn.lit("}"))


def _record(data_type: str, symbol: str, texts: str, collection: Column) -> Column:
    meta = fn.to_json(
        fn.struct(
            fn.struct(fn.col("accountId").alias("string")).alias("accountId"),
            fn.lit(VERSION).alias("schemaVersion"),
            fn.struct(fn.col("start").alias("long")).alias("startTime"),
            fn.struct(fn.col("end").alias("long")).alias("endTime"),
        )
    )
    text = fn.concat(
        fn.lit('{"dataType":{"com.liveperson.dataaccess.DataTypeEnum":"' + symbol + '"},"metaData":'),
        fn.lit('{"com.liveperson.dataaccess.MetaData":'),
        meta,
        fn.lit('},"recordCollection":{"array":['),
        collection,
        fn.lit("]}}"),
    )
    return fn.struct(fn.lit(data_type).alias("dataType"), fn.when(fn.size(texts) > 0, text).alias("value"))
