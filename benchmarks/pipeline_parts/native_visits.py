"""Visits written for PySpark's DataFrame API: from lines of segments to records of Web Session, Engagement and Survey.

Same events, same session rules as far as the input exercises them (arrival, departure, inactivity, messaging by its own end, events sent
again), same records. One shuffle brings an actor's events together; texts of rows are then gathered level by level: first those of
a visit's sections, of a conversation, of a survey, then those of a session. Shapes of records come from the same schemas and the same
vocabulary (`native_json`); everything else is written anew.
"""

import polars as pl
from native_json import VERSION, node_at, one_of, plain, row, spark_type, spliced, typed, wrapped
from native_talk import conversation_text, listed, survey_text, talk_node
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as fn

from trunkline import schemas
from trunkline.events import EVENT_TYPES, types_of
from trunkline.pipeline.sessions.kinds import members_of

HOUR_MS = 3_600_000
GRACE_MS = 600_000
VISIT_INACTIVITY_MS, MESSAGING_INACTIVITY_MS = HOUR_MS // 2, 72 * HOUR_MS
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
SECTIONS = {
    "visit.attributes": ("WebSessionEngAttrsData", "engagementAttributes"),
    "visit.page": ("WebSessionNavigationData", "navigationData"),
    "visit.goal": ("WebSessionGoalAchievedData", "achievedGoals"),
    "visit.eligible": ("WebSessionEligibilityData", "eligibilityData"),
    "visit.impression": ("WebSessionImpressionData", "impressions"),
}
"""Lists of a web session: type of event → body and field."""
ENGINE = r"^https?://(?:[a-z0-9-]+\.)*(google|bing|yahoo|duckduckgo|baidu|yandex|ecosia)\.[a-z.]+(?:[:/?]|$)"
WORDS = r"[?&](?:q|p|wd|text)=([^&]+)"
SESSION = ["accountId", "actor", "number"]
GROUP = [*SESSION, "record", "conversationId", "surveyId", "surveyType"]
"""A visit's own events, a conversation or a survey."""
WEB, SURVEY = (schemas.spelled_out(name, VERSION) for name in ("webSession", "survey"))
Members = dict[str, pl.DataType]


def visits(lines: DataFrame) -> DataFrame:
    """Lines (`value`) of segments → accountId, dataType, hour, actor, start, id, `value`, of sessions that closed."""
    lines = lines.filter(fn.col("value").rlike('"type":"(visit|conversation|survey)\\.'))
    wide = _merged([members_of(EVENT_TYPES[name]) | {"type": pl.String()} for name in types_of("visits")])
    events = lines.select(fn.from_json("value", spark_type(pl.Struct(wide))).alias("e")).select("e.*")
    return _records(_sessions(_groups(_numbered(events), wide)))


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


def _is(*types: str) -> Column:
    return fn.col("type").isin(*types)


def _numbered(events: DataFrame) -> DataFrame:
    """Without events sent again, each with the number of its session (`number`) and its own (`place`), by actor."""
    messaging = fn.coalesce(fn.col("conversationType") == "MESSAGING", fn.lit(False))
    alone = messaging | fn.col("visitorId").isNull()
    actor = fn.when(alone, fn.concat(fn.lit("c/"), "conversationId")).otherwise(
        fn.concat(fn.lit("v/"), "visitorId")
    )
    opens = _is("visit.started") | (alone & _is("conversation.requested"))
    ends = _is("visit.ended") | (alone & _is("conversation.ended"))
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


# --- the rows of each record, and what they are gathered to


def _groups(rows: DataFrame, wide: Members) -> DataFrame:
    """A line for each `GROUP`, with the text of what it holds (`text`), and what the session needs to know of it."""
    record = fn.substring_index("type", ".", 1)
    rows = rows.withColumns({"record": record, "text": _text(wide)})
    grouped = rows.groupBy(*GROUP).agg(*_of_session(), *_of_visit(), *_of_conversation(), *_of_survey())
    kinds = [("visit", _visit()), ("conversation", conversation_text()), ("survey", survey_text())]
    text = fn.coalesce(*[fn.when(fn.col("record") == name, made) for name, made in kinds])
    return grouped.select(*GROUP, *("first", "last", "opener", "told", "said", "begun"), text.alias("text"))


