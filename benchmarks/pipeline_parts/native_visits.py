"""Visits written for PySpark's DataFrame API, local[2]: `native_visits.py STORE OUT END_HOUR SEGMENTS…`.

Same events, same session rules as far as the input exercises them (arrival, departure, inactivity, messaging by its own end, events sent
again), same records of Web Session, Engagement and Survey, one file for each account, data type and hour, written by Spark
itself. Shapes of records come from the same schemas and the same vocabulary; everything else is written anew.
"""

import gzip
import hashlib
import json
import shutil
import sys
import time
from pathlib import Path

import polars as pl
from native_spark import GRACE_MS, HOUR_MS, session
from pyspark.sql import Column, DataFrame, Window, types
from pyspark.sql import functions as fn

from trunkline import schemas
from trunkline.events import EVENT_TYPES, types_of
from trunkline.pipeline.records.items import node_of
from trunkline.pipeline.sessions.kinds import members_of
from trunkline.schemas.names import branch_name, branches, kind_of

VERSION = "1.0.0.35"
INACTIVITY_MS = {"v": HOUR_MS // 2, "c": 72 * HOUR_MS}
ATTRIBUTES = {
    "purchase": "Purchase",
    "lead": "Lead",
    "customerInfo": "CustomerInfo",
    "personalInfo": "PersonalInfo",
    "cartStatus": "CartStatus",
    "viewedProduct": "ViewedProduct",
    "serviceActivity": "ServiceActivity",
    "visitorError": "VisitorError",
    "marketingCampaignInfo": "MarketingCampaignInfo",
}
GOALS = {
    "urlGoal": "UrlGoalMetadata",
    "purchase": "PurchaseMetadata",
    "reduceAbandonment": "ReduceAbandonmentGoalMetadata",
    "lead": "LeadMetadata",
    "serviceActivity": "ServiceActivityMetadata",
    "increaseInteraction": "IncreaseInteractionGoalMetadata",
}
SESSION = ["accountId", "actor", "number"]
CONVERSATION = [*SESSION, "conversationId"]
SURVEY = [*CONVERSATION, "surveyId", "surveyType"]


def main(store: Path, out: Path, end: int, segments: list[str]) -> None:
    spark = session(out)
    lines = spark.read.text([str(store / key) for key in segments])
    lines = lines.filter(fn.col("value").rlike('"type":"(visit|conversation|survey)\\.'))
    wide = merged([members_of(EVENT_TYPES[name]) | {"type": pl.String()} for name in types_of("visits")])
    events = lines.select(fn.from_json("value", spark_type(pl.Struct(wide))).alias("e")).select("e.*")
    rows = numbered(events).persist()
    table = sessions(rows).filter(fn.col("hour") < end).persist()
    rows = rows.join(table.select(*SESSION), SESSION, "left_semi")
    made = [web_sessions(rows, table, wide), engagements(rows, table, wide), surveys(rows, table, wide)]
    everything = made[0].unionByName(made[1]).unionByName(made[2])
    (
        everything.repartition("accountId", "dataType", "hour")
        .sortWithinPartitions("accountId", "dataType", "hour", "actor", "start", "id")
        .select("accountId", "dataType", "hour", "value")
        .write.mode("overwrite")
        .partitionBy("accountId", "dataType", "hour")
        .option("compression", "gzip")
        .text(str(out / "files"))
    )
    spark.stop()
    begun = time.perf_counter()
    found = facts(out / "files")
    print(json.dumps({**found, "not_counted": time.perf_counter() - begun}))


def merged(several: list[dict[str, pl.DataType]]) -> dict[str, pl.DataType]:
    """One schema for events of all types."""
    every: dict[str, pl.DataType] = {}
    for members in several:
        for name, dtype in members.items():
            known = every.get(name)
            if isinstance(known, pl.Struct) and isinstance(dtype, pl.Struct):
                dtype = pl.Struct(merged([{f.name: f.dtype for f in one.fields} for one in (known, dtype)]))
            every[name] = dtype
    return every


def spark_type(dtype: pl.DataType) -> types.DataType:
    match dtype:
        case pl.List():
            return types.ArrayType(spark_type(dtype.inner))
        case pl.Struct():
            return types.StructType([types.StructField(f.name, spark_type(f.dtype)) for f in dtype.fields])
    return {
        pl.String(): types.StringType(),
        pl.Int64(): types.LongType(),
        pl.Float64(): types.DoubleType(),
        pl.Boolean(): types.BooleanType(),
    }[dtype]


def numbered(events: DataFrame) -> DataFrame:
    """Events sent again dropped, each with the number of its session."""
    messaging = fn.coalesce(fn.col("conversationType") == "MESSAGING", fn.lit(False))
    alone = messaging | fn.col("visitorId").isNull()
    actor = fn.when(alone, fn.concat(fn.lit("c/"), "conversationId")).otherwise(
        fn.concat(fn.lit("v/"), "visitorId")
    )
    events = events.withColumn("actor", actor)
    same = Window.partitionBy("accountId", "actor", "eventId").orderBy("receivedAt")
    events = events.withColumn("again", fn.row_number().over(same)).filter("again = 1")
    talk = fn.col("actor").startswith("c/")
    opens = (fn.col("type") == "visit.started") | (talk & (fn.col("type") == "conversation.requested"))
    ends = (fn.col("type") == "visit.ended") | (talk & (fn.col("type") == "conversation.ended"))
    rank = fn.when(opens, 0).when(ends, 2).otherwise(1)
    events = events.withColumns({"opens": opens, "ends": ends, "rank": rank})
    in_time = Window.partitionBy("accountId", "actor").orderBy("timestamp", "rank", "eventId")
    quiet = fn.when(talk, INACTIVITY_MS["c"]).otherwise(INACTIVITY_MS["v"])
    first = (
        fn.col("opens")
        | fn.lag("ends").over(in_time).isNull()
        | fn.lag("ends").over(in_time)
        | (fn.col("timestamp") - fn.lag("timestamp").over(in_time) > quiet)
    )
    return (
        events.withColumn("first", first.cast("int"))
        .withColumn("number", fn.sum("first").over(in_time.rowsBetween(Window.unboundedPreceding, 0)))
        .withColumn("place", fn.row_number().over(in_time))
    )


def sessions(rows: DataFrame) -> DataFrame:
    """A line for each session: id, start, end, hour, header."""
    order = fn.struct("place")
    table = rows.groupBy(*SESSION).agg(
        fn.min("timestamp").alias("start"),
        fn.max("timestamp").alias("last"),
        fn.max_by("ends", order).alias("ended"),
        fn.min_by("opens", order).alias("started"),
        fn.min_by(fn.struct("timestamp", "eventId", "sessionId"), order).alias("opener"),
    )
    one_after = Window.partitionBy("accountId", "actor").orderBy("number")
    taken_over = fn.when(fn.lead("started").over(one_after), fn.lead("start").over(one_after))
    talk = fn.col("actor").startswith("c/")
    quiet = fn.col("last") + fn.when(talk, INACTIVITY_MS["c"]).otherwise(INACTIVITY_MS["v"])
    superseded = ~fn.col("ended") & (taken_over <= quiet)
    closes = fn.when(fn.col("ended"), fn.col("last")).when(superseded, taken_over).otherwise(quiet)
    given = fn.when(fn.col("started"), fn.col("opener.sessionId"))
    # Ours is made with BLAKE2, which Spark has not; the input of the benchmark gives every visit an id of its own.
    made = fn.xxhash64("actor", "opener.timestamp", "opener.eventId").cast("string")
    return (
        table.withColumn("hour", (fn.floor((closes + GRACE_MS) / HOUR_MS) * HOUR_MS).cast("long"))
        .withColumn("id", fn.coalesce(given, fn.concat("accountId", fn.lit("-"), made)))
        .withColumn("end", fn.col("last"))
    )


# --- the Avro JSON encoding


def wrapped(node, value: Column, dtype: pl.DataType | None) -> Column:
    """`value` as what its encoding is the JSON of."""
    if isinstance(node, list):
        (branch,) = branches(node)
        return fn.when(value.isNotNull(), fn.struct(wrapped(branch, value, dtype).alias(branch_name(branch))))
    kind = kind_of(node)
    if kind == "record":
        have = {f.name: f.dtype for f in dtype.fields}
        return fn.struct(
            *[
                (
                    wrapped(field["type"], value.getField(field["name"]), have[field["name"]])
                    if field["name"] in have
                    else fn.lit(None).cast("string")
                ).alias(field["name"])
                for field in node["fields"]
            ]
        )
    if kind == "array" and not isinstance(node["items"], str):
        return fn.transform(value, lambda item: wrapped(node["items"], item, dtype.inner))
    return value


def row(node, sources: dict[str, tuple[Column, pl.DataType | None] | Column]) -> Column:
    """The JSON of a row; a source is a value with its type, or a struct that is wrapped already."""
    members = []
    for field in node["fields"]:
        source = sources.get(field["name"])
        if source is None:
            made = fn.lit(None).cast("string")
        elif isinstance(source, tuple):
            made = wrapped(field["type"], *source)
        else:
            made = source
        members.append(made.alias(field["name"]))
    return fn.to_json(fn.struct(*members))


def plain(*names: str, **renamed: str) -> dict[str, tuple[Column, None]]:
    return {name: (fn.col(name), None) for name in names} | {
        name: (fn.col(of), None) for name, of in renamed.items()
    }


def typed(wide, *names: str) -> dict[str, tuple[Column, pl.DataType]]:
    return {name: (fn.col(name), wide[name]) for name in names}


def one_of(node, field: str, members: dict[str, str], wide) -> Column:
    """The union whose branch is the member that is not null."""
    union = next(one["type"] for one in node["fields"] if one["name"] == field)
    by_name = {branch_name(branch).rpartition(".")[2]: branch for branch in branches(union)}
    found = fn.lit("null")
    for member, name in members.items():
        branch = by_name[name]
        text = fn.to_json(fn.struct(wrapped(branch, fn.col(member), wide[member]).alias(branch_name(branch))))
        found = fn.when(fn.col(member).isNotNull(), text).otherwise(found)
    return found


def spliced(text: Column, field: str, value: Column) -> Column:
    """A field that was written as null, with its text instead."""
    return fn.replace(text, fn.lit(f'"{field}":null'), fn.concat(fn.lit(f'"{field}":'), value))


def items(rows: DataFrame, by: list[str], text: Column, name: str) -> DataFrame:
    """The texts of the rows with commas between, for each group."""
    listed = fn.sort_array(fn.collect_list(fn.struct("place", text.alias("text"))))
    return rows.groupBy(*by).agg(fn.concat_ws(",", fn.transform(listed, lambda one: one["text"])).alias(name))


def header(rows: DataFrame, table: DataFrame) -> DataFrame:
    told = rows.groupBy(*SESSION).agg(
        *[
            fn.min_by(name, fn.when(fn.col(name).isNotNull(), fn.col("place"))).alias(name)
            for name in ("visitorId", "contextId")
        ]
    )
    visit = fn.when(fn.col("actor").startswith("v/"), fn.col("id"))
    return table.withColumn("visitId", visit).join(told, SESSION)


def header_text() -> Column:
    parts = [
        fn.when(fn.col(name).isNotNull(), fn.struct(fn.col(name).alias("string"))).alias(name)
        for name in ("visitId", "visitorId", "contextId")
    ]
    inner = fn.to_json(fn.struct(*parts))
    return fn.concat(fn.lit('{"com.liveperson.dataaccess.VisitorHeader":'), inner, fn.lit("}"))


def body(name: str, field: str, payload: Column) -> Column:
    return fn.concat(
        fn.lit('{"body":{"com.liveperson.dataaccess.' + name + '":{"header":'),
        header_text(),
        fn.lit(f',"{field}":'),
        payload,
        fn.lit("}}}"),
    )


def listed(name: str) -> Column:
    return fn.concat(fn.lit('{"array":['), fn.col(name), fn.lit("]}"))


def records(table: DataFrame, symbol: str, data_type: str, collection: Column) -> DataFrame:
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
    return table.select(
        "accountId", fn.lit(data_type).alias("dataType"), "hour", "actor", "start", "id", text.alias("value")
    )


# --- the three data types


def web_sessions(rows: DataFrame, table: DataFrame, wide) -> DataFrame:
    schema = schemas.spelled_out("webSession", VERSION)
    own = rows.filter(fn.col("type").startswith("visit.") & (fn.col("type") != "visit.ended"))

    def node(name: str, field: str):
        return node_of(schema, "recordCollection", "body", name, field)

    def of(event: str) -> DataFrame:
        return own.filter(fn.col("type") == event)

    found = header(own, table)
    started = (
        of("visit.started")
        .groupBy(*SESSION)
        .agg(
            fn.min_by("geo", fn.when(fn.col("geo").isNotNull(), fn.col("place"))).alias("geo"),
            fn.min_by("info", fn.when(fn.col("info").isNotNull(), fn.col("place"))).alias("info"),
            fn.lit(True).alias("arrived"),
        )
    )
    first_page = of("visit.page").groupBy(*SESSION).agg(fn.min_by("referrerUrl", "place").alias("referrer"))
    found = found.join(started, SESSION, "left").join(first_page, SESSION, "left")
    geo = wrapped(["null", node("WebSessionGeoData", "geoData")], fn.col("geo"), wide["geo"])
    info_node = node("WebSessionInfoData", "sessionInfo")
    info = {f.name: (fn.col("info").getField(f.name), f.dtype) for f in wide["info"].fields}
    engine = fn.nullif(
        fn.regexp_extract(
            "referrer",
            r"^https?://(?:[a-z0-9-]+\.)*(google|bing|yahoo|duckduckgo|baidu|yandex|ecosia)\.[a-z.]+(?:[:/?]|$)",
            1,
        ),
        fn.lit(""),
    )
    words = fn.url_decode(
        fn.nullif(fn.regexp_extract("referrer", r"[?&](?:q|p|wd|text)=([^&]+)", 1), fn.lit(""))
    )
    info |= {
        "sessionStartTime": (fn.col("start"), None),
        "searchEngine": (fn.coalesce(info["searchEngine"][0], engine), None),
        "searchEngineKey": (
            fn.coalesce(info["searchEngineKey"][0], fn.when(engine.isNotNull(), words)),
            None,
        ),
    }
    info_text = fn.concat(
        fn.lit('{"com.liveperson.dataaccess.' + info_node["name"].rpartition(".")[2] + '":'),
        row(info_node, info),
        fn.lit("}"),
    )
    bodies = [
        fn.when(fn.col("geo").isNotNull(), body("WebSessionGeoData", "geoData", fn.to_json(geo))),
        fn.when(fn.col("arrived"), body("WebSessionInfoData", "sessionInfo", info_text)),
    ]
    time_ = plain("timestamp")
    attribute = node("WebSessionEngAttrsData", "engagementAttributes")
    goal = node("WebSessionGoalAchievedData", "achievedGoals")
    goal_source = time_ | plain(
        "campaignGoalRevision", "campaignGoalId", "campaignGoalType", id="achievementId"
    )
    impression = (
        "engagementInstanceId",
        "impressionType",
        "state",
        "engagement",
        "campaign",
        "goal",
        "controlGroup",
    )
    sections = {
        ("WebSessionEngAttrsData", "engagementAttributes"): (
            of("visit.attributes"),
            spliced(row(attribute, time_), "data", one_of(attribute, "data", ATTRIBUTES, wide)),
        ),
        ("WebSessionNavigationData", "navigationData"): (
            of("visit.page"),
            row(
                node("WebSessionNavigationData", "navigationData"),
                time_ | typed(wide, "url", "referrerUrl", "sections"),
            ),
        ),
        ("WebSessionGoalAchievedData", "achievedGoals"): (
            of("visit.goal"),
            spliced(row(goal, goal_source), "goalMetaData", one_of(goal, "goalMetaData", GOALS, wide)),
        ),
        ("WebSessionEligibilityData", "eligibilityData"): (
            of("visit.eligible"),
            row(
                node("WebSessionEligibilityData", "eligibilityData"), time_ | typed(wide, "eligibleCampaigns")
            ),
        ),
        ("WebSessionImpressionData", "impressions"): (
            of("visit.impression"),
            row(node("WebSessionImpressionData", "impressions"), time_ | typed(wide, *impression)),
        ),
    }
    for (name, field), (events, text) in sections.items():
        found = found.join(items(events, SESSION, text, field), SESSION, "left")
        bodies.append(fn.when(fn.col(field).isNotNull(), body(name, field, listed(field))))
    return records(found, "WebSession", "webSession", fn.concat_ws(",", *bodies))


def engagements(rows: DataFrame, table: DataFrame, wide) -> DataFrame:
    schema = schemas.spelled_out("engagement", VERSION)
    where = ("recordCollection", "body", "engagements")
    own = rows.filter(fn.col("type").startswith("conversation."))
    in_time = Window.partitionBy(*CONVERSATION).orderBy("place")
    handed_on = (fn.col("type") == "conversation.transferred").cast("int")
    own = own.withColumn("part", fn.sum(handed_on).over(in_time.rowsBetween(Window.unboundedPreceding, 0)))

    def of(event: str) -> DataFrame:
        return own.filter(fn.col("type") == f"conversation.{event}")

    def first(event: str, **columns: str) -> DataFrame:
        return (
            of(event)
            .groupBy(*CONVERSATION)
            .agg(*[fn.min_by(c, "place").alias(n) for n, c in columns.items()])
        )

    def last(event: str, **columns: str) -> DataFrame:
        return (
            of(event)
            .groupBy(*CONVERSATION)
            .agg(*[fn.max_by(c, "place").alias(n) for n, c in columns.items()])
        )

    score = fn.struct(fn.col("score").alias("mcs"), fn.col("timestamp").alias("timestamp"))
    scored = of("scored").withColumn("mcs", score)
    of_message = (
        scored.filter("messageId IS NOT NULL")
        .groupBy(*CONVERSATION, "messageId")
        .agg(fn.max_by("mcs", "place").alias("mcs"))
    )
    of_all = (
        scored.filter("messageId IS NULL").groupBy(*CONVERSATION).agg(fn.max_by("mcs", "place").alias("mcs"))
    )
    mcs = pl.Struct({"mcs": pl.Int64(), "timestamp": pl.Int64()})
    lines = of("line").join(of_message, [*CONVERSATION, "messageId"], "left")
    line = plain(
        "timestamp", "text", "by", "controlType", "agentId", "contentFormat", "messageId", "dialogId"
    )
    line |= typed(wide, "fileData", "linkData") | {
        "mcs": (fn.col("mcs"), mcs),
        "type": (fn.col("lineType").cast("string"), None),
    }
    transcripts = items(lines, CONVERSATION, row(node_of(schema, *where, "transcripts"), line), "transcripts")
    wrote = of("line").filter("lineType = 0").select(*CONVERSATION, "part").distinct()
    taken = of("connected").groupBy(*CONVERSATION, "part").agg(fn.min_by("timestamp", "place").alias("taken"))
    transfers = (
        of("transferred")
        .join(taken, [*CONVERSATION, "part"], "left")
        .join(
            wrote.select(
                *CONVERSATION, (fn.col("part") + 1).alias("part"), fn.lit(True).alias("interactive")
            ),
            [*CONVERSATION, "part"],
            "left",
        )
    )
    transfer = plain(
        "timestamp",
        "skillId",
        "targetSkillId",
        "agentId",
        "targetAgentId",
        "reason",
        queueStartTime="timestamp",
        queueEndTime="taken",
    )
    transfer |= {"isInteractive": (fn.coalesce("interactive", fn.lit(False)), None)}
    transfers = items(
        transfers, CONVERSATION, row(node_of(schema, *where, "transfers"), transfer), "transfers"
    )
    forms = items(
        of("secureForm"),
        CONVERSATION,
        row(
            node_of(schema, *where, "secureForms"), plain("timestamp", "formId", "title", "state", "agentId")
        ),
        "secureForms",
    )
    skill = fn.when(fn.col("type") == "conversation.transferred", fn.col("targetSkillId")).when(
        fn.col("type").isin("conversation.requested", "conversation.queued", "conversation.connected"),
        fn.col("skillId"),
    )
    skills = (
        own.withColumn("skill", skill)
        .filter("skill IS NOT NULL")
        .groupBy(*CONVERSATION)
        .agg(
            fn.array_distinct(
                fn.transform(
                    fn.sort_array(fn.collect_list(fn.struct("place", "skill"))), lambda one: one["skill"]
                )
            ).alias("skills"),
            fn.max_by("skill", "place").alias("skillID"),
        )
    )
    found = own.groupBy(*CONVERSATION).agg(fn.min("place").alias("place"), fn.max("part").alias("parts"))
    requested = {
        "conversationStartTime": "timestamp",
        "consumerId": "consumerId",
        "sourceOrigin": "sourceOrigin",
        "sourceDevice": "sourceDevice",
        "startReasonId": "startReason",
        "startPage": "startPage",
        "startUrl": "startUrl",
        "campaignId": "campaignId",
        "campaignEngagementId": "campaignEngagementId",
        "begunInVisit": "visitId",
    }
    for facts_ in (
        first("requested", **requested),
        first("queued", queued="timestamp"),
        first("connected", interactionStartTime="timestamp"),
        last("connected", agentId="agentId"),
        last("ended", conversationEndTime="timestamp", endReasonId="reason"),
        skills,
        of_all,
        transcripts,
        transfers,
        forms,
        wrote.groupBy(*CONVERSATION).agg(fn.max("part").alias("written")),
    ):
        found = found.join(facts_, CONVERSATION, "left")
    conversation = node_of(schema, *where)
    campaign = fn.when(
        fn.col("campaignId").isNotNull() | fn.col("campaignEngagementId").isNotNull(),
        fn.struct("campaignId", "campaignEngagementId"),
    )
    kind = fn.when(fn.col("actor").startswith("c/"), "MESSAGING").otherwise("LIVE_CHAT")
    source = plain(
        *(
            "conversationId",
            "conversationStartTime",
            "interactionStartTime",
            "conversationEndTime",
            "consumerId",
            "sourceOrigin",
        ),
        *(
            "sourceDevice",
            "endReasonId",
            "skills",
            "agentId",
            "skillID",
            "startReasonId",
            "startPage",
            "startUrl",
        ),
        queueEndTime="interactionStartTime",
    ) | {
        "type": (kind, None),
        "isInteractive": (fn.coalesce(fn.col("written") == fn.col("parts"), fn.lit(False)), None),
        "campaignData": (campaign, pl.Struct({"campaignId": pl.Int64(), "campaignEngagementId": pl.Int64()})),
        "mcs": (fn.col("mcs"), mcs),
        "queueStartTime": (fn.coalesce("queued", "conversationStartTime"), None),
    }
    text = row(conversation, source)
    for name in ("transcripts", "transfers", "secureForms"):
        text = spliced(
            text, name, fn.concat(fn.lit('{"array":['), fn.coalesce(name, fn.lit("")), fn.lit("]}"))
        )
    text = fn.concat(fn.lit('{"com.liveperson.dataaccess.Conversation":'), text, fn.lit("}"))
    begun = found.groupBy(*SESSION).agg(fn.max("begunInVisit").alias("begun"))
    heads = header(own, table).join(begun, SESSION).withColumn("visitId", fn.coalesce("visitId", "begun"))
    heads = heads.join(items(found, SESSION, text, "engagements"), SESSION)
    return records(
        heads, "Engagement", "engagement", body("EngagementData", "engagements", listed("engagements"))
    )


def surveys(rows: DataFrame, table: DataFrame, wide) -> DataFrame:
    schema = schemas.spelled_out("survey", VERSION)
    where = ("recordCollection", "body", "surveys")
    own = rows.filter(fn.col("type").startswith("survey."))
    answered = (
        own.filter("type = 'survey.answered'")
        .select(*SURVEY, "timestamp", "surveyName", "place", fn.posexplode("answers"))
        .withColumn("place", fn.col("place") * 1000 + fn.col("pos"))
    )
    answer = {f.name: (fn.col("col").getField(f.name), f.dtype) for f in wide["answers"].inner.fields}
    answer |= plain("surveyName", answerSubmitTime="timestamp")
    asked = answered.withColumn("key", fn.struct(*SURVEY))
    contents = items(asked, ["key"], row(node_of(schema, *where, "contents"), answer), "contents")
    found = (
        own.withColumn("key", fn.struct(*SURVEY))
        .groupBy("key")
        .agg(
            fn.min("place").alias("place"),
            fn.min(fn.when(fn.col("type") == "survey.shown", fn.col("timestamp"))).alias("viewTime"),
        )
    )
    found = found.join(contents, found["key"].eqNullSafe(contents["key"]), "left").select(
        *[found["key"].getField(name).alias(name) for name in SURVEY], "place", "viewTime", "contents"
    )
    text = row(node_of(schema, *where), plain("viewTime", "conversationId", id="surveyId", type="surveyType"))
    text = spliced(
        text, "contents", fn.concat(fn.lit('{"array":['), fn.coalesce("contents", fn.lit("")), fn.lit("]}"))
    )
    heads = header(own, table).join(items(found, SESSION, text, "surveys"), SESSION)
    return records(heads, "Survey", "survey", body("SurveyData", "surveys", listed("surveys")))


def facts(folder: Path) -> dict:
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
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