def _text(wide: Members) -> Column:
    """What an event says in its record."""
    time = plain("timestamp")
    attribute, goal = (_web_node(name) for name in ("visit.attributes", "visit.goal"))
    goal_source = time | plain(
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
    line = plain(
        "timestamp", "text", "by", "controlType", "agentId", "contentFormat", "messageId", "dialogId"
    )
    line |= typed(wide, "fileData", "linkData") | {"type": (fn.col("lineType").cast("string"), None)}
    form = plain("timestamp", "formId", "title", "state", "agentId")

    def answer(one: Column) -> Column:
        source = {f.name: (one.getField(f.name), f.dtype) for f in wide["answers"].inner.fields}
        source |= plain("surveyName", answerSubmitTime="timestamp")
        return row(node_at(SURVEY, "recordCollection", "body", "surveys", "contents"), source)

    texts = {
        "visit.page": row(_web_node("visit.page"), time | typed(wide, "url", "referrerUrl", "sections")),
        "visit.eligible": row(_web_node("visit.eligible"), time | typed(wide, "eligibleCampaigns")),
        "visit.impression": row(_web_node("visit.impression"), time | typed(wide, *impression)),
        "visit.attributes": spliced(
            row(attribute, time), "data", one_of(attribute, "data", ATTRIBUTES, wide)
        ),
        "visit.goal": spliced(
            row(goal, goal_source), "goalMetaData", one_of(goal, "goalMetaData", GOALS, wide)
        ),
        "conversation.line": row(talk_node("transcripts"), line),
        "conversation.secureForm": row(talk_node("secureForms"), form),
        "survey.answered": fn.concat_ws(",", fn.transform("answers", answer)),
    }
    return fn.coalesce(*[fn.when(_is(name), text) for name, text in texts.items()])


def _web_node(event: str):
    return node_at(WEB, "recordCollection", "body", *SECTIONS[event])


def _gathered(condition: Column, *columns: str) -> Column:
    """The events for which it holds, in order."""
    return fn.sort_array(fn.collect_list(fn.when(condition, fn.struct("place", *columns))))


def _first(condition: Column, column: str) -> Column:
    return fn.min_by(column, fn.when(condition, fn.col("place")))


def _last(condition: Column, column: str) -> Column:
    return fn.max_by(column, fn.when(condition, fn.col("place")))


def _of_session() -> list[Column]:
    """What the session is called, when it begins and ends; who the visitor is."""
    speaks = fn.col("type") != "visit.ended"
    facts = fn.struct("place", "timestamp", "opens", "ends", "sessionId")
    return [
        fn.min(facts).alias("opener"),
        fn.max(facts).alias("last"),
        fn.min("place").alias("first"),
        fn.count(fn.when(speaks, 1)).alias("said"),
        fn.struct(
            *[
                fn.min(fn.when(speaks & fn.col(name).isNotNull(), fn.struct("place", name))).alias(name)
                for name in ("visitorId", "contextId")
            ]
        ).alias("told"),
        _first(_is("conversation.requested") & fn.col("visitId").isNotNull(), "visitId").alias("begun"),
    ]


def _of_visit() -> list[Column]:
    started = _is("visit.started")
    return [
        *[_gathered(_is(name), "text").alias(field) for name, (_, field) in SECTIONS.items()],
        _first(started & fn.col("geo").isNotNull(), "geo").alias("geo"),
        _first(started & fn.col("info").isNotNull(), "info").alias("info"),
        fn.max(started).alias("arrived"),
        _first(_is("visit.page"), "referrerUrl").alias("referrer"),
    ]


def _of_conversation() -> list[Column]:
    requested, queued, connected, transferred, ended = (
        _is(f"conversation.{name}") for name in ("requested", "queued", "connected", "transferred", "ended")
    )
    skill = fn.when(transferred, fn.col("targetSkillId")).when(
        requested | queued | connected, fn.col("skillId")
    )
    of_request = {
        "conversationStartTime": "timestamp",
        **{name: name for name in ("consumerId", "sourceOrigin", "sourceDevice", "startPage", "startUrl")},
        **{name: name for name in ("campaignId", "campaignEngagementId")},
        "startReasonId": "startReason",
    }
    transfer = ("timestamp", "skillId", "targetSkillId", "agentId", "targetAgentId", "reason")
    return [
        *[_first(requested, column).alias(name) for name, column in of_request.items()],
        _first(queued, "timestamp").alias("queued"),
        _first(connected, "timestamp").alias("interactionStartTime"),
        _last(connected, "agentId").alias("agentId"),
        _last(ended, "timestamp").alias("conversationEndTime"),
        _last(ended, "reason").alias("endReasonId"),
        fn.sort_array(
            fn.collect_list(fn.when(skill.isNotNull(), fn.struct("place", skill.alias("skill"))))
        ).alias("asked"),
        _gathered(_is("conversation.scored"), "timestamp", "score", "messageId").alias("scores"),
        _gathered(_is("conversation.line"), "text", "messageId", "lineType").alias("lines"),
        _gathered(transferred, *transfer).alias("handed"),
        _gathered(connected, "timestamp").alias("taken"),
        _gathered(_is("conversation.secureForm"), "text").alias("forms"),
    ]


def _of_survey() -> list[Column]:
    return [
        _gathered(_is("survey.answered"), "text").alias("answered"),
        fn.min(fn.when(_is("survey.shown"), fn.col("timestamp"))).alias("viewTime"),
    ]


def _visit() -> Column:
    """The bodies of a web session; where each has its header stands a mark."""
    geo = node_at(WEB, "recordCollection", "body", "WebSessionGeoData", "geoData")
    members = members_of(EVENT_TYPES["visit.started"])
    geo_text = fn.to_json(fn.struct(wrapped(["null", geo], fn.col("geo"), members["geo"]).alias("v")))
    geo_text = fn.regexp_extract(geo_text, r'^\{"v":(.*)\}$', 1)
    bodies = [
        fn.when(fn.col("geo").isNotNull(), _body("WebSessionGeoData", "geoData", geo_text)),
        fn.when(fn.col("arrived"), _body("WebSessionInfoData", "sessionInfo", _info(members["info"]))),
        *[
            fn.when(fn.size(field) > 0, _body(name, field, listed(field)))
            for name, field in SECTIONS.values()
        ],
    ]
    return fn.concat_ws(",", *bodies)


def _info(dtype: pl.Struct) -> Column:
    node = node_at(WEB, "recordCollection", "body", "WebSessionInfoData", "sessionInfo")
    info = {f.name: (fn.col("info").getField(f.name), f.dtype) for f in dtype.fields}
    engine = fn.nullif(fn.regexp_extract("referrer", ENGINE, 1), fn.lit(""))
    words = fn.url_decode(fn.nullif(fn.regexp_extract("referrer", WORDS, 1), fn.lit("")))
    info |= {
        "sessionStartTime": (fn.col("opener.timestamp"), None),
        "searchEngine": (fn.coalesce(info["searchEngine"][0], engine), None),
        "searchEngineKey": (
            fn.coalesce(info["searchEngineKey"][0], fn.when(engine.isNotNull(), words)),
            None,
        ),
    }
    return fn.concat(fn.lit('{"' + node["name"] + '":'), row(node, info), fn.lit("}"))


# --- sessions, and their records


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
    talk = _body("EngagementData", "engagements", listed("conversation"), _header("conversation"))
    survey = _body("SurveyData", "surveys", listed("survey"), _header("survey"))
    records = fn.array(
        _record("webSession", "WebSession", "visit", visit),
        _record("engagement", "Engagement", "conversation", talk),
        _record("survey", "Survey", "survey", survey),
    )
    every = sessions.select("accountId", "hour", "actor", "start", "id", fn.explode(records).alias("record"))
    return every.select("accountId", "hour", "actor", "start", "id", "record.*").filter("value IS NOT NULL")


HEADER = '{"header"'
"""Stands in a body until the session is known."""


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


def _body(name: str, field: str, payload: Column, header: Column | None = None) -> Column:
    return fn.concat(
        fn.lit('{"body":{"com.liveperson.dataaccess.' + name + '":'),
        fn.lit(HEADER) if header is None else header,
        fn.lit(f',"{field}":'),
        payload,
        fn.lit("}}}"),
    )


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
